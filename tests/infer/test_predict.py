"""From a photo to its coarse alpha, on a one-layer network whose answer is known, in both engines."""

import io
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import ImageCms

import tiny
from alphacut.errors import DeviceMissing, InferenceFailed
from alphacut.infer.engines import available, choose, compiled, open_session
from alphacut.infer.geometry import Fit
from alphacut.infer.predict import fit_for, predict, predict_many, probability, tensor, touched_sides
from alphacut.types import Photo

ENGINES = ("openvino", "onnx")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return tiny.write(tmp_path_factory.mktemp("tiny") / "tiny.onnx")


@pytest.fixture(params=ENGINES)
def session(request, weights):
    return open_session(tiny.CARD, weights, "cpu", request.param, "f32")


def grey(value, shape=(50, 70), dtype=np.uint8):
    return Photo(np.full((*shape, 3), value, dtype))


def test_a_constant_answer_stays_that_constant(session):
    # The peer stretches every answer to its own minimum and maximum: grey would become noise, or NaN.
    for value in (0, 51, 255):
        alpha = predict(grey(value), tiny.CARD, session)
        assert np.allclose(alpha, value / 255, atol=1e-5)
        assert alpha.dtype == np.float32 and alpha.shape == (50, 70)


def test_a_photo_and_its_half_brightness_differ(session):
    bright, dark = (predict(grey(value), tiny.CARD, session) for value in (200, 100))
    assert np.allclose(bright, 2 * dark, atol=1e-5)


def test_sixteen_bits_give_the_answer_of_eight(session):
    eight = predict(grey(77), tiny.CARD, session)
    assert np.allclose(predict(grey(77 * 257, dtype=np.uint16), tiny.CARD, session), eight, atol=1e-6)


def test_a_ramp_comes_back_unshifted(session):
    ramp = np.rint(np.linspace(0, 255, 400)).astype(np.uint8)
    photo = Photo(np.repeat(np.tile(ramp, (300, 1))[..., None], 3, axis=2))
    alpha = predict(photo, tiny.CARD, session)
    error = (alpha[150] * 255 - ramp)[10:-10]
    assert np.abs(error).max() < 1.5  # the network saw 64 columns of whole numbers
    assert abs(error.mean()) < 0.05  # half a pixel of the photo would be 0.3, of the network's input 2


def test_an_answer_outside_the_range_is_cut_and_never_nan(weights, tmp_path):
    loud = tiny.write(tmp_path / "loud.onnx", gain=3.0)
    alpha = predict(grey(255), tiny.CARD, open_session(tiny.CARD, loud, "cpu", "openvino", "f32"))
    assert alpha.max() == 1.0


def test_logits_pass_a_sigmoid_that_does_not_overflow():
    answer = np.array([[-1e4, 0.0, 1e4, np.log(3.0)]], np.float32)
    assert probability(answer, tiny.card(kind="logits")) == pytest.approx(
        np.array([[0.0, 0.5, 1.0, 0.75]]), abs=1e-6
    )


def test_several_photos_at_once_equal_one_by_one(session):
    photos = [grey(10), grey(99, (20, 90)), grey(200)]
    together = predict_many(photos, tiny.CARD, session)
    for photo, alpha in zip(photos, together, strict=True):
        assert np.array_equal(alpha, predict(photo, tiny.CARD, session))


def test_threads_do_not_see_each_other(session):
    values = list(range(0, 250, 5)) * 2
    with ThreadPoolExecutor(8) as pool:
        alphas = list(pool.map(lambda value: predict(grey(value), tiny.CARD, session), values))
    for value, alpha in zip(values, alphas, strict=True):
        assert np.allclose(alpha, value / 255, atol=1e-5)


def test_the_network_sees_srgb():
    # In linear light 188 of 255 is about half: a linear profile must not reach the network as it is.
    linear = linear_profile()
    photo = Photo(np.full((8, 8, 3), 128, np.uint8), icc=linear)
    seen = tensor(photo, Fit.squash((8, 8), (4, 4)), tiny.CARD)
    assert seen * 255 == pytest.approx(np.full((3, 4, 4), 188.0), abs=2)


