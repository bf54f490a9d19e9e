"""The matting solve against pymatting's closed form: the same photo, the same trimap, both run to their end.

    python bench/matting.py --peer PYTHON [SET]

PYTHON is that of the environment that has rembg, and so pymatting. SET is a folder with images/, masks/ and
trimaps/; without it, hair is drawn. Photos are brought to two megapixels. Prints seconds and SAD (in thousands,
over the unknown pixels) of both; `fast` solves at 512 pixels and brings the answer up, as the pipeline does.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import scenes
from alphacut.refine import WORK, shrink
from alphacut.refine.closed_form import Laplacian, solve
from alphacut.refine.guided_filter import sample

PIXELS = 2_000_000
STEPS = 40
FIXED = 1e-5
"""Weight of the guess, 0.5, in unknown pixels: next to nothing, so that the trimap alone decides."""
PEER = """
import sys, time
import numpy as np
from pymatting import estimate_alpha_cf
given = np.load(sys.argv[1])
image, trimap = given["image"].astype(np.float64), given["trimap"].astype(np.float64)
estimate_alpha_cf(image[:64, :64], np.tile(np.linspace(0, 1, 64).round(1), (64, 1)))  # compiles
start = time.perf_counter()
alpha = estimate_alpha_cf(image, trimap)
np.savez(sys.argv[2], alpha=alpha.astype(np.float32), seconds=time.perf_counter() - start)
"""
Plane = NDArray[np.float32]


def photos(folder: Path | None) -> Iterator[tuple[str, Plane, Plane, Plane]]:
    """Yield name, image, trimap (0, 0.5, 1) and true alpha."""
    if folder is None:
        side = round(PIXELS**0.5)
        true = np.ascontiguousarray(scenes.hair(side, 1.5), np.float32)
        hair = scenes.mottled(side, (70, 45, 30), 0.25, 11)
        photo = scenes.mix(true, hair, scenes.gradient(side, (90, 140, 220), (215, 225, 235)))
        near = np.ones((25, 25), np.uint8)
        sure, clear = (cv2.erode((part).astype(np.uint8), near) for part in (true > 0.99, true < 0.01))
        yield "drawn hair", photo.astype(np.float32) / 255, (1 + sure - clear) / np.float32(2), true
        return
    for path in sorted((folder / "images").iterdir()):
        image, trimap, true = (
            cv2.imread(str(folder / kind / path.name), flag).astype(np.float32) / 255
            for kind, flag in (("images", 1), ("trimaps", 0), ("masks", 0))
        )
        scale = (PIXELS / true.size) ** 0.5
        size = (round(true.shape[1] * scale), round(true.shape[0] * scale))
        image, true = (
            np.clip(cv2.resize(p, size, interpolation=cv2.INTER_CUBIC), 0, 1) for p in (image, true)
        )
        trimap = np.rint(2 * cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST)) / 2
        yield path.stem, np.ascontiguousarray(image[..., ::-1]), trimap.astype(np.float32), true


def whole(image: Plane, trimap: Plane) -> Plane:
    """Solve at every level up to the photo's own."""
    return solve(image, trimap, np.full_like(trimap, FIXED), trimap == 0.5, steps=STEPS)


def fast(image: Plane, trimap: Plane) -> Plane:
    """Solve small; draw the photo's own pixels with the linear functions of colour that were found."""
    small, coarse = shrink(image, WORK), shrink(trimap, WORK)
    unknown = (coarse > 0) & (coarse < 1)
    solved = solve(small, coarse, np.full_like(coarse, FIXED), unknown, steps=STEPS)
    line = Laplacian(small).mean_line(solved)
    line = sample(line, (slice(0, trimap.shape[0]), slice(0, trimap.shape[1])), trimap.shape)
    drawn = (line[..., :3] * image).sum(2) + line[..., 3]
    return np.where(trimap == 0.5, np.clip(drawn, 0, 1), trimap)


def timed(work: Callable[[Plane, Plane], Plane], image: Plane, trimap: Plane) -> tuple[float, Plane]:
    start = time.perf_counter()
    alpha = work(image, trimap)
    return time.perf_counter() - start, alpha


def run_peer(python: str, image: Plane, trimap: Plane) -> tuple[float, Plane]:
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "given.npz"), Path(folder, "made.npz")
        np.savez(given, image=image, trimap=trimap)
        subprocess.run([python, "-c", PEER, str(given), str(made)], check=True)
        with np.load(made) as answer:
            return float(answer["seconds"]), answer["alpha"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("set", type=Path, nargs="?")
    parser.add_argument("--peer", required=True)
    parser.add_argument("--limit", type=int)
    given = parser.parse_args()
    print("| photo | whole | fast | pymatting |\n|---|---|---|---|")
    rows = []
    for count, (name, image, trimap, true) in enumerate(photos(given.set)):
        if count == given.limit:
            break
        answers = [
            timed(whole, image, trimap),
            timed(fast, image, trimap),
            run_peer(given.peer, image, trimap),
        ]
        unknown = trimap == 0.5
        row = [(seconds, float(np.abs(alpha - true)[unknown].sum()) / 1000) for seconds, alpha in answers]
        rows.append(row)
        print(f"| {name} | " + " | ".join(f"{s:.2f} s, {e:.1f}" for s, e in row) + " |", flush=True)
    mean = np.mean(rows, axis=0)
    print("| mean | " + " | ".join(f"{s:.2f} s, {e:.1f}" for s, e in mean) + " |")


if __name__ == "__main__":
    main()
