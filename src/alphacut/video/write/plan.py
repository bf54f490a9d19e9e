"""What is to be written, said once for a whole run, its segments and their join."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from ..formats import Format
from ..frame import Clip, Colour
from ..planes import matrix_for
from .sound import Sound

_BT709, _SRGB = 1, 13
_UNSAID = Colour()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be written.

    Attributes
    ----------
    form : Format
    width, height : int
        Of the frames, in pixels.
    rate : Fraction
        Mean frames a second: how long the last frame is shown.
    alpha : bool
        Whether frames have transparency.
    colour : Colour
        Of the source; kept, or made right for what is written.
    quality : int or None
        1 to 100, where the format has a choice; without it, one at which losses are hard to see.
    pixel_aspect : Fraction
    bits : int
        A channel, in the source.
    sound : Sound or None
    start : Fraction
        Time of the first frame, in seconds: of a segment, its place in the whole.
    first : int
        Number of the first frame.
    """

    form: Format
    width: int
    height: int
    rate: Fraction
    alpha: bool = True
    colour: Colour = _UNSAID
    quality: int | None = None
    pixel_aspect: Fraction = Fraction(1)
    bits: int = 8
    sound: Sound | None = None
    start: Fraction = Fraction(0)
    first: int = 0

    def segment(self, start: Fraction, first: int) -> Plan:
        """Return the plan of a segment that begins with frame `first` at `start`: the same, without sound."""
        return replace(self, sound=None, start=start, first=first)


def plan_like(clip: Clip, form: Format, *, alpha: bool = True, sound: Sound | None = None) -> Plan:
    """Return a plan for frames of a clip's size, rate and colours."""
    return Plan(
        form,
        clip.width,
        clip.height,
        clip.rate,
        alpha,
        clip.colour,
        pixel_aspect=clip.pixel_aspect,
        bits=clip.bits,
        sound=sound,
    )


def written_colour(plan: Plan) -> Colour:
    """Return the tags that tell how the written colours are coded.

    A source of RGB becomes BT.709 in sRGB's curve; a film that did not say its matrix gets the one that was
    assumed; the range is limited, which every player expects.
    """
    said = plan.colour
    if said.matrix == 0:
        return Colour(said.primaries or _BT709, said.transfer or _SRGB, _BT709, 1)
    # Primaries and curve are left unsaid where they were: to guess them would change how the film is shown.
    return Colour(said.primaries, said.transfer, matrix_for(said, plan.width, plan.height), 1)
