"""A training that is killed anywhere goes on to what it would have become, and one on several processes to the same."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed (extra train)")

from safetensors.torch import load_file  # noqa: E402

import trainee  # noqa: E402
from alphacut.training.log import read_log  # noqa: E402
from alphacut.training.loop import train  # noqa: E402

STEPS = 60
HARD = {"accumulate": 2, "average": 0.9, "checkpoint_every": 3, "validate_every": 20, "steps": STEPS}
SCRIPT = Path(trainee.__file__)
GLOO = torch.distributed.is_available() and torch.distributed.is_gloo_available()


@pytest.fixture(autouse=True)
def networks(home):
    with trainee.installed():
        yield


@pytest.fixture
def photos(tmp_path):
    return trainee.write_photos(tmp_path / "photos")


def told(run):
    return ",".join(f"{name}={value}" for name, value in run.items())


def rows(out):
    """The log without what a clock says."""
    return [{k: v for k, v in row.items() if k != "seconds"} for row in read_log(out / "log.jsonl")]


def kill_behind(command, log, count, environment):
    """Run a training and kill it once its log has more than `count` rows of steps; return whether it was at work."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    while process.poll() is None and (not log.exists() or log.read_bytes().count(b'"loss"') <= count):
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def test_killed_at_a_random_step_it_becomes_the_same(photos, tmp_path):
    """With dropout, an average, accumulation and workers, whose number may change between."""
    config = trainee.config(photos, "trainee-dropout", **HARD)
    train(config, tmp_path / "whole")
    out, random = tmp_path / "run", np.random.default_rng()
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    changes = told(HARD | {"workers": 2})
    command = [sys.executable, str(SCRIPT), photos, str(out), "trainee-dropout", changes]
    assert kill_behind(command, out / "log.jsonl", int(random.integers(2, 30)), environment)
    assert 2 < len(rows(out)) < len(rows(tmp_path / "whole"))
    finish = train(config, out)
    assert rows(out) == rows(tmp_path / "whole")
    whole = load_file(tmp_path / "whole" / "best.safetensors")
    assert all(torch.equal(tensor, whole[name]) for name, tensor in load_file(finish.best).items())


def run_two(command):
    """Run two processes as torchrun starts them, without the twenty seconds that it takes to agree with itself."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    common = {"OMP_NUM_THREADS": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    two = [
        subprocess.Popen(
            command,
            env=os.environ | common | {"RANK": rank, "LOCAL_RANK": rank},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in "01"
    ]
    for process in two:
        words = process.communicate(timeout=300)[1]
        assert process.returncode == 0, words


@pytest.mark.skipif(not GLOO, reason="this torch has no gloo")
def test_two_processes_learn_what_one_with_their_batches_learns(photos, tmp_path):
    """Stopped by the leading one after a few steps, and taken up again."""
    run = {"steps": 8, "batch": 2, "accumulate": 2, "freeze_norms": True, "average": 0.5, "validate_every": 4}
    train(trainee.config(photos, **run | {"batch": 4}), tmp_path / "one")
    out = tmp_path / "two"
    for stop_after in ("3", ""):
        run_two([sys.executable, str(SCRIPT), photos, str(out), "trainee", told(run), stop_after])
        steps = [row["step"] for row in rows(out) if "loss" in row]
        assert steps == list(range(1, (int(stop_after) if stop_after else 8) + 1))
    first, second = (load_file(out / f"rank{rank}.safetensors") for rank in (0, 1))
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())
    one, two = ([row["loss"] for row in rows(folder) if "loss" in row] for folder in (tmp_path / "one", out))
    assert two == pytest.approx(one, rel=1e-4)
    scores = [
        [row["validation"]["mae"] for row in rows(folder) if "validation" in row]
        for folder in (tmp_path / "one", out)
    ]
    assert len(scores[1]) == 3 and scores[1] == pytest.approx(scores[0], rel=1e-4)
