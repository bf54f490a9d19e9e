"""What somebody who means harm, or whose program is broken, sends to a service."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def lines(text):
    """Return the lines of a table."""
    return [line for line in text.splitlines() if line]


# Refused whatever a resolver says: these never get as far as asking one.
SPELLINGS = lines("""
file:///etc/passwd
FILE:///etc/passwd
ftp://photos.example/a.jpg
gopher://photos.example:70/_x
dict://photos.example:11211/stat
data:image/png;base64,iVBORw0KGgo=
javascript:alert(1)
jar:http://photos.example!/a
ws://photos.example/a
//photos.example/a.jpg
photos.example/a.jpg
/etc/passwd
http:photos.example
http:/photos.example
http://
http:///a.jpg
http://:80/
http://photos.example:22/
http://photos.example:6379/
http://photos.example:0/
http://photos.example:65536/
http://photos.example:99999/
http://photos.example:-80/
http://photos.example:８０/
http://photos.example:80:80/
http://photos.example:/
http://user@photos.example/
http://user:pass@photos.example/
http://photos.example@127.0.0.1/
http://127.0.0.1@photos.example/
http://photos.example:80@127.0.0.1/
http://@photos.example/
http://photos.example%40127.0.0.1/
http://photos.example\\@127.0.0.1/
http://photos.example%2f@127.0.0.1/
http://photos.example%00.internal/
http://%31%32%37.0.0.1/
http://127%2e0%2e0%2e1/
http://photos.example./
http://localhost./
http://127.0.0.1./
http://.photos.example/
http://photos..example/
http://-photos.example/
http://photos .example/
http://photos.example&a/
http://2130706433/
http://017700000001/
http://0x7f000001/
http://0X7F000001/
http://127.1/
http://127.0.1/
http://0/
http://00/
http://0x/
http://0x7f.1/
http://0x7f.0.0.0x1/
http://0177.0.0.1/
http://127.0.0.01/
http://127.0.0.1.5/
http://127.0.0.256/
http://3232235521/
http://0xa9fea9fe/
http://2852039166/
http://0251.0376.0251.0376/
http://169.254.43518/
http://photos.1/
http://photos.0x1/
http://１２７.０.０.１/
http://127。0。0。1/
http://127．0．0．1/
http://127｡0｡0｡1/
http://①②⑦.⓪.⓪.①/
http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/
http://ｌｏｃａｌｈｏｓｔ/
http://photos。example/
http://[fe80::1%25eth0]/
http://[fe80::1%eth0]/
http://[2606:4700::1111%25lo]/
http://[::1/
http://::1/
http://[127.0.0.1]/
http://[localhost]/
http://[v1.x]/
http://[]/
http://[2606:4700:::1]/
""")


def whole_photos():
    """Return a small photo in each of several formats."""
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    photos = {}
    for kind in ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "JPEG2000"):
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, kind)
        photos[kind] = stream.getvalue()
    return photos


def truncated():
    """Yield a name and photos that end too early, at several places in each format."""
    for kind, data in whole_photos().items():
        for share in (0.02, 0.1, 0.3, 0.5, 0.8):
            yield f"{kind} ends after {share:.0%}", data[: max(4, int(len(data) * share))]


def bombs():
    """Yield small files that say they are huge, or that would become so."""
    for side in (20_001, 60_000, 2**31 - 1):
        yield f"PNG of {side}×{side}", png(side, side)
        yield f"PNG of {side}×1", png(side, 1) if side > 20_000 else b""
        yield (
            f"BMP of {side}",
            b"BM" + struct.pack("<IHHIIiiHH", 60, 0, 0, 54, 40, side, side, 1, 24) + bytes(24),
        )
        yield f"GIF of {side % 65536}", b"GIF89a" + struct.pack("<HH", 65_000, 65_000) + bytes(7)
        yield f"PPM of {side}", f"P6 {side} {side} 255\n".encode() + bytes(64)
    for size in ((30_000, 30_000), (25_000, 2_100)):
        stream = io.BytesIO()
        Image.new("1", size).save(stream, "PNG", compress_level=1)
        yield f"PNG, whole, of {size}", stream.getvalue()
    yield "PNG with an endless text", png(8, 8, text=zlib.compress(bytes(10**8), 1))


def png(width, height, text=b""):
    """Return a PNG's head, with a compressed text if one is given, and no pixels."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    words = chunk(b"zTXt", b"k\0\0" + text) if text else b""
    return b"\x89PNG\r\n\x1a\n" + head + words + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def wrong_kinds():
    """Yield what is no photo, or more than one thing at once."""
    photos = whole_photos()
    named = {
        "nothing": b"",
        "zeros": bytes(100_000),
        "text": b"hello",
        "HTML": b"<!doctype html><script>alert(1)</script>",
        "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
        "SVG with entities": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
        "PDF": b"%PDF-1.7\n1 0 obj<<>>endobj",
        "PostScript": b"%!PS\n(/etc/passwd) (r) file",
        "EPS in a TIFF's clothes": b"\xc5\xd0\xd3\xc6" + bytes(60),
        "ELF": b"\x7fELF" + bytes(200),
        "zip": b"PK\x03\x04" + bytes(100),
        "gzip bomb": zlib.compress(bytes(10**7)),
        "MP4": b"\0\0\0\x20ftypisom" + bytes(100),
        "MVG": b"push graphic-context\nimage over 0,0 0,0 'https://127.0.0.1/x'\npop graphic-context",
        "a list of files": b"#EXTM3U\nfile:///etc/passwd",
        "FLI of no frames": b"\x0c\0\0\0\x11\xaf" + bytes(122),
        "XPM that is C": b"/* XPM */ static char *x[] = {",
        "JPEG's head, then HTML": photos["JPEG"][:20] + b"<script>alert(1)</script>" * 50,
        "GIF's head, then JavaScript": b"GIF89a/*" + bytes(3) + b"*/=1;alert(1)",
        "PNG's head, then zip": photos["PNG"][:30] + b"PK\x03\x04" * 200,
        "RIFF that is sound": b"RIFF\x24\0\0\0WAVEfmt " + bytes(20),
        "TIFF that points at itself": b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0\x08\0\0\0",
        "WebP of no picture": b"RIFF\x0c\0\0\0WEBPVP8 \0\0\0\0",
        "AVIF of no picture": b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf",
        "ICO of no icon": b"\0\0\1\0\0\0" + bytes(40),
    }
    yield from named.items()
    random = np.random.default_rng(1)
    for kind, data in photos.items():
        if kind not in ("BMP", "TIFF"):  # in those any bytes are pixels, and that is no harm
            for turn in range(4):
                broken = bytearray(data)
                head = random.integers(0, min(len(data), 64), 24)
                for place in head:
                    broken[place] ^= int(random.integers(1, 256))
                yield f"{kind} scrambled {turn}", b"\xff" + bytes(broken)


