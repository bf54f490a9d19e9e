"""A sample is a pure function of its number; broken examples are passed over and counted."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra train is not installed")

from alphacut.errors import InputError  # noqa: E402
from alphacut.training.data.augment import VARIATIONS  # noqa: E402
from alphacut.training.data.samples import Look, Samples  # noqa: E402
from alphacut.training.data.sources import find_photos, open_source  # noqa: E402
from pairs import drawn, png, write_set, write_tar  # noqa: E402

LOOK = Look((16, 24), (0.5, 0.4, 0.3), (0.2, 0.5, 1.0))
EVERYTHING = dict.fromkeys(VARIATIONS, 0.5)


@pytest.fixture
def folder(tmp_path):
    return write_set(tmp_path / "set", 6)


def whole(samples, numbers):
    return [{name: tensor.numpy() for name, tensor in samples[number].items()} for number in numbers]


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


def test_a_number_is_a_sample_bit_for_bit(folder):
    def made(seed):
        sources = [(open_source(folder), 1.0)]
        return Samples(sources, LOOK, seed, EVERYTHING, compose=0.5, layers=True)

    forwards = whole(made(3), range(12))
    backwards = whole(made(3), reversed(range(12)))[::-1]
    assert all(same(one, other) for one, other in zip(forwards, backwards, strict=True))
    assert not any(same(forwards[k], forwards[j]) for k in range(12) for j in range(k))
    assert not any(same(one, other) for one, other in zip(forwards, whole(made(4), range(12)), strict=True))


def test_an_unvaried_sample_is_the_photo_as_the_network_wants_it(folder):
    samples = Samples([(open_source(folder), 1.0)], Look((20, 28), LOOK.mean, LOOK.std), shares={})
    photos = {drawn(number)[0].tobytes(): drawn(number)[1] for number in range(6)}
    for sample in whole(samples, range(6)):
        assert set(sample) == {"image", "target", "broken"}
        assert sample["image"].dtype == sample["target"].dtype == np.float32
        colours = sample["image"].transpose(1, 2, 0) * LOOK.std + LOOK.mean
        alpha = photos[np.rint(colours * 255).astype(np.uint8).tobytes()]
        assert np.allclose(sample["target"], alpha[None] / 255, atol=1e-6)


def test_samples_have_the_networks_size_whatever_the_photos_have(tmp_path):
    files = {}
    for number, size in enumerate([(1, 1), (3, 2), (200, 5), (90, 130)]):
        photo, alpha = drawn(number, *size)
        files |= {f"{number}.png": png(photo), f"{number}.mask.png": png(alpha)}
    source = open_source(write_tar(tmp_path / "s.tar", files))
    samples = Samples([(source, 1.0)], LOOK, 0, EVERYTHING, compose=0.5, layers=True)
    for sample in whole(samples, range(24)):
        assert (
            sample["image"].shape == sample["foreground"].shape == sample["background"].shape == (3, 16, 24)
        )
        assert sample["target"].shape == (1, 16, 24)
        for name in ("target", "foreground", "background"):
            assert 0 <= sample[name].min() <= sample[name].max() <= 1
        assert np.isfinite(sample["image"]).all()


def test_layers_are_what_the_image_was_composed_of_or_black(folder):
    source = [(open_source(folder), 1.0)]
    shares = {"flip": 0.5, "colour": 0.5, "grey": 0.5}
    composed = Samples(source, LOOK, 0, shares, compose=1.0, layers=True)
    for sample in whole(composed, range(4)):
        alpha, front, behind = (sample[name] for name in ("target", "foreground", "background"))
        image = sample["image"] * np.reshape(LOOK.std, (3, 1, 1)) + np.reshape(LOOK.mean, (3, 1, 1))
        assert np.allclose(image, behind + alpha * (front - behind), atol=1e-5)
        assert behind.any()
    sample = Samples(source, LOOK, 0, shares, layers=True)[0]
    assert not sample["foreground"].any()
    assert not sample["background"].any()


def test_a_source_is_drawn_from_as_it_weighs(tmp_path):
    sources = []
    for name, value, weight in (("white", 255, 3.0), ("black", 0, 1.0)):
        files = {"1.png": png(np.full((4, 4, 3), value, np.uint8)), "1.mask.png": png(drawn(0, 4, 4)[1])}
        sources.append((open_source(write_tar(tmp_path / f"{name}.tar", files)), weight))
    samples = Samples(sources, Look((4, 4), (0, 0, 0), (1, 1, 1)), shares={})
    share = np.mean([float(samples[number]["image"].mean()) for number in range(300)])
    assert 0.65 < share < 0.85  # four standard deviations around 3/4


def test_broken_examples_are_passed_over_and_counted(folder):
    shapes = {drawn(number)[0].tobytes() for number in (0, 1, 2)}
    for number in (3, 4, 5):
        path = folder / ("images" if number < 5 else "masks") / f"p{number}.png"
        path.write_bytes(path.read_bytes()[:60])
    samples = Samples([(open_source(folder), 1.0)], Look((20, 28), (0, 0, 0), (1, 1, 1)), shares={})
    done = whole(samples, range(40))
    assert {np.rint(s["image"].transpose(1, 2, 0) * 255).astype(np.uint8).tobytes() for s in done} == shapes
    # Half of the draws are broken, so as many are passed over as samples are made.
    assert 15 < sum(int(sample["broken"]) for sample in done) < 80


def test_when_nothing_can_be_read_the_last_reason_is_given(folder):
    for path in (folder / "masks").iterdir():
        path.write_bytes(b"nothing")
    samples = Samples([(open_source(folder), 1.0)], LOOK)
    with pytest.raises(InputError, match=r"in a row.*p\d\.png.*is not a picture"):
        samples[0]


def test_backgrounds_are_photos_and_what_is_none_is_left_out(folder, tmp_path):
    source = [(open_source(folder), 1.0)]
    (tmp_path / "behind").mkdir()
    (tmp_path / "behind" / "red.png").write_bytes(png(np.full((9, 9, 3), (255, 0, 0), np.uint8)))
    (tmp_path / "behind" / "notes.txt").write_text("no photo")
    found = find_photos((str(tmp_path / "behind"),))
    samples = Samples(source, LOOK, 0, {}, compose=1.0, backgrounds=found, layers=True)
    for sample in whole(samples, range(6)):
        assert sample["background"][0].max() == pytest.approx(1)
        assert not sample["background"][1:].any()
    none = [tmp_path / "behind" / "notes.txt"]
    with pytest.raises(InputError, match=r"no photos.*notes\.txt"):
        Samples(source, LOOK, 0, {}, compose=1.0, backgrounds=none)[0]