def test_transparent_pixels_are_seen_as_grey():
    photo = Photo(np.zeros((8, 8, 3), np.uint8), source_alpha=np.zeros((8, 8), np.float32))
    assert tensor(photo, Fit.squash((8, 8), (4, 4)), tiny.CARD) == pytest.approx(
        np.full((3, 4, 4), 0.5), abs=0.01
    )


def test_normalisation_by_hand():
    photo = Photo(np.full((2, 2, 3), (255, 0, 51), np.uint8))
    card = tiny.card(mean=(0.5, 0.5, 0.5), std=(0.5, 1.0, 0.25))
    assert tensor(photo, Fit.squash((2, 2), (1, 1)), card).ravel() == pytest.approx([1.0, -0.5, -1.2])


def test_a_card_may_ask_for_a_letterbox_or_the_aspect():
    assert fit_for((100, 200), tiny.card(fit="letterbox"), True).content == (32, 64)
    assert fit_for((100, 200), tiny.card(fit="aspect"), True).target == (32, 64)
    assert fit_for((100, 200), tiny.card(fit="aspect"), False) == Fit.squash((100, 200), (64, 64))


def test_a_photo_is_continued_only_where_the_subject_touches_the_frame(session):
    alpha = np.zeros((100, 200), np.float32)
    alpha[50:, 80:120] = 1
    assert touched_sides(alpha) == (0, 12, 0, 0)
    assert touched_sides(np.zeros((5, 5), np.float32)) == (0, 0, 0, 0)
    photo = Photo(np.repeat((alpha * 255).astype(np.uint8)[..., None], 3, axis=2))
    once, again = (predict(photo, tiny.CARD, session, extend) for extend in (False, True))
    assert again.shape == once.shape
    assert np.abs(again - once).mean() < 0.02  # this network sees each pixel by itself


def test_an_explicit_device_that_is_missing_is_an_error_that_says_what_is_here():
    with pytest.raises(DeviceMissing, match=r"cuda.*openvino: .*cpu"):
        choose("cuda" if not any("cuda" in devices for devices in available().values()) else "directml")
    with pytest.raises(DeviceMissing, match="Known: auto"):
        choose("abacus")
    with pytest.raises(DeviceMissing, match="is not here for openvino"):
        choose("cuda", "openvino")


def test_torch_is_taken_only_where_it_is_asked_for_or_alone_has_the_device():
    engines = available()
    if "torch" not in engines:
        with pytest.raises(DeviceMissing, match=r"alphacut\[train\]"):
            choose(engine="torch")
        pytest.skip("torch is not installed (extra train)")
    assert choose("cpu", "torch") == ("torch", "cpu")
    assert choose(engine="torch")[1] == engines["torch"][0]
    assert choose()[0] != "torch"
    for device in ("cuda", "mps"):
        if device in engines["torch"]:
            assert choose(device, "torch") == ("torch", device)
        else:
            with pytest.raises(DeviceMissing, match="is not here for torch"):
                choose(device, "torch")


def test_choosing_for_a_processor_loads_no_torch():
    code = "import sys; from alphacut.infer.engines import choose; print(choose(), 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("False")


def test_a_file_made_for_another_size_than_its_card_says_is_refused(weights, tmp_path):
    card = tiny.card(size=(128, 128))
    with pytest.raises(InferenceFailed, match=r"128×128"):
        open_session(card, frozen(tmp_path / "frozen.onnx"), "cpu", "openvino", "f32")


def frozen(path):
    """Write a network of 64 pixels that enlarges by no whole number, so that its size cannot be freed."""
    values = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, side, side])
        for name, side in (("x", 64), ("decoy", 96), ("answer", 96))
    ]
    sizes = numpy_helper.from_array(np.array([1, 3, 96, 96], np.int64), "sizes")
    nodes = [
        helper.make_node("Resize", ["x", "", "", "sizes"], ["answer"], mode="linear"),
        helper.make_node("Relu", ["answer"], ["decoy"]),
    ]
    graph = helper.make_graph(nodes, "frozen", values[:1], values[1:], [sizes])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)
    return path


def test_auto_finds_something_and_explicit_is_obeyed():
    assert choose("cpu", "onnx") == ("onnx", "cpu")
    assert choose("cpu") == ("openvino", "cpu")
    assert choose()[0] in ENGINES


