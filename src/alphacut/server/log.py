"""The log: one JSON object a line, and never a photo's name, bytes, metadata, or what a query said."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

FRAMES = 12


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON: time, level, event, and the fields given as ``extra={"fields": …}``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {"time": time, "level": record.levelname.lower(), "event": record.getMessage()}
        line |= getattr(record, "fields", {})
        if record.exc_info and record.exc_info[0]:
            # What an exception says may quote what a client sent: its kind and its place are enough to mend it.
            frames = traceback.extract_tb(record.exc_info[2])[-FRAMES:]
            line["error"] = record.exc_info[0].__name__
            line["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        return json.dumps(line, ensure_ascii=True, default=str)


def write_logs(stream: TextIO | None = None) -> None:
    """Send what the service and uvicorn have to say to standard output, or elsewhere, as JSON lines."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonLines())
    for name, level in (("alphacut", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False


def hidden(caller: str, salt: bytes) -> str:
    """Return a short name for a caller that tells two apart and neither's address."""
    return hashlib.blake2b(caller.encode(), key=salt, digest_size=6).hexdigest()
