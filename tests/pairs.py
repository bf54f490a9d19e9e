"""Photos with their truth, drawn in code, as folders and as tars."""

import io
import tarfile

import cv2
import numpy as np
from PIL import Image


def drawn(number, height=20, width=28):
    """Return a photo, H×W×3 uint8, and its alpha, H×W uint8: a soft disc before noise; no two numbers look alike."""
    random = np.random.default_rng([number, 7])
    disc = np.zeros((height, width), np.uint8)
    cv2.circle(disc, (width // 2, height // 2), max(1, min(height, width) // 3), 255, -1)
    alpha = cv2.GaussianBlur(disc, (0, 0), 1)
    behind = random.integers(0, 100, (height, width, 3))
    front = random.integers(120, 256, 3)
    share = alpha[..., None] / 255
    return np.rint(share * front + (1 - share) * behind).astype(np.uint8), alpha


def png(array, **options):
    """Return an array as the bytes of a PNG; 16 bits stay 16."""
    if array.dtype == np.uint16:
        return cv2.imencode(".png", array[..., ::-1] if array.ndim == 3 else array)[1].tobytes()
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, "png", **options)
    return stream.getvalue()


def turned(orientation):
    """Return EXIF that says how a picture lies."""
    exif = Image.Exif()
    exif[274] = orientation
    return exif


def write_set(folder, count, truth="masks", first=0):
    """Write a folder of photos with their truth."""
    for name in ("images", truth):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        photo, alpha = drawn(number)
        (folder / "images" / f"p{number}.png").write_bytes(png(photo))
        (folder / truth / f"p{number}.png").write_bytes(png(alpha))
    return folder


def write_tar(path, files, mode="w"):
    """Write a tar of files by their names, in this order, as webdataset's writer does."""
    with tarfile.open(path, mode) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path
