"""What a training knows between two steps, and the files that keep it."""

from __future__ import annotations

import copy
import dataclasses
import math
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor, nn

from ..errors import OptionError, OutputError, WeightsCorrupt
from ..files import write_atomic
from .config import Config, as_lines


class Average:
    """An exponential moving average of a network's weights; the network itself with decay 0.

    References
    ----------
    Polyak and Juditsky, "Acceleration of stochastic approximation by averaging", 1992.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        self.decay = decay
        self.network = copy.deepcopy(network) if decay else network

    @torch.no_grad()
    def update(self, network: nn.Module, step: int) -> None:
        """Move towards the network's weights and statistics, faster in the first steps; counts are copied."""
        if not self.decay:
            return
        # Else the weights it began with would stay in it for hundreds of steps.
        decay = min(self.decay, (1 + step) / (10 + step))
        latest = network.state_dict()
        for name, kept in self.network.state_dict().items():
            if kept.is_floating_point():
                kept.lerp_(latest[name], 1 - decay)
            else:
                kept.copy_(latest[name])


@dataclass(slots=True)
class Course:
    """How far a training came, and how its validations went.

    Attributes
    ----------
    step : int
        Steps that were done.
    checked : int
        The step of the last validation, -1 before the first.
    first, best : float
        The validation's error before the first step, and the smallest one.
    best_step : int
    stale : int
        Validations since the best one.
    skipped : int
        Steps in a row whose gradient was not a number.
    """

    step: int = 0
    checked: int = -1
    first: float = math.inf
    best: float = math.inf
    best_step: int = 0
    stale: int = 0
    skipped: int = 0

    def judge(self, error: float) -> None:
        """Take notice of a validation's error."""
        if self.checked < 0:
            self.first = error
        if error < self.best:
            self.best, self.best_step, self.stale = error, self.step, 0
        else:
            self.stale += 1

    def stopped(self, patience: int) -> bool:
        """Return whether too many validations brought nothing."""
        return bool(patience) and self.stale >= patience


@dataclass(frozen=True, slots=True)
class State:
    """Everything that the next step depends on, besides the configuration.

    Attributes
    ----------
    network : nn.Module
    average : Average
    optimizer : torch.optim.Optimizer
    scaler : torch.amp.GradScaler
    course : Course
    """

    network: nn.Module
    average: Average
    optimizer: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    course: Course


def save_state(state: State, path: Path, config: Config) -> None:
    """Write a checkpoint, whole or not at all.

    Raises
    ------
    OutputError
        It cannot be written.
    """
    kept = {
        "network": state.network.state_dict(),
        "average": state.average.network.state_dict() if state.average.decay else {},
        "optimizer": state.optimizer.state_dict(),
        "scaler": state.scaler.state_dict(),
        "course": dataclasses.asdict(state.course),
        "config": as_lines(config),
    }
    part = path.with_name(f".{path.name}.part")
    try:
        # Not through `write_atomic`: a large network's checkpoint is not to be in memory a second time.
        torch.save(kept, part)
        part.replace(path)
    except (OSError, RuntimeError) as error:
        raise OutputError(str(path), f"cannot be written: {error}", "Free some space.") from error


def load_state(state: State, path: Path, config: Config, device: torch.device) -> None:
    """Take up a checkpoint where there is one.

    Raises
    ------
    WeightsCorrupt
        It cannot be read.
    OptionError
        It is of another configuration.
    """
    if not path.exists():
        return
    try:
        kept = torch.load(path, map_location=device, weights_only=True)
        check_same(kept["config"], as_lines(config), path.parent)
        state.network.load_state_dict(kept["network"])
        if state.average.decay:
            state.average.network.load_state_dict(kept["average"])
        state.optimizer.load_state_dict(kept["optimizer"])
        state.scaler.load_state_dict(kept["scaler"])
        for name, value in kept["course"].items():
            setattr(state.course, name, value)
    except (
        OSError,
        RuntimeError,
        ValueError,
        KeyError,
        TypeError,
        EOFError,
        pickle.UnpicklingError,
    ) as error:
        # Without torch's own words, which advise to run code from the file.
        problem = f"is no checkpoint that can be taken up ({type(error).__name__})"
        remedy = "Delete it to begin this run anew, or give another folder with -o."
        raise WeightsCorrupt(str(path), problem, remedy) from error


def check_same(before: Mapping[str, str], now: Mapping[str, str], folder: Path) -> None:
    """Refuse to take up a run with another configuration.

    Raises
    ------
    OptionError
        With the keys that differ.
    """
    other = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    if other:
        said = "; ".join(f"{name} was {before.get(name)}, is {now.get(name)}" for name in other)
        remedy = "Give another folder with -o, or the configuration that it began with."
        raise OptionError(str(folder), f"holds a run of another configuration: {said}", remedy)


def save_weights(network: nn.Module, path: Path) -> None:
    """Write a network's weights as safetensors by their plain names, adapters merged in."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in plain_tensors(network).items()}
    write_atomic(path, save(tensors))


def plain_tensors(network: nn.Module) -> dict[str, Tensor]:
    """Return what a network's weights and buffers are, whatever adapter changes them; the network stays as it is.

    To take adapters out of a copy is no way to get there: torch keeps them in a class that both share.
    """
    tensors = {name: t for name, t in network.state_dict().items() if "parametrizations." not in name}
    for name, module in network.named_modules():
        changes = getattr(module, "parametrizations", None)
        if isinstance(changes, nn.ModuleDict):
            tensors |= {f"{name}.{which}": getattr(module, which) for which in changes}
    return tensors
