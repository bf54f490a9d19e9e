"""The command line: one file a command; each parses, makes one library call, prints."""

from __future__ import annotations

import logging
import sys

COMMANDS = ("cut", "models", "doctor")


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


def with_default_command(arguments: list[str]) -> list[str]:
    """Let ``alphacut photo.jpg`` mean ``alphacut cut photo.jpg``."""
    if not arguments or arguments[0] in (*COMMANDS, "--help", "--version"):
        return arguments
    return ["cut", *arguments]
