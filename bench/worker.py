"""One side of a comparison, in a process of its own: loads once, then does a photo for each line it is sent.

Reads a path a line from standard input, removes the background of that file's bytes in memory to PNG bytes,
and answers with a line: seconds and bytes.
"""

import sys
import time
from pathlib import Path


def alphacut_remover(model, engine):
    from alphacut import Cutter, Options, remove

    name, _, fast = model.partition("+")
    cutter = Cutter(Options(model=name, engine=engine, fast=bool(fast)))
    return lambda data: remove(data, cutter=cutter)


def rembg_remover(model, _):
    from rembg import new_session, remove

    session = new_session(model)
    return lambda data: remove(data, session=session)


def main():
    side, model, *rest = sys.argv[1:]
    run = {"alphacut": alphacut_remover, "rembg": rembg_remover}[side](model, rest[0] if rest else "auto")
    for line in sys.stdin:
        data = Path(line.strip()).read_bytes()
        start = time.perf_counter()
        result = run(data)
        print(time.perf_counter() - start, len(result), flush=True)


if __name__ == "__main__":
    main()
