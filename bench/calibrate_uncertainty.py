"""Fit the uncertainty on ground truth, and show on other photos how far it can be trusted.

    python bench/calibrate_uncertainty.py TRAIN... --test TEST... --cache FOLDER [--plot docs/reliability.png]

TRAIN and TEST are sets: folders with images/ and masks/, as ``FOLDER`` or ``FOLDER:START:STOP:STEP`` for some of
its photos. The networks' answers are kept in the cache, so that a second fit takes seconds.

Two rows are written to src/alphacut/inspect/calibration.json: "several" for the answers of two networks and
"single" for ISNet alone. Each is a logistic regression with a weak pull to 0 whose weights cannot be negative:
every feature is built so that more of it is worse, and with so few failures to learn from, a weight of the other
sign is an accident of the photos.
"""

from __future__ import annotations

import argparse
import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from alphacut.decode import decode
from alphacut.infer.card import ModelCard
from alphacut.infer.catalog import find_card
from alphacut.infer.engines import Session, open_session
from alphacut.infer.fuse import fuse
from alphacut.infer.predict import predict
from alphacut.infer.weights import ensure
from alphacut.inspect import NEEDS_LOOK, calibration, judge
from alphacut.inspect.calibration import features
from alphacut.inspect.signals import Signals, measure
from alphacut.types import Alpha, Photo

NETWORKS = {"isnet": "auto", "u2net": "f32"}
WRONG = 0.8
"""A cutout whose intersection over union is below this is wrong."""
PULL = 5.0
FEATURES = {"several": ("disagreement", "undecided", "rivals", "small"), "single": ("undecided",)}
"""Those that lowered the log loss of five-fold cross-validation on the training photos."""
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Sample:
    """One photo seen one way: what was measured, and how good the cutout is."""

    set_name: str
    name: str
    signals: Signals
    iou: float

    @property
    def uncertainty(self) -> float:
        return judge(self.signals)[0]


@functools.cache
def network(name: str) -> tuple[ModelCard, Session]:
    """Load a network once, and only when the cache lacks one of its answers."""
    card = find_card(name)
    return card, open_session(card, ensure(card), "cpu", "openvino", NETWORKS[name])


def opinions_of(photo: Photo, key: str, cache: Path) -> list[Alpha]:
    found = []
    for name in NETWORKS:
        path = cache / f"{key}__{name}.npy"
        if not path.exists():
            np.save(path, predict(photo, *network(name)).astype(np.float16))
        found.append(np.load(path).astype(np.float32))
    return found


def iou(alpha: Alpha, truth: NDArray[np.bool_]) -> float:
    seen = alpha > 0.5
    return float((seen & truth).sum() / max(int((seen | truth).sum()), 1))


def samples(sets: Sequence[str], cache: Path, prefix: str) -> dict[str, list[Sample]]:
    """Return every photo's sample for each row: with two opinions, and with ISNet's alone."""
    found: dict[str, list[Sample]] = {"several": [], "single": []}
    for text in sets:
        folder, *parts = text.split(":")
        files = sorted(Path(folder, "images").iterdir())[
            slice(*[int(p) if p else None for p in parts or [""]])
        ]
        for path in files:
            photo = decode(path)
            mask = cv2.imread(str(Path(folder, "masks", f"{path.stem}.png")), cv2.IMREAD_GRAYSCALE)
            truth = np.asarray(mask) > 127
            kind = Path(folder).name
            # Without the second look, which would hide the disagreement that is to be learned from.
            opinions = opinions_of(photo, f"{prefix}{kind}__{path.stem}", cache)
            for row, alpha, given in (
                ("several", fuse(*opinions), opinions),
                ("single", opinions[0], ()),
            ):
                signals = measure(photo, alpha, given)
                found[row].append(Sample(kind, path.stem, signals, iou(alpha, truth)))
    return found


def fit(rows: Values, wrong: Values) -> Values:
    """Return bias and weights that make the failures most likely, no weight below 0.

    Projected gradient descent on the standardised features, with ``PULL / 2 * |weights|^2`` added.
    """
    centre, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(rows)), (rows - centre) / scale])
    pull = np.full(design.shape[1], PULL)
    pull[0] = 0
    step = 1 / (np.linalg.eigvalsh(design.T @ design)[-1] / 4 + PULL)
    weights = np.zeros(design.shape[1])
    for _ in range(20_000):
        estimate = 0.5 + 0.5 * np.tanh(0.5 * design @ weights)
        weights -= step * (design.T @ (estimate - wrong) + pull * weights)
        weights[1:] = np.maximum(weights[1:], 0)
    plain = weights[1:] / scale
    return np.concatenate([[weights[0] - plain @ centre], plain])


