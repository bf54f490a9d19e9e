"""Files that a user brings: imported, found like the packaged ones, removed without a trace."""

import dataclasses
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
from alphacut.infer import bring, weights
from alphacut.infer.card import Source
from alphacut.infer.card_file import dump_card
from alphacut.infer.catalog import find_card, load_catalog
from alphacut.infer.home import ranges_path

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
    card = bring.import_file(brought, "mine", like="isnet-anime")
    like = find_card("isnet-anime")
    assert find_card("mine") == card == load_catalog()["mine"]
    assert (card.size, card.mean, card.std, card.kind) == (like.size, like.mean, like.std, like.kind)
    assert card.hashes == {SHA}
    brought.unlink()
    assert weights.ensure(card).read_bytes() == BODY
    assert left_in(home) == {"mine.onnx", "mine.onnx.stamp.json", "mine.toml"}


def test_an_imported_model_can_be_replaced_and_removed(brought, home):
    bring.import_file(brought, "mine", like="u2net")
    brought.write_bytes(WRONG)
    card = bring.import_file(brought, "mine")
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
    card = bring.import_file(brought, "mine", like="u2net")
    path = weights.ensure(card)
    path.write_bytes(WRONG + b"!")
    with pytest.raises(WeightsCorrupt, match="models import FILE --name mine"):
        weights.ensure(card)
    assert path.exists()
    path.unlink()
    with pytest.raises(WeightsUnavailable, match="imported file is gone"):
        weights.ensure(card)


def test_a_broken_imported_card_can_be_removed(brought, home):
    bring.import_file(brought, "mine", like="u2net")
    (home / "models/mine.toml").write_text("= no card")
    weights.remove("mine")
    assert left_in(home) == set()


def test_weights_derived_from_non_commercial_ones_stay_so(brought):
    card = bring.import_file(brought, "mine", like="rmbg-2.0")
    with pytest.raises(LicenceNotAccepted, match="CC-BY-NC"):
        weights.ensure(card)
    assert bring.import_file(brought, "free", like="isnet").licence == "not stated"


def test_a_packaged_models_file_brought_by_hand_must_be_that_file(brought, home):
    with pytest.raises(WeightsCorrupt, match=r"my network\.onnx.*isnet.*not the file"):
        bring.import_file(brought, "isnet")
    assert left_in(home) == set()


def test_a_packaged_models_own_file_brought_by_hand_is_taken(monkeypatch, home):
    with monkeypatch.context() as users:
        users.setenv("ALPHACUT_HOME", USERS_HOME or "")
        path = weights.cached(find_card("u2netp"))
    if path is None:
        pytest.skip("the weights of u2netp are not in this user's home")
    bring.import_file(path, "u2netp")
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
        bring.import_file(brought, name, like)


def test_only_a_file_of_a_known_kind_that_is_there_is_imported(tmp_path):
    (tmp_path / "a.zip").write_bytes(BODY)
    with pytest.raises(OptionError, match=r"\.onnx, \.safetensors"):
        bring.import_file(tmp_path / "a.zip", "mine", "u2net")
    with pytest.raises(NotFoundInput):
        bring.import_file(tmp_path / "none.onnx", "mine", "u2net")


def test_a_card_beside_the_file_says_what_it_is(brought):
    card = dataclasses.replace(
        find_card("birefnet-lite"),
        size=(512, 384),
        file="theirs.onnx",
        sources=(Source("import", SHA, len(BODY)),),
    )
    brought.with_suffix(".toml").write_text(dump_card(card))
    mine = bring.import_file(brought, "mine")
    assert (mine.size, mine.kind, mine.network) == ((512, 384), "logits", "birefnet-lite")
    assert weights.ensure(mine).name == "mine.onnx"
    # What is said outright goes before what lies beside.
    assert bring.import_file(brought, "other", like="u2net").size == (320, 320)
    brought.write_bytes(WRONG)
    with pytest.raises(WeightsCorrupt, match=r"my network\.toml"):
        bring.import_file(brought, "changed")
    with pytest.raises(UnknownModel):
        find_card("changed")


def test_what_is_like_another_is_not_said_to_be_its_network(brought):
    assert bring.import_file(brought, "mine", like="isnet").network == ""


def test_new_weights_do_not_inherit_what_was_measured_on_the_old(brought):
    bring.import_file(brought, "mine", like="u2net")
    ranges_path("mine").write_text("{}")
    bring.import_file(brought, "mine")
    assert not ranges_path("mine").exists()


def test_a_model_that_nobody_hashed_is_taken_as_onnx_too(brought):
    card = bring.import_file(brought, "birefnet-hr")
    assert (card.size, card.kind, card.hashes) == ((2048, 2048), "logits", {SHA})
    assert find_card("birefnet-hr") == card
    weights.remove("birefnet-hr")
    assert not find_card("birefnet-hr").hashes


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
