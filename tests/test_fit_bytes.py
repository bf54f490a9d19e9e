"""Never more bytes than allowed, at the best quality that allows it."""

import io

import numpy as np
import pytest
from PIL import Image

from alphacut.encode import encode
from alphacut.errors import OptionError
from alphacut.fit_bytes import LEAST_QUALITY, encode_within
from alphacut.types import Picture

NOISE = Picture(np.random.default_rng(0).integers(0, 256, (160, 200, 3), np.uint8))


def ramp():
    y, x = np.mgrid[:160, :200]
    return Picture(np.stack([x, y, x // 2 + y // 2], -1).astype(np.uint8))


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif"])
@pytest.mark.parametrize("limit", [30_000, 12_000])
def test_noise_fits_and_one_step_more_would_not(kind, limit):
    data, quality = encode_within(NOISE, kind, limit, quality=95)
    assert len(data) <= limit
    assert LEAST_QUALITY <= quality < 95
    assert Image.open(io.BytesIO(data)).size == (200, 160)
    assert data == encode(NOISE, kind, quality=quality, small=True)
    assert len(encode(NOISE, kind, quality=quality + 1, small=True)) > limit


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
def test_what_fits_is_written_as_asked(kind):
    data, quality = encode_within(ramp(), kind, 10**6, quality=88)
    assert data == encode(ramp(), kind, quality=88) and quality == 88


def test_effort_comes_before_quality():
    asked, effort = (len(encode(NOISE, "jpeg", quality=90, small=small)) for small in (False, True))
    assert effort < asked
    assert encode_within(NOISE, "jpeg", effort, quality=90) == (
        encode(NOISE, "jpeg", quality=90, small=True),
        90,
    )
    asked, effort = (len(encode(ramp(), "png", small=small)) for small in (False, True))
    assert effort < asked
    assert len(encode_within(ramp(), "png", effort)[0]) == effort


def test_the_exact_size_is_allowed_and_the_result_is_the_same_twice():
    limit = len(encode(NOISE, "jpeg", quality=50, small=True))
    first = encode_within(NOISE, "jpeg", limit, quality=92)
    assert first == encode_within(NOISE, "jpeg", limit, quality=92)
    assert first[1] >= 50 and len(first[0]) <= limit


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif", "png", "tiff"])
def test_the_impossible_says_the_smallest_size_and_what_to_do(kind):
    with pytest.raises(OptionError, match=r"option 'max_bytes'.*at the least") as caught:
        encode_within(NOISE, kind, 200)
    smallest = int(caught.value.problem.split(" takes ")[1].split()[0])
    assert smallest == len(encode(NOISE, kind, quality=LEAST_QUALITY, small=True))
    assert "--canvas" in caught.value.remedy


def test_a_quality_below_the_least_is_the_users_own():
    data, quality = encode_within(NOISE, "jpeg", 10**5, quality=3)
    assert quality == 3 and data == encode(NOISE, "jpeg", quality=3)
    with pytest.raises(OptionError, match="at quality 3"):
        encode_within(NOISE, "jpeg", 500, quality=3)


def test_wrong_limits_and_formats():
    with pytest.raises(OptionError, match="max_bytes"):
        encode_within(NOISE, "jpeg", 0)
    with pytest.raises(OptionError, match="format"):
        encode_within(NOISE, "jpg2", 1000)
    with pytest.raises(OptionError, match="background"):
        encode_within(Picture(np.zeros((4, 4, 4), np.uint8)), "jpeg", 10**6)
