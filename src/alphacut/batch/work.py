"""One photo of a batch: the function that every engine runs, here or on another machine."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from ..api import Cutter
from ..encode import format_of
from ..errors import AlphacutError, InputError
from ..options import Options
from ..types import Report
from .places import Stamp, is_remote, read, stamp_of, write
from .plan import Job
from .preview import preview

logger = logging.getLogger("alphacut")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one photo; crosses borders between processes.

    Attributes
    ----------
    job : Job
    stamp : Stamp or None
        The photo's, as it was before it was read; None if it was not there.
    report : Report or None
    error : AlphacutError or None
        Why there is no result.
    size : int
        Bytes of the result.
    preview : bytes
        A small JPEG of the photo beside the result.
    """

    job: Job
    stamp: Stamp | None = None
    report: Report | None = None
    error: AlphacutError | None = None
    size: int = 0
    preview: bytes = b""

    def line(self) -> dict[str, Any]:
        """Return what a script wants to know of it; the same as ``alphacut cut --json``."""
        head = {"input": self.job.name, "output": str(self.job.target), "ok": self.error is None}
        if self.error is not None:
            return {**head, "error": self.error.as_dict()}
        return {**head, **(asdict(self.report) if self.report else {})}


def cut_file(job: Job, options: Options, cutter: Cutter) -> Result:
    """Cut out one photo and put the result into its place, whole or not at all.

    Parameters
    ----------
    job : Job
        Both its files are named.
    options : Options
    cutter : Cutter
        Holds the loaded networks.

    Returns
    -------
    Result
        Never raises: a photo that fails must not end the others.
    """
    stamp = None
    try:
        source, target = both(job)
        stamp = stamp_of(source)
        cutout = cutter.cut(read(source) if is_remote(source) else source, options, name=job.name)
        layers = cutout.layers()
        picture = cutout.picture(layers)
        data = cutout.encode(cutout.options.format or format_of(target.name), picture, layers)
        small = preview(cutout.photo, picture)
        write(target, data)
    except AlphacutError as error:
        return Result(job, stamp, error=error)
    except MemoryError:
        remedy = "Use fewer --workers, or a smaller --max-pixels to leave such photos out."
        return Result(job, stamp, error=InputError(job.name, "needs more memory than there is", remedy))
    except Exception as error:  # a thread or an actor is an edge: the other photos must be done
        logger.exception("%s: an error that alphacut did not foresee", job.name)
        problem = f"failed in a way that was not foreseen ({type(error).__name__}: {error})"
        return Result(job, stamp, error=AlphacutError(job.name, problem, "Please report it with the photo."))
    report = replace(cutout.report, notes=(*cutout.report.notes, *picture.notes))
    return Result(job, stamp, report, None, len(data), small)


def both(job: Job) -> tuple[Path, Path]:
    """Return a job's two files."""
    if job.source is None or job.target is None:
        raise ValueError("job: expected two files; streams are no part of a batch")
    return job.source, job.target
