"""A long clip through ``alphacut video``: is memory flat, the sound in sync at the end, and does the output play?

    python bench/video_long.py CLIP [--minutes 10] [--rate 25] [--formats webm mov ...] [--work FOLDER] [--fast ...]

CLIP is a folder with frames/ and masks/ (or alpha/). Its frames are shown again and again at 1280×720. For one frame
in each second a mark is on the subject, and a beep begins with it. The child's resident memory is looked at once a
second. What it made is decoded again by PyAV alone (WebP and pictures by Pillow): every frame must be there at its
time, each mark on its frame, each beep within one frame of its mark, and the subject as large as in the first round
of the frames. Memory is flat if its peak in the last quarter is at most a tenth over that of the first minute.

The line says peaks in MiB, the slope after the first quarter in MiB a minute, how many frames a beep is after its mark
at the start, in the middle and at the end, the marks on their frames, the worst frame time in frames, the least and
the most alpha, and the largest change of a frame's mean alpha since the first round. Flags that are not named here,
such as --fast, are given to ``alphacut video``. Ten minutes need gigabytes of disk as anything but WebM, MP4 and raw.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import av
import cv2
import numpy as np
import psutil
from PIL import Image

from alphacut.evaluate.clips import find_clips, read_frame, read_still_truth

WIDTH, HEIGHT = 1280, 720
MARK = (255, 0, 255)
HERTZ, BEEP = 48_000, 0.05
LOUD = 0.2
"""Of full scale: over it there is a beep."""
LARGEST = 0.02
"""Difference of the mean alpha from that of the first round, that coding and the way through time may make."""
SAME = 1.1
"""Peak of the last quarter by that of the first minute, at most."""
TARGETS = {
    "webm": ("out.webm",),
    "mov": ("out.mov",),
    "mp4": ("out.mp4", "--background", "white"),
    "apng": ("out.apng",),
    "webp": ("out.webp",),
    "gif": ("out.gif",),
    "png": ("pictures/",),
    "raw": ("-",),
}
"""What is given to -o for each container, and flags that it needs."""
HEADS = "format, frames, frames/s, CPU s/frame, first minute, last quarter, slope, sync, marks, late, alpha, changed"

Shown = Iterator[tuple[float | None, Any]]
"""Seconds, where the container knows them, and H×W×4."""


@dataclass(frozen=True)
class Drawn:
    """The clip's frames with the middle of the subject in each, how often, and the times of the marks' frames."""

    frames: list[Any]
    places: list[tuple[int, int]]
    rate: int
    count: int

    def is_marked(self, number: int) -> bool:
        return number % self.rate == self.rate // 2


@dataclass
class Seen:
    """What is in an output: mean alpha of each frame, marked frames and their times, the worst time, range of alpha."""

    alphas: list[float] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    late: float = 0.0
    least: int = 255
    most: int = 0


@dataclass(frozen=True)
class Made:
    """An output, the child's memory over time (seconds, MiB), and the seconds it took: on the clock, of processors."""

    seen: Seen
    samples: list[tuple[float, float]]
    seconds: float
    work: float


def read(folder: Path, rate: int, minutes: float) -> Drawn:
    """Read the frames; a mark is where the subject is widest."""
    frames, places = [], []
    (clip,) = find_clips(folder)
    for still in clip.stills:
        pixels = read_frame(still)
        truth = cv2.resize(read_still_truth(still, pixels.shape[:2]), (WIDTH, HEIGHT)) > 0.5
        inside = cv2.distanceTransform(truth.astype(np.uint8), cv2.DIST_L2, 5)
        row, column = np.unravel_index(inside.argmax(), inside.shape)
        frames.append(cv2.resize(pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))
        places.append((int(column), int(row)))
    return Drawn(frames, places, rate, round(minutes * 60 * rate))


