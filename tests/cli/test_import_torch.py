"""Weights of torch brought by hand: `alphacut models import` makes them a model that everything runs."""

import contextlib
import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from alphacut import Options, cut
from alphacut.cli import main
from alphacut.errors import DeviceMissing, InferenceFailed, ModelError, OptionError, WeightsCorrupt
from alphacut.infer import bring, weights
from alphacut.infer.card_file import dump_card
from alphacut.infer.catalog import find_card
from alphacut.infer.engines import choose, open_session
from alphacut.infer.engines.int8 import find_ranges
from alphacut.infer.home import models_dir, ranges_path
from alphacut.infer.predict import predict
from alphacut.types import Photo

torch = pytest.importorskip("torch", reason="torch is not installed (extra train)")

from safetensors.torch import save_file  # noqa: E402

from alphacut.networks import U2Net  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the older exporter
SIDE = 64


def run(*arguments):
    """Run the command line; return its exit code."""
    with contextlib.suppress(SystemExit):
        return main([str(argument) for argument in arguments])
    return 0


def photo():
    """Return 60×90 pixels with a light disc, and noise."""
    rows, columns = np.mgrid[:60, :90]
    disc = ((rows - 30) ** 2 + (columns - 45) ** 2 < 400)[..., None]
    noise = np.random.default_rng(0).integers(0, 60, (60, 90, 3))
    return (noise + 150 * disc).astype(np.uint8)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """A home in which a user's own small U²-Net was imported from weights of torch, as the model "mine"."""
    folder = tmp_path_factory.mktemp("brought")
    torch.manual_seed(4)
    network = U2Net(small=True)
    with torch.no_grad():
        # Fresh weights answer nearly the same everywhere; these do not.
        network.outconv.weight.mul_(20)
        save_file(network.state_dict(), folder / "model.safetensors")
        torch.save(
            {"state_dict": {f"module.{k}": v for k, v in network.state_dict().items()}}, folder / "model.pth"
        )
        save_file({"a": torch.zeros(1)}, folder / "other.safetensors")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALPHACUT_HOME", str(folder / "home"))
        patch.setenv("ALPHACUT_OFFLINE", "1")
        models_dir().mkdir(parents=True)
        like = dataclasses.replace(find_card("u2netp"), size=(SIDE, SIDE), name="like")
        (models_dir() / "like.toml").write_text(dump_card(like))
        assert run("models", "import", folder / "model.safetensors", "--name", "mine", "--like", "like") == 0
        yield folder


def test_its_card_is_that_of_the_file_that_was_made(shelf):
    card = find_card("mine")
    assert (card.size, card.network, card.kind, card.licence) == (
        (SIDE, SIDE),
        "u2netp",
        "probability",
        "not stated",
    )
    assert {p.name for p in models_dir().glob("mine*") if p.suffix != ".lock"} == {
        *("mine.onnx", "mine.onnx.stamp.json", "mine.toml"),
        *("mine.safetensors", "mine.safetensors.stamp.json"),
    }
    assert not list(models_dir().glob("*.tmp"))


def test_every_engine_gives_the_same_matte(shelf):
    card = find_card("mine")
    sessions = [
        open_session(card, weights.ensure(card), "cpu", engine, "f32")
        for engine in ("torch", "onnx", "openvino")
    ]
    assert [session.engine for session in sessions] == ["torch", "onnx", "openvino"]
    own, *others = (predict(Photo(photo()), card, session) for session in sessions)
    assert own.std() > 0.02
    for other in others:
        np.testing.assert_allclose(other, own, atol=2e-4)


def test_the_torch_engine_gives_logits_where_the_card_says_so(shelf):
    card = find_card("mine")
    seen = np.zeros((1, 3, SIDE, SIDE), np.float32)
    alpha, logits = (
        open_session(dataclasses.replace(card, kind=kind), weights.ensure(card), "cpu", "torch", "f32").run(
            seen
        )
        for kind in ("probability", "logits")
    )
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), alpha, atol=1e-6)