def fit_row(row: str, found: Sequence[Sample]) -> dict[str, float]:
    names = FEATURES[row]
    table = np.array([[features(sample.signals)[name] for name in names] for sample in found])
    weights = fit(table, np.array([sample.iou < WRONG for sample in found], float))
    return {name: round(float(weight), 4) for name, weight in zip(("bias", *names), weights, strict=True)}


def report(title: str, found: Sequence[Sample]) -> None:
    """Print how many failures lie in the most uncertain fifth."""
    order = sorted(found, key=lambda s: s.uncertainty, reverse=True)
    wrong = sum(s.iou < WRONG for s in found)
    caught = sum(s.iou < WRONG for s in order[: round(0.2 * len(found))])
    above = [s for s in found if s.uncertainty > NEEDS_LOOK]
    brier = np.mean([(s.uncertainty - (s.iou < WRONG)) ** 2 for s in found])
    print(
        f"{title}: {len(found)} photos, {wrong} wrong, {caught} of them in the most uncertain fifth; above "
        f"{NEEDS_LOOK}: {len(above)} photos, {sum(s.iou < WRONG for s in above)} wrong; Brier {brier:.4f}"
    )


def plot(path: Path, series: dict[str, tuple[tuple[int, int, int], list[tuple[float, bool]]]]) -> None:
    """Draw the share of wrong cutouts over the estimate, in four groups of photos of equal size each."""
    side, margin = 360, 48
    canvas = np.full((side + 2 * margin, side + 2 * margin, 3), 255, np.uint8)

    def at(x: float, y: float) -> tuple[int, int]:
        # The axes are square roots, because most estimates are small.
        return round(margin + side * x**0.5), round(margin + side * (1 - y**0.5))

    def write(text: str, place: tuple[int, int], colour: tuple[int, int, int] = (60, 60, 60)) -> None:
        cv2.putText(canvas, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)

    cv2.line(canvas, at(0, 0), at(1, 1), (200, 200, 200), 1, cv2.LINE_AA)
    for tick in (0, 0.05, 0.2, 0.5, 1):
        write(f"{tick:g}", (at(tick, 0)[0] - 8, margin + side + 16))
        write(f"{tick:g}", (margin - 36, at(0, tick)[1] + 4))
    write("estimated probability that IoU < 0.8", (margin + 60, side + 2 * margin - 12))
    write("share of photos with IoU < 0.8", (margin, margin - 24))
    for i, (name, (colour, pairs)) in enumerate(series.items()):
        groups = np.array_split(np.array(sorted(pairs), float), 4)
        points = [at(*group.mean(axis=0)) for group in groups]
        cv2.polylines(canvas, [np.array(points, np.int32)], False, colour, 1, cv2.LINE_AA)
        for point in points:
            cv2.circle(canvas, point, 5, colour, -1, cv2.LINE_AA)
        write(f"{name} ({len(pairs)} photos)", (margin + 8, margin + 16 + 16 * i), colour)
    cv2.rectangle(canvas, at(0, 1), at(1, 0), (120, 120, 120), 1)
    cv2.imwrite(str(path), canvas, [cv2.IMWRITE_PNG_COMPRESSION, 9])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("train", nargs="*")
    parser.add_argument("--test", nargs="*", default=[])
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--plot", type=Path)
    given = parser.parse_args()
    target = Path(calibration.__file__).with_name("calibration.json")
    train = samples(given.train, given.cache, "train_")
    if given.train:
        fitted = {row: fit_row(row, found) for row, found in train.items()}
        target.write_text(json.dumps(fitted, indent=1) + "\n")
        calibration.rows.cache_clear()
    test = samples(given.test, given.cache, "")
    for title, kind in (("train", train), ("test", test)):
        for row, found in kind.items():
            if found:
                report(f"{title}, {row}", found)
    if given.plot:
        colours = {"several": (180, 90, 20), "single": (40, 40, 200)}
        names = {"several": "two networks", "single": "one network"}
        plot(
            given.plot,
            {
                names[row]: (colours[row], [(s.uncertainty, s.iou < WRONG) for s in found])
                for row, found in test.items()
            },
        )


if __name__ == "__main__":
    main()
