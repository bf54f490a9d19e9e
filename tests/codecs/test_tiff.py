"""The TIFF writer: exact in other decoders."""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from alphacut.encode import encode
from alphacut.types import Picture
from pictures import (
    SHAPES,
    as_rgb,
    half_noise,
)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_tiff_is_exact_in_other_decoders(channels, dtype, shape):
    pixels = half_noise(shape, channels, dtype)
    data = encode(Picture(pixels), "tiff", small=shape == (3, 5))
    np.testing.assert_array_equal(tifffile.imread(io.BytesIO(data)).reshape(pixels.shape), pixels)
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        if dtype == np.uint8:
            np.testing.assert_array_equal(np.asarray(image).reshape(pixels.shape), pixels)
    if dtype == np.uint16:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(as_rgb(decoded, channels), pixels)
