"""Hold the chosen subject when somebody else walks in front or behind, and find it again after.

A network answers each frame with all that is salient. Two beliefs, the subject's and the others', are carried from
key frame to key frame by the flow and kept as far as the colours that arrive are those that are seen. What each one
looks like is kept as colours, learned only while they stand apart. A region that neither belief explains is somebody
else, unless the subject is missing and has its colours, or it hangs on the subject. Where a region may be of both, each
pixel's odds ::

    log(carried subject / carried others) + log(p(colour | subject) / p(colour | others)) + log(p / (1 - p))

are smoothed by a guided filter and their sign decides, as Hosni et al. [1]_ filter a volume of costs. The last counts
where nothing was carried: p says how much of what came into view the subject lacks to its usual size. All this runs on
a reduced copy; where nothing is taken away, the network's alpha is given back as it is.

References
----------
.. [1] A. Hosni, C. Rhemann, M. Bleyer, C. Rother, M. Gelautz, "Fast Cost-Volume Filtering for Visual Correspondence
   and Beyond", TPAMI 2013, sec. 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...depth import eight_bits
from ...refine import shrink
from ...types import Alpha, Pixels, check_alpha, check_pixels
from ..steady.flow import Path
from .appearance import Bins, Plane, bins_of, histogram, lab, lead
from .carry import Brought, carry, claim
from .choice import Choice, checked, chosen
from .regions import Mask, Region, find_regions, take_away, union
from .split import ALL, TELLING, smooth, tidy, unexplained

SIDE = 320
"""Longer side, in pixels, of the copy on which it is decided who is who."""
SALIENT, OPAQUE = 0.2, 0.9
"""Alphas from which a pixel is somebody's, and from which its colour is."""
FADE = 0.75
"""What is left of a belief after a key frame in which the network did not see it."""
DOUBT = 0.12
"""Added to carried beliefs in their ratio: one alone weighs 2.2 nats at most, less than colour, so that errors heal."""
CARRIED = 0.25
"""Mean belief from which a region is somebody's who was there before."""
PURE = 0.03
"""Share of a region below which the beliefs in somebody there are the flow's errors."""
MISSING = 0.7
"""Of the subject's usual size: below it a part of it is hidden, and may be found anywhere."""
LIKE = 0.5
"""Mean lead, in nats, from which a new region has the subject's colours rather than those of the rest."""
NEAR, SMALL = 0.03, 0.05
"""A new region nearer than this share of the longer side, and smaller than that one of the subject, hangs on it. Others
that small teach no colours: a speck is nobody to be looked for from then on."""
SLACK = 0.12
"""So much of a region may be new, or so much larger than the subject may it be, before somebody else, who was seen in
this shot, is looked for in it."""
SURE = 1.5
"""Nats from which a pixel's odds teach its colours."""
RATE = 0.15
"""How fast colours and size are learned anew at each key frame."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of the subject and of the others after a key frame; nothing else decides the next one.

    Attributes
    ----------
    shape : (int, int)
        Height and width of the frames.
    picture : ndarray
        uint8, h×w×3: the reduced key frame in Lab.
    subject, others : ndarray
        float32, h×w, in [0, 1]: who is believed where.
    colours : ndarray
        float32, 3×CELLS: counts of the colours of the subject, of the others and of the rest; zeros of whom nobody saw.
    size : float
        How many reduced pixels the subject has when it is not hidden; 0 until there is one.
    visible : float
        How many it had at the last key frame.
    """

    shape: tuple[int, int]
    picture: Pixels
    subject: Plane
    others: Plane
    colours: NDArray[np.float32]
    size: float
    visible: float


@dataclass(frozen=True, slots=True)
class _View:
    """A key frame, reduced: its Lab picture, the cells of its colours, the network's alpha and its regions."""

    shape: tuple[int, int]
    picture: Pixels
    bins: Bins
    alpha: Alpha
    regions: list[Region]


