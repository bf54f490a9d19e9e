"""A recipe: one look in a small TOML or JSON file, for every way in."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .backdrops import Still, parse_backdrop
from .errors import OptionError
from .options import Options, plain_type, unknown_name

PATHS = ("background", "match")
"""Options that may name a file; a relative one is looked for in the recipe's own folder."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FILE = re.compile(r"(?P<open>picture\(\s*)?(?P<path>[^(),]+\.[^(),]+?)(?P<rest>\s*[,)].*)?", re.DOTALL)
_JSON_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}

Where = Path | str
"""What to call a recipe in messages."""

Pairs = list[tuple[str, Any]]
"""A table as it stands in the file, repeated names included."""


def load_recipe(path: Path, base: Options | None = None) -> Options:
    """Read a recipe.

    Parameters
    ----------
    path : Path
        A ``.toml`` or ``.json`` file: option names, at the top or in tables named as the options' groups, to
        values.
    base : Options, optional
        What the options not named are taken from; the defaults without it.

    Raises
    ------
    OptionError
        No such file, no recipe, an unknown name (the nearest one is offered), a value that the option cannot
        have; the file is named.
    """
    return _options(read_recipe(path), base, path)


def recipe_problems(path: Path) -> list[OptionError]:
    """Return everything that is wrong with a recipe, not the first thing only."""
    try:
        pairs, names, tables = _document(path)
    except OptionError as error:
        return [error]
    problems = [_in_file(path, error) for error in tables]
    single: list[OptionError] = []
    for name, value in pairs:
        try:
            Options.from_mapping({name: value})
        except OptionError as error:
            single.append(_in_file(path, error))
    problems += [_twice(path, name) for name in dict.fromkeys(names) if names.count(name) > 1]
    if not single and not problems:
        return _whole(pairs, path)
    # Alone, an option that only makes sense beside another may be refused: that is no fault of a good whole.
    return problems if single and not _whole(pairs, path) else problems + single


def read_recipe(path: Path) -> dict[str, Any]:
    """Return a recipe's option names and values, its relative paths put into its folder; see `load_recipe`."""
    pairs, names, tables = _document(path)
    for error in tables:
        raise _in_file(path, error)
    for name in names:
        if names.count(name) > 1:
            raise _twice(path, name)
    return dict(pairs)


def recipe_values(text: str, name: str = "recipe") -> dict[str, Any]:
    """Return the option names and values of a recipe that is no file: TOML, or JSON if it begins with a brace.

    Files that it names are left as they are written.

    Raises
    ------
    OptionError
        As for `load_recipe`.
    """
    kind = ".json" if text.lstrip("\ufeff \t\r\n").startswith("{") else ".toml"
    pairs, wrong = _options_of(_parse(text.removeprefix("\ufeff"), kind, name))
    for error in wrong:
        raise _in_file(name, error)
    names = [key.replace("-", "_") for key, _ in pairs]
    for key in names:
        if names.count(key) > 1:
            raise _twice(name, key)
    return dict(pairs)


def named_files(options: Options) -> dict[str, str]:
    """Return the files that options name, by the option, as they are written."""
    kind = parse_backdrop(options.background or "none").kind
    found = {"background": kind.path if isinstance(kind, Still) else None, "match": options.match}
    return {name: path for name, path in found.items() if path is not None}


def dump_recipe(options: Options, *, template: bool = False) -> str:
    """Return options as a recipe in TOML: what differs from the defaults, in tables named as the groups.

    Parameters
    ----------
    options : Options
    template : bool
        Also every other option, as a comment with its default, and the help of each.
    """
    lines: list[str] = []
    for group, specs in _groups().items():
        body = [line for spec in specs for line in _lines(spec, getattr(options, spec.name), template)]
        if body:
            lines += [f"[{group.lower()}]", *body, ""]
    return "\n".join(lines)


