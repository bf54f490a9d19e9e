"""Runs in the peer's Python: answers photos with rembg, one JSON line a question. Imports nothing of alphacut.

A question is ``{"path", "model", "matting", "out"}``; the cutout goes to `out` as an RGBA array (.npy), and the
answer is ``{"seconds"}`` or ``{"error"}``.
"""

from __future__ import annotations

import io
import json
import os
import sys
import time
from pathlib import Path
from typing import Any


def main() -> None:
    """Answer questions from standard input until it ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the peer prints must not mix with the answers
    from rembg import new_session, remove

    sessions: dict[str, Any] = {}
    for line in sys.stdin:
        question = json.loads(line)
        try:
            if question["model"] not in sessions:
                sessions[question["model"]] = new_session(question["model"])
            answer = cut(question, sessions[question["model"]], remove)
        except Exception as error:  # noqa: BLE001 - the edge of a process: told to the one who asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def cut(question: dict[str, Any], session: Any, remove: Any) -> dict[str, Any]:
    """Cut one photo out and time it: from the file's bytes to the cutout in memory."""
    import numpy as np
    from PIL import Image

    data = Path(question["path"]).read_bytes()
    start = time.perf_counter()
    cutout = remove(Image.open(io.BytesIO(data)), session=session, alpha_matting=question["matting"])
    seconds = time.perf_counter() - start
    np.save(question["out"], np.asarray(cutout.convert("RGBA")))
    return {"seconds": seconds}


if __name__ == "__main__":
    main()
