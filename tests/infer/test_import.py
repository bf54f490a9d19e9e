"""Files that a user brings: imported, found like the packaged ones, removed without a trace."""

import hashlib
import os
import random

import pytest

from alphacut.errors import (
    LicenceNotAccepted,
    ModelError,
    NotFoundInput,
    OptionError,
    UnknownModel,
    WeightsCorrupt,
    WeightsUnavailable,
)
from alphacut.infer import weights
from alphacut.infer.catalog import find_card, load_catalog

BODY = random.Random(1).randbytes(1_024_000)
SHA = "sha256:" + hashlib.sha256(BODY).hexdigest()
WRONG = BODY[:-1] + b"!"
USERS_HOME = os.environ.get("ALPHACUT_HOME")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in ("ALPHACUT_OFFLINE", "ALPHACUT_MIRROR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ALPHACUT_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def left_in(home):
    """Return what is in the folder besides locks, which are empty and stay."""
    return {path.name for path in (home / "models").iterdir() if path.suffix != ".lock"}


@pytest.fixture
def brought(tmp_path):
    path = tmp_path / "my network.onnx"
    path.write_bytes(BODY)
    return path


def test_an_imported_model_is_a_card_like_another(brought, home):
    card = weights.import_file(brought, "mine", like="isnet-anime")
    like = find_card("isnet-anime")
    assert find_card("mine") == card == load_catalog()["mine"]
    assert (card.size, card.mean, card.std, card.kind) == (like.size, like.mean, like.std, like.kind)
    assert card.hashes == {SHA}
    brought.unlink()
    assert weights.ensure(card).read_bytes() == BODY
    assert left_in(home) == {"mine.onnx", "mine.onnx.stamp.json", "mine.toml"}


def test_an_imported_model_can_be_replaced_and_removed(brought, home):
    weights.import_file(brought, "mine", like="u2net")
    brought.write_bytes(WRONG)
    card = weights.import_file(brought, "mine")
    assert card.size == (320, 320)
    assert weights.ensure(card).read_bytes() == WRONG
    assert {path.name for path in weights.remove("mine")} == {
        "mine.onnx",
        "mine.onnx.stamp.json",
        "mine.toml",
    }
    assert left_in(home) == set()
    with pytest.raises(UnknownModel):
        find_card("mine")


def test_an_imported_model_that_is_damaged_or_gone_is_not_deleted_or_guessed(brought):
    card = weights.import_file(brought, "mine", like="u2net")
    path = weights.ensure(card)
    path.write_bytes(WRONG + b"!")
    with pytest.raises(WeightsCorrupt, match="models import FILE --name mine"):
        weights.ensure(card)
    assert path.exists()
    path.unlink()
    with pytest.raises(WeightsUnavailable, match="imported file is gone"):
        weights.ensure(card)


def test_a_broken_imported_card_can_be_removed(brought, home):
    weights.import_file(brought, "mine", like="u2net")
    (home / "models/mine.toml").write_text("= no card")
    weights.remove("mine")
    assert left_in(home) == set()


def test_weights_derived_from_non_commercial_ones_stay_so(brought):
    card = weights.import_file(brought, "mine", like="rmbg-2.0")
    with pytest.raises(LicenceNotAccepted, match="CC-BY-NC"):
        weights.ensure(card)
    assert weights.import_file(brought, "free", like="isnet").licence == "not stated"


def test_a_packaged_models_file_brought_by_hand_must_be_that_file(brought, home):
    with pytest.raises(WeightsCorrupt, match=r"my network\.onnx.*isnet.*not the file"):
        weights.import_file(brought, "isnet")
    assert left_in(home) == set()


def test_a_packaged_models_own_file_brought_by_hand_is_taken(monkeypatch, home):
    with monkeypatch.context() as users:
        users.setenv("ALPHACUT_HOME", USERS_HOME or "")
        path = weights.cached(find_card("u2netp"))
    if path is None:
        pytest.skip("the weights of u2netp are not in this user's home")
    weights.import_file(path, "u2netp")
    assert weights.ensure(find_card("u2netp")) == home / "models/u2netp.onnx"
    assert not (home / "models/u2netp.toml").exists()


@pytest.mark.parametrize(
    ("name", "like", "error", "said"),
    [
        ("mine", None, OptionError, "like"),
        ("isnet", "u2net", OptionError, "means nothing"),
        ("mine", "u3net", UnknownModel, "u2net"),
        ("../mine", "u2net", ModelError, "cannot be used"),
        ("mine.onnx", "u2net", ModelError, "cannot be used"),
    ],
)
def test_an_import_that_cannot_be_is_refused(brought, name, like, error, said):
    with pytest.raises(error, match=said):
        weights.import_file(brought, name, like)


def test_only_an_onnx_file_that_is_there_is_imported(tmp_path):
    (tmp_path / "a.pth").write_bytes(BODY)
    with pytest.raises(OptionError, match="ONNX"):
        weights.import_file(tmp_path / "a.pth", "mine", "u2net")
    with pytest.raises(NotFoundInput):
        weights.import_file(tmp_path / "none.onnx", "mine", "u2net")


def test_removing_a_packaged_model_takes_its_leftovers_too(home):
    (home / "models").mkdir(parents=True)
    for name in ("isnet.onnx", "isnet.onnx.stamp.json", "isnet.onnx.ab.part", "isnet-anime.onnx"):
        (home / "models" / name).write_bytes(b"x")
    (home / "models/isnet.onnx.ab.part.x.tmp").mkdir()
    assert len(weights.remove("isnet")) == 4
    assert left_in(home) == {"isnet-anime.onnx"}
    assert weights.remove("isnet") == []
    with pytest.raises(UnknownModel, match="isnet"):
        weights.remove("isne")