def bodies():
    """Yield a name, a content type and a body that no form can be."""
    form = "multipart/form-data"
    part = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    many = b"".join(b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % n for n in range(500))
    yield "no boundary", form, part
    yield "an empty boundary", f"{form}; boundary=", part
    yield "a boundary of 10 kB", f"{form}; boundary={'x' * 10_000}", part
    yield "no end", f"{form}; boundary=x", part + b"abc"
    yield "no part", f"{form}; boundary=x", b"--x--\r\n"
    yield "nothing at all", f"{form}; boundary=x", b""
    yield "500 parts", f"{form}; boundary=x", many + b"--x--\r\n"
    yield (
        "a part of no name",
        f"{form}; boundary=x",
        b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n",
    )
    yield "a part of no head", f"{form}; boundary=x", b"--x\r\n\r\n1\r\n--x--\r\n"
    yield "a head of 1 MB", f"{form}; boundary=x", b"--x\r\nX: " + b"y" * 2**20 + b"\r\n\r\n1\r\n--x--\r\n"
    yield "another boundary", f"{form}; boundary=y", part + b"abc\r\n--x--\r\n"
    yield (
        "a form in a form",
        f"{form}; boundary=x",
        part.replace(b"\r\n\r\n", b"\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n--z\r\n\r\n")
        + b"\r\n--x--\r\n",
    )
    yield "binary", f"{form}; boundary=x", bytes(range(256)) * 100
    for name, text in (
        ("no JSON", b"{"),
        ("a list", b"[]"),
        ("a number", b"1e999"),
        ("deep JSON", b"[" * 100_000),
        ("a name twice", b'{"image":"", "image":""}'),
        ("no base64", b'{"image": "!!!!"}'),
        ("an image that is an object", b'{"image": {"a": 1}}'),
        ("a huge number", b'{"image": "", "quality": ' + b"9" * 5000 + b"}"),
        ("not UTF-8", b'{"image": "\xff\xfe"}'),
        ("half a surrogate pair", b'{"image": "", "background": "\\ud800"}'),
        ("a null byte", b'{"image": "", "background": "a\\u0000b"}'),
    ):
        yield name, "application/json", text
    for kind in (
        "text/html",
        "application/xml",
        "image/svg+xml; charset=utf-7",
        "x" * 3000,
        "multipart/mixed; boundary=x",
    ):
        yield f"type {kind[:30]}", kind, b"<x/>"


PATHS = lines("""
/etc/passwd
../../../../etc/passwd
..\\..\\windows\\win.ini
file:///etc/passwd
/proc/self/environ
~/.ssh/id_rsa
picture(/etc/passwd)
picture(../../etc/hostname, cover)
picture(file:///etc/passwd)
http://127.0.0.1/a.png
//host/share/a.png
C:\\a.png
picture( /etc/passwd , tile)
/dev/zero
/dev/random
/dev/stdin
.
..
/
%2e%2e%2fetc%2fpasswd
""")

ROUTES = lines("""
/../etc/passwd
/..%2f..%2fetc/passwd
/v1/jobs/../../etc/passwd
/v1/jobs/%2e%2e%2f%2e%2e%2fetc%2fpasswd
/v1/jobs/..%5c..%5cetc
/v1/jobs/00000000000000000000000000000000
/v1/jobs/00000000000000000000000000000000/result
/v1/jobs/%00
/v1/jobs/.lock
/v1/jobs/jobs.sqlite
/v1/models/../../etc/passwd
//etc/passwd
/.git/config
/.env
/v1/%0d%0aSet-Cookie:a=b
""")
