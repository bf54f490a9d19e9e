"""What a file is, told from its first bytes; its suffix is not asked."""

from __future__ import annotations

from ..errors import NotAnImage

_IMAGES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"qoif", "QOI"),
    *((b"P%d" % kind + space, "PPM") for kind in range(1, 7) for space in (b" ", b"\n", b"\r", b"\t")),
)
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"8BPS", "a Photoshop document"),
    (b"<svg", "an SVG drawing"),
    (b"<?xml", "an XML document, perhaps an SVG drawing"),
    (b"<html", "a web page"),
    (b"<!doctype html", "a web page"),
    (b"PK\3\4", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL image"),
    (b"\x1aE\xdf\xa3", "a video"),
    (b"FUJIFILMCCD-RAW", "a camera's raw file"),
)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def sniff(data: bytes, name: str) -> str:
    """Return the format of an image file, as Pillow names it.

    Parameters
    ----------
    data : bytes
        The file, or at least its first 256 bytes.
    name : str
        What to call it in the message.

    Raises
    ------
    NotAnImage
        It is empty, or of no format that is decoded here; the message says what it looks like.
    """
    if not data:
        raise NotAnImage(name, "is empty (0 bytes)", "Copy or download it again.")
    for prefix, image_format in _IMAGES:
        if data.startswith(prefix):
            return image_format
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        return _of_brands(data, name)
    head = data[:256].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    likeness = next((kind for prefix, kind in _OTHERS if head.startswith(prefix.lower())), "")
    raise _refusal(name, likeness)


def _of_brands(data: bytes, name: str) -> str:
    length = int.from_bytes(data[:4], "big")
    brands = {data[start : start + 4] for start in range(8, min(length, 256), 4)}
    # Both kinds carry the brand mif1: a file that names AVIF anywhere is one.
    if brands & _AVIF_BRANDS:
        return "AVIF"
    if brands & _HEIC_BRANDS:
        return "HEIF"
    raise _refusal(name, "a camera's raw file" if b"crx " in brands else "a video")


def _refusal(name: str, likeness: str) -> NotAnImage:
    known = "JPEG, PNG, WebP, TIFF, BMP, GIF, AVIF, HEIC, JPEG 2000, PPM or QOI"
    problem = f"is {likeness}, not a photo" if likeness else "is not an image of a known format"
    return NotAnImage(name, problem, f"Save it as {known} first.")
