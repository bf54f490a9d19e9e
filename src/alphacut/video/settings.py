"""Every option of a clip besides those of a photo, with its default, its unit and its help."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import OptionError
from ..options import Options, check_values, from_words, option
from .formats import FORMATS
from .hold.choice import Choice

OF_PHOTOS = {
    "format": "a clip has its own formats",
    "quality": "a clip has its own grades",
    "max_bytes": "a clip is as large as its quality asks",
    "small": "a clip is as large as its quality asks",
    "keep_metadata": "a clip's are not kept",
    "preset": "it frames the subject, which moves",
    "crop": "it frames the subject, which moves",
    "margin": "it frames the subject, which moves",
    "scale": "it frames the subject, which moves",
    "position": "it frames the subject, which moves",
    "enlarge": "it frames the subject, which moves",
    "match": "it frames the subject, which moves",
    "balance": "it is judged anew for each frame, which flickers",
    "exposure": "it is judged anew for each frame, which flickers",
    "harmonise": "it is judged anew for each frame, which flickers",
    "extend": "it is for photos cut by the frame",
}
"""Options that only a photo can have, and why."""

OF_CLIPS = {
    "edges": "edges are drawn in one way, which is quick",
    "segment": "the clip is written in one go",
}
"""Options that a clip cannot have while it is shown, and why."""


@dataclass(frozen=True, slots=True)
class VideoOptions:
    """How a clip is cut out; see :class:`~alphacut.options.Options` for how each frame is.

    Raises
    ------
    OptionError
        A value that the option cannot have.
    """

    format: str | None = option(
        None,
        "file format; without it, the output's suffix decides",
        group="Clip",
        choices=tuple(FORMATS),
    )
    every: int | None = option(
        None,
        "the network is asked for one frame in so many at the least, more where there is much motion; 1 asks it for "
        "every frame; without it 4, or 3 while the clip is shown",
        group="Clip",
        unit="frames",
        limits=(1, 60),
    )
    subject: str = option(
        "held",
        "held keeps to what stands out in a shot's first frame when others come in; all keeps whatever stands out; "
        "a point x,y or a box left,top,right,bottom in shares of the frame chooses",
        group="Clip",
    )
    quality: int | None = option(
        None,
        "of formats that have a choice; without it, losses are hard to see",
        group="Clip",
        limits=(1, 100),
    )
    sound: bool = option(True, "keep the clip's sound", group="Clip")
    segment: float = option(
        10.0,
        "length of the pieces that a run is taken up by",
        group="Clip",
        unit="seconds",
        limits=(0.5, 600),
    )

    def __post_init__(self) -> None:
        check_values(self)
        choice_of(self.subject)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> VideoOptions:
        """Build options from names and values; see :meth:`alphacut.options.Options.from_mapping`."""
        return from_words(cls(), values)


def choice_of(text: str) -> Choice | None:
    """Return the point or box that a subject is chosen by, in shares of the frame; None where words choose.

    Raises
    ------
    OptionError
        It is neither a word nor two or four numbers in [0, 1].
    """
    if text in ("held", "all"):
        return None
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    inside = all(0 <= number <= 1 for number in numbers)
    if not inside or len(numbers) not in (2, 4) or (len(numbers) == 4 and not _is_box(numbers)):
        remedy = "Expected held, all, a point x,y or a box left,top,right,bottom, each from 0 to 1."
        raise OptionError("option 'subject'", f"cannot be {text!r}", remedy)
    return numbers  # type: ignore[return-value]  # two or four


def check_for_showing(options: Options, video: VideoOptions) -> None:
    """Refuse what a clip cannot have while it is shown.

    Raises
    ------
    OptionError
        Names the option and why.
    """
    for table, plain in ((options, Options()), (video, VideoOptions())):
        for name in OF_CLIPS.keys() & {spec.name for spec in dataclasses.fields(table)}:
            if getattr(table, name) != getattr(plain, name):
                raise OptionError(
                    f"option {name!r}", f"is not for --realtime: {OF_CLIPS[name]}", "Leave it out."
                )
    if choice_of(video.subject) is not None:
        problem = "is not for --realtime: whatever stands out is the subject"
        raise OptionError("option 'subject'", problem, "Leave it out.")


def _is_box(numbers: tuple[float, ...]) -> bool:
    left, top, right, bottom = numbers
    return left < right and top < bottom


def check_for_clip(options: Options) -> None:
    """Refuse what only a photo can have.

    Raises
    ------
    OptionError
        Names the option and why it is of photos.
    """
    plain = Options()
    for name, why in OF_PHOTOS.items():
        if getattr(options, name) != getattr(plain, name):
            raise OptionError(f"option {name!r}", f"is of photos: {why}", "Leave it out for a clip.")
    if options.shadow in ("auto", "keep"):
        raise OptionError(
            "option 'shadow'",
            f"cannot be {options.shadow!r}: it is judged anew for each frame, which flickers",
            "Choose drop, contact, cast or reflection.",
        )
