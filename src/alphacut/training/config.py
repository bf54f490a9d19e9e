"""A training's configuration: what can be set, what it is where nothing is set, and what cannot be."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..errors import OptionError
from ..infer.catalog import find_card, known_names
from ..networks import NETWORKS
from .data.augment import USUAL, VARIATIONS
from .losses import Objective


@dataclass(frozen=True, slots=True)
class DataConfig:
    """What is learned from.

    Attributes
    ----------
    train : tuple of str
        Folders with images/ and masks/ or alpha/, or tars; ``path*3`` is drawn from three times as often.
    validate : tuple of str
        The same, of photos that are not trained on.
    hold : float
        Share of the photos of `train` that are validated on and not trained on, chosen by their names.
    size : (int, int)
        Height and width that samples are squashed to, multiples of what the network's card says; without it, the
        card's.
    shares : mapping of str to float
        How often each variation is done.
    compose : float
        How often the subject is put before another background.
    backgrounds : tuple of str
        Folders of photos for that.
    workers : int
        Threads that prepare samples; 0 prepares them in between.
    """

    train: tuple[str, ...]
    validate: tuple[str, ...] = ()
    hold: float = 0.0
    size: tuple[int, int] | None = None
    shares: Mapping[str, float] = field(default_factory=lambda: dict(USUAL))
    compose: float = 0.0
    backgrounds: tuple[str, ...] = ()
    workers: int = 2


@dataclass(frozen=True, slots=True)
class RunConfig:
    """How it is learned.

    Attributes
    ----------
    steps : int
        Steps of the optimiser.
    batch : int
        Samples at once, on each device.
    accumulate : int
        Batches a step.
    memory : {"usual", "small"}
        "small" takes one sample at a time and computes a stage's insides a second time instead of keeping them: the
        same result in a part of the memory, at 1.4 times the computing.
    rate : float
        Largest learning rate of AdamW; it rises over `warmup` steps and falls as a half cosine to a hundredth.
    warmup : int
        Steps.
    decay : float
        Weight decay of AdamW.
    clip : float
        Largest norm of the gradient.
    average : float
        Decay of the exponential moving average of the weights, which is what is validated and kept; 0 for none.
    precision : {"f32", "bf16", "f16"}
        Of the matrix products; f16 needs a GPU.
    freeze_norms : bool
        Leave the normalisations' statistics as they are; weights from ONNX need it, weights from nothing the contrary.
    rank : int
        Train an adapter of this rank in place of the weights; 0 trains the weights.
    validate_every : int
        Steps between validations.
    checkpoint_every : int
        Steps between checkpoints; each validation makes one too.
    patience : int
        Validations without a better one after which it ends; 0 for never.
    keep : float
        What staying near the first answer weighs, where that was right; 0 leaves it out.
    seed : int
        Of fresh weights, of the order and variation of samples, of dropout.
    """

    steps: int = 1000
    batch: int = 4
    accumulate: int = 1
    memory: Literal["usual", "small"] = "usual"
    rate: float = 1e-4
    warmup: int = 50
    decay: float = 1e-2
    clip: float = 1.0
    average: float = 0.99
    precision: Literal["f32", "bf16", "f16"] = "f32"
    freeze_norms: bool = True
    rank: int = 0
    validate_every: int = 200
    checkpoint_every: int = 50
    patience: int = 0
    keep: float = 0.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Config:
    """A whole training.

    Attributes
    ----------
    network : str
        One of `NETWORKS`.
    init : str or None
        Weights to begin with: a model of the catalogue, or a file. None begins from nothing.
    data : DataConfig
    objective : Objective
    run : RunConfig

    Raises
    ------
    OptionError
        A value that cannot be, or two that cannot be together.
    """

    network: str
    data: DataConfig
    init: str | None = None
    objective: Objective = field(default_factory=Objective)
    run: RunConfig = field(default_factory=RunConfig)

    def __post_init__(self) -> None:
        if self.network not in NETWORKS:
            raise OptionError("network", f"knows no {self.network!r}", f"Take one of {', '.join(NETWORKS)}.")
        if not self.data.train:
            raise OptionError("data.train", "is empty", "Name folders or tars to learn from.")
        unknown = sorted(set(self.data.shares) - set(VARIATIONS))
        if unknown:
            remedy = f"Take of {', '.join(VARIATIONS)}."
            raise OptionError("data.shares", f"knows no {', '.join(unknown)}", remedy)
        for key, (low, high, said) in RANGES.items():
            check(self, key, low, high, said)
        self.check_size()
        if self.run.rank and self.init not in known_names():
            remedy = "Give init = a model of the catalogue, or train the weights with rank = 0."
            raise OptionError("run.rank", "needs a model beside which the adapter is kept", remedy)
        if self.run.memory == "small" and not self.run.freeze_norms:
            problem = "takes one photo at a time, of which normalisations cannot learn statistics"
            raise OptionError(
                "run.memory small", problem, 'Set run.freeze_norms = true, or memory = "usual".'
            )

    def check_size(self) -> None:
        """Refuse a size that the network cannot halve as often as it does."""
        multiple = find_card(self.network).multiple
        if self.data.size and any(side <= 0 or side % multiple for side in self.data.size):
            problem = f"{list(self.data.size)} are no multiples of {multiple}, which {self.network} needs"
            near = [max(1, round(side / multiple)) * multiple for side in self.data.size]
            raise OptionError("data.size", problem, f"Take {near}, for example.")


ABOVE_0, AT_LEAST_0, SHARE = "a number above 0", "0 or more", "a share from 0 to below 1"
RANGES: Mapping[str, tuple[float, float, str]] = {
    "data.hold": (0, 1, SHARE),
    "data.compose": (0, 1.001, "a share from 0 to 1"),
    "data.workers": (0, 1e9, AT_LEAST_0),
    "run.steps": (1, 1e9, ABOVE_0),
    "run.batch": (1, 1e9, ABOVE_0),
    "run.accumulate": (1, 1e9, ABOVE_0),
    "run.rate": (1e-12, 1e9, ABOVE_0),
    "run.warmup": (0, 1e9, AT_LEAST_0),
    "run.decay": (0, 1e9, AT_LEAST_0),
    "run.clip": (1e-12, 1e9, ABOVE_0),
    "run.average": (0, 1, SHARE),
    "run.rank": (0, 1e9, AT_LEAST_0),
    "run.validate_every": (1, 1e9, ABOVE_0),
    "run.checkpoint_every": (1, 1e9, ABOVE_0),
    "run.patience": (0, 1e9, AT_LEAST_0),
    "run.keep": (0, 1e9, AT_LEAST_0),
    "run.seed": (0, 2**63, AT_LEAST_0),
}
"""From which value on, below which, and how that is said."""
FREE = ("data.workers", "run.memory", "run.checkpoint_every")
"""What changes no result, so that a run can be taken up with another value."""


def check(config: Config, key: str, low: float, high: float, said: str) -> None:
    """Refuse a number that is out of its range."""
    table, name = key.split(".")
    value = getattr(getattr(config, table), name)
    if not low <= value < high:
        raise OptionError(key, f"cannot be {value}", f"Give {said}.")


def as_lines(config: Config) -> dict[str, str]:
    """Return what a result depends on as text by its key; of the data their names, wherever they lie."""

    def lines(table: Mapping[str, Any], where: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, value in table.items():
            if isinstance(value, Mapping):
                found |= lines(value, f"{where}{name}.")
            elif name in ("train", "validate", "backgrounds"):
                found[where + name] = ", ".join(Path(path).name for path in value)
            else:
                found[where + name] = str(value)
        return found

    whole = lines(dataclasses.asdict(config), "")
    return {name: value for name, value in whole.items() if name not in FREE}


def fine_tune(model: str, data: list[str]) -> Config:
    """Return the configuration of a fine-tune on a shop's own photos: an adapter, a tenth held back, near the base.

    Raises
    ------
    OptionError
        There is no data, or the model is none that can be trained.
    """
    if not data:
        raise OptionError("--data", "is missing", "Name a folder with images/ and masks/ or alpha/.")
    return Config(
        network=find_card(model).network or model,
        init=model,
        data=DataConfig(train=tuple(data), hold=0.1),
        objective=Objective(weights={"bce": 1.0, "iou": 1.0, "ssim": 0.5}, sides=0.5),
        run=RunConfig(rank=8, keep=1.0, patience=5, memory="small"),
    )
