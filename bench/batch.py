"""Many photos: `alphacut batch` against `rembg p`, the same weights, both in one run; memory of every second.

    python bench/batch.py --peer PYTHON [--photos 200]

The photos are made from scikit-image's, turned, cropped and lit differently, 1200×800. The memory is that of the
process and its children; it is flat if its last quarter is no higher than the second.
"""

import argparse
import contextlib
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance
from skimage import data
from speed import PEER_MODEL, peer_environment

SIZE = (1200, 800)
SETTINGS = (("--model", "isnet"), ("--model", "isnet", "--fast"), (), ("--fast",))


def make_photos(folder, count):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sources = [Image.fromarray(photo()) for photo in (data.astronaut, data.cat, data.coffee, data.rocket)]
    random = np.random.default_rng(0)
    for index in range(count):
        photo = sources[index % len(sources)].rotate(float(random.uniform(-4, 4)), Image.Resampling.BICUBIC)
        share = random.uniform(0.8, 0.95)
        width, height = (int(side * share) for side in photo.size)
        left, top = (random.integers(0, room) for room in (photo.width - width, photo.height - height))
        photo = photo.crop((left, top, left + width, top + height)).resize(SIZE, Image.Resampling.BICUBIC)
        photo = ImageEnhance.Brightness(photo).enhance(float(random.uniform(0.8, 1.2)))
        photo.save(folder / f"{index:05}.jpg", quality=92)


def family(root):
    """Return a process and all below it."""
    found = [root]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            found.extend(int(child) for child in children.read_text().split())
    return found


def megabytes(root):
    total = 0
    for process in family(root):
        try:
            status = Path(f"/proc/{process}/status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
    return total / 1024


def watched(command, env):
    """Run a command; return its seconds and its megabytes at every second."""
    start, seen = time.perf_counter(), []
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    while process.poll() is None:
        with contextlib.suppress(FileNotFoundError):
            seen.append(megabytes(process.pid))
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            continue
    if process.returncode:
        sys.exit(f"{command[0]} failed with {process.returncode}: {process.stderr.read().decode()[-2000:]}")
    return time.perf_counter() - start, seen


def row(what, photos, seconds, seen, peer_seconds):
    quarter = max(1, len(seen) // 4)
    second, last = (statistics.median(seen[at : at + quarter]) for at in (quarter, len(seen) - quarter))
    ratio = f"**{peer_seconds / seconds:.2f}**"
    print(
        f"| {what} | {photos / seconds:.2f} | {ratio} | {max(seen):.0f} | {second:.0f} → {last:.0f} |",
        flush=True,
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True, help="python of the environment that has rembg")
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--work", type=Path, default=Path(".cache/bench"))
    asked = parser.parse_args()
    folder, out, env = asked.work / "photos", asked.work / "out", peer_environment(asked.work)
    make_photos(folder, asked.photos)
    print("| | photos a second | of the peer | peak MB | MB, 2nd → last quarter |\n|---|---|---|---|---|")
    out.mkdir(exist_ok=True)
    rembg = [str(Path(asked.peer).with_name("rembg")), "p", "-m", PEER_MODEL, str(folder), str(out)]
    theirs, seen = watched(rembg, env)
    row("rembg p", asked.photos, theirs, seen, theirs)
    for setting in SETTINGS:
        shutil.rmtree(out)
        command = [sys.executable, "-m", "alphacut", "batch", str(folder), str(out), *setting]
        ours, seen = watched(command, env)
        row(" ".join(("alphacut batch", *setting)), asked.photos, ours, seen, theirs)


if __name__ == "__main__":
    main()
