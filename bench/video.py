"""Clips beside rembg's isnet on every frame, clip by clip in turn in one run: are the bars reached?

    python bench/video.py CLIPS... --peer PYTHON [--json FOLDER] [--limit N] [--every N] [--model NAME]

CLIPS is a folder with frames/ and masks/ (or alpha/), or a folder of such folders. PYTHON is that of an environment
with rembg. Ours is the whole way of ``alphacut video`` from pixels to the pictures that it writes, colours too, with
two networks and with ``--fast``; the peer cuts each frame out as a photo. Loading is timed for neither, nor encoding.
Each does a whole clip in its turn, for ours works ahead in threads. A ratio is ours by the peer's; ``--fast`` and what
has no bar are printed for comparison.
"""

from __future__ import annotations

import argparse
import dataclasses
import math
import operator
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from fractions import Fraction
from pathlib import Path

import numpy as np

from alphacut import Cutter, Options
from alphacut.evaluate import clip_report
from alphacut.evaluate.clip_summary import summarise, summarise_clip
from alphacut.evaluate.clips import find_clips
from alphacut.evaluate.measure_clips import PredictClip, each_frame, measure_clips, timed
from alphacut.evaluate.peer import Peer
from alphacut.types import Alpha, Pixels
from alphacut.video.frame import Frame
from alphacut.video.pipeline import pictured
from alphacut.video.settings import VideoOptions

PEER_MODEL = "isnet-general-use"
RATE = 25
"""Frames a second that the clips count as: only what is shown behind them would care."""

COMPARED = {"≤": operator.le, "≥": operator.ge, ">": operator.gt}
BARS = (
    ("dtssd", "dtSSD", "≤", 0.5),
    ("davis_j", "J", ">", 1),
    ("davis_f", "F", ">", 1),
    ("fps", "frames/s", "≥", 2.5),
)
"""Measure, its label, and what ours by the peer's has to be."""
BESIDE = (("warp", "warp error"), ("flicker", "flicker"))
"""Measures without a bar."""


def ours(cutter: Cutter, options: Options, video: VideoOptions, asked: list[int]) -> PredictClip:
    """Return the setting that `alphacut video` is; it adds to `asked` the frames that the network was asked for."""

    def mattes(frames: Iterable[Pixels]) -> Iterator[Alpha]:
        numbered = (Frame(k, Fraction(k, RATE), pixels, None) for k, pixels in enumerate(frames))
        with closing(pictured(numbered, cutter, options, video)) as pictures:
            for one in pictures:
                asked.extend([one.step.frame.index] * one.step.asked)
                yield one.pixels[..., 3].astype(np.float32) / np.float32(255)

    return timed(mattes)


def warmed(predict: PredictClip) -> PredictClip:
    """Return a setting that has done a frame once: nobody's first use of a network is timed."""
    for _ in predict([np.zeros((64, 64, 3), np.uint8)]):
        pass
    return predict


def lines(clip: str, summary: dict[str, dict[str, float]]) -> list[tuple[str, bool]]:
    """Return a line of the table for each measure, and whether its bar is reached; what was not measured is NaN."""
    found = []
    for name, label, sign, bar in (*BARS, *((*beside, "", math.nan) for beside in BESIDE)):
        mine, fast, theirs = (summary[side].get(name, math.nan) for side in ("ours", "fast", "peer"))
        ratio = mine / theirs if theirs else math.inf
        ok = not sign or COMPARED[sign](ratio, bar)
        told = (f"{sign} {bar:g}", "yes" if ok else "no") if sign else ("", "")
        cells = (clip, label, f"{mine:.3f}", f"{fast:.3f}", f"{theirs:.3f}", f"**{ratio:.2f}**", *told)
        found.append((f"| {' | '.join(cells)} |", ok))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--peer", required=True, help="python of the environment that has rembg")
    parser.add_argument("--limit", type=int, help="the first frames of each clip")
    parser.add_argument("--every", type=int, default=VideoOptions().every, help="as for alphacut video")
    parser.add_argument("--model", default=Options().model, help="as for alphacut video")
    parser.add_argument("--json", type=Path, help="folder for every frame's numbers and for the page")
    given = parser.parse_args()
    clips = [clip for folder in given.clips for clip in find_clips(folder, given.limit)]
    if not clips:
        parser.error("there are no clips in these folders")
    options, video = Options(model=given.model), VideoOptions(every=given.every)
    asked: dict[str, list[int]] = {"ours": [], "fast": []}
    with ExitStack() as stack:
        peer = stack.enter_context(Peer(given.peer))
        cutter = stack.enter_context(Cutter())
        settings = {
            "ours": ours(cutter, options, video, asked["ours"]),
            "fast": ours(cutter, dataclasses.replace(options, fast=True), video, asked["fast"]),
            "peer": each_frame(peer.setting(PEER_MODEL)),
        }
        settings = {name: warmed(predict) for name, predict in settings.items()}
        for frames in asked.values():
            frames.clear()
        rows = list(measure_clips(clips, settings, None))
    for error in dict.fromkeys(row.error for row in rows if row.error):
        print(f"error: {error}", file=sys.stderr)
    told = [line for clip in clips for line in lines(clip.name, summarise_clip(rows, clip.name))]
    told += lines("all", summarise(rows))
    print(
        "| clip | measure | ours | --fast | peer | ratio | bar | reached |\n|---|---|---|---|---|---|---|---|"
    )
    print("\n".join(line for line, _ in told), flush=True)
    count = sum(len(clip.stills) for clip in clips)
    print(", ".join(f"{name}: the network was asked for {len(of)} of {count}" for name, of in asked.items()))
    if given.json:
        given.json.mkdir(parents=True, exist_ok=True)
        Path(given.json, "clips.json").write_text(clip_report.as_json("clips", clips, rows))
        Path(given.json, "clips.html").write_text(clip_report.as_html("clips", clips, rows))
    sys.exit(0 if all(ok for _, ok in told) else 1)


if __name__ == "__main__":
    main()
