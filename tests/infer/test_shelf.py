"""Loaded networks: once each, and within a budget."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import tiny
from alphacut import Cutter, Options
from alphacut.errors import Cancelled, UnknownModel
from alphacut.infer.card_file import dump_card
from alphacut.infer.home import models_dir
from alphacut.infer.shelf import Shelf

NAMES = ("tiny", "second", "third")


@pytest.fixture
def three(home):
    """Three models of one size in bytes."""
    own = models_dir() / tiny.CARD.file
    text = (models_dir() / "tiny.toml").read_text()
    for name in NAMES[1:]:
        shutil.copy(own, models_dir() / f"{name}.onnx")
        (models_dir() / f"{name}.toml").write_text(text.replace("tiny.onnx", f"{name}.onnx"))
    assert dump_card(tiny.CARD).count("tiny.onnx") == 1
    return own.stat().st_size


def of(name):
    return Options(model=name)


def test_the_least_recently_used_is_let_go(three):
    shelf = Shelf(memory=2 * three)
    for name in ("tiny", "second", "tiny", "third"):
        with shelf.lend() as load:
            load(of(name))
    assert list(shelf.loaded) == ["tiny", "third"]


def test_a_network_in_use_stays_whatever_the_budget(three):
    shelf = Shelf(memory=1)
    with shelf.lend() as load:
        (_, session), *_ = load(of("tiny"))
        with shelf.lend() as other:
            assert other(of("tiny"))[0][1] is session
            other(of("second"))
        assert list(shelf.loaded) == ["tiny"]
        with shelf.lend() as other:
            assert other(of("tiny"))[0][1] is session
    assert shelf.loaded == {}


def test_each_is_loaded_once_however_many_ask(three):
    shelf = Shelf()
    gate = threading.Barrier(12)

    def take(i):
        gate.wait(10)
        with shelf.lend() as load:
            return NAMES[i % 3], load(of(NAMES[i % 3]))[0][1]

    with ThreadPoolExecutor(12) as pool:
        found = set(pool.map(take, range(12)))
    assert len(found) == 3
    assert set(shelf.loaded) == set(NAMES)


def test_a_network_that_cannot_be_loaded_leaves_nothing(home):
    shelf = Shelf(memory=10**9)
    for _ in range(2):
        with shelf.lend() as load, pytest.raises(UnknownModel):
            load(of("nothing"))
    assert shelf.loaded == {}
    with shelf.lend() as load:
        assert load(of("tiny"))


def test_a_cutter_with_a_budget_answers_the_same(three):
    photo = np.full((40, 60, 3), 200, np.uint8)
    with Cutter(of("tiny"), memory=three) as cutter, ThreadPoolExecutor(4) as pool:
        alphas = list(pool.map(lambda i: cutter.cut(photo, of(NAMES[i % 3])).alpha, range(12)))
        assert len(cutter.shelf.loaded) <= 1
    assert all(np.array_equal(alpha, alphas[0]) for alpha in alphas)


def test_a_photo_nobody_waits_for_is_stopped_between_two_steps(home):
    photo = np.full((40, 60, 3), 200, np.uint8)
    asked = []

    def stop():
        asked.append(1)
        return len(asked) > 2

    with Cutter(of("tiny")) as cutter:
        with pytest.raises(Cancelled):
            cutter.cut(photo, stop=stop)
        assert len(asked) == 3
        assert cutter.cut(photo, stop=lambda: False).alpha.shape == (40, 60)


def test_fast_takes_the_adapter_that_was_trained_at_its_size(home):
    tiny.install("isnet", "isnet-alphacut", "u2net")
    shelf = Shelf()
    with shelf.lend() as load:
        assert [card.name for card, _ in load(Options(model="auto"))] == ["isnet", "u2net"]
        assert [card.name for card, _ in load(Options(model="auto", fast=True))] == [
            "isnet-alphacut",
            "u2net",
        ]
