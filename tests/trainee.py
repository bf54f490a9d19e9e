"""A real network of two layers that is trained in milliseconds, its photos, and a process of its own that trains it."""

import dataclasses
import hashlib
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import numpy as np
from PIL import Image

import tiny
from alphacut.infer.card import Source
from alphacut.infer.card_file import dump_card
from alphacut.infer.home import models_dir

SIDE = 32


def install():
    """Make "trainee" and "trainee-dropout" networks that can be trained, and models of the home to begin with."""
    import torch
    from safetensors.torch import save_file
    from torch import nn

    from alphacut.networks import NETWORKS, Outputs

    class Trainee(nn.Module):
        def __init__(self, dropout=0.0):
            super().__init__()
            self.seen = nn.Conv2d(3, 6, 3, padding=1)
            self.norm = nn.BatchNorm2d(6)
            self.dropout = nn.Dropout(dropout)
            self.answer = nn.Conv2d(6, 1, 3, padding=1)

        def forward(self, x):
            logits = self.answer(self.dropout(self.norm(self.seen(x)).relu()))
            return Outputs((logits,)) if self.training else logits

    models_dir().mkdir(parents=True, exist_ok=True)
    for name, dropout in (("trainee", 0.0), ("trainee-dropout", 0.3)):
        NETWORKS[name] = lambda dropout=dropout: Trainee(dropout)
        path = models_dir() / f"{name}.toml"
        if not path.exists():  # another process may be reading it
            torch.manual_seed(0)
            weights = models_dir() / f"{name}.safetensors"
            save_file(NETWORKS[name]().state_dict(), weights)
            source = Source("import", f"sha256:{hashlib.sha256(weights.read_bytes()).hexdigest()}")
            card = tiny.card(name=name, size=(SIDE, SIDE), multiple=8, output=0, network=name)
            card = dataclasses.replace(card, file=weights.name, sources=(source,))
            path.write_text(dump_card(card))


@contextmanager
def installed():
    """The same for a while, and one thread: sums are then in one order."""
    import torch

    from alphacut.networks import NETWORKS

    known, threads = dict(NETWORKS), torch.get_num_threads()
    install()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        NETWORKS.clear()
        NETWORKS.update(known)


def write_photos(folder, count=12, seed=0):
    """Write photos of a bright disc before a dark wall, and their masks."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE]
    for number in range(count):
        (row, column), radius = random.uniform(10, 22, 2), random.uniform(5, 9)
        mask = (y - row) ** 2 + (x - column) ** 2 < radius**2
        noise = random.integers(0, 60, (SIDE, SIDE, 3))
        picture = np.where(mask[..., None], 180, 40) + noise
        for name, pixels in (("images", picture), ("masks", mask * 255)):
            path = Path(folder) / name / f"{number:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(pixels.astype(np.uint8)).save(path)
    return str(folder)


def config(folder, network="trainee", data=(), init=None, **run):
    """Return a training of eight steps; `data` are fields of DataConfig, the others of RunConfig."""
    from alphacut.training.config import Config, DataConfig, RunConfig

    usual = {"steps": 8, "batch": 2, "rate": 3e-2, "warmup": 2, "average": 0.5, "freeze_norms": False}
    chosen = {"train": (str(folder),), "hold": 0.3, "workers": 0} | dict(data)
    return Config(network, DataConfig(**chosen), init, run=RunConfig(**usual | {"validate_every": 4} | run))


def main(folder, out, network, changes, stop_after=""):
    """Train in this process; with `stop_after`, the leading one asks to stop after that step."""
    import torch
    from safetensors.torch import save_file

    from alphacut.networks import NETWORKS
    from alphacut.training.loop import train

    torch.set_num_threads(1)
    install()
    made, build, stop = [], NETWORKS[network], Event()
    NETWORKS[network] = lambda: made.append(build()) or made[-1]

    def report(row):
        if "loss" in row and str(row["step"]) == stop_after:
            stop.set()

    kinds = {field.name: field.type for field in dataclasses.fields(config(folder).run)}
    run, data = {}, {}
    for name, value in (change.split("=") for change in changes.split(",")):
        read = {"int": int, "float": float, "bool": lambda text: text == "True"}
        (run if name in kinds else data)[name] = read[kinds.get(name, "int")](value)
    train(config(folder, network, data, **run), Path(out), report, stop)
    weights = {name: tensor.detach().contiguous() for name, tensor in made[0].state_dict().items()}
    save_file(weights, Path(out) / f"rank{os.environ.get('RANK', '0')}.safetensors")


if __name__ == "__main__":
    main(*sys.argv[1:])
