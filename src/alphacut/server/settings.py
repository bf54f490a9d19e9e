"""What decides how the service behaves; every limit with its unit, and nothing that a request can change.

The flags of ``alphacut serve`` and their help are derived from the fields of :class:`Settings`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..infer.home import home
from ..options import Options

LOOPBACK = ("127.0.0.1", "::1", "localhost")
MIB = 2**20


def setting(default: Any, text: str, *, unit: str = "", least: float = 0) -> Any:
    """Declare one setting: its default (or what makes it), and what a flag needs to offer it."""
    meta = {"help": text, "unit": unit, "least": least}
    if isinstance(default, Callable):  # type: ignore[arg-type]
        return field(default_factory=default, metadata=meta)
    return field(default=default, metadata=meta)


def _folder() -> Path:
    return home() / "server"


def _usual_workers() -> int:
    from ..batch.local import usual_workers

    return usual_workers()


@dataclass(frozen=True, slots=True)
class Settings:
    """How a service is run; each field's help and unit are in its metadata.

    `options` is what a request that says nothing else is done with, and `salt` what makes the callers in the log
    unreadable; neither is a flag.
    """

    host: str = setting("127.0.0.1", "address to listen on; 127.0.0.1 is this machine only")
    port: int = setting(7000, "port to listen on; 0 takes a free one")
    options: Options = field(default_factory=Options)
    folder: Path = setting(_folder, "private folder of keys, the ledger and jobs")  # noqa: RUF009 - wraps field()
    models: tuple[str, ...] | None = setting(
        None,
        "models that a request may name, separated by commas; without it, those that are fetched already",
    )
    memory: int | None = setting(
        None,
        "of the loaded networks' files together; the least recently used is let go over it",
        unit="bytes",
        least=1,
    )

    workers: int = setting(_usual_workers, "photos in work at a time, in all processes", least=1)
    pixels: int = setting(
        64_000_000,
        "of all photos in work at a time; a larger photo is done alone",
        unit="pixels",
        least=1,
    )
    queue: int = setting(64, "requests that may wait for a worker; one more is refused at once")
    queue_each: int = setting(32, "requests of one caller that may wait")
    patience: float = setting(60.0, "how long a request waits for a worker", unit="seconds")
    work_seconds: float = setting(120.0, "how long one photo may be in work", unit="seconds")

    body_bytes: int = setting(64 * MIB, "largest body of a request", unit="bytes", least=1)
    body_seconds: float = setting(60.0, "a body that takes longer is refused", unit="seconds")
    held_bytes: int = setting(
        512 * MIB,
        "of all bodies and answers in memory at a time; one caller may have half of it",
        unit="bytes",
        least=1,
    )
    max_pixels: int = setting(50_000_000, "largest photo that is decoded", unit="pixels", least=1)
    max_side: int = setting(20_000, "longest side of a photo that is decoded", unit="pixels", least=1)

    job_bytes: int = setting(
        1024 * MIB, "largest body of a job, and the most that a zip in it unpacks to", unit="bytes", least=1
    )
    job_seconds: float = setting(3600.0, "a job's body that takes longer is refused", unit="seconds")
    job_photos: int = setting(1000, "most photos of a job", least=1)
    jobs_each: int = setting(
        16, "jobs of one caller that are kept at a time, finished ones included", least=1
    )
    job_hours: float = setting(24.0, "how long a finished job is kept", unit="hours")
    clips: int = setting(
        1, "clips in work at a time, in all processes, of which each does one; 0 takes none at all"
    )
    clip_pixels: int = setting(
        2_100_000, "largest frame of a clip, as it comes and as it is made", unit="pixels", least=1
    )
    clip_frames: int = setting(18_000, "most frames of a clip", unit="frames", least=1)
    clip_seconds: float = setting(1200.0, "longest clip", unit="seconds")
    heartbeat: float = setting(
        15.0, "between signs of life to who listens to a job", unit="seconds", least=0.05
    )

    connections: int = setting(256, "connections open at a time; further ones are refused", least=1)
    connections_each: int = setting(64, "connections of one address open at a time", least=1)
    head_seconds: float = setting(10.0, "a request whose head takes longer is refused", unit="seconds")
    stall_seconds: float = setting(
        30.0, "a client that reads nothing of its answer for so long is left", unit="seconds"
    )
    grace_seconds: float = setting(30.0, "how long a shutdown waits for what was begun", unit="seconds")

    processes: int = setting(1, "processes that share the port, the cores and the limits", least=1)
    recycle_after: int | None = setting(
        None, "requests after which a process is replaced by a fresh one", unit="requests", least=1
    )
    recycle_memory: int | None = setting(
        None, "resident memory over which a process is replaced by a fresh one", unit="bytes", least=1
    )

    keys: bool | None = setting(
        None, "whether a key is needed; without it, wherever it listens beyond this machine"
    )
    rate: float | None = setting(
        None, "what one caller may ask for; a key may have its own", unit="requests a minute"
    )
    megapixels: float | None = setting(
        None,
        "of photos that one caller may send; without it 500 where keys are needed, else as many as it likes",
        unit="megapixels a minute",
    )
    editor: bool = setting(True, "show the editor at /")
    fetch: bool = setting(False, "let a request name a photo by an address that the service fetches")
    fetch_allow: tuple[str, ...] = setting(
        (), "networks that are fetched from although they are not public, such as an intranet's"
    )
    fetch_ports: tuple[int, ...] = setting((80, 443), "ports that are fetched from")
    cors: tuple[str, ...] = setting((), "origins whose pages may use the service, separated by commas")
    proxies: tuple[str, ...] = setting(
        (), "addresses of proxies whose X-Forwarded-For is believed, separated by commas"
    )
    prefix: str = setting(
        "", "path under which a proxy shows the service, and which it takes off, such as /cutouts"
    )
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(16), repr=False)

    @property
    def needs_key(self) -> bool:
        """Whether a request needs a key."""
        return self.host not in LOOPBACK if self.keys is None else self.keys

    @property
    def is_supervised(self) -> bool:
        """Whether processes are started that can be replaced, instead of serving in this one."""
        return self.processes > 1 or self.recycle_after is not None or self.recycle_memory is not None

    def share(self) -> Settings:
        """Return what one of the processes may use of the limits."""
        names = ("workers", "pixels", "queue", "held_bytes", "connections")
        parts = {name: -(-getattr(self, name) // self.processes) for name in names}
        memory = None if self.memory is None else self.memory // self.processes
        return replace(self, **parts, memory=memory)
