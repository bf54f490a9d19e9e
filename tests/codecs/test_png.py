"""The PNG writer: exact in other decoders, one valid stream."""

from __future__ import annotations

import io
import zlib

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data
from PIL import Image

from alphacut.encode import encode
from alphacut.types import Picture
from pictures import (
    SHAPES,
    as_rgb,
    half_noise,
    png_chunks,
)


@pytest.mark.parametrize("small", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_png_is_exact_in_two_other_decoders(channels, dtype, shape, small):
    pixels = half_noise(shape, channels, dtype)
    data = encode(Picture(pixels), "png", small=small)
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(as_rgb(decoded, channels), pixels)
    with Image.open(io.BytesIO(data)) as image:
        image.load()  # checks every CRC and the Adler-32
        if dtype == np.uint8:
            np.testing.assert_array_equal(np.asarray(image).reshape(pixels.shape), pixels)


def test_png_is_one_valid_stream_of_many_strips():
    pixels = half_noise((300, 1100), 4, np.uint8)
    chunks = png_chunks(encode(Picture(pixels), "png"))
    assert chunks[0][0] == b"IHDR"
    assert chunks[-1] == (b"IEND", b"")
    stream = [body for kind, body in chunks if kind == b"IDAT"]
    assert len(stream) > 1
    # decompressobj checks the Adler-32 that was combined from the strips' own, and nothing may follow it
    unpacker = zlib.decompressobj()
    raw = unpacker.decompress(b"".join(stream))
    assert unpacker.eof
    assert unpacker.unused_data == b""
    assert len(raw) == 300 * (1 + 1100 * 4)


def test_png_of_a_view_that_is_not_contiguous():
    pixels = half_noise((40, 60), 4, np.uint16)[::2, ::-3]
    decoded = cv2.imdecode(np.frombuffer(encode(Picture(pixels), "png"), np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(as_rgb(decoded, 4), pixels)


def test_small_png_is_smaller_and_near_pillows_best():
    pixels = np.ascontiguousarray(skimage.data.astronaut()[100:400, 50:350])
    fast, small = (len(encode(Picture(pixels), "png", small=small)) for small in (False, True))
    best = io.BytesIO()
    Image.fromarray(pixels).save(best, "PNG", optimize=True)
    assert small < fast
    assert small < 1.02 * len(best.getvalue())
