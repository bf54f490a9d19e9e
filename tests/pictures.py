"""Small pictures, and files written by hand or by other programs, for the tests of decoding and encoding."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import tifffile
from PIL import Image, ImageCms

SHAPES = [(1, 1), (1, 10_000), (10_000, 1), (3, 5), (300, 1100)]
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# sRGB with its red and blue primaries exchanged: red in sRGB is blue in it.
SWAPPED = SRGB.replace(b"rXYZ", b"----").replace(b"bXYZ", b"rXYZ").replace(b"----", b"bXYZ")


def with_primaries(*xyz):
    """The profile of sRGB with other red, green and blue primaries, each X, Y, Z under D50 (ICC.1, 7.3 and 10.31)."""
    profile = bytearray(SRGB)
    for at in range(132, 132 + 12 * struct.unpack_from(">I", SRGB, 128)[0], 12):
        tag, start = struct.unpack_from(">4sI", SRGB, at)
        if tag in (b"rXYZ", b"gXYZ", b"bXYZ"):
            values = xyz[b"rgb".index(tag[:1])]
            struct.pack_into(">3i", profile, start + 8, *(round(value * 65536) for value in values))
    return bytes(profile)


# Display P3 has the curve of sRGB; its primaries under D50 are those of the profile that Apple ships.
DISPLAY_P3 = with_primaries(
    (0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)
)
UPRIGHT = {  # what to do with the stored pixels, from the table of EXIF 2.3, tag 0x0112
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: lambda stored: np.swapaxes(stored, 0, 1),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(np.swapaxes(stored, 0, 1), 2),
    8: lambda stored: np.rot90(stored, 1),
}


def noise(shape, dtype=np.uint8, seed=0):
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, shape, dtype=dtype)


def corners():
    """A picture that no turn or mirror leaves as it is: four corners of four colours, wider than high."""
    pixels = np.zeros((32, 64, 3), np.uint8)
    pixels[:16, :32], pixels[:16, 32:] = (250, 10, 10), (10, 250, 10)
    pixels[16:, :32], pixels[16:, 32:] = (10, 10, 250), (240, 240, 240)
    return pixels


def saved(image, image_format, **settings):
    file = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(file, image_format, **settings)
    return file.getvalue()


def tiff(pixels, **settings):
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **settings)
    return file.getvalue()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(pixels, colour_type, *before, behind=(), size=None):
    """A PNG written by hand from the specification: no filter, one IDAT."""
    height, width = size or pixels.shape[:2]
    depth = 8 * pixels.itemsize
    rows = b"".join(b"\0" + row.astype(row.dtype.newbyteorder(">")).tobytes() for row in pixels)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))
    body = [*before, chunk(b"IDAT", zlib.compress(rows)), *behind, chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(body)


def turned(number):
    exif = Image.Exif()
    exif[0x0112] = number
    exif[0x010F] = "Kamera"
    return exif


def codes(photo):
    return [warning.code for warning in photo.warnings]


def profile_of(space):
    """A minimal grey profile of gamma 1.0 (ICC.1:2010, 'GRAY' display profile: wtpt and kTRC)."""
    curve = b"curv\0\0\0\0\0\0\0\0" + b"\0\0\0\0"
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    text = b"desc\0\0\0\0\0\0\0\1\0" + b"\0" * 79
    tags = [(b"desc", text), (b"wtpt", white), (b"kTRC", curve[:12])]
    offset, table, data = 128 + 4 + 12 * len(tags), b"", b""
    for name, body in tags:
        table += name + struct.pack(">II", offset + len(data), len(body))
        data += body + b"\0" * (-len(body) % 4)
    head = struct.pack(">I4xI4s4s4s12x4s", offset + len(data), 0x02100000, b"mntr", space, b"XYZ ", b"acsp")
    head += b"\0" * 28 + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + data


def indexed():
    image = Image.fromarray(np.arange(12, dtype=np.uint8).reshape(3, 4) % 3, "P")
    image.putpalette([10, 20, 30, 200, 100, 50, 1, 2, 3])
    return image


def half_noise(shape, channels, dtype, seed=0):
    """Return random rows above smooth ones: filters and deflaters meet both."""
    rng = np.random.default_rng(seed)
    top = np.iinfo(dtype).max
    pixels = rng.integers(0, top + 1, (*shape, channels), dtype=dtype)
    pixels[shape[0] // 2 :] = np.linspace(0, top, shape[1]).astype(dtype)[None, :, None]
    return pixels


def as_rgb(decoded, channels):
    """OpenCV's BGR order → ours."""
    return decoded[..., None] if channels == 1 else decoded[..., [2, 1, 0, 3][:channels]]


def png_chunks(data):
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    position, chunks = 8, []
    while position < len(data):
        (length,) = struct.unpack_from(">I", data, position)
        kind, body = data[position + 4 : position + 8], data[position + 8 : position + 8 + length]
        assert struct.unpack_from(">I", data, position + 8 + length)[0] == zlib.crc32(kind + body)
        chunks.append((kind, body))
        position += length + 12
    assert position == len(data)
    return chunks
