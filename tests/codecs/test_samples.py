"""Colours and depths: what a file holds is what the photo has, or a warning says what changed."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
import skimage.color
import skimage.data
from PIL import Image

from alphacut.decode import decode
from alphacut.errors import (
    InputError,
)
from pictures import (
    chunk,
    codes,
    indexed,
    noise,
    png,
    saved,
    tiff,
)


@pytest.mark.parametrize("image_format", ["PNG", "WEBP", "TIFF", "BMP", "JPEG2000", "PPM", "QOI"])
def test_lossless_rgb_is_exact(image_format):
    pixels = noise((37, 53, 3))
    settings = {"WEBP": {"lossless": True}, "JPEG2000": {"irreversible": False}}.get(image_format, {})
    photo = decode(saved(pixels, image_format, **settings))
    np.testing.assert_array_equal(photo.pixels, pixels)
    assert photo.source_alpha is None
    assert photo.icc is None
    assert photo.format == image_format
    assert photo.warnings == ()


@pytest.mark.parametrize("shape", [(1, 1), (1, 10_000), (10_000, 1), (700, 900)])
def test_every_size_is_put_together_from_its_strips(shape):
    pixels = noise((*shape, 4))
    photo = decode(saved(pixels, "PNG"))
    np.testing.assert_array_equal(photo.pixels, pixels[..., :3])
    alpha = pixels[..., 3].astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(
        np.ones(shape, np.float32) if photo.source_alpha is None else photo.source_alpha, alpha
    )


def test_jpeg_is_what_the_reference_library_decodes():
    data = saved(skimage.data.coffee(), "JPEG", quality=80)
    reference = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    np.testing.assert_array_equal(decode(data).pixels, reference)


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "TIFF", "WEBP"])
def test_grey_becomes_rgb(image_format):
    pixels = np.full((20, 30), 77, np.uint8)
    photo = decode(saved(pixels, image_format))
    assert photo.pixels.shape == (20, 30, 3)
    assert np.all(photo.pixels == 77)


def test_grey_with_alpha_one_bit_and_palette():
    pixels = noise((20, 30, 2))
    photo = decode(saved(Image.fromarray(pixels, "LA"), "PNG"))
    np.testing.assert_array_equal(photo.pixels, np.repeat(pixels[..., :1], 3, axis=2))
    np.testing.assert_array_equal(np.rint(photo.source_alpha * 255), pixels[..., 1])
    bits = noise((20, 30)) > 127
    np.testing.assert_array_equal(
        decode(saved(Image.fromarray(bits), "PNG")).pixels[..., 1], bits * np.uint8(255)
    )


def test_palette_with_one_transparent_colour():
    photo = decode(saved(indexed(), "PNG", transparency=1))
    assert photo.pixels[0, :3].tolist() == [[10, 20, 30], [200, 100, 50], [1, 2, 3]]
    assert photo.source_alpha[0].tolist() == [1, 0, 1, 1]


def test_palette_with_an_alpha_for_each_colour():
    photo = decode(saved(indexed(), "PNG", transparency=bytes([255, 128, 0])))
    assert photo.pixels[0, :3].tolist() == [[10, 20, 30], [200, 100, 50], [1, 2, 3]]
    np.testing.assert_allclose(photo.source_alpha[0], [1, 128 / 255, 0, 1], rtol=1e-6)


@pytest.mark.parametrize(("key", "shape", "colour_type"), [((7, 8, 9), (4, 5, 3), 2), ((7,), (4, 5), 0)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_colour_that_means_transparent(key, shape, colour_type, dtype):
    pixels = noise(shape, dtype) | dtype(64)
    pixels[2, 3] = key if len(key) == 3 else key[0]
    photo = decode(png(pixels, colour_type, chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))))
    np.testing.assert_array_equal(photo.pixels, pixels if pixels.ndim == 3 else np.dstack([pixels] * 3))
    hole = np.ones((4, 5), np.float32)
    hole[2, 3] = 0
    np.testing.assert_array_equal(photo.source_alpha, hole)


def test_an_alpha_that_hides_nothing_is_none():
    pixels = noise((5, 6, 4))
    pixels[..., 3] = 255
    assert decode(saved(pixels, "PNG")).source_alpha is None


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_sixteen_bit_png_keeps_its_bits(colour_type, channels):
    pixels = noise((50, 70, channels), np.uint16)
    photo = decode(png(pixels, colour_type))
    colours = pixels[..., : channels - (channels in (2, 4))]
    np.testing.assert_array_equal(photo.pixels, np.broadcast_to(colours, (50, 70, 3)))
    assert photo.pixels.dtype == np.uint16
    if channels in (2, 4):
        alpha = (pixels[..., -1].astype(np.float64) / 65535).astype(np.float32)
        np.testing.assert_array_equal(photo.source_alpha, alpha)
    assert photo.warnings == ()


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"byteorder": ">"},
        {"compression": "deflate", "predictor": True},
        {"tile": (16, 16)},
        {"bigtiff": True},
    ],
    ids=["plain", "big-endian", "deflate", "tiled", "bigtiff"],
)
def test_sixteen_bit_tiff_keeps_its_bits(settings):
    pixels = noise((50, 70, 3), np.uint16)
    photo = decode(tiff(pixels, photometric="rgb", **settings))
    np.testing.assert_array_equal(photo.pixels, pixels)
    assert photo.pixels.dtype == np.uint16


def test_sixteen_bit_tiff_alpha_straight_premultiplied_and_not_alpha():
    pixels = noise((5, 7, 4), np.uint16)
    straight = decode(tiff(pixels, photometric="rgb", extrasamples=["unassalpha"]))
    np.testing.assert_array_equal(straight.pixels, pixels[..., :3])
    np.testing.assert_allclose(straight.source_alpha, pixels[..., 3] / 65535, atol=1e-7)
    assert decode(tiff(pixels, photometric="rgb", extrasamples=["unspecified"])).source_alpha is None
    half = np.full((2, 2, 4), 32768, np.uint16)
    half[0, 0], half[0, 1, :3] = 0, 16384
    photo = decode(tiff(half, photometric="rgb", extrasamples=["assocalpha"]))
    # 16384/32768 of full range is 32767.5, rounded up; an invisible pixel stays black
    assert photo.pixels[..., 0].tolist() == [[0, 32768], [65535, 65535]]


def test_sixteen_bit_grey_where_white_is_zero():
    pixels = noise((5, 7), np.uint16)
    photo = decode(tiff(pixels, photometric="miniswhite"))
    np.testing.assert_array_equal(photo.pixels[..., 0], 65535 - pixels)


def test_samples_without_a_known_range_are_refused():
    for pixels in (noise((5, 7), np.uint16).astype(np.float32), noise((5, 7), np.uint32) | 2**20):
        with pytest.raises(InputError, match=r"8 or 16 bits|cannot be decoded"):
            decode(tiff(pixels))
    planes = noise((3, 5, 7), np.uint16)
    with pytest.raises(InputError, match="separate planes"):
        decode(tiff(planes, photometric="rgb", planarconfig="separate"))


def test_a_depth_that_is_lost_is_said():
    data = b"P6 2 1 65535\n" + np.array([0, 32896, 65535, 257, 514, 771], ">u2").tobytes()
    photo = decode(data)
    assert photo.pixels.reshape(-1).tolist() == [0, 128, 255, 1, 2, 3]
    assert codes(photo) == ["depth-reduced"]


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "La", "P", "RGB", "RGBA", "RGBa", "CMYK", "YCbCr", "HSV", "I;16"]
)
def test_pillow_images_of_every_mode(mode):
    base = Image.fromarray(noise((6, 7, 4)), "RGBA")
    steps = {"La": ["LA", "La"], "I;16": ["L", "I", "I;16"], "P": ["RGB", "P"], "HSV": ["RGB", "HSV"]}
    for step in steps.get(mode, [mode]):
        base = base.convert(step)
    photo = decode(base)
    assert photo.shape == (6, 7)
    assert (photo.source_alpha is not None) == (mode in ("LA", "La", "RGBA", "RGBa"))


def test_a_pillow_palette_with_an_alpha_channel():
    image, alpha = indexed(), noise((3, 4))
    image.putalpha(Image.fromarray(alpha))
    assert image.mode == "PA"
    photo = decode(image)
    assert photo.pixels[0, :3].tolist() == [[10, 20, 30], [200, 100, 50], [1, 2, 3]]
    np.testing.assert_array_equal(np.rint(photo.source_alpha * 255), alpha)