def test_a_precision_that_the_card_forbids_is_an_error(weights):
    with pytest.raises(DeviceMissing, match="bf16"):
        open_session(tiny.CARD, weights, "cpu", "openvino", "bf16")
    with pytest.raises(DeviceMissing, match="bf16"):
        open_session(tiny.card(precisions=("f32", "bf16")), weights, "cpu", "onnx", "bf16")


def test_a_network_compiled_before_answers_to_the_last_bit_as_when_it_was_compiled(
    weights, monkeypatch, tmp_path
):
    monkeypatch.setenv("ALPHACUT_HOME", str(tmp_path))
    first, second = (open_session(tiny.CARD, weights, "cpu", "openvino", "f32") for _ in range(2))
    assert len(list((tmp_path / "compiled").iterdir())) == 1
    image = np.random.default_rng(0).random((1, 3, 64, 64), np.float32)
    assert np.array_equal(first.run(image), second.run(image))


def test_a_damaged_compiled_network_is_compiled_anew_and_said(weights, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("ALPHACUT_HOME", str(tmp_path))
    open_session(tiny.CARD, weights, "cpu", "openvino", "f32")
    for blob in (tmp_path / "compiled").iterdir():
        blob.write_bytes(blob.read_bytes()[:100])
    again = open_session(tiny.CARD, weights, "cpu", "openvino", "f32")
    assert "compiling anew" in caplog.text
    assert np.allclose(again.run(np.ones((1, 3, 64, 64), np.float32)), 1, atol=1e-6)


def test_of_compiled_networks_those_used_last_are_kept(weights, monkeypatch, tmp_path):
    monkeypatch.setenv("ALPHACUT_HOME", str(tmp_path))
    folder = tmp_path / "compiled"
    open_session(tiny.CARD, weights, "cpu", "openvino", "f32")
    (mine,) = folder.iterdir()
    os.utime(mine, (0, 0))
    for day, name in enumerate(("old", "newer"), 1):
        (folder / f"{name}.blob").write_bytes(bytes(1000))
        os.utime(folder / f"{name}.blob", (day, day))
    open_session(tiny.CARD, weights, "cpu", "openvino", "f32")
    compiled.tidy(folder, mine.stat().st_size + 1500)
    assert {path.name for path in folder.iterdir()} == {mine.name, "newer.blob"}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_file_that_is_no_network_is_named(tmp_path, engine):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a network")
    with pytest.raises(InferenceFailed, match="tiny"):
        open_session(tiny.CARD, broken, "cpu", engine, "f32")


def linear_profile():
    """Return an sRGB profile whose tone curves are replaced by gamma 1."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(data[128:132], "big")
    for i in range(count):
        entry = 132 + 12 * i
        tag, start = bytes(data[entry : entry + 4]), int.from_bytes(data[entry + 4 : entry + 8], "big")
        if tag in (b"rTRC", b"gTRC", b"bTRC"):
            data[start : start + 16] = b"para" + bytes(4) + bytes(4) + (65536).to_bytes(4, "big")  # y = x^1.0
    return io.BytesIO(bytes(data)).getvalue()


FIRST_TOGETHER = """
import os, sys, threading
from pathlib import Path
import numpy as np
import tiny
from alphacut.infer.engines import open_session

sys.setswitchinterval(1e-6)
session = open_session(tiny.CARD, Path(sys.argv[1]), "cpu", "openvino", "f32")
start = threading.Barrier(8)

def run():
    start.wait()
    session.run(np.ones((1, 3, 64, 64), np.float32))

threads = [threading.Thread(target=run, daemon=True) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(20)
os._exit(any(thread.is_alive() for thread in threads))
"""


def test_threads_that_run_for_the_first_time_together_do_not_wait_for_ever(weights, tmp_path):
    # In a process of its own: what hung was the engine's first use.
    env = os.environ | {"ALPHACUT_HOME": str(tmp_path), "PYTHONPATH": str(Path(tiny.__file__).parent)}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_TOGETHER, str(weights)],
        env=env,
        timeout=100,
    )
    assert done.returncode == 0