def test_threads_do_not_see_each_other(shelf):
    card = find_card("mine")
    loaded = open_session(card, weights.ensure(card), "cpu", "torch", "f32")
    photos = [Photo(np.roll(photo(), 10 * step, axis=1)) for step in range(4)]
    wanted = [predict(one, card, loaded) for one in photos]
    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(lambda one: predict(one, card, loaded), photos * 2))
    for one, other in zip(seen, wanted * 2, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert np.abs(wanted[0] - wanted[1]).max() > 0.01


def test_a_precision_is_one_that_the_card_and_the_engine_have(shelf):
    card = find_card("mine")
    path = weights.ensure(card)
    for allowed, asked in ((("f32",), "bf16"), (("f32", "int8"), "int8"), (("f32", "f16"), "f16")):
        with pytest.raises(DeviceMissing, match=asked):
            open_session(dataclasses.replace(card, precisions=allowed), path, "cpu", "torch", asked)
    half = open_session(dataclasses.replace(card, precisions=("f32", "bf16")), path, "cpu", "torch", "bf16")
    exact = open_session(card, path, "cpu", "torch", "auto")
    assert (half.precision, exact.precision) == ("bf16", "f32")
    difference = np.abs(predict(Photo(photo()), card, half) - predict(Photo(photo()), card, exact))
    assert 0 < difference.max() < 0.2


def test_it_cuts_a_photo_by_the_engine_that_was_asked_for(shelf):
    assert choose(engine="torch")[0] == "torch"
    assert choose()[0] != "torch"
    report = cut(photo(), Options(model="mine", engine="torch", device="cpu")).report
    assert (report.engine, report.device) == ("torch", "cpu")


def test_weights_of_torch_that_are_damaged_or_missing_are_said(shelf):
    card = find_card("mine")
    file = models_dir() / "mine.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[:-1] + b"!")
    with pytest.raises(WeightsCorrupt, match=r"mine\.safetensors"):
        open_session(card, weights.ensure(card), "cpu", "torch", "f32")
    file.write_bytes(data)
    open_session(card, weights.ensure(card), "cpu", "torch", "f32")


def test_what_the_torch_engine_cannot_read_names_the_engines_that_can(shelf):
    card = dataclasses.replace(find_card("mine"), checkpoint="")
    with pytest.raises(ModelError, match=r"says none.*openvino or onnx"):
        open_session(dataclasses.replace(card, network=""), weights.ensure(card), "cpu", "torch", "f32")
    with pytest.raises(ModelError, match=r"ONNX alone.*openvino or onnx"):
        open_session(
            dataclasses.replace(card, network="birefnet"), weights.ensure(card), "cpu", "torch", "f32"
        )
    broken = shelf / "broken.onnx"
    broken.write_bytes(b"no network")
    with pytest.raises(InferenceFailed, match=r"broken\.onnx.*openvino or onnx"):
        open_session(card, broken, "cpu", "torch", "f32")


def test_an_export_needs_no_like_and_is_checked_against_its_card(shelf, capsys):
    file = shelf / "exported.onnx"
    arguments = ("--network", "u2netp", "--size", SIDE, SIDE, "-o", file)
    assert run("export", shelf / "model.safetensors", *arguments) == 0
    assert run("models", "import", file, "--name", "exported") == 0
    card = find_card("exported")
    assert (card.size, card.kind, card.checkpoint) == ((SIDE, SIDE), "probability", "")
    file.write_bytes(weights.ensure(card).read_bytes() + b"\0")
    assert run("models", "import", file, "--name", "changed") == 1
    assert "exported.toml" in capsys.readouterr().err
    assert not (models_dir() / "changed.toml").exists()


def test_the_catalogues_own_name_takes_weights_whose_hash_nobody_published(shelf):
    """A checkpoint that was trained on several devices, as the catalogue's model whose page it is on."""
    card = dataclasses.replace(
        find_card("birefnet-hr"), network="u2netp", size=(SIDE, SIDE), file="birefnet-hr.onnx"
    )
    (models_dir() / "birefnet-hr.toml").write_text(dump_card(card))
    assert run("models", "import", shelf / "model.pth", "--name", "birefnet-hr") == 0
    own = find_card("birefnet-hr")
    assert (own.licence, own.kind, own.title) == ("MIT", "probability", card.title)
    assert weights.ensure(own).read_bytes() == weights.ensure(find_card("mine")).read_bytes()
    assert run("models", "remove", "birefnet-hr") == 0
    assert not [path for path in models_dir().glob("birefnet-hr*") if path.suffix != ".lock"]
    assert find_card("birefnet-hr").is_by_hand


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("model.safetensors", "--name", "isnet"), 2, "another --name"),
        (("model.safetensors", "--name", "new"), 2, "like"),
        (("model.safetensors", "--name", "new", "--like", "silueta"), 2, "names no network"),
        (("model.safetensors", "--name", "new", "--like", "isnet"), 1, "of another network"),
        (("other.safetensors", "--name", "new", "--like", "u2netp"), 1, "of another network"),
        (("none.pth", "--name", "new", "--like", "u2netp"), 1, "no such file"),
    ],
    ids=["packaged", "unlike", "unknown", "larger", "other", "missing"],
)
def test_an_import_that_cannot_be_says_why_and_leaves_nothing(shelf, capsys, arguments, code, said):
    assert run("models", "import", shelf / arguments[0], *arguments[1:]) == code
    assert said in capsys.readouterr().err
    assert not [path for path in models_dir().glob(f"{arguments[2]}*") if path.suffix != ".lock"]


def test_without_a_converter_the_library_says_which_command_has_one(shelf):
    with pytest.raises(OptionError, match="alphacut models import"):
        bring.import_file(shelf / "model.safetensors", "new", "like")


def test_eight_bits_are_measured_and_then_offered(shelf, capsys, tmp_path):
    Image.fromarray(photo()).save(tmp_path / "a.png")
    card = find_card("mine")
    assert "int8" not in card.precisions
    with pytest.raises(ModelError, match="changes the answer"):
        open_session(card, weights.ensure(card), "cpu", "openvino", "int8")
    assert run("quantize", "mine", tmp_path / "a.png") == 0
    said = capsys.readouterr()
    assert "mean difference of the alpha from float32 on these 1 photos: 0." in said.err
    assert said.out.strip() == str(models_dir() / "mine.int8.json")
    assert find_ranges("mine") is not None
    exact, rounded = (
        predict(Photo(photo()), card, open_session(card, weights.ensure(card), "cpu", "openvino", precision))
        for precision in ("f32", "int8")
    )
    assert 0 < np.abs(exact - rounded).mean() < 0.1
    ranges_path("mine").unlink()


def test_browsers_get_it_too(shelf, tmp_path):
    assert run("models", "web", "mine", "-o", tmp_path) == 0
    (entry,) = json.loads((tmp_path / "weights.json").read_text())["models"]
    import onnxruntime

    data = (tmp_path / entry["file"]).read_bytes()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    seen = np.random.default_rng(1).standard_normal((1, 3, SIDE, SIDE)).astype(np.float32)
    card = find_card("mine")
    wanted = open_session(card, weights.ensure(card), "cpu", "onnx", "f32").run(seen)
    answer = session.run(None, {session.get_inputs()[0].name: seen})[0][:, 0]
    np.testing.assert_allclose(answer, wanted, atol=5e-3)  # its weights are halves
