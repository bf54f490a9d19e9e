"""Many photos: `alphacut batch` against `rembg p`, the same weights, both in one run; memory of every second.

    python bench/batch.py --peer PYTHON [--photos 200] [--rounds 1]

The photos are made from scikit-image's, turned, cropped and lit differently, 1200×800. The memory is that of the
process and its children; it is flat if its last quarter is no higher than the second.
On a machine whose speed wanders, take several rounds, turn by turn.
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


def rembg_command(peer, folder, out):
    return [str(Path(peer).with_name("rembg")), "p", "-m", PEER_MODEL, str(folder), str(out)]


def own_command(folder, out, setting):
    return [sys.executable, "-m", "alphacut", "batch", str(folder), str(out), *setting]


def rows(names, runs, count):
    """Print photos a second and the ratio to the first side, each the median over the rounds, and the memory."""
    for name, own in zip(names, runs, strict=True):
        ratios = [peer / seconds for (seconds, _), (peer, _) in zip(own, runs[0], strict=True)]
        seen = max((seen for _, seen in own), key=len)
        quarter = max(1, len(seen) // 4)
        second, last = (statistics.median(seen[at : at + quarter]) for at in (quarter, len(seen) - quarter))
        rate = statistics.median(count / seconds for seconds, _ in own)
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(
            f"| {name} | {rate:.2f} | **{statistics.median(ratios):.2f}** ({spread}) "
            f"| {max(max(seen) for _, seen in own):.0f} | {second:.0f} → {last:.0f} |"
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True, help="python of the environment that has rembg")
    parser.add_argument("--photos", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=1, help="in how many turns the photos are done")
    parser.add_argument("--work", type=Path, default=Path(".cache/bench"))
    asked = parser.parse_args()
    env, count = peer_environment(asked.work), asked.photos // asked.rounds
    folder, out = asked.work / "photos", asked.work / "out"
    make_photos(folder, count)
    names = ["rembg p", *(" ".join(("alphacut batch", *setting)) for setting in SETTINGS)]
    runs = [[] for _ in names]
    for _ in range(asked.rounds):
        commands = [rembg_command(asked.peer, folder, out), *(own_command(folder, out, s) for s in SETTINGS)]
        for side, command in zip(runs, commands, strict=True):
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            side.append(watched(command, env))
            print(f"{command[3 if 'rembg' in command[0] else 2]}: {side[-1][0]:.0f} s", file=sys.stderr)
    print("| | photos a second | of the peer (least to most) | peak MB | MB, 2nd → last quarter |")
    print("|---|---|---|---|---|")
    rows(names, runs, count)


if __name__ == "__main__":
    main()
