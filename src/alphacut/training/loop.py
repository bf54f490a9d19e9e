"""The training, from top to bottom: data, network, steps, validation, checkpoints.

Every step is a function of the configuration, the step's number and the state before it: a training that was
stopped anywhere goes on from its last checkpoint to what it would have become.
"""

from __future__ import annotations

import copy
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import torch
from torch import nn

from ..files import make_folder
from ..infer.catalog import find_card
from .adapter import add_adapters, save_adapter
from .begin import begin
from .config import Config
from .data.order import batches
from .log import Log, Report
from .masks import learn_masks
from .memory import forget_insides, one_at_a_time
from .place import Place
from .state import Average, Course, State, load_state, save_state, save_weights
from .step import Teaching, take_step
from .validate import Validation, has_validation


@dataclass(frozen=True, slots=True)
class Finish:
    """How a training ended.

    Attributes
    ----------
    best : Path
        The best weights by validation, the last ones without one: a file that `load_weights` reads.
    adapter : Path or None
        The same as a small file beside its base, where an adapter was trained.
    complete : bool
        Whether it came to its end; otherwise it was asked to stop, and the same call goes on.
    sentence : str
        What came of it.
    """

    best: Path
    adapter: Path | None
    complete: bool
    sentence: str


def train(config: Config, out: Path, report: Report = lambda row: None, stop: Event | None = None) -> Finish:
    """Train a network.

    Parameters
    ----------
    config : Config
    out : Path
        Folder of the run: ``last.pt`` (the checkpoint), ``best.safetensors``, ``adapter.safetensors``, ``log.jsonl``.
        What is there of the same run is taken up.
    report : callable, optional
        Told of every step and every validation, as they stand in the log.
    stop : Event, optional
        Once it is set, the step at work is finished, a checkpoint written, and that is it.

    Returns
    -------
    Finish

    Raises
    ------
    OptionError
        The configuration does not fit the data, the weights or what is in the folder.
    ModelError
        Weights that are not here or not of this network, a device that is missing, a gradient that is no number.
    InputError
        Photos that cannot be read, too many in a row.
    """
    make_folder(out)
    run = config.run
    with closing(Place.here()) as place:
        place.check(run.precision)
        state, teaching = prepare(config, place, out)
        course = state.course
        validation = Validation(config) if has_validation(config) and place.leads else None
        log = Log(out / "log.jsonl", course, report if place.leads else None)
        coming = batches(teaching.config, place, course.step)
        while not (asked := place.any(stop is not None and stop.is_set())):
            due = course.step % run.validate_every == 0 or course.step == run.steps
            if due and course.checked < course.step:
                if validation:
                    scores, unreadable = validation.scores(state.average.network)
                    course.judge(scores["mae"])
                    log.write({"step": course.step, "validation": scores, "unreadable": unreadable})
                course.checked = course.step
                place.agree(course)
                if place.leads and course.stale == 0:
                    save_best(state.average.network, out, config)
            if place.leads and (due or course.step % run.checkpoint_every == 0):
                save_state(state, out / "last.pt", config)
            if course.step == run.steps or course.stopped(run.patience):
                break
            began = time.perf_counter()
            row = take_step(teaching, state, coming)
            log.write({**row, "seconds": time.perf_counter() - began})
        if asked and place.leads:
            save_state(state, out / "last.pt", config)
    adapter = out / "adapter.safetensors" if run.rank else None
    return Finish(out / "best.safetensors", adapter, not asked, sentence(config, course, asked))


def prepare(config: Config, place: Place, out: Path) -> tuple[State, Teaching]:
    """Return the state after the last checkpoint, or before the first step, and what the steps work with."""
    run = config.run
    torch.manual_seed(run.seed)  # of fresh weights and adapters
    network = begin(config)
    first = copy.deepcopy(network).to(place.device).eval() if run.keep else None
    if run.rank:
        add_adapters(network, run.rank)
    network.to(place.device)
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    state = State(
        network=network,
        average=Average(network, run.average),
        optimizer=torch.optim.AdamW(weights, lr=run.rate, weight_decay=run.decay),
        scaler=torch.amp.GradScaler(place.device.type, enabled=run.precision == "f16"),
        course=Course(),
    )
    load_state(state, out / "last.pt", config, place.device)
    masks = learn_masks(config, out, place) if config.objective.intermediate else None
    if run.memory == "small":
        forget_insides(network)
        config = one_at_a_time(config)
    return state, Teaching(config, place, place.parallel(network), first, masks)


def save_best(network: nn.Module, out: Path, config: Config) -> None:
    """Write a network's weights; an adapter's merged into its base, and beside them by itself."""
    save_weights(network, out / "best.safetensors")
    if config.run.rank and config.init is not None:
        # Of a copy: what looks for the convolutions in their order runs the network in training.
        save_adapter(copy.deepcopy(network), out / "adapter.safetensors", find_card(config.init))


def sentence(config: Config, course: Course, asked: bool) -> str:
    """Say what came of a training."""
    steps = config.run.steps
    if asked:
        return f"stopped after step {course.step} of {steps}: the same command goes on from there"
    ended = f"{course.step} steps"
    if course.step < steps:
        ended += f" of {steps}, the last {course.stale} validations brought nothing"
    if not has_validation(config):
        return f"{ended}: nothing was held back to validate on, so the last weights are kept"
    scores = f"MAE from {course.first:.4f} to {course.best:.4f}, at step {course.best_step}"
    if course.best_step == 0:
        scores = (
            f"no validation was better than the first (MAE {course.first:.4f}); what it began with is kept"
        )
    return f"{ended}: {scores}"
