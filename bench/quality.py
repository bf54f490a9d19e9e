"""How good the mattes are beside rembg's, every photo by every setting in one run.

    python bench/quality.py SET[:N]... --peer PYTHON [--json FILE]

A set is a folder with images/ and masks/ (or alpha/); ``:N`` takes its first N photos, ``:-N`` its last. PYTHON is
that of an environment with rembg. Beside the tables it prints, for each set, what the peer's best setting reaches
in each measure, because no single one of its settings is best everywhere.
"""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path

from alphacut.api import Cutter
from alphacut.evaluate import report
from alphacut.evaluate.measure import by_cutter, measure, summarise
from alphacut.evaluate.peer import SETTINGS, Peer
from alphacut.evaluate.sets import Item, read_set
from alphacut.options import Options

OURS = {
    "auto": Options(),
    "auto, fast": Options(fast=True),
    "auto, network's edges": Options(edges="hard"),
    "isnet": Options(model="isnet"),
}
SHOWN = ("mae", "iou", "boundary_f", "smear", "sad", "grad", "seconds")


def photos(text: str) -> tuple[str, list[Item]]:
    folder, _, count = text.partition(":")
    items = read_set(Path(folder))
    number = int(count or len(items))
    return Path(folder).name, items[:number] if number > 0 else items[number:]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+")
    parser.add_argument("--peer", required=True)
    parser.add_argument("--json", type=Path, help="folder for every photo's numbers")
    given = parser.parse_args()
    with ExitStack() as stack:
        peer = stack.enter_context(Peer(given.peer))
        settings = {
            name: by_cutter(stack.enter_context(Cutter(options))) for name, options in OURS.items()
        } | {f"rembg {name}": peer.setting(name) for name in SETTINGS}
        for text in given.sets:
            name, items = photos(text)
            rows = list(measure(items, settings))
            summary = summarise(rows)
            print(f"\n{name}\n{report.table(summary)}", flush=True)
            for measured in SHOWN:
                others = [scores[measured] for setting, scores in summary.items() if "rembg" in setting]
                best = max(others) if report.MEASURES[measured].higher else min(others)
                print(f"{measured}: auto {summary['auto'][measured]:.4f}, the peer's best {best:.4f}")
            if given.json:
                given.json.mkdir(parents=True, exist_ok=True)
                Path(given.json, f"{name}.json").write_text(report.as_json(name, rows))


if __name__ == "__main__":
    main()
