"""What is counted and measured, for Prometheus; no series names a caller or a photo."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SECONDS = (0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120)
SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable by which prometheus-client shares the numbers of several processes in a folder."""
GAUGES = {
    "queue_length": "Requests that wait for a worker.",
    "in_work": "Photos in work.",
    "pixels_in_work": "Pixels of the photos in work.",
    "held_bytes": "Bytes of bodies and answers in memory.",
    "resident_bytes": "Resident memory.",
    "networks_loaded": "Networks in memory.",
    "network_bytes": "Bytes of the loaded networks' files.",
}


class Meter:
    """The numbers of one service, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        own = self._registry
        labels = ("route", "method", "status")
        self._requests = Counter("alphacut_requests", "Requests answered.", labels, registry=own)
        self._seconds = Histogram(
            "alphacut_request_seconds", "From head to answer.", ("route",), buckets=SECONDS, registry=own
        )
        self._steps = Histogram(
            "alphacut_step_seconds", "One step of a photo.", ("step",), buckets=SECONDS, registry=own
        )
        self._pixels = Counter("alphacut_pixels", "Pixels of the photos cut out.", registry=own)
        self._gauges = {
            name: Gauge(f"alphacut_{name}", text, registry=own, multiprocess_mode="livesum")
            for name, text in GAUGES.items()
        }

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def cut(self, pixels: int, milliseconds: Mapping[str, float]) -> None:
        """Count a photo and its steps."""
        self._pixels.inc(pixels)
        for step, time in milliseconds.items():
            self._steps.labels(step).observe(time / 1000)

    def show(self, values: Mapping[str, float]) -> None:
        """Set what is true at this moment; the names are those of `GAUGES`."""
        for name, value in values.items():
            self._gauges[name].set(value)

    def page(self) -> bytes:
        """Return everything in Prometheus's text format, of all processes where there are several."""
        registry = self._registry
        if os.environ.get(SHARED):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


def resident() -> int:
    """Return this process's resident memory in bytes; where the system does not say, the most it ever was."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return _most_resident()


def _most_resident() -> int:
    if sys.platform == "win32":
        return 0
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