def write(path: Path, drawn: Drawn) -> None:
    """Write the clip as H.264 and AAC."""
    with av.open(str(path), "w") as container:
        film = container.add_stream("libx264", rate=drawn.rate, options={"crf": "26", "preset": "veryfast"})
        film.width, film.height, film.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = container.add_stream("aac", rate=HERTZ, layout="mono")
        for number in range(drawn.count):
            pixels = drawn.frames[number % len(drawn.frames)].copy()
            if drawn.is_marked(number):
                cv2.circle(pixels, drawn.places[number % len(drawn.frames)], 24, MARK, -1)
            image = av.VideoFrame.from_ndarray(pixels, "rgb24")
            image.pts, image.time_base = number, Fraction(1, drawn.rate)
            container.mux(film.encode(image))
            container.mux(sound.encode(heard_at(number, drawn)))
        container.mux(film.encode(None))
        container.mux(sound.encode(None))


def heard_at(number: int, drawn: Drawn) -> av.AudioFrame:
    """Return the sound of a frame: silence, or the beginning of a beep."""
    begin, end = (round(k * HERTZ / drawn.rate) for k in (number, number + 1))
    samples = np.zeros(end - begin, np.float32)
    if drawn.is_marked(number):
        length = min(len(samples), round(BEEP * HERTZ))
        samples[:length] = 0.8 * np.sin(2 * np.pi * 1000 / HERTZ * np.arange(length))
    frame = av.AudioFrame.from_ndarray(samples[None], "fltp", "mono")
    frame.sample_rate, frame.pts, frame.time_base = HERTZ, begin, Fraction(1, HERTZ)
    return frame


def look(process: psutil.Process, ended: Event, samples: list[tuple[float, float]]) -> None:
    """Note the resident memory of a child in MiB each second, until it has ended."""
    start = time.monotonic()
    while not ended.wait(1):
        try:
            samples.append((time.monotonic() - start, process.memory_info().rss / 2**20))
        except psutil.NoSuchProcess:
            return


def run(clip: Path, name: str, more: list[str], drawn: Drawn) -> Made:
    """Cut the clip out and look at the output."""
    out, *flags = TARGETS[name]
    target = out if out == "-" else f"{clip.parent}/{out}"
    ours = [sys.executable, "-m", "alphacut", "video"]
    command = [*ours, str(clip), "-o", target, "--no-resume", *flags, *more]
    before = work_of_children()
    ended, samples, start = Event(), list[tuple[float, float]](), time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        watch = Thread(target=look, args=(psutil.Process(child.pid), ended, samples))
        watch.start()
        try:
            if out == "-":
                seen = check(piped(child.stdout), drawn)
            if child.wait():
                raise SystemExit(f"{name}: alphacut video ended with {child.returncode}")
        finally:
            ended.set()
            watch.join()
    seconds = time.monotonic() - start
    if out != "-":
        seen = check(OPENED[name](Path(target)), drawn)
    return Made(seen, samples, seconds, work_of_children() - before)


def work_of_children() -> float:
    """Return the seconds of processors that children took that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def film(path: Path, decoder: str = "") -> Shown:
    """Decode a film with PyAV alone."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = av.CodecContext.create(decoder, "r") if decoder else stream.codec_context
        begin = None
        for packet in container.demux(stream):
            for frame in context.decode(packet if packet.size else None):
                now = frame.pts * frame.time_base
                begin = now if begin is None else begin
                yield float(now - begin), frame.reformat(format="rgba").to_ndarray()


def webp(path: Path) -> Shown:
    """Decode an animated WebP with Pillow."""
    now = 0
    with Image.open(path) as image:
        for number in range(image.n_frames):
            image.seek(number)
            yield now / 1000, np.asarray(image.convert("RGBA"))
            now += image.info["duration"]


def pictures(path: Path) -> Shown:
    """Decode a folder of pictures."""
    for file in sorted(path.iterdir()):
        yield None, np.asarray(Image.open(file).convert("RGBA"))


def piped(stream: Any) -> Shown:
    """Take raw frames from a pipe as they come."""
    while data := stream.read(WIDTH * HEIGHT * 4):
        yield None, np.frombuffer(data, np.uint8).reshape(HEIGHT, WIDTH, 4)


OPENED = dict.fromkeys(("mov", "mp4", "apng", "gif"), film) | {
    "webm": partial(film, decoder="libvpx-vp9"),
    "webp": webp,
    "png": pictures,
}


