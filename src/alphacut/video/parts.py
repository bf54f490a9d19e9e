"""A clip made in pieces, so that a run that ended anywhere goes on: the pieces, and what lies between them.

They are in a hidden folder beside the output, each with a note that is written last: a piece without its note is made
again.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
from filelock import FileLock, Timeout

from ..errors import OptionError, OutputError
from ..files import make_folder, write_atomic
from ..types import Alpha
from .formats import Format, is_pattern
from .hold.hold import Held
from .keep import keep, kept
from .steady.flow import Plane
from .steady.shots import Look
from .steady.steady import State
from .write.join import Segment, join
from .write.passing import discard, named, speaking_of
from .write.plan import Plan

RUN, LOCK, WHOLE = "run.json", ".lock", "whole"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece that is written.

    Attributes
    ----------
    number : int
    first : int
        Number of its first frame.
    count, asked : int
        Of its frames, and of those that the network was asked for.
    start, end : Fraction
        When its first frame is shown, and until when its last one is, in seconds.
    problems : tuple of str
        Of its frames.
    """

    number: int
    first: int
    count: int
    asked: int
    start: Fraction
    end: Fraction
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Between:
    """What the next piece begins with: a :class:`~alphacut.video.steady.steady.State`, its parts with their types."""

    look: Look
    alpha: Alpha
    support: Plane
    seen: Alpha
    known: Held | None
    drawn: Alpha | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The pieces of one output.

    Attributes
    ----------
    folder : Path
    form : Format
    threads : int
        OpenCV's, with which all pieces are made: flow is sought in as many stripes.
    """

    folder: Path
    form: Format
    threads: int

    def done(self) -> list[Piece]:
        """Return the whole pieces, in order, up to the first that is missing."""
        pieces: list[Piece] = []
        while (note := self._note(len(pieces))).exists():
            facts = json.loads(note.read_text())
            facts |= {name: Fraction(facts[name]) for name in ("start", "end")}
            pieces.append(Piece(**facts | {"problems": tuple(facts["problems"])}))
        return pieces

    def fresh(self, number: int) -> Path:
        """Return where a piece is to be written; one that was not finished is removed."""
        path = self._path(number)
        discard(path)
        return path

    def add(self, piece: Piece, state: State) -> None:
        """Note that a piece is whole, and what the next one begins with."""
        # The note last: it says that the rest is there.
        between = Between(state.look, state.alpha, state.support, state.seen, state.known, state.drawn)
        keep(between, self._state(piece.number))
        facts = dataclasses.asdict(piece) | {"start": str(piece.start), "end": str(piece.end)}
        write_atomic(self._note(piece.number), json.dumps(facts).encode())
        # A run goes on from the last one; the one before it is kept too, for a disk that loses its latest writes.
        if piece.number > 1:
            self._state(piece.number - 2).unlink(missing_ok=True)

    def state(self, piece: Piece) -> State:
        """Return what the piece after this one begins with.

        Raises
        ------
        InputError
            It is damaged.
        """
        between = kept(Between, self._state(piece.number))
        return State(between.look, between.alpha, between.support, between.seen, between.known, between.drawn)

    def publish(self, pieces: list[Piece], target: str, plan: Plan, whole: bool) -> tuple[str, ...]:
        """Join pieces to the output, which is there whole or not at all; the pieces stay.

        Returns
        -------
        tuple of str
            What there is to say of the sound.

        Raises
        ------
        OutputError
            It cannot be written there.
        """
        # Within the folder, so that nothing is left beside the output by a run that is killed meanwhile.
        room = self.folder / WHOLE
        shutil.rmtree(room, ignore_errors=True)
        make_folder(room)
        made = room / Path(target).resolve().name
        segments = [Segment(self._path(piece.number), piece.start) for piece in pieces]
        said = join(segments, made, plan, end=pieces[-1].end, whole=whole)
        with speaking_of(target):
            named(room if is_pattern(target) else made, target)
        return said

    def remove(self) -> None:
        """Remove all of it: the output is whole."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, number: int) -> Path:
        suffix = "" if self.form.kind == "pictures" else f".{self.form.suffix}"
        return self.folder / f"{number:05}{suffix}"

    def _note(self, number: int) -> Path:
        return self.folder / f"{number:05}.json"

    def _state(self, number: int) -> Path:
        return self.folder / f"{number:05}.npz"


@contextmanager
def taken_up(target: str, form: Format, run: Mapping[str, Any], resume: bool) -> Iterator[Parts]:
    """Give the pieces that an earlier run left, or none; nobody else may write this output meanwhile.

    Parameters
    ----------
    target : str
        The output.
    form : Format
    run : mapping
        What decides the frames; see :func:`~alphacut.video.identity.identity_of`.
    resume : bool
        Otherwise what is there is removed.

    Raises
    ------
    OptionError
        What is there was made of another clip or with other options; or another run is at work on it.
    OutputError
        It cannot be written there.
    """
    whole = Path(target).resolve()
    folder = whole.with_name(f".{whole.name}.parts")
    make_folder(folder)
    with _locked(folder / LOCK, target):
        threads = _agreed(folder, target, run, resume)
        yield Parts(folder, form, threads)


@contextmanager
def _locked(path: Path, target: str) -> Iterator[None]:
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise OptionError(
            f"output {target}", "another run is at work on it", "Wait for it, or name another."
        ) from None
    except OSError as error:
        raise OutputError(target, f"cannot be written: {error.strerror}", "Choose another place.") from error
    try:
        yield
    finally:
        lock.release()


def _agreed(folder: Path, target: str, run: Mapping[str, Any], resume: bool) -> int:
    """Return the number of threads that the pieces are made with; remove them where nothing goes on."""
    note, told = folder / RUN, json.loads(json.dumps(run, default=str))
    begun = json.loads(note.read_text()) if resume and note.exists() else None
    if begun is not None and begun["run"] == told:
        return int(begun["threads"])
    # Where no piece is whole there is nothing to be lost.
    if begun is not None and any(folder.glob("*.npz")):
        others = ", ".join(sorted(name for name in told if begun["run"].get(name) != told[name]))
        remedy = "Add --no-resume to begin anew, or give the same ones."
        raise OptionError(f"output {target}", f"was begun with other facts ({others})", remedy)
    for path in folder.iterdir():
        # The lock is held.
        if path.name != LOCK:
            discard(path)
    threads = cv2.getNumThreads()
    write_atomic(note, json.dumps({"run": told, "threads": threads}).encode())
    return threads
