"""The command line: one file a command; each parses, makes one library call, prints."""

from __future__ import annotations

import logging
import os
import sys

COMMANDS = ("cut", "batch", "video", "check", "recipe", "serve", "keys", "inspect", "models", "doctor", "eval",
            "train", "export", "quantize")  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code is 0 all done, 1 some inputs failed, 2 wrong use."""
    from ..errors import AlphacutError, OptionError, UnknownModel
    from .app import build
    from .terminal import say

    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    given = sys.argv[1:] if arguments is None else arguments
    try:
        build()(with_default_command(given), prog_name="alphacut")
    except AlphacutError as error:
        say(f"error: {error}")
        return 2 if isinstance(error, (OptionError, UnknownModel)) else 1
    return 0


def run() -> None:
    """Run the command line as a process of its own, and leave without tidying up.

    Unloading OpenVINO takes a fifth of a second, for memory that the system takes back anyway.
    """
    try:
        code = main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1 if stop.code else 0
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def with_default_command(arguments: list[str]) -> list[str]:
    """Let ``alphacut photo.jpg`` mean ``alphacut cut photo.jpg``."""
    if not arguments or arguments[0] in (*COMMANDS, "--help", "--version"):
        return arguments
    return ["cut", *arguments]
