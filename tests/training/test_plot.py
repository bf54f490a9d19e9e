"""The log as a picture."""

import json

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra train)")

from PIL import Image

from alphacut.errors import OptionError
from alphacut.training.plot import plot, running_mean


def step(number, loss):
    return {"step": number, "loss": loss, "bce": loss, "rate": 1.0, "norm": 1.0, "broken": 0, "seconds": 1.0}


def check(number, mae):
    return {"step": number, "validation": {"mae": mae, "iou": 1 - mae}, "unreadable": 0}


def drawn(folder, rows):
    log, path = folder / "log.jsonl", folder / "plot.png"
    log.write_text("".join(json.dumps(row) + "\n" for row in rows))
    plot(log, path)
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_losses_and_validations_are_seen(tmp_path):
    steps = [step(number, 2 / number) for number in range(1, 20)]
    alone = drawn(tmp_path, steps)
    half = len(alone) // 2
    with_checks = drawn(tmp_path, [check(0, 0.5), *steps, check(19, 0.1)])
    assert (alone[half:] != with_checks[half:]).any()
    other = drawn(
        tmp_path, [check(0, 0.5), *(step(number, number) for number in range(1, 20)), check(19, 0.1)]
    )
    assert (other[:half] != with_checks[:half]).any()


def test_a_step_without_a_number_leaves_a_gap(tmp_path):
    drawn(tmp_path, [step(1, 1.0), step(2, float("nan")), step(3, 1.0)])


def test_before_the_first_step_there_is_the_first_validation(tmp_path):
    drawn(tmp_path, [check(0, 0.5)])


def test_an_empty_log_is_an_error(tmp_path):
    with pytest.raises(OptionError, match=r"log\.jsonl: has no rows"):
        plot(tmp_path / "log.jsonl", tmp_path / "plot.png")


def test_a_running_mean_looks_back_only():
    assert running_mean([1, 3, 5, 7], 2) == [1, 2, 4, 6]
    assert running_mean([1, 3], 1) == [1, 3]
