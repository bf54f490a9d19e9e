"""Which samples a step sees: the same with any number of workers, other ones in every process and step."""

import dataclasses

import pytest

torch = pytest.importorskip("torch", reason="the extra train is not installed")

from alphacut.errors import InputError, OptionError  # noqa: E402
from alphacut.training.config import Config, DataConfig, RunConfig  # noqa: E402
from alphacut.training.data.order import batches, held_back, training_samples, unusable, weighted  # noqa: E402
from alphacut.training.losses import Objective  # noqa: E402
from alphacut.training.place import Place  # noqa: E402
from pairs import drawn, png, write_set, write_tar  # noqa: E402


@pytest.fixture
def config(tmp_path):
    write_set(tmp_path / "set", 8)
    return Config(
        network="u2netp",
        data=DataConfig(train=(str(tmp_path / "set"),), size=(32, 32), compose=0.5, workers=0),
        objective=Objective({"l1": 1.0, "composition": 1.0}),
        run=RunConfig(steps=3, batch=2, accumulate=2, seed=5),
    )


def place(rank=0, world=1):
    return Place(rank, world, torch.device("cpu"))


def changed(config, **data):
    return dataclasses.replace(config, data=dataclasses.replace(config.data, **data))


def images(config, where, step=0):
    return [batch.image for batch, _ in batches(config, where, step)]


def test_workers_change_nothing(config):
    alone = list(batches(config, place(), 0))
    helped = list(batches(changed(config, workers=2), place(), 0))
    assert len(alone) == len(helped) == 6  # 3 steps of 2 batches
    for (one, broken), (other, passed) in zip(alone, helped, strict=True):
        assert broken == passed
        for name in ("image", "target", "foreground", "background"):
            assert torch.equal(getattr(one, name), getattr(other, name))
        assert one.image.shape == (2, 3, 32, 32)
        assert one.target.shape == (2, 1, 32, 32)


def test_a_later_step_is_reached_without_the_earlier_ones(config):
    all_of_them, late = images(config, place()), images(config, place(), 2)
    assert len(late) == 2
    assert all(torch.equal(one, other) for one, other in zip(all_of_them[4:], late, strict=True))


def test_two_processes_share_the_samples_of_one_that_does_both(config):
    # Each batch of four samples of one process is the two of the first and the two of the second.
    both = images(dataclasses.replace(config, run=dataclasses.replace(config.run, batch=4)), place())
    parts = [images(config, place(rank, 2)) for rank in (0, 1)]
    for whole, first, second in zip(both, *parts, strict=True):
        assert torch.equal(whole, torch.cat((first, second)))
    flat = torch.cat(both).flatten(1)
    assert len(flat.unique(dim=0)) == len(flat)


def test_layers_come_only_where_a_loss_wants_them(config):
    plain = dataclasses.replace(config, objective=Objective({"l1": 1.0}))
    batch, _ = next(batches(plain, place(), 0))
    assert batch.foreground is None
    with pytest.raises(OptionError, match=r"data\.compose"):
        training_samples(changed(config, compose=0.0))


@pytest.mark.parametrize("workers", [0, 1])
def test_an_error_of_the_data_is_the_same_error_from_a_worker(config, tmp_path, workers):
    for path in (tmp_path / "set" / "images").iterdir():
        path.write_bytes(b"")
    with pytest.raises(InputError, match="in a row"):
        list(batches(changed(config, workers=workers), place(), 0))


def test_broken_examples_of_a_batch_are_counted(config, tmp_path):
    for number in range(6):
        (tmp_path / "set" / "images" / f"p{number}.png").write_bytes(b"")
    assert sum(broken for _, broken in batches(config, place(), 0)) > 4


def test_nothing_is_both_learned_from_and_validated_on(config):
    split = changed(config, hold=0.3)
    learned = {pair.name for source, _ in training_samples(split).sources for pair in source.pairs}
    held = {pair.name for source in held_back(split) for pair in source.pairs}
    assert learned and held
    assert not learned & held
    assert learned | held == {f"p{number}" for number in range(8)}
    assert held_back(config) == []


def test_one_photo_cannot_be_held_back(config, tmp_path):
    one = changed(config, train=(str(write_set(tmp_path / "one", 1)),), hold=0.5)
    with pytest.raises(OptionError, match=r"data\.validate"):
        held_back(one)


def test_what_cannot_be_used_is_said_before_it_starts(config, tmp_path):
    folder = tmp_path / "set"
    (folder / "masks" / "p0.png").unlink()
    (folder / "images" / "p1.png").write_bytes((folder / "images" / "p1.png").read_bytes()[:20])
    (folder / "masks" / "p3.png").write_bytes(b"words")
    small = write_set(tmp_path / "small", 1)
    assert unusable(changed(config, train=(str(small),))) == []
    said = unusable(config)
    assert len(said) == 3
    for sentence, word in zip(said, ("p0.png has no truth", "p1.png", "p3.png"), strict=True):
        assert word in sentence
        assert str(folder) in sentence
    assert unusable(config, 1) == [said[0], "and 2 more"]


def test_a_pair_of_two_sizes_is_said_before_it_starts(config, tmp_path):
    (tmp_path / "set" / "masks" / "p4.png").write_bytes(png(drawn(4, 10, 14)[1]))
    (said,) = unusable(config)
    assert "28×20 upright, its truth is 14×10" in said


def test_a_set_without_a_usable_photo_is_refused(config, tmp_path):
    for path in (tmp_path / "set" / "masks").iterdir():
        path.write_bytes(b"")
    with pytest.raises(OptionError, match="no photo that can be used"):
        unusable(config)
    empty = write_tar(tmp_path / "empty.tar", {})
    with pytest.raises(OptionError, match=r"empty\.tar"):
        unusable(changed(config, train=(str(empty),)))


def test_a_weight_stands_behind_a_star():
    assert [(str(path), weight) for path, weight in map(weighted, ("a/b", "a/b*3", "a*b*0.5"))] == [
        ("a/b", 1.0),
        ("a/b", 3.0),
        ("a*b", 0.5),
    ]
    for wrong in ("a*", "a*x", "a*0", "a*-1", "a*nan", "a*inf"):
        with pytest.raises(OptionError, match="above 0"):
            weighted(wrong)