def recipe_schema() -> dict[str, Any]:
    """Return the JSON Schema of a recipe, for editors and checkers; derived from the options' metadata."""
    single = option_schemas()
    tables = {
        group.lower(): {
            "type": "object",
            "additionalProperties": False,
            "properties": {spec.name: single[spec.name] for spec in specs},
        }
        for group, specs in _groups().items()
    }
    properties: dict[str, Any] = {"$schema": {"type": "string"}, **single}
    for name, table in tables.items():
        properties[name] = {"anyOf": [single[name], table]} if name in single else table
    return {
        "$schema": DIALECT,
        "title": "alphacut recipe",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def option_schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each option's value, by its name."""
    return {spec.name: _schema_of(spec) for spec in dataclasses.fields(Options)}


def _options(values: dict[str, Any], base: Options | None, path: Path) -> Options:
    try:
        return Options.from_mapping(values, base)
    except OptionError as error:
        raise _in_file(path, error) from None


def _whole(pairs: Pairs, path: Path) -> list[OptionError]:
    try:
        _options(dict(pairs), None, path)
    except OptionError as error:
        return [error]
    return []


def _document(path: Path) -> tuple[Pairs, list[str], list[OptionError]]:
    """Return a file's options as pairs, their names as fields, and the tables that are no group."""
    pairs, wrong = _options_of(_parse(_read(path), path.suffix.lower(), path))
    pairs = [(key, _placed(key, value, path.parent)) for key, value in pairs]
    return pairs, [key.replace("-", "_") for key, _ in pairs], wrong


def _options_of(document: Iterator[tuple[str, Any]]) -> tuple[Pairs, list[OptionError]]:
    """Return a document's options as pairs, and the tables that are no group."""
    pairs: Pairs = []
    wrong: list[OptionError] = []
    groups = [group.lower() for group in _groups()]
    for key, value in document:
        if not isinstance(value, (dict, _Table)):
            pairs.append((key, value))
        elif key.lower() in groups:
            pairs += list(_pairs(value))
        else:
            wrong.append(unknown_name("table", key.lower(), groups))
    return [(key, value) for key, value in pairs if key != "$schema"], wrong


def _read(path: Path) -> str:
    if path.suffix.lower() not in _READERS:
        raise OptionError(f"recipe {path}", "is neither .toml nor .json", "Name it so; both mean the same.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise OptionError(f"recipe {path}", f"cannot be read: {error.strerror}", "Check the path.") from error
    except ValueError as error:
        raise _no_recipe(path, path.suffix.lower(), error) from error


def _parse(text: str, kind: str, where: Where) -> Iterator[tuple[str, Any]]:
    try:
        document = _READERS[kind](text)
    except (ValueError, RecursionError) as error:
        raise _no_recipe(where, kind, error) from error
    if not isinstance(document, (dict, _Table)):
        raise OptionError(f"recipe {where}", "is no table of options", 'Write {"option": value}.')
    return _pairs(document)


def _no_recipe(where: Where, kind: str, error: Exception) -> OptionError:
    remedy = "Mend it, or begin with `alphacut recipe new FILE`."
    return OptionError(f"recipe {where}", f"is no {kind[1:].upper()} ({error})", remedy)


class _Table(list[tuple[str, Any]]):
    """A JSON object with its repeated names, which a dict would lose in silence."""


_READERS: dict[str, Callable[[str], Any]] = {
    ".toml": tomllib.loads,
    ".json": lambda text: json.loads(text, object_pairs_hook=_Table),
}


def _pairs(table: Any) -> Iterator[tuple[str, Any]]:
    yield from table if isinstance(table, _Table) else table.items()


def _placed(key: str, value: Any, folder: Path) -> Any:
    """Put a relative file that an option of `PATHS` names, alone or in ``picture(...)``, into a folder."""
    found = _FILE.fullmatch(value) if key.replace("-", "_") in PATHS and isinstance(value, str) else None
    if not found or bool(found["open"]) != bool(found["rest"]):
        return value
    return f"{found['open'] or ''}{(folder / found['path']).absolute()}{found['rest'] or ''}"


def _in_file(path: Where, error: OptionError) -> OptionError:
    return OptionError(f"recipe {path}: {error.subject}", error.problem, error.remedy)


def _twice(path: Where, name: str) -> OptionError:
    return OptionError(f"recipe {path}: option {name!r}", "given twice", "Give it once.")


def _groups() -> dict[str, list[dataclasses.Field[Any]]]:
    groups: dict[str, list[dataclasses.Field[Any]]] = {}
    for spec in dataclasses.fields(Options):
        groups.setdefault(spec.metadata["group"], []).append(spec)
    return groups


def _lines(spec: dataclasses.Field[Any], value: Any, template: bool) -> Sequence[str]:
    said = f"{spec.name} = {_toml(value)}"
    if not template:
        return [said] if value != spec.default else []
    facts = [", ".join(spec.metadata["choices"]), _range(spec)]
    told = " ".join([spec.metadata["help"], *(f"[{fact}]" for fact in facts if fact)])
    return [f"# {told}", f"#{said}" if value == spec.default else said]


def _range(spec: dataclasses.Field[Any]) -> str:
    limits, unit = spec.metadata["limits"], spec.metadata["unit"]
    return f"{limits[0]} to {limits[1]} {unit}".strip() if limits else unit


def _toml(value: Any) -> str:
    if value is None:
        return '"none"'
    if isinstance(value, (bool, str)):
        # A JSON string is a TOML string but for one character, which JSON leaves as it is.
        text: str = json.dumps(value, ensure_ascii=False)
        return text.replace("\x7f", "\\u007f")
    return f"{value!r}"


def _schema_of(spec: dataclasses.Field[Any]) -> dict[str, Any]:
    kind, optional = plain_type(spec)
    choices, limits = spec.metadata["choices"], spec.metadata["limits"]
    name = _JSON_TYPES[kind]
    schema: dict[str, Any] = {"type": [name, "null"] if optional else name}
    if choices:
        schema["enum"] = [kind(choice) for choice in choices] + ([None] if optional else [])
    if limits:
        schema |= {"minimum": limits[0], "maximum": limits[1]}
    facts = {"group": spec.metadata["group"], "unit": spec.metadata["unit"]}
    return schema | {"description": _described(spec), "default": spec.default} | facts


def _described(spec: dataclasses.Field[Any]) -> str:
    unit = spec.metadata["unit"]
    return f"{spec.metadata['help']} (in {unit})" if unit else f"{spec.metadata['help']}"
