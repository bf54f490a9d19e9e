"""Every option of a cutout, with its default, its unit and its help: the only place that has them.

The command line's flags, the service's request fields and the editor's panel are derived from the fields of
:class:`Options`; an option that is not here does not exist.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .backdrops import parse_backdrop
from .colours import Colour, parse_colour
from .errors import OptionError

FORMATS = ("png", "webp", "avif", "tiff", "jpeg", "zip")


Table = TypeVar("Table")
"""A frozen dataclass whose fields are declared by :func:`option`."""

LONGEST_TEXT = 4096
"""Characters of an option's value: the longest path of most systems."""

LEAST_HUE = 16
"""Colours whose channels differ by less than this, of 255, are greys."""


def option(
    default: Any,
    text: str,
    *,
    group: str,
    choices: tuple[str, ...] = (),
    unit: str = "",
    limits: tuple[float, float] | None = None,
) -> Any:
    """Declare one option: its default and everything that a way in needs to offer it."""
    meta = {"help": text, "group": group, "choices": choices, "unit": unit, "limits": limits}
    return field(default=default, metadata=meta)


@dataclass(frozen=True, slots=True)
class Options:
    """How to cut out and how to present the result.

    Each field's help, choices, unit and limits are in its metadata. Values are checked when the object is made.

    Raises
    ------
    OptionError
        A value is of the wrong type, not among the choices or out of its limits.
    """

    model: str = option(
        "auto",
        "network that finds the subject: auto joins isnet and u2net; see `alphacut models list`",
        group="Model",
    )
    device: str = option(
        "auto", "where it runs: auto, cpu, gpu, npu, cuda, tensorrt, coreml, directml, mps", group="Model"
    )
    engine: str = option("auto", "what runs it", group="Model", choices=("auto", "openvino", "onnx", "torch"))
    precision: str = option(
        "auto",
        "arithmetic of the network; auto takes the fastest that keeps its answer",
        group="Model",
        choices=("auto", "f32", "bf16", "f16", "int8"),
    )
    fast: bool = option(
        False,
        "less than half the time on a processor for about a tenth more error: a smaller input and 8-bit integers",
        group="Model",
    )
    accept_licence: bool = option(
        False, "agree to the licence of a model that is not free for commercial use", group="Model"
    )

    max_pixels: int = option(
        120_000_000, "largest photo that is decoded", group="Input", unit="pixels", limits=(1, 2**31)
    )
    source_alpha: str = option(
        "multiply",
        "a photo that already has transparency: keep it and run no network, "
        "replace it, or multiply it with the new matte",
        group="Input",
        choices=("keep", "replace", "multiply"),
    )

    edges: str = option(
        "auto",
        "settle doubt inside the subject and draw edges by the photo's colours, crisp where they are crisp (auto); "
        "settle doubt and leave the network's edges (hard); draw edges as soft as the colours allow and keep every "
        "translucent area (soft)",
        group="Edges",
        choices=("auto", "hard", "soft"),
    )
    extend: bool = option(
        False,
        "where the subject touches the frame, look again at the photo continued by reflection: for people cut by "
        "the frame; a second run of the network",
        group="Edges",
    )
    decontaminate: bool = option(
        True, "estimate the subject's own colours in soft edges, free of the old background", group="Edges"
    )

    shift: float = option(
        0.0,
        "move the edge outwards, or inwards (choke) if negative",
        group="Edges",
        unit="px",
        limits=(-20, 8),
    )
    contrast: float = option(
        1.0, "of the soft edge: above 1 harder, below softer", group="Edges", limits=(0.1, 10)
    )
    feather: float = option(0.0, "soften the edge over this radius", group="Edges", unit="px", limits=(0, 8))
    subjects: str = option("all", "which subjects to keep", group="Edges", choices=("all", "largest"))
    specks: float = option(
        0.0,
        "remove regions smaller than this share of the largest",
        group="Edges",
        unit="share",
        limits=(0, 1),
    )
    despill: str | None = option(
        None, "colour whose reflection on the subject's edge is taken out, such as green", group="Edges"
    )

    background: str | None = option(
        None,
        "what stands behind the subject: a colour, linear(white, #ccc), radial(white, #ccc), a picture file, blur or "
        "blur(5%), studio-white, studio-grey, studio-warm, studio-dark; none keeps it transparent",
        group="Look",
    )
    linear: bool = option(
        False,
        "mix subject and background as light and not as encoded values: for what is out of focus",
        group="Look",
    )
    inverse: bool = option(False, "keep the background and cut the subject out", group="Look")
    balance: bool = option(
        False, "take a colour cast out, told by the photo's own background or subject", group="Look"
    )
    exposure: float | None = option(
        None,
        "brightness that the lightest 5 % of the subject reach; 0.85 suits product shots",
        group="Look",
        limits=(0.02, 0.98),
    )
    harmonise: float = option(
        0.0,
        "move the subject's colour and light towards the background's; 0.5 suits most",
        group="Look",
        limits=(0, 1),
    )
    outline: float = option(
        0.0, "width of an outline around the subject", group="Look", unit="px", limits=(0, 400)
    )
    outline_colour: str = option("white", "colour of the outline", group="Look")
    outline_softness: float = option(
        0.0, "over how much the outline fades", group="Look", unit="px", limits=(0, 200)
    )
    outline_rounding: float = option(
        0.0,
        "least radius of its inner corners; half its width to all of it looks well",
        group="Look",
        unit="px",
        limits=(0, 400),
    )
    match: str | None = option(
        None, "a finished listing whose background, frame, shadow and exposure are taken over", group="Look"
    )

    shadow: str = option(
        "none",
        "under the subject: keep the photo's own, draw one, or auto",
        group="Shadow",
        choices=("none", "auto", "keep", "drop", "contact", "cast", "reflection"),
    )
    shadow_direction: float | None = option(
        None,
        "where the light comes from, clockwise from the top",
        group="Shadow",
        unit="degrees",
        limits=(-360, 360),
    )
    shadow_length: float | None = option(
        None, "as a share of the subject's height", group="Shadow", unit="share", limits=(0, 2)
    )
    shadow_softness: float | None = option(
        None, "its blur, as a share of the subject's height", group="Shadow", unit="share", limits=(0, 0.5)
    )
    shadow_opacity: float | None = option(
        None, "how dark it is; a kept one's own is multiplied by it", group="Shadow", limits=(0, 1)
    )
    shadow_colour: str = option("black", "colour of a drawn shadow", group="Shadow")

    preset: str | None = option(
        None,
        "marketplace whose frame, background, format and largest file are used where you name no other; see "
        "docs/frames.md",
        group="Frame",
    )
    crop: bool = option(
        False,
        "frame the subject instead of the whole photo; margin, scale and position imply it",
        group="Frame",
    )
    margin: str | None = option(
        None, "room around the subject: 40, 5%, or top right bottom left; % is of the canvas", group="Frame"
    )
    canvas: str | None = option(
        None, "WIDTHxHEIGHT of the picture in pixels, or its longest side", group="Frame"
    )
    aspect: str | None = option(None, "width:height of the picture, such as 4:5", group="Frame")
    scale: float | None = option(
        None, "share of the canvas that the subject fills", group="Frame", unit="share", limits=(0.001, 1)
    )
    position: str | None = option(
        None, "of the subject on the canvas: center, bottom, top left, 30% 70%", group="Frame"
    )
    enlarge: float = option(2.0, "the most a subject is enlarged", group="Frame", limits=(0.001, 64))

    format: str | None = option(
        None,
        "file format; without it, the output file's suffix decides, else png",
        group="Output",
        choices=FORMATS,
    )
    matte: bool = option(False, "write the alpha alone, as a grey picture", group="Output")
    depth: int | None = option(
        None,
        "bits a channel of the matte or of a PNG or TIFF; without it, the photo's own",
        group="Output",
        choices=("8", "16"),
        unit="bits",
    )
    max_bytes: int | None = option(
        None, "largest file; the quality falls until it fits", group="Output", unit="bytes", limits=(1, 2**40)
    )
    quality: int = option(92, "of JPEG, WebP and AVIF", group="Output", limits=(1, 100))
    small: bool = option(False, "the smallest file instead of the fastest", group="Output")
    srgb: bool = option(
        False,
        "convert the photo's colours to sRGB and leave its profile out; every preset does",
        group="Output",
    )
    keep_metadata: bool = option(
        False, "keep EXIF and XMP (without the orientation); otherwise they are removed", group="Output"
    )

    def __post_init__(self) -> None:
        check_values(self)
        if self.background is not None:
            parse_backdrop(self.background)
        for name in ("despill", "outline_colour", "shadow_colour"):
            if getattr(self, name) is not None:
                parse_colour(getattr(self, name), name)
        if self.despill is not None and _spread(parse_colour(self.despill)) < LEAST_HUE:
            raise OptionError(
                "option 'despill'", f"cannot be {self.despill!r}: a grey", "Name a hue, such as green."
            )

    @property
    def is_opaque(self) -> bool:
        """Whether the result has no transparency, so that JPEG can hold it."""
        return self.matte or (self.background is not None and parse_backdrop(self.background).is_opaque)

    def under(self, values: Mapping[str, Any]) -> Options:
        """Return these options with `values` for those that still are at their default."""
        plain = {spec.name: spec.default for spec in dataclasses.fields(self)}
        return Options.from_mapping(
            {name: value for name, value in values.items() if getattr(self, name) == plain[name]}, base=self
        )

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], base: Options | None = None) -> Options:
        """Build options from names and values as JSON, a form, a query or a command line gives them.

        Parameters
        ----------
        values : mapping
            Option names, with ``-`` or ``_``, to values; strings are converted to the option's type.
        base : Options, optional
            What the options not named are taken from; the defaults without it.

        Raises
        ------
        OptionError
            An unknown name (the message offers the nearest), or a value that the option cannot have.
        """
        return from_words(base or cls(), values)


