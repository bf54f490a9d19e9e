"""How fast, how late and how good `alphacut video --realtime` is, beside a small network asked for every frame.

    python bench/realtime.py FRAMES [--masks MASKS] [--size 640x360] [--every 3] [--latency 3]
        [--think 1] [--model u2net] [--precision int8] [--threads 2] [--times 1] [--peer u2netp] [--whole]

FRAMES is a film or a folder of pictures, MASKS a folder of pictures as many as the frames (white is the subject).
An empty --peer leaves the other side out. Frames are decoded and resized while the clock runs; their alphas are made
and thrown away. Latency is counted, not timed: how many frames had been taken when one was given.

--whole runs the command itself, from a film of that size to raw frames in a pipe, and counts what comes out of it from
its first frame to its last; its processor time is without the start.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from alphacut.evaluate.segmentation import boundary_f, iou
from alphacut.infer.predict import predict
from alphacut.infer.shelf import Shelf
from alphacut.options import Options
from alphacut.types import Photo
from alphacut.video.formats import FORMATS
from alphacut.video.read.reader import open_clip
from alphacut.video.realtime import Pace, realtime
from alphacut.video.small import glance, warm
from alphacut.video.write.plan import Plan
from alphacut.video.write.writer import Writer

RATE = Fraction(25)


@dataclass(eq=False)
class Shown:
    index: int
    pixels: np.ndarray


def resized(source, size, times, taken):
    """Yield the frames of a clip at `size`, the whole clip so many times; note each that is taken."""
    for _ in range(times):
        for frame in open_clip(source).frames():
            taken.append(len(taken))
            yield Shown(len(taken) - 1, cv2.resize(frame.pixels, size, interpolation=cv2.INTER_AREA))


def masks_of(folder, size):
    """Return the masks of a folder in the order of their names, H×W in [0, 1]."""
    files = sorted(Path(folder).iterdir())
    grey = (cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in files)
    solid = ((mask > 127).astype(np.float32) for mask in grey)
    return [cv2.resize(mask, size, interpolation=cv2.INTER_AREA) for mask in solid]


class Watch:
    """Wall time, time of the whole process on its processors, and of this thread."""

    def __init__(self):
        self.start = self.now()

    def now(self):
        return np.array([time.perf_counter(), time.process_time(), time.thread_time()])

    def a_frame(self, count):
        return 1000 * (self.now() - self.start) / count


def ours(asked, ask, size):
    taken, late, alphas, answers = [], [], [], 0
    watch = Watch()
    for step in realtime(resized(asked.frames, size, asked.times, taken), ask, asked.pace):
        late.append(len(taken) - 1 - step.frame.index)
        answers += step.asked
        alphas.append(step.alpha if asked.masks else None)
    times = watch.a_frame(len(late))
    print(f"network asked for {answers} of {len(late)} frames; latency at most {max(late)} frames")
    return times, alphas


def every_frame(asked, size):
    alphas, options = [], Options(model=asked.peer)
    with Shelf(threads=asked.threads).lend() as load:
        card, session = load(options)[0]
        watch = Watch()
        for frame in resized(asked.frames, size, 1, []):
            alphas.append(predict(Photo(frame.pixels), card, session))
        return watch.a_frame(len(alphas)), alphas


def film_of(asked, size, folder):
    """Write the clip, so many times, as a film; return its path."""
    path = Path(folder, "in.mp4")
    plan = Plan(FORMATS["mp4"], *size, RATE, alpha=False, quality=95)
    with Writer(path, plan) as writer:
        for frame in resized(asked.frames, size, asked.times, []):
            writer.write(frame.pixels, frame.index / RATE)
    return path


def processor_of(process):
    """Return the seconds that a process has had on processors."""
    ticks = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def command(asked, size):
    """Run the command; return times as `Watch` does, of its own thread none, and the alphas."""
    width, height = size
    alphas, moments = [], []
    with tempfile.TemporaryDirectory() as folder:
        given = [str(film_of(asked, size, folder)), "--realtime", "-o", "-", "--every", str(asked.pace.every)]
        line = [sys.executable, "-m", "alphacut", "video", *given]
        with subprocess.Popen(line, stdout=subprocess.PIPE) as process:
            while len(data := process.stdout.read(4 * width * height)) == 4 * width * height:
                moments.append((time.perf_counter(), processor_of(process)))
                alpha = np.frombuffer(data, np.uint8).reshape(height, width, 4)[..., 3]
                alphas.append(np.float32(alpha / np.float32(255)) if asked.masks else None)
    wall, processor = 1000 * np.subtract(moments[-1], moments[0]) / (len(moments) - 1)
    return (wall, processor, float("nan")), alphas


def row(name, times, alphas, truths):
    wall, process, thread = times
    words = f"{1000 / wall:.1f} | {wall:.1f} | {process:.1f} | {thread:.1f}"
    if truths:
        pairs = [(alpha, truths[i % len(truths)]) for i, alpha in enumerate(alphas)]
        overlaps = [iou(*pair) for pair in pairs]
        outlines = [boundary_f(*pair) for pair in pairs]
        words += f" | {np.mean(overlaps):.3f} | {min(overlaps):.2f} | {np.mean(outlines):.3f}"
    print(f"| {name} | {words} |", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("frames")
    parser.add_argument("--masks")
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--every", type=int, default=Pace().every)
    parser.add_argument("--latency", type=int, default=Pace().latency)
    parser.add_argument("--model", default="u2net")
    parser.add_argument("--precision", default="int8")
    parser.add_argument("--threads", type=int, default=2, help="of the network")
    parser.add_argument(
        "--times", type=int, default=1, help="how often the clip is run through, for sustained figures"
    )
    parser.add_argument("--think", type=int, default=Pace().think)
    parser.add_argument("--whole", action="store_true", help="the command itself too")
    parser.add_argument("--peer", default="u2netp", help="network asked for every frame")
    asked = parser.parse_args()
    asked.pace = Pace(every=asked.every, latency=asked.latency, think=asked.think)
    size = tuple(int(n) for n in asked.size.split("x"))
    truths = masks_of(asked.masks, size) if asked.masks else []
    # 8 bits by --fast's card; what it changes of the size counts only where the network sees whole frames.
    fast = asked.precision == "int8"
    options = replace(Options(), model=asked.model, fast=fast, precision="auto" if fast else asked.precision)
    shelf = Shelf(threads=asked.threads)
    ask = partial(glance, shelf=shelf, options=options)
    warm(ask)
    side = ours(asked, ask, size)
    print("| | frames a second | wall ms | processor ms | of its own thread | J | worst J | F |")
    print("|---|---|---|---|---|---|---|---|")
    row("realtime", *side, truths)
    if asked.whole:
        row("the command", *command(asked, size), truths)
    if asked.peer:
        row(f"{asked.peer}, every frame", *every_frame(asked, size), truths)


if __name__ == "__main__":
    main()
