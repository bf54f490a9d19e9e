"""The page ``/docs``: the OpenAPI document as plain HTML, without a script and without anything from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from .service import Service

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;"
    "background:#fff}h2{margin-top:2.5rem}code,pre{font:.9em ui-monospace,monospace;background:#f3f3f3;"
    "padding:.1em .3em}table{border-collapse:collapse;width:100%;margin:.5rem 0}td,th{text-align:left;"
    "vertical-align:top;border-bottom:1px solid #ddd;padding:.25rem .5rem .25rem 0}"
    "summary{cursor:pointer;margin:.5rem 0}@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}"
    "code,pre{background:#2a2a2a}td,th{border-color:#444}a{color:#8bf}}"
)
POLICY = (
    "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page_routes(_: Service) -> APIRouter:
    """Return the route of the page."""
    routes = APIRouter()

    @routes.get("/docs", include_in_schema=False)
    def docs(request: Request) -> HTMLResponse:
        """Return the page."""
        digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
        headers = {
            "Content-Security-Policy": POLICY.format(digest),
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        return HTMLResponse(page(request.app.openapi(), request.scope.get("root_path", "")), headers=headers)

    return routes


def page(document: dict[str, Any], prefix: str = "") -> str:
    """Return an OpenAPI document as HTML.

    Parameters
    ----------
    document : dict
    prefix : str
        Path under which a proxy shows the service.
    """
    title = f"{document['info']['title']} {document['info']['version']}"
    operations = [
        (f"{verb.upper()} {path}", operation)
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
    ]
    schemas = document["components"]["schemas"]
    body = [
        f"<h1>{escape(title)}</h1>",
        f'<p>For programs: <a href="{escape(prefix)}/openapi.json">openapi.json</a>.</p><ul>',
        *(f'<li><a href="#{_anchor(name)}"><code>{escape(name)}</code></a></li>' for name, _ in operations),
        "</ul>",
        *(line for name, operation in operations for line in _operation(name, operation)),
        *(line for name, schema in schemas.items() for line in _schema(name, schema)),
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(body)}</body></html>'


def _operation(name: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f'<h2 id="{_anchor(name)}"><code>{escape(name)}</code></h2>'
    yield f"<p>{escape(operation.get('description', operation.get('summary', '')))}</p>"
    for parameter in operation.get("parameters", ()):
        place, name = escape(parameter["in"]), escape(parameter["name"])
        yield f"<p>In the {place}: {name}, {_linked(parameter.get('schema', {}))}</p>"
    rows = operation.get("requestBody", {}).get("content", {})
    if rows:
        body = {kind: _linked(media.get("schema", {})) for kind, media in rows.items()}
        yield from _table(("body", "what it is"), body)
    yield from _table(
        ("answer", ""), {code: _answer(response) for code, response in operation["responses"].items()}
    )


def _answer(response: dict[str, Any]) -> str:
    kinds = ", ".join(
        f"<code>{escape(kind)}</code> {_linked(media.get('schema', {}))}"
        for kind, media in response.get("content", {}).items()
    )
    return f"{escape(response['description'])} {kinds}"


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f'<h2 id="{_anchor(name)}">{escape(name)}</h2>'
    rows = {key: _described(value) for key, value in schema.get("properties", {}).items()}
    yield from _table(("name", "what it is"), rows)


def _described(schema: dict[str, Any]) -> str:
    kinds = schema.get("type", "")
    facts = [kinds if isinstance(kinds, str) else " or ".join(kinds)]
    facts += [" | ".join(map(json.dumps, schema["enum"]))] if "enum" in schema else []
    facts += [f"{schema['minimum']} to {schema['maximum']}"] if {"minimum", "maximum"} <= set(schema) else []
    facts += [f"default {json.dumps(schema['default'])}"] if "default" in schema else []
    return f"{escape(schema.get('description', ''))} <small>{escape('; '.join(filter(None, facts)))}</small>"


def _linked(schema: dict[str, Any]) -> str:
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        return f'<a href="#{_anchor(name)}">{escape(name)}</a>'
    return "a file" if schema.get("format") == "binary" else escape(str(schema.get("type", "")))


def _table(head: tuple[str, str], rows: dict[str, str]) -> Iterator[str]:
    """Yield a table; the first column is text, the second HTML."""
    if rows:
        yield f"<table><tr><th>{head[0]}</th><th>{head[1]}</th></tr>"
        yield from (
            f"<tr><td><code>{escape(key)}</code></td><td>{row}</td></tr>" for key, row in rows.items()
        )
        yield "</table>"


def _anchor(name: str) -> str:
    return escape("".join(letter if letter.isalnum() else "-" for letter in name.lower()))
