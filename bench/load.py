"""The service under load: `alphacut serve` against `rembg s`, the same weights, one after the other in one run.

    python bench/load.py --peer PYTHON [--clients 16] [--seconds 300]

Each client sends a JPEG of 1200×800 and waits for the PNG, again and again. Who is told to
come again (429, 503) waits as long as it was told.
"""

import argparse
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import requests
from speed import PEER_MODEL, peer_environment

from batch import make_photos, megabytes


@dataclass
class Seen:
    """What the clients saw: seconds of each answer, statuses, and the server's megabytes at every second."""

    seconds: list = field(default_factory=list)
    refused: int = 0
    errors: list = field(default_factory=list)
    memory: list = field(default_factory=list)


def send(url, photos, data, until, seen):
    """Be one client until the end."""
    session = requests.Session()
    for turn in range(10**9):
        if time.monotonic() > until:
            return
        photo, start = photos[turn % len(photos)], time.monotonic()
        try:
            reply = session.post(
                url, files={"file" if "api" in url else "image": photo}, data=data, timeout=300
            )
        except requests.RequestException as error:
            seen.errors.append(type(error).__name__)
            continue
        if reply.status_code in (429, 503):
            seen.refused += 1
            time.sleep(float(reply.headers.get("Retry-After", 1)))
        elif reply.status_code == 200:
            seen.seconds.append(time.monotonic() - start)
        else:
            seen.errors.append(reply.status_code)


def loaded(command, url, ready, data, asked):
    """Start a server, load it, and return what was seen."""
    server = subprocess.Popen(command, env=asked.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                if requests.get(ready, timeout=5).status_code == 200:
                    break
            except requests.RequestException:
                time.sleep(0.2)
        field = "file" if "api" in url else "image"
        requests.post(url, files={field: asked.photos[0]}, data=data, timeout=300).raise_for_status()
        seen, until = Seen(), time.monotonic() + asked.seconds
        clients = [
            threading.Thread(target=send, args=(url, asked.photos[n:] + asked.photos[:n], data, until, seen))
            for n in range(asked.clients)
        ]
        for client in clients:
            client.start()
        while time.monotonic() < until:
            seen.memory.append(megabytes(server.pid))
            time.sleep(1)
        for client in clients:
            client.join()
        return seen
    finally:
        server.terminate()
        server.wait(60)


def row(name, seen, asked, peer):
    rate = len(seen.seconds) / asked.seconds
    p95 = statistics.quantiles(seen.seconds, n=20)[-1]
    first = statistics.median(seen.memory[50:70] if len(seen.memory) > 100 else seen.memory)
    last = statistics.median(seen.memory[-20:])
    ratio = f"**{rate / peer:.2f}**"
    print(
        f"| {name} | {rate:.2f} | {ratio} | {statistics.median(seen.seconds):.1f} s | {p95:.1f} s | {seen.refused} "
        f"| {len(seen.errors)} {sorted(set(map(str, seen.errors)))} | {first:.0f} → {last:.0f} |",
        flush=True,
    )
    return rate


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", required=True, help="python of the environment that has rembg")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--work", type=Path, default=Path(".cache/bench"))
    asked = parser.parse_args()
    asked.env = peer_environment(asked.work)
    make_photos(asked.work / "load", 16)
    asked.photos = [path.read_bytes() for path in sorted((asked.work / "load").glob("*.jpg"))]
    print("| | photos a second | of the peer | p50 | p95 | refused | errors | MB, minute 1 → end |")
    print("|---|---|---|---|---|---|---|---|")
    rembg = [
        str(Path(asked.peer).with_name("rembg")),
        "s",
        "--host",
        "127.0.0.1",
        "--port",
        "7011",
        "--log_level",
        "error",
    ]
    url = "http://127.0.0.1:7011"
    seen = loaded(rembg, f"{url}/api/remove", f"{url}/api", {"model": PEER_MODEL}, asked)
    peer = row("rembg s", seen, asked, len(seen.seconds) / asked.seconds)
    ours = [sys.executable, "-m", "alphacut", "serve", "--port", "7012", "--model", "isnet"]
    url = "http://127.0.0.1:7012"
    seen = loaded(ours, f"{url}/v1/cutouts", f"{url}/ready", {}, asked)
    row("alphacut serve --model isnet", seen, asked, peer)


if __name__ == "__main__":
    main()
