"""Run a package manager's download command."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from ...errors import WeightsUnavailable

LONGEST_SECONDS = 3600


def run_tool(command: Sequence[str], folder: str | Path, label: str) -> None:
    """Run `command` in `folder`, so that nothing in the user's working folder can steer it.

    Raises
    ------
    WeightsUnavailable
        It cannot be started, fails, or takes over an hour; with the last lines it said.
    """
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=LONGEST_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WeightsUnavailable(label, f"{Path(command[0]).name} did not run ({error})") from error
    if done.returncode != 0:
        said = (done.stderr + done.stdout).decode(errors="replace").strip().splitlines()
        words = " | ".join(line.strip() for line in said[-3:] if line.strip())
        raise WeightsUnavailable(label, f"{Path(command[0]).name} failed with {done.returncode}: {words}")
