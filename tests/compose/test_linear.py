"""Linear light and Oklab: known values, and back to the same pixels."""

import numpy as np
import pytest

from alphacut.compose.linear import from_cones, to_cones, to_linear, to_oklab, to_pixels


def test_known_values():
    pixels = np.array([[[0, 128, 255]]], np.uint8)
    assert np.allclose(to_linear(pixels)[0, 0], [0, 0.215861, 1], atol=1e-5)
    # Ottosson's page: white is (1, 0, 0); his table gives sRGB red as (0.628, 0.225, 0.126).
    colours = np.array([[[1, 1, 1], [1, 0, 0]]], np.float32)
    assert np.allclose(to_oklab(colours)[0], [[1, 0, 0], [0.628, 0.225, 0.126]], atol=1e-3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_there_and_back_is_the_same_pixel(dtype):
    most = np.iinfo(dtype).max
    greys = np.linspace(0, most, 256).astype(dtype)
    noise = np.random.default_rng(0).integers(0, most + 1, (64, 256, 3)).astype(dtype)
    pixels = np.concatenate([np.repeat(greys[None, :, None], 3, 2), noise])
    there = to_linear(pixels)
    assert there.dtype == np.float32
    slack = 0 if dtype == np.uint8 else 2
    assert np.abs(to_pixels(there, dtype).astype(int) - pixels).max() <= slack
    assert np.abs(from_cones(to_cones(there)) - there).max() < 1e-5