def check(shown: Shown, drawn: Drawn) -> Seen:
    """Look at every frame of an output."""
    seen = Seen()
    for number, (now, rgba) in enumerate(shown):
        column, row = drawn.places[number % len(drawn.places)]
        red, green, blue = rgba[row - 4 : row + 5, column - 4 : column + 5, :3].reshape(-1, 3).mean(0)
        if min(red, blue) - green > 80:
            seen.marks.append(number)
            seen.times.append(number / drawn.rate if now is None else now)
        alpha = rgba[..., 3]
        if alpha.min() == 255:  # on white
            alpha = np.where(rgba[..., :3].min(2) < 240, np.uint8(255), np.uint8(0))
        seen.alphas.append(float(alpha.mean()) / 255)
        seen.least, seen.most = min(seen.least, int(alpha.min())), max(seen.most, int(alpha.max()))
        if now is not None:
            seen.late = max(seen.late, abs(now * drawn.rate - number))
    return seen


def beeps(path: Path) -> list[float]:
    """Return when beeps begin, in seconds after the first picture; none where there is no sound."""
    found, before = [], -1.0
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return []
        begin = float(container.streams.video[0].start_time * container.streams.video[0].time_base)
        for frame in container.decode(container.streams.audio[0]):
            samples = np.abs(frame.to_ndarray()[0])
            for sample in np.flatnonzero(samples > LOUD):
                now = float(frame.pts * frame.time_base) + sample / frame.rate - begin
                if now - before > BEEP:
                    found.append(now)
                before = now
    return found


def told(name: str, drawn: Drawn, clip: Path, made: Made) -> str:
    """Return a line of the table."""
    seen = made.seen
    heard = beeps(clip.with_name(TARGETS[name][0])) if name in ("webm", "mov", "mp4") else []
    away = [(beep - mark) * drawn.rate for beep, mark in zip(heard, seen.times, strict=False)]
    expected = [number for number in range(drawn.count) if drawn.is_marked(number)]
    first = np.resize(seen.alphas[: len(drawn.frames)], len(seen.alphas))
    changed = float(np.abs(first - seen.alphas).max())
    times, memory = np.array(made.samples).T
    early, last = memory[times <= 60].max(), memory[times >= 0.75 * times[-1]].max()
    slope = 60 * np.polyfit(times[len(times) // 4 :], memory[len(times) // 4 :], 1)[0]
    whole = len(seen.alphas) == drawn.count and seen.marks == expected and seen.late < 0.5
    sync = not heard or (len(heard) == len(expected) and max(map(abs, away)) <= 1)
    good = (
        whole and sync and changed < LARGEST and (seen.least, seen.most) == (0, 255) and last <= early * SAME
    )
    spots = [f"{away[k]:+.2f}" for k in (0, len(away) // 2, -1)] if away else ["-"]
    cells = [
        name,
        f"{len(seen.alphas)} of {drawn.count}",
        f"{drawn.count / made.seconds:.1f}",
        f"{made.work / drawn.count:.2f}",
    ]
    cells += [
        f"{early:.0f}",
        f"{last:.0f}",
        f"{slope:+.1f}",
        " ".join(spots),
        f"{len(seen.marks)} of {len(expected)}",
    ]
    cells += [f"{seen.late:.2f}", f"{seen.least}-{seen.most}", f"{changed:.4f}", "yes" if good else "no"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("clip", type=Path)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--rate", type=int, default=25)
    parser.add_argument("--formats", nargs="+", choices=TARGETS, default=["webm"])
    parser.add_argument("--work", type=Path, default=Path(".cache/bench/video_long"))
    asked, flags = parser.parse_known_args()
    asked.work.mkdir(parents=True, exist_ok=True)
    clip, drawn = asked.work / "in.mp4", read(asked.clip, asked.rate, asked.minutes)
    write(clip, drawn)
    heads = [*HEADS.split(", "), "good"]
    print(f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}", flush=True)
    lines = []
    for name in asked.formats:
        lines.append(told(name, drawn, clip, run(clip, name, flags, drawn)))
        print(lines[-1], flush=True)
    sys.exit(0 if all(line.endswith("yes |") for line in lines) else 1)


if __name__ == "__main__":
    main()
