"""alphacut against rembg, the same weights, both in one run, turn by turn: time, memory, size on disk.

    make bench          installs the peer in an environment of its own and runs this

Every figure is the median of five after a warm-up; a ratio below 1 means that alphacut needs less.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image
from skimage import data

from alphacut.infer.catalog import find_card
from alphacut.infer.weights import ensure

HERE = Path(__file__).parent
PEER_MODEL = "isnet-general-use"


def photos(folder):
    folder.mkdir(parents=True, exist_ok=True)
    small, large = folder / "1000x667.jpg", folder / "4000x4000.jpg"
    Image.fromarray(data.cat()).resize((1000, 667), Image.Resampling.LANCZOS).save(small, quality=92)
    Image.fromarray(data.astronaut()).resize((4000, 4000), Image.Resampling.LANCZOS).save(large, quality=92)
    return {"1000×667": small, "4000×4000": large}


def peer_environment(folder):
    """Lay our verified weights where the peer looks for its own of that name."""
    home = folder / "u2net"
    home.mkdir(parents=True, exist_ok=True)
    weights = home / f"{PEER_MODEL}.onnx"
    if not weights.exists():
        weights.symlink_to(ensure(find_card("isnet")))
    return os.environ | {"U2NET_HOME": str(home), "MODEL_CHECKSUM_DISABLED": "1"}


class Warm:
    """A loaded side that does one photo at a time."""

    def __init__(self, python, side, model, env):
        command = [python, str(HERE / "worker.py"), side, model]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env
        )

    def seconds(self, photo):
        self.process.stdin.write(f"{photo}\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline().split()[0])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def whole_process(command, env):
    """Return seconds and peak megabytes of a whole process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    if status:
        sys.exit(f"{command[0]} failed with {status}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def row(what, ours, theirs, unit):
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"| {what} | {a:.2f} {unit} | {b:.2f} {unit} | **{a / b:.2f}** |", flush=True)


def warm(files, sides, rounds):
    for name, photo in files.items():
        times = [[], []]
        for turn in range(rounds + 2):
            for store, side in zip(times, sides, strict=True):
                seconds = side.seconds(photo)
                if turn > 1:
                    store.append(seconds)
        row(f"{name}, loaded, JPEG bytes to PNG bytes", *times, "s")


def cold(files, sides, rounds):
    for name, photo in files.items():
        runs = [[whole_process(*side(photo)) for side in sides] for _ in range(rounds + 1)][1:]
        for index, (what, unit) in enumerate((("whole process", "s"), ("whole process, peak memory", "MB"))):
            row(f"{name}, {what}", [a[index] for a, _ in runs], [b[index] for _, b in runs], unit)


def site_packages(python):
    """Return the megabytes of an environment's packages as pip leaves them, without pip and setuptools."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    folder = Path(
        subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    )
    tools = ("pip", "setuptools", "pkg_resources", "_distutils_hack")
    files = [
        f
        for entry in folder.iterdir()
        if not entry.name.startswith(tools)
        for f in (entry, *entry.rglob("*"))
    ]
    return sum(f.stat().st_size for f in files if f.is_file()) / 1e6


def imports(python, module):
    def seconds(code):
        start = time.perf_counter()
        subprocess.run([python, "-c", code], check=True)
        return time.perf_counter() - start

    return [seconds(f"import {module}") - seconds("pass") for _ in range(5)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--python", default=sys.executable, help="of a plain install of alphacut")
    parser.add_argument("--peer", required=True, help="python of the environment that has rembg")
    parser.add_argument("--work", type=Path, default=Path(".cache/bench"))
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    files, env = photos(asked.work), peer_environment(asked.work)
    print("| | alphacut | rembg | ratio |\n|---|---|---|---|")
    sides = (Warm(asked.python, "alphacut", "isnet", env), Warm(asked.peer, "rembg", PEER_MODEL, env))
    warm(files, sides, asked.rounds)
    for side in sides:
        side.close()
    for what, model in (("both networks", "auto"), ("both networks, --fast", "auto+fast")):
        both = (Warm(asked.python, "alphacut", model, env), Warm(asked.peer, "rembg", PEER_MODEL, env))
        warm({f"1000×667, {what}": files["1000×667"]}, both, asked.rounds)
        for side in both:
            side.close()
    out = str(asked.work / "out.png")
    commands = (
        lambda photo: (
            [asked.python, "-m", "alphacut", "cut", str(photo), "-o", out, "--model", "isnet"],
            env,
        ),
        lambda photo: (
            [str(Path(asked.peer).with_name("rembg")), "i", "-m", PEER_MODEL, str(photo), out],
            env,
        ),
    )
    cold(files, commands, asked.rounds)
    row("import", imports(asked.python, "alphacut"), imports(asked.peer, "rembg"), "s")
    row("installed packages", [site_packages(asked.python)], [site_packages(asked.peer)], "MB")


if __name__ == "__main__":
    main()