def check_values(table: Any) -> None:
    """Refuse what an option of a table, such as :class:`Options`, cannot have.

    Raises
    ------
    OptionError
        A value is of the wrong type, not among the choices or out of its limits.
    """
    for spec in dataclasses.fields(table):
        _check(spec, type(table), getattr(table, spec.name))


def from_words(base: Table, values: Mapping[str, Any]) -> Table:
    """Return a table of options with these values in it; see :meth:`Options.from_mapping`."""
    specs = {spec.name: spec for spec in dataclasses.fields(base)}  # type: ignore[arg-type]  # a dataclass
    given: dict[str, Any] = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name not in specs:
            raise unknown_name("option", key, specs)
        if name in given:
            raise OptionError(f"option {key!r}", "given twice", "Give it once.")
        given[name] = _convert(specs[name], type(base), value)
    return dataclasses.replace(base, **given)  # type: ignore[type-var]


def _spread(colour: Colour) -> int:
    return max(colour[:3]) - min(colour[:3])


def unknown_name(kind: str, name: str, known: Iterable[str]) -> OptionError:
    """Return the error for a name that does not exist, with the nearest one that does."""
    near = difflib.get_close_matches(name.replace("-", "_"), list(known), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(known))}."
    return OptionError(f"{kind} {name!r}", "does not exist", hint)


