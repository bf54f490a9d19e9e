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
from typing import Any

from .colours import Colour, parse_colour
from .errors import OptionError

FORMATS = ("png", "webp", "avif", "tiff", "jpeg", "zip")


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
        "auto", "where it runs: auto, cpu, gpu, npu, cuda, tensorrt, coreml, directml", group="Model"
    )
    engine: str = option("auto", "what runs it", group="Model", choices=("auto", "openvino", "onnx"))
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
        "colour to put behind the subject: a CSS name or #rgb, #rgba, #rrggbb, "
        "#rrggbbaa; none keeps it transparent",
        group="Output",
    )
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
    quality: int = option(92, "of JPEG, WebP and AVIF", group="Output", limits=(1, 100))
    small: bool = option(False, "the smallest file instead of the fastest", group="Output")
    keep_metadata: bool = option(
        False, "keep EXIF and XMP (without the orientation); otherwise they are removed", group="Output"
    )

    def __post_init__(self) -> None:
        for spec in dataclasses.fields(self):
            _check(spec, getattr(self, spec.name))
        for name in ("background", "despill"):
            if getattr(self, name) is not None:
                parse_colour(getattr(self, name), name)
        if self.despill is not None and _spread(parse_colour(self.despill)) < LEAST_HUE:
            raise OptionError(
                "option 'despill'", f"cannot be {self.despill!r}: a grey", "Name a hue, such as green."
            )

    @property
    def is_opaque(self) -> bool:
        """Whether the result has no transparency, so that JPEG can hold it."""
        return self.matte or (self.background is not None and parse_colour(self.background)[3] == 255)

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
        specs = {spec.name: spec for spec in dataclasses.fields(cls)}
        given: dict[str, Any] = {}
        for key, value in values.items():
            name = key.replace("-", "_")
            if name not in specs:
                raise unknown_name("option", key, specs)
            if name in given:
                raise OptionError(f"option {key!r}", "given twice", "Give it once.")
            given[name] = _convert(specs[name], value)
        return dataclasses.replace(base or cls(), **given)


def _spread(colour: Colour) -> int:
    return max(colour[:3]) - min(colour[:3])


def unknown_name(kind: str, name: str, known: Iterable[str]) -> OptionError:
    """Return the error for a name that does not exist, with the nearest one that does."""
    near = difflib.get_close_matches(name.replace("-", "_"), list(known), n=1)
    hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(sorted(known))}."
    return OptionError(f"{kind} {name!r}", "does not exist", hint)


def plain_type(spec: dataclasses.Field[Any]) -> tuple[type, bool]:
    """Return an option's type without its None, and whether None is allowed."""
    hint = _hints()[spec.name]
    if isinstance(hint, types.UnionType):
        kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
        return kinds[0], True
    return hint, False


@functools.cache
def _hints() -> dict[str, Any]:
    return typing.get_type_hints(Options)


def _convert(spec: dataclasses.Field[Any], value: Any) -> Any:
    kind, optional = plain_type(spec)
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


def _check(spec: dataclasses.Field[Any], value: Any) -> None:
    kind, optional = plain_type(spec)
    if value is None and optional:
        return
    right = isinstance(value, bool) == (kind is bool) and isinstance(
        value, (int, float) if kind is float else kind
    )
    if not right:
        raise _refusal(spec, value, f"a value of type {kind.__name__}")
    choices, limits = spec.metadata["choices"], spec.metadata["limits"]
    if choices and str(value) not in choices:
        raise _refusal(spec, value, f"one of {', '.join(choices)}")
    if limits and not limits[0] <= value <= limits[1]:
        raise _refusal(spec, value, f"between {limits[0]} and {limits[1]}")


def _refusal(spec: dataclasses.Field[Any], value: Any, wanted: str) -> OptionError:
    unit = f" {spec.metadata['unit']}" if spec.metadata["unit"] else ""
    return OptionError(f"option {spec.name!r}", f"cannot be {value!r}", f"Expected {wanted}{unit}.")
