"""What a request asks for: one photo, options from its fields and its recipe, and pictures that came with it."""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import OptionError
from ..options import Options
from ..recipe import named_files, recipe_values
from .service import Service
from .uploads import Upload

COLOURS = ("decontaminate", "despill")
FINDING = tuple(
    spec.name
    for spec in dataclasses.fields(Options)
    if spec.metadata["group"] in ("Model", "Input", "Edges") and spec.name not in COLOURS
)
"""Options that decide what the matte is; the others decide what is shown of the cutout."""

MATTE = frozenset((*FINDING, "depth", "small"))
"""Options of a matte that is sent alone."""

PHOTO, RECIPE = "image", "recipe"
PICTURES = {"background": "picture(background)", "match": "match"}
"""Options for which a picture may come with the request → how they name it where the client does not."""

_DATA_URL = re.compile(r"data:(?P<kind>[^,]{0,200}),", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ask:
    """What a request asks for.

    Attributes
    ----------
    photo : bytes
    name : str
        The photo's file, as the client calls it.
    options : Options
    given : frozenset of str
        The options that the client named itself.
    files : mapping of str to bytes
        Pictures that came with the request, by the names that the options use.
    """

    photo: bytes
    name: str
    options: Options
    given: frozenset[str]
    files: Mapping[str, bytes]


def ask_of(upload: Upload, service: Service) -> Ask:
    """Return what a request asks for.

    The photo is the part ``image``, the whole body, or base64 (a ``data:`` URL too) in the field ``image``. A part or
    field ``recipe`` is a whole recipe; fields go before it. The parts ``background`` and ``match`` are pictures, as
    are ``data:`` URLs in the fields of these names: a field beside such a part, as ``picture(beach.jpg, contain)``,
    or the recipe says how it is used, and the file that it names is the part, whatever that was called.

    Raises
    ------
    OptionError
        No photo or several, an unknown part, a broken recipe, an option that cannot be.
    """
    for name in upload.files:
        if name not in (PHOTO, RECIPE, *PICTURES):
            known = ", ".join((PHOTO, RECIPE, *PICTURES))
            raise OptionError(f"part {name!r}", "is no file of this request", f"Files: {known}.")
    fields = dict(upload.fields)
    photo, name = _photo(upload, fields.pop(PHOTO, None))
    recipe = _named(_recipe(upload, fields.pop(RECIPE, None)))
    own, files = _named(fields), dict[str, bytes]()
    for option in PICTURES:
        data = _picture(option, upload, own)
        if data is not None:
            own[option], path = _use(option, own.get(option), recipe.get(option))
            files[path] = data
    values = recipe | own
    return Ask(photo, name, service.options(values, files), frozenset(values), files)


def options_of(fields: Mapping[str, Any], service: Service) -> Options:
    """Return the options of fields, one of which may be a whole recipe that the others go before.

    Raises
    ------
    OptionError
    """
    recipe, own = values_of(fields)
    return service.options(recipe | own)


def values_of(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the recipe among fields says and what the others say, each by the options' own names.

    Raises
    ------
    OptionError
    """
    own = dict(fields)
    recipe = _named(_recipe(Upload(), own.pop(RECIPE, None)))
    return recipe, _named(own)


def _named(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values under the options' own names, so that a field meets the recipe's."""
    named: dict[str, Any] = {}
    for key, value in values.items():
        name = key.replace("-", "_")
        if name in named:
            raise OptionError(f"option {key!r}", "is given twice", "Give it once.")
        named[name] = value
    return named


def _photo(upload: Upload, text: Any) -> tuple[bytes, str]:
    parts = upload.files.get(PHOTO, ())
    if len(parts) + (text is not None) != 1:
        count = len(parts) + (text is not None)
        remedy = f"Send one photo: as the part {PHOTO!r}, as the body, or in base64 in the field {PHOTO!r}."
        raise OptionError(f"part {PHOTO!r}", f"is given {count} times" if count else "is missing", remedy)
    return (parts[0].data, parts[0].name) if parts else (from_base64(text, PHOTO), "")


def _recipe(upload: Upload, given: Any) -> dict[str, Any]:
    parts = upload.files.get(RECIPE, ())
    if len(parts) + (given is not None) > 1:
        raise OptionError(f"part {RECIPE!r}", "is given twice", "Give it once.")
    if parts:
        try:
            given = parts[0].data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise OptionError(f"part {RECIPE!r}", f"is no UTF-8 ({error})", "Save it as UTF-8.") from error
    if isinstance(given, dict):
        given = json.dumps(given)
    if given is not None and not isinstance(given, str):
        raise OptionError(f"field {RECIPE!r}", "is no recipe", "Send TOML or JSON as text, or a JSON object.")
    return recipe_values(given) if given is not None else {}


def _picture(option: str, upload: Upload, own: dict[str, Any]) -> bytes | None:
    """Return the picture that came for an option; one in a ``data:`` URL is taken out of the fields."""
    parts, text = upload.files.get(option, ()), own.get(option)
    inline = isinstance(text, str) and _DATA_URL.match(text.strip())
    if len(parts) + bool(inline) > 1:
        raise OptionError(f"part {option!r}", "is given twice", "Give it once.")
    if inline:
        return from_base64(own.pop(option), option)
    return parts[0].data if parts else None


def _use(option: str, own: Any, recipe: Any) -> tuple[str, str]:
    """Return an option's text that uses the picture that came for it, and the file that the text names."""
    if own is not None:
        path = _path(option, own)
        if path is None:
            raise OptionError(
                f"option {option!r}", "is given as a part and as something else", "Give it once."
            )
        return own, path
    path = None if recipe is None else _path(option, recipe)
    if path is not None:
        return recipe, path
    usual = PICTURES[option]
    return usual, _path(option, usual) or usual


def _path(option: str, text: Any) -> str | None:
    """Return the file that an option's text names."""
    return named_files(Options.from_mapping({option: text})).get(option)


def from_base64(text: Any, field: str) -> bytes:
    """Return the bytes that a text in base64 means, or a ``data:`` URL.

    Raises
    ------
    OptionError
        It is neither.
    """
    remedy = "Send the file's bytes in base64, with or without data:…;base64, before them."
    if not isinstance(text, str):
        raise OptionError(f"field {field!r}", "is no text", remedy)
    plain = text.strip()
    url = _DATA_URL.match(plain)
    if url and not url["kind"].lower().endswith(";base64"):
        raise OptionError(f"field {field!r}", "is a data URL that is not in base64", remedy)
    try:
        return base64.b64decode(plain[url.end() :] if url else plain, validate=True)
    except (binascii.Error, ValueError) as error:
        raise OptionError(f"field {field!r}", "is no base64", remedy) from error
