"""What the routes of ``/v1`` take and answer, as OpenAPI; derived from the table of options."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI

from ..recipe import option_schemas
from .asks import MATTE

Schema = dict[str, Any]

FILE: Schema = {"type": "string", "format": "binary"}
NUMBER: Schema = {"type": "number"}
TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}

HEADERS: Mapping[str, tuple[str, Schema]] = {
    "X-Alphacut-Model": ("The networks that ran, joined by +.", TEXT),
    "X-Alphacut-Engine": ("What ran them.", TEXT),
    "Server-Timing": ("Milliseconds each step took: `decode;dur=8.1, infer;dur=412.0`.", TEXT),
    "X-Uncertainty": ("Estimated probability that the cutout is wrong, from 0 to 1.", NUMBER),
    "X-Needs-Look": ("Whether a person should look at it.", {"type": "string", "enum": ["true", "false"]}),
    "X-Warnings": ("Codes of what a person should know, joined by a comma and a blank.", TEXT),
    "X-Notes": ("What was done, percent-encoded sentences joined by a comma and a blank.", TEXT),
    "X-Width": ("Of the picture, in pixels.", WHOLE),
    "X-Height": ("Of the picture, in pixels.", WHOLE),
    "Content-Disposition": ("A file name made of the photo's.", TEXT),
}

REFUSALS: Mapping[int, str] = {
    400: "The request is no HTTP that can be read.",
    401: "A key is needed, and none that is known was given.",
    403: "The model's licence was not agreed to.",
    406: "Nothing that can be sent is what the client accepts.",
    408: "The body came too slowly.",
    413: "The body or the photo is too large.",
    415: "The body, or the photo in it, is of a kind that is not taken.",
    422: "An option, a field or the photo cannot be used; the words say which, why and what to do.",
    429: "This caller has too much waiting; come again after Retry-After seconds.",
    503: "The service is full, or the network cannot be had; come again after Retry-After seconds.",
}

JOB_REFUSALS: Mapping[int, str] = {
    **REFUSALS,
    403: "Nobody may do this here, or not with this key.",
    404: "There is no such job, or it is another key's.",
    409: "It is not there yet, or the job has failed.",
    507: "The disk is full.",
}


class App(FastAPI):
    """The app, whose description also has the schemas of what is not read by FastAPI itself."""

    def openapi(self) -> Schema:
        """Return the OpenAPI document."""
        if not self.openapi_schema:
            document = super().openapi()
            document.setdefault("components", {}).setdefault("schemas", {}).update(components())
        return super().openapi()


def takes(name: str) -> Schema:
    """Return how a route takes a photo and options: `name` is "Look" for all of them, "Matte" for a matte's."""
    kinds = {
        "multipart/form-data": ref(f"{name}Form"),
        "application/x-www-form-urlencoded": ref(f"{name}Json"),
        "application/json": ref(f"{name}Json"),
        "image/*": FILE,
        "application/octet-stream": FILE,
    }
    query = {
        "name": "options",
        "in": "query",
        "style": "form",
        "explode": True,
        "description": "Each option as a parameter of its own; one is named here or in the body, not in both.",
        "schema": ref(f"{name}Options"),
    }
    content = {kind: {"schema": schema} for kind, schema in kinds.items()}
    return {"parameters": [query], "requestBody": {"required": True, "content": content}}


def answers(name: str, *media: str) -> dict[int | str, Schema]:
    """Return what a route answers: JSON as the schema `name`, or files of these media types; and its refusals."""
    content = {kind: {"schema": FILE} for kind in media} | {"application/json": {"schema": ref(name)}}
    headers = {key: {"description": text, "schema": schema} for key, (text, schema) in HEADERS.items()}
    return {200: {"description": "Done.", "content": content, "headers": headers}} | refusals(*REFUSALS)


def refusals(*codes: int) -> dict[int | str, Schema]:
    """Return the description of errors."""
    return _refused({code: REFUSALS[code] for code in codes})


def job_answers(done: Mapping[int, Iterable[str]] | None = None) -> dict[int | str, Schema]:
    """Return what a route of jobs answers besides JSON: statuses and their media types; and its refusals."""
    found = {
        code: {"content": {kind: {"schema": FILE} for kind in media}} for code, media in (done or {}).items()
    }
    return {code: {"description": "Done."} | body for code, body in found.items()} | _refused(JOB_REFUSALS)


def _refused(words: Mapping[int, str]) -> dict[int | str, Schema]:
    content = {"application/json": {"schema": ref("Error")}}
    return {code: {"description": text, "content": content} for code, text in words.items()}


def told(name: str, text: str) -> dict[int | str, Schema]:
    """Return what a route answers that only tells something: JSON as the schema `name`."""
    return {200: {"description": text, "content": {"application/json": {"schema": ref(name)}}}} | refusals(
        503
    )


def ref(name: str) -> Schema:
    """Return the reference to a schema of :func:`components`."""
    return {"$ref": f"#/components/schemas/{name}"}


def components() -> dict[str, Schema]:
    """Return the schemas that the routes refer to."""
    options = option_schemas()
    matte = {name: schema for name, schema in options.items() if name in MATTE}
    return _taken("Look", options, pictures=True) | _taken("Matte", matte, pictures=False) | _answered()


def _taken(name: str, options: dict[str, Schema], *, pictures: bool) -> dict[str, Schema]:
    base64 = TEXT | {"description": "The photo in base64; a data: URL too."}
    recipe = {"description": "A whole recipe, TOML or JSON; the options beside it go before it."}
    files = {"image": FILE | {"description": "The photo."}}
    if pictures:
        either = {"anyOf": [FILE, TEXT]}
        files |= {
            key: either | {"description": options[key]["description"]} for key in ("background", "match")
        }
    whole: Schema = {"anyOf": [TEXT, {"type": "object"}]} | recipe
    return {
        f"{name}Options": _object(options),
        f"{name}Form": _object(options | {"recipe": TEXT | recipe} | files, "image"),
        f"{name}Json": _object(options | {"image": base64, "recipe": whole}, "image"),
    }


def _answered() -> dict[str, Schema]:
    warning = _object({"code": TEXT, "sentence": TEXT}, "code", "sentence")
    found: dict[str, Schema] = {
        "uncertainty": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "needs_look": {"type": ["boolean", "null"]},
        "warnings": {"type": "array", "items": warning},
        **dict.fromkeys(("model", "engine", "device", "precision"), TEXT),
        "milliseconds": {"type": "object", "additionalProperties": NUMBER},
        "notes": {"type": "array", "items": TEXT},
    }
    result: dict[str, Schema] = {
        "result": TEXT | {"contentEncoding": "base64"},
        "media_type": TEXT,
        "width": WHOLE,
        "height": WHOLE,
    }
    words = dict.fromkeys(("code", "subject", "problem", "remedy"), TEXT)
    anything = {"type": "object"}
    models = {"default": TEXT, "together": anything, "models": {"type": "array", "items": anything}}
    return {
        "Findings": _object(found, *found),
        "Cutout": _object(result | found, *result, *found),
        "Error": _object({"error": _object(words, *words)}, "error"),
        "Models": _object(models, *models),
        "Presets": _object({"presets": {"type": "array", "items": anything}}, "presets"),
        "RecipeSchema": anything,
    }


def _object(properties: Mapping[str, Schema], *required: str) -> Schema:
    schema = {"type": "object", "additionalProperties": False, "properties": dict(properties)}
    return schema | ({"required": list(required)} if required else {})
