"""`alphacut train` on the command line: what it says, what it leaves, how it is interrupted."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra train)")

from PIL import Image  # noqa: E402

import trainee  # noqa: E402
from alphacut.cli import main  # noqa: E402
from alphacut.cli.train import duration, progress  # noqa: E402
from alphacut.training.log import read_log  # noqa: E402

CONFIG = """
network = "trainee"
[data]
train = ["photos"]
hold = 0.3
workers = {workers}
[run]
steps = {steps}
batch = 2
rate = 0.03
warmup = 2
average = 0.5
freeze_norms = false
validate_every = {every}
"""


@pytest.fixture(autouse=True)
def networks(home):
    with trainee.installed():
        yield


@pytest.fixture
def config(tmp_path):
    """A configuration's file beside its photos."""
    trainee.write_photos(tmp_path / "photos")
    return written(tmp_path, steps=8, every=4)


def run(arguments):
    """Run the command line in this process; return its exit code."""
    try:
        return main(arguments)
    except SystemExit as stop:
        return stop.code


def written(folder, steps, every, workers=0):
    path = folder / "train.toml"
    path.write_text(CONFIG.format(steps=steps, every=every, workers=workers))
    return path


def test_a_training_says_what_came_of_it_and_what_to_do_next(config, tmp_path, capsys):
    out = tmp_path / "run"
    assert run(["train", str(config), "-o", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out == f"{out / 'best.safetensors'}\n" and (out / "best.safetensors").is_file()
    assert (
        "step 0 of 8: mae" in said.err and "step 8 of 8: mae" in said.err and "8 steps: MAE from" in said.err
    )
    export, bring = (
        line for line in said.err.splitlines() if line.startswith(("  alphacut export", "  alphacut models"))
    )
    assert f"export {out / 'best.safetensors'} --network trainee -o {out / 'my-trainee'}.onnx" in export
    assert f"models import {out / 'my-trainee'}.onnx --name my-trainee" in bring
    with Image.open(out / "plot.png") as picture:
        assert picture.format == "PNG" and min(picture.size) > 500
    # The same once more has nothing to do, and says the same.
    assert run(["train", str(config), "-o", str(out)]) == 0
    assert capsys.readouterr().out == said.out


def test_steps_on_the_command_line_go_before_the_file_s(config, tmp_path):
    assert run(["train", str(config), "-o", str(tmp_path / "run"), "--steps", "2"]) == 0
    assert max(row["step"] for row in read_log(tmp_path / "run" / "log.jsonl")) == 2


def test_plot_only_draws(config, tmp_path, capsys):
    out = tmp_path / "run"
    run(["train", str(config), "-o", str(out)])
    (out / "plot.png").unlink()
    log = (out / "log.jsonl").read_bytes()
    capsys.readouterr()
    assert run(["train", "--plot", "-o", str(out)]) == 0
    assert capsys.readouterr().out == f"{out / 'plot.png'}\n" and (out / "plot.png").is_file()
    assert (out / "log.jsonl").read_bytes() == log


def test_photos_that_cannot_be_used_are_named(config, tmp_path, capsys):
    Image.new("RGB", (32, 32)).save(tmp_path / "photos" / "images" / "lonely.png")
    assert run(["train", str(config), "-o", str(tmp_path / "run")]) == 0
    assert "lonely.png" in capsys.readouterr().err


WRONG = {
    "nothing": ([], 2, "needs a configuration, or --init and --data"),
    "both": (["train.toml", "--init", "isnet"], 2, "needs a configuration, or --init and --data"),
    "no-data": (["--init", "isnet"], 2, "--data: is missing"),
    "data-beside-a-file": (["train.toml", "--data", "photos"], 2, "--data: is of --init"),
    "no-such-model": (["--init", "resnet", "--data", "photos"], 2, "model 'resnet': does not exist"),
    "no-such-folder": (["--init", "u2netp", "--data", "nowhere"], 2, "nowhere"),
    "offline": (["--init", "u2netp", "--data", "photos"], 1, "alphacut models import FILE --name u2netp"),
    "nothing-to-draw": (["--plot", "-o", "nowhere"], 2, "log.jsonl: has no rows"),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_wrong_use(config, tmp_path, capsys, monkeypatch, case):
    arguments, code, said = case
    monkeypatch.chdir(tmp_path)
    assert run(["train", *arguments]) == code
    words = capsys.readouterr()
    assert said in words.err and words.out == ""


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_f16_without_a_gpu(config, tmp_path, capsys):
    config.write_text(config.read_text() + 'precision = "f16"\n')
    assert run(["train", str(config), "-o", str(tmp_path / "run")]) == 1
    assert "run.precision f16: needs a GPU" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="no such signal there")
@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM"])
def test_a_signal_ends_it_after_the_step_and_the_same_command_goes_on(tmp_path, sent):
    """To all that it started: Ctrl-C in a terminal, SIGTERM as a machine that is shut down sends it."""
    trainee.write_photos(tmp_path / "photos")
    config, out = written(tmp_path, steps=2000, every=1000, workers=1), tmp_path / "run"
    code = (
        "import sys, trainee; trainee.install(); from alphacut.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    paths = [str(Path(trainee.__file__).parent), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, "train", str(config), "-o", str(out)]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert "step 0 of 2000" in process.stderr.readline()
        os.killpg(process.pid, getattr(signal, sent))
        words = process.stderr.read()
    assert process.returncode == 130, words
    assert (
        "Ctrl-C again ends at once" in words
        and "the same command goes on" in words
        and "Traceback" not in words
    )
    steps = [row["step"] for row in read_log(out / "log.jsonl") if "loss" in row]
    kept = torch.load(out / "last.pt", weights_only=True)["course"]["step"]
    assert kept == len(steps) < 2000 and steps == list(range(1, kept + 1))


def test_progress_says_the_time_that_is_left(capsys):
    tell = progress(100)
    tell({"step": 0, "validation": {"mae": 0.5}, "unreadable": 0})
    tell({"step": 10, "loss": 1.0, "broken": 0, "seconds": 60.0})
    tell({"step": 11, "loss": 1.0, "broken": 2, "seconds": 60.0})
    tell({"step": 40, "validation": {"mae": 0.25}, "unreadable": 3})
    assert capsys.readouterr().err.splitlines() == [
        "step 0 of 100: mae 0.5000",
        "step 40 of 100: mae 0.2500, 3 photos cannot be read, 2 broken ones passed over, 60 min left",
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "5 s"), (89, "89 s"), (90, "1.5 min"), (3600, "60 min"), (9000, "2.5 h"), (90000, "25 h")],
)
def test_a_time_as_a_person_says_it(seconds, words):
    assert duration(seconds) == words
