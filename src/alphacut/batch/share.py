"""How a cluster's processors and graphics cards are divided between its workers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DeviceMissing, OptionError

NEEDS = 1.5e9
"""Bytes that one actor is reckoned to need: networks, and a photo of the usual size in work."""


@dataclass(frozen=True, slots=True)
class Share:
    """What each of `workers` actors gets: processors, and graphics cards or a part of one."""

    workers: int
    processors: int
    cards: float = 0.0


def share(
    machines: Sequence[tuple[float, float]], memory: float, wanted: int | None, *, cards: bool
) -> Share:
    """Divide a cluster between actors, such that each fits into a machine.

    Parameters
    ----------
    machines : sequence of (float, float)
        Processors and graphics cards of each.
    memory : float
        Of all machines, in bytes.
    wanted : int or None
        Actors; None for as many as there are processors, or cards, and memory for.
    cards : bool
        Whether each works on a graphics card.
    """
    here = [(int(cpus), int(gpus)) for cpus, gpus in machines if gpus or not cards]
    total, total_cards = (sum(column) for column in zip(*here, strict=True)) if here else (0, 0)
    if cards and not total_cards:
        remedy = "Use --device auto, or another cluster."
        raise DeviceMissing("device of a graphics card", "is not known to this Ray cluster", remedy)
    workers = wanted or (total_cards if cards else max(1, min(total, int(memory / NEEDS))))
    if workers > total:
        problem = f"is more than the {total} processors of this Ray cluster"
        raise OptionError(f"option 'workers' {workers}", problem, "Give fewer, or leave it out.")
    each = total // workers
    while sum(cpus // each for cpus, _ in here) < workers:
        each -= 1
    if not cards:
        return Share(workers, each)
    per_card = -(-workers // total_cards)
    return Share(workers, each, int(1e4 / per_card) / 1e4)  # Ray counts in ten-thousandths
