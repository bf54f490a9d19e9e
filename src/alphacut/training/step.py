"""One step of the optimiser: batches, losses, gradients, an update."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..networks import Outputs
from .config import Config, RunConfig
from .log import Row
from .losses import Batch
from .place import Place, alone
from .state import State

RIGHT = 0.1
"""How near the truth the first answer has to be to be held."""
SKIPS = 20
"""Steps in a row without a number for a gradient after which nothing is hoped for any more."""


@dataclass(frozen=True, slots=True)
class Teaching:
    """What a step works with, the same in every step.

    Attributes
    ----------
    config : Config
    place : Place
    parallel : nn.Module
        The state's network, so that all processes learn the same.
    first : nn.Module or None
        The network as it was before the first step, where its right answers are to be kept.
    masks : nn.Module or None
        ISNet's encoder of masks.
    """

    config: Config
    place: Place
    parallel: nn.Module
    first: nn.Module | None = None
    masks: nn.Module | None = None


def take_step(teaching: Teaching, state: State, coming: Iterator[tuple[Batch, int]]) -> Row:
    """Take one step; return its losses, its gradient's norm, its rate and how many photos were passed over.

    Raises
    ------
    ModelError
        The gradient was not a number, `SKIPS` steps in a row.
    """
    run, place, course = teaching.config.run, teaching.place, state.course
    learning(teaching.parallel, run.freeze_norms)
    parts, broken = add_gradients(teaching, state, coming)
    rate = rate_at(course.step, run)
    norm = update(state, rate, run.clip)
    course.skipped = 0 if math.isfinite(norm) else course.skipped + 1
    if course.skipped == SKIPS:
        problem = f"has no number for a gradient, as the {SKIPS - 1} steps before it"
        raise ModelError(f"step {course.step + 1}", problem, "Lower run.rate, or take precision bf16 or f32.")
    if math.isfinite(norm):
        state.average.update(state.network, course.step)
    course.step += 1
    means = place.mean({"loss": sum(parts.values()), **parts, "broken": float(broken)})
    means["broken"] = round(means["broken"] * place.world)
    skipped = {} if math.isfinite(norm) else {"skipped": True}
    return {"step": course.step, **means, "norm": norm, "rate": rate, **skipped}


def add_gradients(
    teaching: Teaching, state: State, coming: Iterator[tuple[Batch, int]]
) -> tuple[dict[str, float], int]:
    """Give the weights the gradients of a step's batches; return each loss's mean and how many photos were broken."""
    run, place = teaching.config.run, teaching.place
    times, total, broken = run.accumulate, dict[str, float](), 0
    state.optimizer.zero_grad(set_to_none=True)
    for number in range(times):
        batch, passed = next(coming)
        # Of dropout: the same wherever a run is taken up.
        torch.manual_seed(((run.seed + state.course.step) * times + number) * place.world + place.rank)
        # The other processes are told with the last batch only: once a step.
        with nullcontext() if number == times - 1 else alone(teaching.parallel):
            parts = losses(teaching, batch)
            loss = torch.stack(list(parts.values())).sum() / times
            state.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        broken += passed
        for name, part in parts.items():
            total[name] = total.get(name, 0.0) + float(part.detach()) / times
    return total, broken


def losses(teaching: Teaching, batch: Batch) -> dict[str, Tensor]:
    """Return each loss of a batch, weighted."""
    run = teaching.config.run
    with precise(batch.image, run):
        outputs: Outputs = teaching.parallel(batch.image)
    features = teaching.masks(batch.target).features if teaching.masks else ()
    parts = teaching.config.objective(outputs, batch, features)
    if teaching.first is not None:
        parts["keep"] = run.keep * held(teaching.first, outputs, batch, run)
    return parts


def held(first: nn.Module, outputs: Outputs, batch: Batch, run: RunConfig) -> Tensor:
    """Return how far the answer went from the first network's, where that was right."""
    with torch.no_grad(), precise(batch.image, run):
        before: Tensor = first(batch.image).float().sigmoid()
    right = (before - batch.target).abs() < RIGHT
    return torch.mean(right * (outputs.logits[0].float().sigmoid() - before).abs())


def update(state: State, rate: float, clip: float) -> float:
    """Clip the gradient and take the optimiser's step, unless the gradient is not a number; return its norm."""
    state.scaler.unscale_(state.optimizer)
    weights = [weight for group in state.optimizer.param_groups for weight in group["params"]]
    norm = float(nn.utils.clip_grad_norm_(weights, clip))
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    # With f16 the scaler sees by itself what is no number, and scales less from then on.
    if math.isfinite(norm) or state.scaler.is_enabled():
        state.scaler.step(state.optimizer)
    state.scaler.update()
    return norm


def learning(network: nn.Module, freeze_norms: bool) -> None:
    """Put a network into training; its normalisations keep their statistics where they are frozen."""
    network.train()
    for module in network.modules():
        if freeze_norms and isinstance(module, nn.BatchNorm2d):
            module.eval()


def precise(image: Tensor, run: RunConfig) -> torch.autocast:
    """Return the context in which matrix products have the precision that was asked for."""
    kinds = {"f32": torch.bfloat16, "bf16": torch.bfloat16, "f16": torch.float16}
    return torch.autocast(image.device.type, kinds[run.precision], enabled=run.precision != "f32")


def rate_at(step: int, run: RunConfig) -> float:
    """Return the learning rate of a step: up in a line, then down as half a cosine to a hundredth."""
    if step < run.warmup:
        return run.rate * (step + 1) / run.warmup
    done = (step - run.warmup) / max(1, run.steps - run.warmup)
    return run.rate * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)
