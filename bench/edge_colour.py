"""Edge colour against a peer: the error of soft pixels on a new background, from the same 8-bit alpha.

    python bench/edge_colour.py [--peer PYTHON]

Prints, for every drawn scene, the mean absolute error (levels of 255, in the pixels whose alpha is
fractional) after the cutout is put on the scene's new background: with the photo's own colours kept
(`straight`), with them multiplied by alpha, as compositing over transparent black stores them (`naive`), and
with the estimated colours.

With `--peer`, that interpreter runs rembg's own `naive_cutout` (its default) and `decontaminate_cutout` on
the same photo and mask, and `naive` is what really came out of it.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from alphacut.foreground import estimate_foreground
from scenes import Scene, scenes

PEER = """
import sys
import numpy as np
from PIL import Image
from rembg import bg

given = np.load(sys.argv[1])
made = {}
for name in ("naive_cutout", "decontaminate_cutout"):
    cut = getattr(bg, name)
    pairs = zip(given["photos"], given["masks"])
    made[name] = np.stack([np.asarray(cut(Image.fromarray(p), Image.fromarray(m))) for p, m in pairs])
np.savez(sys.argv[2], **made)
"""


def run_peer(python: str, drawn: list[Scene], masks: NDArray[np.uint8]) -> dict[str, NDArray[np.uint8]]:
    """Return the peer's RGBA cutouts, N×H×W×4, by the name of its function."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder, "given.npz"), Path(folder, "made.npz")
        np.savez(given, photos=np.stack([scene.photo for scene in drawn]), masks=masks)
        subprocess.run([python, "-c", PEER, str(given), str(made)], check=True)
        with np.load(made) as cutouts:
            return {name: cutouts[name] for name in cutouts.files}


def edge_error(scene: Scene, colours: NDArray[Any], alpha: NDArray[Any]) -> float:
    """Return the mean error in soft pixels of `colours` with `alpha` (0 to 255) on the new background."""
    soft = (scene.alpha > 1 / 510) & (scene.alpha < 1 - 1 / 510)
    a, true = alpha[..., None] / 255, scene.alpha[..., None].astype(np.float64)
    difference = a * colours - true * scene.foreground + (true - a) * scene.new_background
    return float(np.abs(difference)[soft].mean())


def table(drawn: list[Scene], python: str | None) -> dict[str, list[float]]:
    """Return the errors of every method, one a scene."""
    masks = np.stack([np.rint(scene.alpha * 255).astype(np.uint8) for scene in drawn])
    cutouts = run_peer(python, drawn, masks) if python else {}
    errors: dict[str, list[float]] = {"straight": [], "naive": [], "alphacut": []}
    for scene, mask in zip(drawn, masks, strict=True):
        alpha = mask.astype(np.float32) / 255
        errors["straight"].append(edge_error(scene, scene.photo, mask))
        errors["alphacut"].append(edge_error(scene, estimate_foreground(scene.photo, alpha), mask))
        if not cutouts:
            errors["naive"].append(edge_error(scene, np.rint(scene.photo * alpha[..., None]), mask))
    for label, name in (("naive", "naive_cutout"), ("decontaminate", "decontaminate_cutout")):
        if name in cutouts:
            pairs = zip(drawn, cutouts[name], strict=True)
            errors[label] = [edge_error(scene, made[..., :3], made[..., 3]) for scene, made in pairs]
    return errors


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--peer", metavar="PYTHON", help="interpreter of an environment in which rembg is installed"
    )
    parser.add_argument("--size", type=int, default=256, help="height and width of the scenes in pixels")
    args = parser.parse_args()
    drawn = scenes(args.size)
    errors = table(drawn, args.peer)
    print(
        f"{'scene':<24}" + "".join(f"{name:>15}" for name in errors) + f"{'of straight':>13}{'of naive':>10}"
    )
    rows = [scene.name for scene in drawn] + [f"mean of {len(drawn)}"]
    columns = {name: [*values, float(np.mean(values))] for name, values in errors.items()}
    for k, name in enumerate(rows):
        ours, straight, naive = (columns[c][k] for c in ("alphacut", "straight", "naive"))
        numbers = "".join(f"{values[k]:>15.2f}" for values in columns.values())
        print(f"{name:<24}{numbers}{ours / straight:>13.3f}{ours / naive:>10.3f}")


if __name__ == "__main__":
    main()