def hold(
    held: Held | None, pixels: Pixels, alpha: Alpha, path: Path | None, choice: Choice | None = None
) -> tuple[Held, Alpha]:
    """Take everybody but the subject out of a network's answer for a key frame.

    Parameters
    ----------
    held : Held or None
        What the key frame before gave; None at the start.
    pixels : ndarray
        uint8 or uint16, H×W×3, RGB.
    alpha : Alpha
        float32, H×W: what the network says.
    path : Path or None
        On a grid of any size over the frame: from each place of this key frame to the same thing in the one before;
        None at a shot's start.
    choice : tuple of float, optional
        Where the subject is in the first frame; in later shots it is known by its colours. Without it, all that
        is salient at a shot's start is the subject.

    Returns
    -------
    Held
        To be given with the next key frame.
    Alpha
        float32, H×W, in [0, 1]: the subject's; `alpha` itself where nobody else is, and empty while it is hidden.

    Raises
    ------
    ValueError
        An array has another type, shape or range, or the choice is neither a point nor a box in the frame.
    """
    check_pixels(pixels)
    check_alpha(alpha, pixels.shape[:2])
    view = _view(pixels, alpha)
    if held is None or path is None or held.size == 0:
        return _begin(held, view, alpha, checked(choice))
    brought = _brought(held, view, path)
    odds = _decide(held, view, brought)
    seen = union(view.regions, view.alpha.shape)
    share = 1 / (1 + np.exp(-odds))
    colours, size, visible = _learn(held, view, odds * seen)
    new = Held(
        view.shape,
        view.picture,
        np.where(seen, share, np.float32(FADE) * brought.subject).astype(np.float32),
        np.where(seen, 1 - share, np.float32(FADE) * brought.others).astype(np.float32),
        colours,
        size,
        visible,
    )
    return new, take_away(alpha, seen & (odds > 0), seen & (odds <= 0))


def _view(pixels: Pixels, alpha: Alpha) -> _View:
    small = np.clip(shrink(alpha, SIDE), 0, 1)
    picture = lab(eight_bits(shrink(pixels, SIDE)))
    return _View(alpha.shape, picture, bins_of(picture), small, find_regions(small, SALIENT))


def _brought(held: Held, view: _View, path: Path) -> Brought:
    height, width = view.alpha.shape
    before = _checked_before(held, view, path.field)
    small = cv2.resize(path.field, (width, height), interpolation=cv2.INTER_AREA)
    field = small * np.array([width / path.field.shape[1], height / path.field.shape[0]], np.float32)
    beliefs = carry(cv2.merge([held.subject, held.others]), before, view.picture.astype(np.float32), field)
    subject, others = (np.ascontiguousarray(plane) for plane in cv2.split(beliefs))
    trust = cv2.resize(path.trust, (width, height), interpolation=cv2.INTER_AREA)
    return Brought(subject, others, claim(field, trust))


def _begin(held: Held | None, view: _View, alpha: Alpha, choice: Choice | None) -> tuple[Held, Alpha]:
    """Take what is chosen for the subject, and what else is salient for others."""
    seen = mine = union(view.regions, view.alpha.shape)
    if choice is not None and seen.any():
        mine = chosen(view.regions, choice, view.alpha.shape) if held is None else _known(held, view)
    theirs = seen & ~mine
    sure = view.alpha > OPAQUE
    weights = (mine & sure, theirs & sure, view.alpha < SALIENT)
    colours = np.stack([histogram(view.bins, weight.astype(np.float32)) for weight in weights])
    size = float(np.count_nonzero(mine))
    beliefs = mine.astype(np.float32), theirs.astype(np.float32)
    return Held(view.shape, view.picture, *beliefs, colours, size, size), take_away(alpha, mine, theirs)


def _known(held: Held, view: _View) -> Mask:
    """Return the regions with the colours of the subject of the shot before; all, if none has them."""
    like = [region for region in view.regions if _likeness(held, view, region) > LIKE]
    return union(like or view.regions, view.alpha.shape)


def _likeness(held: Held, view: _View, region: Region) -> float:
    """Return the mean lead of the subject's colours in a region: over the others', and the rest's, the lesser."""
    bins = view.bins[region.box]
    leads = (lead(bins, held.colours[0], rest) for rest in held.colours[1:] if rest.any())
    return min((float(plane[region.mask].mean()) for plane in leads), default=0.0)


