"""``alphacut doctor``: what this machine can do, what is installed, and what `auto` picks."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ..infer.doctor import examine


def doctor(as_json: Annotated[bool, typer.Option("--json", help="as JSON, for scripts")] = False) -> None:
    """Say what this machine can do, what is installed, and what `auto` picks."""
    found = examine()
    if as_json:
        print(json.dumps(found, indent=1))
        return
    for section, facts in found.items():
        print(section)
        for name, fact in facts.items():
            print(f"  {name:22} {fact}")
