"""A folder of 5,000 small photos, 50 of them broken in ten ways, through ``alphacut batch``: slow, run by hand.

    python bench/crowd.py [--photos 5000] [--work FOLDER]

It holds that exactly the broken ones are named as failed, that every other result can be opened, that the page stays
small, that the memory does not grow, and that the same command again tries only the broken ones. The network is the one
of one layer that the tests use, so what is measured is everything around it.
"""

import argparse
import contextlib
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import tiny

SIZE = (160, 120)
FOLDERS = 40
EACH = 5  # broken photos of each kind
GROWTH = 1.1  # of the memory, from the second quarter of the run to the last
LARGEST_PAGE = 10e6


def jpeg(number, cat):
    """Return a piece of a photo, another for each number."""
    x, y = number * 7 % (cat.width - SIZE[0]), number * 3 % (cat.height - SIZE[1])
    stream = io.BytesIO()
    cat.crop((x, y, x + SIZE[0], y + SIZE[1])).save(stream, "JPEG", quality=85)
    return stream.getvalue()


def with_sides(photo, sides):
    """Return a JPEG whose header names other sides: bytes for height and width."""
    at = photo.index(b"\xff\xc0") + 5
    return photo[:at] + sides + photo[at + 4 :]


def png_begun(photo):
    stream = io.BytesIO()
    Image.open(io.BytesIO(photo)).save(stream, "PNG")
    return stream.getvalue()[:2000]


BROKEN = {
    "truncated": lambda photo: photo[: len(photo) // 2],
    "header": lambda photo: photo[:20],
    "empty": lambda photo: b"",
    "text": lambda photo: b"This is not a photo.\n" * 40,
    "noise": lambda photo: photo[:4] + np.random.default_rng(0).bytes(4000),
    "flat": lambda photo: with_sides(photo, bytes(4)),
    "vast": lambda photo: with_sides(photo, b"\xff\xdc\xff\xdc"),
    "png": png_begun,
}
LINKS = {
    "lost": "nowhere.jpg",
    "loop": None,
}  # to a file that is not there, and to itself: readable by nobody


def draw(folder, count):
    """Make the photos and return the paths of the broken ones."""
    cat, broken = Image.fromarray(data.cat()), set()
    kinds = [kind for kind in (*BROKEN, *LINKS) for _ in range(EACH)]
    step = count // len(kinds)
    for number in range(count):
        place = folder / f"{number % FOLDERS:02}" / f"{number:05}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        if number % step or number // step >= len(kinds):
            place.write_bytes(jpeg(number, cat))
            continue
        kind = kinds[number // step]
        place = place.with_stem(f"{place.stem}-{kind}")
        broken.add(str(place))
        if kind in BROKEN:
            place.write_bytes(BROKEN[kind](jpeg(number, cat)))
        else:
            place.symlink_to(LINKS[kind] or place.name)
    (folder / "folder.jpg").mkdir()  # a folder's name says nothing about it
    return broken


class Memory(threading.Thread):
    """Resident megabytes of a process, every second, until it ends."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.status, self.samples = Path(f"/proc/{pid}/status"), []

    def run(self):
        with contextlib.suppress(OSError, StopIteration):
            while True:
                lines = self.status.read_text().splitlines()
                self.samples.append(int(next(x for x in lines if x.startswith("VmRSS")).split()[1]) / 1024)
                time.sleep(1)

    def quarter(self, number):
        part = len(self.samples) // 4
        return statistics.median(self.samples[number * part : (number + 1) * part] or self.samples)


def run(work, env):
    """Run the batch; return its exit code, its JSON lines, the seconds in all and to the first line, and its memory."""
    page = work / "report.html"
    command = [sys.executable, "-m", "alphacut", "batch", str(work / "in"), str(work / "out")]
    command += ["--model", "tiny", "--json", "--report", str(page)]
    start, first, lines = time.perf_counter(), None, []
    with (work / "words.txt").open("w") as words:
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=words, text=True)
        memory = Memory(process.pid)
        memory.start()
        for line in process.stdout:
            first = first or time.perf_counter() - start
            lines.append(json.loads(line))
        code = process.wait()
    memory.join()
    return code, lines, time.perf_counter() - start, first, memory


def hold(name, is_true):
    """Say whether something holds, and end with 1 where it does not."""
    print(f"{'holds' if is_true else 'FAILS'}  {name}", flush=True)
    if not is_true:
        sys.exit(1)


def opens(path):
    with Image.open(path) as picture:
        picture.load()
        return picture.size == SIZE and picture.mode == "RGBA"


def check(work, count, env):
    broken = draw(work / "in", count)
    code, lines, seconds, first, memory = run(work, env)
    good = count - len(broken)
    page = (work / "report.html").stat().st_size
    print(f"{count} photos: {seconds:.1f} s, {good / seconds:.1f} photos/s, first after {first:.1f} s")
    early, late = memory.quarter(1), memory.quarter(3)
    print(
        f"memory: {early:.0f} MB in the second quarter, {late:.0f} in the last, {max(memory.samples):.0f} at most"
    )
    print(
        f"page: {page / 1e6:.1f} MB; journal: {sum(f.stat().st_size for f in work.glob('out/.a*')) / 1e6:.1f} MB"
    )
    results = list((work / "out").rglob("*.png"))
    hold("exit code 1", code == 1)
    hold(
        f"the {len(broken)} broken ones failed, and no other",
        {x["input"] for x in lines if not x["ok"]} == broken,
    )
    hold(
        "each failure has a problem and a remedy", all(all(x["error"].values()) for x in lines if not x["ok"])
    )
    hold(f"{good} results, and all open", len(results) == good and all(map(opens, results)))
    hold(
        "the page names every failure",
        all(Path(x).name in (work / "report.html").read_text() for x in broken),
    )
    hold(f"the page is below {LARGEST_PAGE / 1e6:.0f} MB", page < LARGEST_PAGE)
    hold(f"the memory grows by less than {GROWTH - 1:.0%}", late < GROWTH * early)
    before = {path: path.stat().st_mtime_ns for path in results}
    code, lines, again, first, _ = run(work, env)
    print(f"again: {again:.1f} s, first after {first:.1f} s")
    hold("again, only the broken ones are tried", code == 1 and {x["input"] for x in lines} == broken)
    hold("and no result is written again", before == {path: path.stat().st_mtime_ns for path in results})


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=5000)
    parser.add_argument("--work", type=Path, help="an empty folder that is kept; otherwise a passing one")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = asked.work or Path(folder)
        work.mkdir(parents=True, exist_ok=True)
        os.environ["ALPHACUT_HOME"] = str(work / "home")
        tiny.install()
        check(work, asked.photos, dict(os.environ))


if __name__ == "__main__":
    main()
