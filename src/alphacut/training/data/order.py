"""In which order samples come: by number, from any step on, to every process its own."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from torch import Tensor
from torch.utils.data import default_collate

from ...ahead import in_advance
from ...errors import OptionError
from ...infer.catalog import find_card
from ..config import Config
from ..losses import Batch
from ..place import Place
from .samples import Look, Samples
from .sources import Source, find_photos, open_source, part


def batches(config: Config, place: Place, step: int) -> Iterator[tuple[Batch, int]]:
    """Return a training's batches from a step on, each with the number of broken examples that were passed over.

    Raises
    ------
    InputError
        Hardly an example can be used.
    """
    samples = training_samples(config)

    def prepared(numbers: list[int]) -> dict[str, Tensor]:
        batch: dict[str, Tensor] = default_collate([samples[number] for number in numbers])
        return batch

    pinned = place.device.type == "cuda"  # From pinned memory a copy goes on beside the network's work.
    # Threads rather than processes: decoding and OpenCV let go of the interpreter, nothing is copied between them,
    # and a signal to a terminal's processes finds one that knows how to end.
    for tensors in in_advance(prepared, numbers(config, place, step), config.data.workers):
        moved = {
            name: (tensor.pin_memory() if pinned else tensor).to(place.device, non_blocking=True)
            for name, tensor in tensors.items()
        }
        broken = int(moved.pop("broken").sum())
        yield Batch(**moved), broken


def numbers(config: Config, place: Place, step: int) -> Iterator[list[int]]:
    """Return the numbers of each batch's samples: no two processes, batches or steps share one."""
    size = config.run.batch
    first, last = step * config.run.accumulate, config.run.steps * config.run.accumulate
    for batch in range(first, last):
        start = (batch * place.world + place.rank) * size
        yield list(range(start, start + size))


def training_samples(config: Config) -> Samples:
    """Return the samples that a configuration describes."""
    data, card = config.data, find_card(config.network)
    layers = config.objective.weights.get("composition", 0) > 0
    if layers and not data.compose:
        raise OptionError(
            "data.compose", "is 0, and the composition loss needs composites", "Set it above 0."
        )
    sources = [
        (part(open_source(path), data.hold, held=False), weight) for path, weight in map(weighted, data.train)
    ]
    return Samples(
        sources=sources,
        look=Look(data.size or (card.size[1], card.size[0]), card.mean, card.std),
        seed=config.run.seed,
        shares=data.shares,
        compose=data.compose,
        backgrounds=find_photos(data.backgrounds),
        layers=layers,
    )


def held_back(config: Config) -> list[Source]:
    """Return what a configuration validates on.

    Raises
    ------
    OptionError
        A share is held back of sets that have one photo each.
    """
    data = config.data
    sources = [open_source(weighted(path)[0]) for path in data.validate]
    if data.hold:
        sources += [part(open_source(weighted(path)[0]), data.hold, held=True) for path in data.train]
    if sources and not any(map(len, sources)):
        raise OptionError("data.hold", "holds back no photo: there is one", "Name photos in data.validate.")
    return sources


def unusable(config: Config, most: int = 20) -> list[str]:
    """Return a sentence for each photo of a configuration that cannot be used, as far as files' headers tell.

    What only shows when pixels are decoded is passed over, and counted, while it is trained.

    Parameters
    ----------
    config : Config
    most : int
        Sentences; one more says how many others there are.

    Raises
    ------
    OptionError
        A set has no photo that can be used.
    """
    said: list[str] = []
    for path in dict.fromkeys(weighted(path)[0] for path in (*config.data.train, *config.data.validate)):
        source = open_source(path)
        problems = [problem for pair in source.pairs if (problem := pair.problem())]
        if len(problems) == len(source):
            raise OptionError(f"data {path}", f"has no photo that can be used: {problems[0]}", "Mend them.")
        said += [f"{path}: {sentence}" for sentence in source.unusable] + problems
    left = len(said) - most
    return said if left <= 0 else [*said[:most], f"and {left} more"]


def weighted(path: str) -> tuple[Path, float]:
    """Return a path and the weight behind its last star, 1 without one.

    Raises
    ------
    OptionError
        What stands there is no number above 0.
    """
    name, star, weight = path.rpartition("*")
    if not star:
        return Path(path), 1.0
    try:
        number = float(weight)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise OptionError(
            f"data {path}", f"has the weight {weight!r}", "Write a number above 0 behind the star."
        )
    return Path(name), number