def _decide(held: Held, view: _View, brought: Brought) -> Plane:
    """Return, h×w, by how many nats each salient pixel is rather the subject's than somebody else's."""
    odds = np.zeros(view.alpha.shape, np.float32)
    mixed: list[Region] = []
    subject, others = brought.subject, brought.others
    found = sum(region.mean(subject) * region.size for region in view.regions)
    lost = found < CARRIED * held.visible
    if lost and not held.colours[1].any():
        return _astray(held, view)
    # Who is somewhere is who is believed there more: a doubt that is left over a whole body is nobody.
    mine, theirs = subject * (subject > others), others * (others > subject)
    for region in view.regions:
        verdict = _whose(held, view, region, (region.mean(mine), region.mean(theirs)), lost)
        odds[region.box][region.mask] = verdict
        if verdict == 0:
            mixed.append(region)
    if mixed:
        mine, theirs = subject * brought.right, others * brought.right
        carried = np.log((mine + np.float32(DOUBT)) / (theirs + np.float32(DOUBT)))
        carried += unexplained(mine, theirs, union(mixed, odds.shape), held.size)
        colour = lead(view.bins, held.colours[0], held.colours[1])
        for region in mixed:
            split = smooth(view.picture, region, carried + colour)
            odds[region.box][region.mask] = tidy(split, colour, region, held.size)
    return odds


def _astray(held: Held, view: _View) -> Plane:
    """Return the odds where the flow has lost the subject and nobody else is known: the likest regions are its."""
    odds = np.zeros(view.alpha.shape, np.float32)
    likeness = [_likeness(held, view, region) for region in view.regions]
    for region, like in zip(view.regions, likeness, strict=True):
        odds[region.box][region.mask] = ALL if like > max(likeness) - TELLING else -ALL
    return odds


def _whose(held: Held, view: _View, region: Region, carried: tuple[float, float], lost: bool) -> float:
    """Return the odds of a whole region, or 0 where each pixel is to be looked at.

    `carried` are the mean beliefs in the subject and in others; `lost` says that the subject is nowhere any more.
    """
    mine, theirs = carried
    missing = lost or held.visible < MISSING * held.size
    present = mine > CARRIED or mine * region.size > CARRIED * held.size
    if not present and theirs < CARRIED:
        return _newcomer(held, view, region, missing)
    if not held.colours[1].any():
        return ALL if present else -ALL
    if theirs < PURE and (mine > 1 - SLACK or region.size < (1 + SLACK) * held.size):
        return ALL
    if mine < PURE and not missing:
        return -ALL
    return 0.0


def _newcomer(held: Held, view: _View, region: Region, missing: bool) -> float:
    """Return the odds of a region that nothing was carried to."""
    if missing:
        if _likeness(held, view, region) > LIKE:
            return ALL
        # Who comes back may hang on whoever hid it, too far from where either was for the flow.
        return 0.0 if held.colours[1].any() else -ALL
    grown = cv2.dilate((held.subject > 0.5).astype(np.uint8), None, iterations=round(NEAR * SIDE))
    near = bool(grown[region.box][region.mask].any())
    return ALL if near and region.size < SMALL * held.size else -ALL


def _learn(held: Held, view: _View, odds: Plane) -> tuple[NDArray[np.float32], float, float]:
    """Return the colours, the subject's size and its visible part after a key frame."""
    visible = float(np.count_nonzero(odds > 0))
    apart = not any(
        (odds[region.box][region.mask] > 0).any() and (odds[region.box][region.mask] < 0).any()
        for region in view.regions
    )
    if not apart:
        return held.colours, held.size, visible
    whole = visible > MISSING * held.size
    sure = view.alpha > OPAQUE
    theirs = (odds < -SURE) & sure
    somebody = np.count_nonzero(theirs) > SMALL * held.size
    weights = ((odds > SURE) & sure & whole, theirs & somebody, view.alpha < SALIENT)
    news = [histogram(view.bins, weight.astype(np.float32)) for weight in weights]
    colours = np.where(
        [[new.any()] for new in news], held.colours * np.float32(1 - RATE) + np.stack(news), held.colours
    )
    return colours, held.size + RATE * (visible - held.size) * whole, visible


def _checked_before(held: Held, view: _View, flow: Plane) -> Plane:
    if held.shape != view.shape:
        raise ValueError(f"pixels: expected {held.shape} as in the key frame before, got {view.shape}")
    if flow.ndim != 3 or flow.shape[2] != 2 or flow.dtype != np.float32:
        raise ValueError(f"flow: expected float32 h×w×2, got {flow.dtype} {flow.shape}")
    return held.picture.astype(np.float32)
