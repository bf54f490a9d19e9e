"""The one way through: bytes → Photo → Alpha → Cutout. Presenting a Cutout is its own affair."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from .colours import parse_colour
from .compose.despill import despill
from .compose.present import check, read_pictures, with_preset
from .cutout import Cutout
from .decode import Source, decode
from .errors import Cancelled
from .foreground import estimate_foreground
from .infer.card import ModelCard
from .infer.engines import Session
from .infer.fuse import fuse
from .infer.predict import predict
from .infer.second_look import look_again
from .inspect import examine
from .options import Options
from .refine import refine
from .refine.cleanup import adjust_edges, choose_regions
from .types import Alpha, Photo, Pixels, Report

Networks = Sequence[tuple[ModelCard, Session]]
Loader = Callable[[Options], Networks]
"""Gives the network, or the two that are joined, which the options name, loaded."""
Colours = Callable[[Pixels, Alpha], Pixels]
"""What finds the subject's own colours."""
Stop = Callable[[], bool]
"""Whether nobody wants the result any more."""


def _never() -> bool:
    return False


@dataclass(slots=True)
class Clock:
    """Wall time a step, in milliseconds; no step begins once `stop` says that nobody wants the result."""

    stop: Stop = _never
    milliseconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step."""
        self.look()
        start = time.perf_counter()
        yield
        self.milliseconds[name] = round((time.perf_counter() - start) * 1000, 1)

    def look(self) -> None:
        """Raise `Cancelled` if nobody wants the result any more."""
        if self.stop():
            raise Cancelled("the photo", "was stopped: nobody waits for it")


def cut_out(
    source: Source,
    options: Options,
    load: Loader,
    name: str | None = None,
    stop: Stop = _never,
    files: Mapping[str, bytes] | None = None,
) -> Cutout:
    """Cut the subject out of one photo.

    Parameters
    ----------
    source : bytes, path, ndarray or PIL image
    options : Options
    load : callable
        Gives the network or networks that the options name.
    name : str, optional
        What to call the photo in messages.
    stop : callable, optional
        Asked before each step; once it returns true, no further step is begun.
    files : mapping of str to bytes, optional
        Files in memory, by the names that the options use; one that is not among them is read from the disk.

    Raises
    ------
    Cancelled
        `stop` said so.
    InputError
        The photo cannot be used.
    ModelError
        The network cannot be had or run.
    """
    options, clock = with_preset(options), Clock(stop)
    pictures = read_pictures(options, files or {})
    check(options, pictures)
    with clock.step("decode"):
        photo = decode(source, max_pixels=options.max_pixels, name=name)
    found = estimate_alpha(photo, options, load, clock)
    with clock.step("inspect"):
        # The networks' own answer is judged: refinement settles the doubt that tells of a wrong one.
        uncertainty, reasons = examine(photo, found.alpha, found.opinions) if found.opinions else (None, ())
    with clock.step("refine"):
        alpha, notes = refine_alpha(photo, found.alpha, options) if found.opinions else (found.alpha, ())
    with clock.step("foreground"):
        foreground, alpha = colours_and_edges(photo, alpha, options)
    notes = (*found.notes, *notes)
    report = Report(*found.ran, clock.milliseconds, notes, (*photo.warnings, *reasons), uncertainty)
    return Cutout(photo, alpha, foreground, report, options, pictures)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What networks said of a photo: the alpha, each one's own, the report's first fields, and what was done."""

    alpha: Alpha
    opinions: list[Alpha] = field(default_factory=list)
    ran: tuple[str, str, str, str] = ("", "", "", "")
    notes: tuple[str, ...] = ()


def estimate_alpha(
    photo: Photo, options: Options, load: Loader, clock: Clock, *, twice: bool = True
) -> Estimate:
    """Ask one network, or two and join them; none where the photo's own alpha is kept.

    Two that disagree look again, unless `twice` says no: frame after frame that is better settled over time.
    """
    own = photo.source_alpha
    if own is not None and options.source_alpha == "keep":
        return Estimate(own)
    with clock.step("load"):
        networks = load(options)
    with clock.step("infer"):
        opinions = []
        for card, session in networks:
            clock.look()
            opinions.append(predict(photo, card, session, options.extend))
        alpha = fuse(*opinions) if len(opinions) == 2 else opinions[0]
    with clock.step("second look"):
        again = look_again(photo, networks, alpha, opinions) if twice and len(opinions) == 2 else None
    if again is None:
        return Estimate(alpha, opinions, _names(networks))
    note = "second look: taken, the networks disagreed about the photo and agree about the piece around the subject"
    return Estimate(fuse(*again), again, _names(networks), (note,))


def refine_alpha(photo: Photo, alpha: Alpha, options: Options) -> tuple[Alpha, tuple[str, ...]]:
    """Return the networks' alpha refined, within the photo's own alpha if it has one, and what was done."""
    alpha, notes = refine(photo, alpha, options.edges)
    if photo.source_alpha is not None and options.source_alpha == "multiply":
        alpha = alpha * photo.source_alpha
    return alpha, notes


def colours_and_edges(
    photo: Photo, alpha: Alpha, options: Options, colours: Colours = estimate_foreground
) -> tuple[Pixels, Alpha]:
    """Return the subject's own colours and its alpha with the edge that is asked for."""
    alpha = choose_regions(alpha, options)
    if options.inverse:
        alpha = 1 - alpha
    foreground = colours(photo.pixels, alpha) if options.decontaminate else photo.pixels
    if options.despill is not None:
        foreground = despill(foreground, alpha, parse_colour(options.despill))
    return foreground, adjust_edges(alpha, options)


def _names(networks: Networks) -> tuple[str, str, str, str]:
    """Return model, engine, device and precision, joined by + where the networks differ in them."""
    rows = [(card.name, session.engine, session.device, session.precision) for card, session in networks]
    model, engine, device, precision = ("+".join(dict.fromkeys(column)) for column in zip(*rows, strict=True))
    return model, engine, device, precision