def plain_type(spec: dataclasses.Field[Any], table: type = Options) -> tuple[type, bool]:
    """Return the type of an option of a table without its None, and whether None is allowed."""
    hint = _hints(table)[spec.name]
    if isinstance(hint, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return kinds[0], True
    return hint, False


@functools.cache
def _hints(table: type) -> dict[str, Any]:
    return typing.get_type_hints(table)


def _convert(spec: dataclasses.Field[Any], table: type, value: Any) -> Any:
    kind, optional = plain_type(spec, table)
    if not isinstance(value, str):
        return value
    text = value.strip().lower()
    if optional and text in ("", "none", "null"):
        return None
    if kind is str:
        return value
    if kind is bool:
        if text in ("1", "true", "yes", "on"):
            return True
        if text in ("0", "false", "no", "off"):
            return False
        raise _refusal(spec, value, "true or false")
    try:
        return kind(text)
    except ValueError:
        raise _refusal(spec, value, f"a {'whole ' if kind is int else ''}number") from None


def _check(spec: dataclasses.Field[Any], table: type, value: Any) -> None:
    kind, optional = plain_type(spec, table)
    if value is None and optional:
        return
    right = isinstance(value, bool) == (kind is bool) and isinstance(
        value, (int, float) if kind is float else kind
    )
    if not right:
        raise _refusal(spec, value, f"a value of type {kind.__name__}")
    if kind is str and len(value) > LONGEST_TEXT:
        raise _refusal(spec, f"{value[:20]}…", f"at most {LONGEST_TEXT} characters")
    choices, limits = spec.metadata["choices"], spec.metadata["limits"]
    if choices and str(value) not in choices:
        raise _refusal(spec, value, f"one of {', '.join(choices)}")
    if limits and not limits[0] <= value <= limits[1]:
        raise _refusal(spec, value, f"between {limits[0]} and {limits[1]}")


def _refusal(spec: dataclasses.Field[Any], value: Any, wanted: str) -> OptionError:
    unit = f" {spec.metadata['unit']}" if spec.metadata["unit"] else ""
    return OptionError(f"option {spec.name!r}", f"cannot be {value!r}", f"Expected {wanted}{unit}.")
