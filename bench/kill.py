"""A batch killed with SIGKILL at random moments and taken up again: is the result that of an undisturbed run?

    python bench/kill.py [--kills 10] [--photos 24]

Meanwhile the results are looked at all the time: each visible one must be whole.
"""

import argparse
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

from batch import make_photos

SETTING = ("--model", "isnet", "--fast")


def command(folder, out):
    return [sys.executable, "-m", "alphacut", "batch", str(folder), str(out), *SETTING]


def results(out):
    return {path.name: path.read_bytes() for path in sorted(out.glob("*.png"))}


def whole(out):
    """Decode all that is visible; a half file would raise."""
    for path in out.glob("*.png"):
        with Image.open(path) as image:
            image.load()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--photos", type=int, default=24)
    parser.add_argument("--work", type=Path, default=Path(".cache/bench/kill"))
    asked = parser.parse_args()
    folder, calm, hard = (asked.work / name for name in ("photos", "calm", "hard"))
    for out in (calm, hard):
        shutil.rmtree(out, ignore_errors=True)
    make_photos(folder, asked.photos)
    start = time.monotonic()
    subprocess.run(command(folder, calm), check=True, stderr=subprocess.DEVNULL)
    seconds = time.monotonic() - start
    kills = 0
    while kills < asked.kills:
        process = subprocess.Popen(command(folder, hard), stderr=subprocess.DEVNULL)
        moment = random.uniform(0.1, max(2.5, seconds / 6))
        try:
            process.wait(moment)
            print(f"done before the {kills + 1}th kill; taken up from the start")
            shutil.rmtree(hard)
            continue
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        kills += 1
        whole(hard)
        print(f"killed after {moment:.2f} s with {len(list(hard.glob('*.png')))} of {asked.photos} done")
    done = subprocess.run(command(folder, hard), check=True, stderr=subprocess.PIPE, text=True)
    print(done.stderr.strip().splitlines()[-1])
    left = [path.name for path in hard.iterdir() if path.name.endswith(".part")]
    same = results(calm) == results(hard)
    print(
        f"{kills} kills, {len(results(hard))} results, equal byte for byte: {same}, half files left: {left}"
    )
    sys.exit(0 if same and not left else 1)


if __name__ == "__main__":
    main()
