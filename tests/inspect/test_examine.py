"""The number and the reasons as a user of the library meets them."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

from alphacut.inspect import NEEDS_LOOK, calibration, examine, judge
from alphacut.inspect.reasons import EMPTY, REASONS
from alphacut.inspect.signals import measure
from alphacut.types import Photo
from discs import disc, painted

DOCS = Path(__file__).parents[2] / "docs" / "inspect.md"


def codes(result):
    return {warning.code for warning in result[1]}


def blurred(alpha, sigma):
    return np.minimum(cv2.GaussianBlur(alpha, (0, 0), sigma), 1)


@pytest.fixture(scope="module")
def plain():
    """A bright disc on dark green and its alpha: as easy as a photo can be."""
    alpha = disc()
    return painted(alpha, (240, 230, 220), (30, 60, 30)), alpha


def test_an_easy_photo_needs_no_look(plain):
    photo, alpha = plain
    for opinions in ((), (alpha,), (alpha, alpha)):
        uncertainty, reasons = examine(photo, alpha, opinions)
        assert 0 <= uncertainty < NEEDS_LOOK and reasons == ()


@pytest.mark.parametrize("value", [0, 17, 128, 255])
def test_a_flat_photo_needs_one_whatever_the_network_says(value):
    flat = Photo(np.full((450, 500, 3), value, np.uint8))
    for alpha in (np.zeros((450, 500), np.float32), np.ones((450, 500), np.float32)):
        result = examine(flat, alpha, (alpha, alpha))
        assert result[0] > NEEDS_LOOK and codes(result) == {"flat-photo"}


def test_no_subject_needs_one():
    noise = Photo(np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8))
    speck = np.zeros((480, 640), np.float32)
    speck[:6, :6] = 1
    for alpha in (speck * 0, np.full_like(speck, 0.3), speck):
        result = examine(noise, alpha, (alpha, alpha))
        assert result[0] > NEEDS_LOOK and codes(result) == {"no-subject"}


def test_networks_that_see_different_things_need_one(plain):
    photo, alpha = plain
    other = np.roll(alpha, 200, axis=1)
    result = examine(photo, (alpha + other) / 2, (alpha, other))
    assert result[0] > NEEDS_LOOK and "networks-disagree" in codes(result)
    assert result[0] > examine(photo, alpha, (alpha, alpha))[0]


def test_edges_made_hard_afterwards_do_not_make_it_surer(plain):
    photo, alpha = plain
    doubtful = blurred(alpha, 60)
    soft, hard = (examine(photo, final, (doubtful,))[0] for final in (doubtful, np.round(doubtful)))
    assert hard > NEEDS_LOOK and hard == pytest.approx(soft, rel=0.05)


def test_what_is_half_decided_is_less_sure(plain):
    photo, alpha = plain
    found = [examine(photo, blurred(alpha, sigma)) for sigma in (1, 8, 24, 60)]
    numbers = [number for number, _ in found]
    assert numbers == sorted(numbers) and numbers[0] < NEEDS_LOOK < numbers[-1]


@pytest.mark.parametrize("code, photo, alpha", [
    ("similar-colours", painted(disc(), (205, 200, 200), (200, 200, 200)), disc()),
    ("translucent", painted(disc(), (0, 90, 200), (250, 250, 250)), disc(value=0.6)),
    ("several-subjects", painted(disc(), (0, 90, 200), (250, 250, 250)), np.tile(disc(250, 80), (2, 2))),
    ("cut-by-frame", painted(disc(), (0, 90, 200), (250, 250, 250)), np.roll(disc(), 150, axis=0)),
    ("close-up", painted(disc(), (0, 90, 200), (250, 250, 250)), disc(radius=400)),
    ("small-subject", painted(disc(), (0, 90, 200), (250, 250, 250)), disc(radius=20)),
    ("tiny-photo", painted(disc(300, 90), (0, 90, 200), (250, 250, 250)), disc(300, 90)),
    ("dark-photo", painted(disc(), (50, 50, 50), (10, 10, 10)), disc()),
    ("blurred", Photo(cv2.GaussianBlur(skimage.data.astronaut(), (0, 0), 4)), disc(512)),
])  # fmt: skip
def test_each_reason_is_said_where_it_holds_and_not_elsewhere(plain, code, photo, alpha):
    assert code in codes(examine(photo, alpha))
    assert code not in codes(examine(*plain))


def test_an_alpha_of_another_size_is_refused_by_name(plain):
    photo, alpha = plain
    with pytest.raises(ValueError, match=r"opinions\[1\].*\(500, 500\).*\(500, 499\)"):
        examine(photo, alpha, (alpha, alpha[:, 1:]))
    with pytest.raises(ValueError, match="alpha: expected values"):
        examine(photo, alpha * 2)


@pytest.mark.parametrize("opinions", [1, 2])
def test_no_signal_makes_a_worse_photo_surer(plain, opinions):
    photo, alpha = plain
    signals = measure(photo, alpha, (alpha,) * opinions)
    for name in ("undecided", "rivals", "disagreement"):
        if getattr(signals, name) is not None:
            worse = dataclasses.replace(signals, **{name: getattr(signals, name) + 0.3})
            assert judge(worse)[0] >= judge(signals)[0], name


def test_every_weight_names_a_feature(plain):
    photo, alpha = plain
    for row, opinions in (("single", ()), ("several", (alpha, alpha))):
        known = calibration.features(measure(photo, alpha, opinions))
        assert {"bias"} < set(calibration.rows()[row]) <= {"bias", *known}


def test_the_page_lists_every_reason_as_it_is_said():
    page = DOCS.read_text()
    table = [f"| `{reason.code}` | {reason.sentence} |" for reason in (*EMPTY, *REASONS)]
    assert [line for line in table if line not in page] == []
    assert len({reason.code for reason in (*EMPTY, *REASONS)}) == len(table)
    assert f"{NEEDS_LOOK:g}" in page
