"""Which photos were meant, and where each result goes, so that no two results meet."""

from __future__ import annotations

import glob
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import OptionError
from ..files import CUTOUT, sibling
from .places import files_below, is_folder, is_remote, look_anew, matches, place, reaching, scheme

SUFFIXES = frozenset(
    f".{name}"
    for name in (
        "jpg",
        "jpeg",
        "jpe",
        "png",
        "webp",
        "tif",
        "tiff",
        "bmp",
        "gif",
        "heic",
        "heif",
        "avif",
        "jp2",
        "ppm",
        "pgm",
        "pnm",
    )
)
"""What is taken from a folder; a file that is named is always tried."""

STREAM = "-"


@dataclass(frozen=True, slots=True)
class Job:
    """One photo and the place of its result; None is standard input or output."""

    source: Path | None
    target: Path | None

    @property
    def name(self) -> str:
        """What to call the photo."""
        return str(self.source) if self.source else "standard input"


def plan(inputs: Sequence[str], output: str | None, suffix: str) -> list[Job]:
    """Pair every photo that `inputs` mean with the place of its result.

    Parameters
    ----------
    inputs : sequence of str
        Files, folders (taken whole, subfolders included), glob patterns, or ``-`` for standard input.
    output : str or None
        None puts ``NAME-cutout.SUFFIX`` next to each photo; ``-`` is standard output; a folder mirrors the
        tree of the inputs; anything else is the one result's file.
    suffix : str
        Of the results that are not named, without a dot.

    Raises
    ------
    OptionError
        A combination that cannot be meant: several results into one file or stream, nothing to do.
    """
    for text in (*inputs, output or STREAM):
        if is_remote(place(text)):
            raise OptionError(
                text, "is in a store, which only a batch reaches", "Use `alphacut batch IN... OUT`."
            )
    photos = _photos(inputs, output)
    if not photos:
        raise _no_photos(inputs)
    if output is not None and output != STREAM and _is_folder(output, inputs, photos):
        return _into_folder(photos, inputs, place(output), suffix)
    if output is None:
        return unique([Job(p, sibling(p, suffix) if p else None) for p in photos])
    if len(photos) > 1:
        remedy = "Name a folder with -o, ending in a slash if it does not exist yet."
        raise OptionError(f"output {output!r}", f"cannot hold {len(photos)} results", remedy)
    return [Job(photos[0], None if output == STREAM else Path(output))]


def plan_folder(inputs: Sequence[str], output: str, suffix: str, held: Mapping[Path, Path]) -> list[Job]:
    """Pair every photo with its place below a folder; places that were given before are kept.

    Parameters
    ----------
    inputs, suffix
        As for :func:`plan`, without ``-``; also what fsspec reaches, as ``s3://bucket/photos``.
    output : str
        A folder, whatever it looks like, perhaps in a store.
    held : mapping of Path to Path
        Absolute path of a photo → the place of its result in an earlier plan.

    Returns
    -------
    list of Job
        Empty if there are no photos.
    """
    jobs = _into_folder(_photos(inputs, output), inputs, place(output), suffix)
    taken = {_key(target) for target in held.values()}
    return [_settled(job, held, taken) for job in jobs]


def expect_photos(inputs: Sequence[str], output: str) -> None:
    """Raise an OptionError where inputs mean no photo (the first one found is enough) or lie in several stores."""
    if next(_expand(inputs, place(output).absolute()), None) is None:
        raise _no_photos(inputs)
    if len({scheme(place(text)) for text in inputs}) > 1:
        raise _nothing_in_common(inputs)


def _nothing_in_common(inputs: Sequence[str]) -> OptionError:
    remedy = "Do them one after the other, each into a folder of its own."
    return OptionError(f"input {' '.join(inputs)}", "have no folder in common", remedy)


def _no_photos(inputs: Sequence[str]) -> OptionError:
    remedy = f"Looked for {', '.join(sorted(SUFFIXES))}."
    return OptionError(f"input {' '.join(inputs)}", "has no photos", remedy)


def _photos(inputs: Sequence[str], output: str | None) -> list[Path | None]:
    results = None if output is None or output == STREAM else place(output).absolute()
    return list(dict.fromkeys(_expand(inputs, results)))


def _settled(job: Job, held: Mapping[Path, Path], taken: set[str]) -> Job:
    assert job.source is not None and job.target is not None  # a folder holds no streams
    before = held.get(job.source.absolute())
    if before is not None:
        return Job(job.source, before)
    if _key(job.target) in taken:
        return _renamed(job, taken)
    taken.add(_key(job.target))
    return job


def _expand(inputs: Iterable[str], results: Path | None) -> Iterator[Path | None]:
    for text in inputs:
        path = place(text)
        look_anew(path)
        if text == STREAM:
            yield None
        elif is_folder(path):
            yield from _photos_below(path, results)
        elif _is_pattern(text):
            yield from matches(path)
        else:
            yield path


def _is_pattern(text: str) -> bool:
    path = place(text)
    with reaching(path):
        return glob.has_magic(text) and not path.exists()


def _photos_below(folder: Path, results: Path | None) -> Iterator[Path]:
    # A folder of results inside the folder of photos holds no photos.
    inside = results is not None and folder.absolute() in results.parents
    for path in files_below(folder):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        # Without an output folder, the last run's results lie among the photos: they are not photos either.
        made_by_us = path.stem.endswith(CUTOUT) and results is None
        below = inside and results in path.absolute().parents
        meant = path.suffix.lower() in SUFFIXES and not (hidden or made_by_us or below)
        if meant and (is_remote(path) or _is_meant(path)):
            yield path


def _is_meant(path: Path) -> bool:
    # A link that leads nowhere was meant as a photo: it fails by name and is not passed over.
    return path.is_file() or (path.is_symlink() and not path.exists())


def _is_folder(output: str, inputs: Sequence[str], photos: Sequence[Path | None]) -> bool:
    many = len(photos) > 1 or any(Path(text).is_dir() or _is_pattern(text) for text in inputs)
    suffixless = not Path(output).suffix and not Path(output).is_file()
    return output.endswith(("/", os.sep)) or Path(output).is_dir() or (many and suffixless)


def _into_folder(
    photos: Sequence[Path | None], inputs: Sequence[str], output: Path, suffix: str
) -> list[Job]:
    files = [photo for photo in photos if photo]
    root = _root(files, inputs) if files else Path()
    jobs = [
        Job(
            photo,
            (output / (photo.absolute().relative_to(root).as_posix() if photo else "stdin")).with_suffix(
                f".{suffix}"
            ),
        )
        for photo in photos
    ]
    return unique(jobs)


def _root(files: Sequence[Path], inputs: Sequence[str]) -> Path:
    if len(inputs) == 1 and is_folder(place(inputs[0])):
        return place(inputs[0]).absolute()
    root = files[0].absolute().parent
    for file in files:
        while not _is_below(file.absolute(), root):
            if root == root.parent:
                raise _nothing_in_common(inputs)
            root = root.parent
    return root


def _is_below(path: Path, folder: Path) -> bool:
    return scheme(path) == scheme(folder) and path.is_relative_to(folder)


def unique(jobs: Sequence[Job]) -> list[Job]:
    """Give `a.jpg` and `a.png` two results: where several meet, each takes its photo's suffix into its name."""
    met = Counter(_key(job.target) for job in jobs)
    taken = {key for key, count in met.items() if count == 1}
    return [job if job.target is None or met[_key(job.target)] == 1 else _renamed(job, taken) for job in jobs]


def _renamed(job: Job, taken: set[str]) -> Job:
    assert job.source is not None and job.target is not None  # streams never meet
    stem, number = f"{job.target.stem}-{job.source.suffix.lstrip('.').lower() or 'file'}", 1
    target = job.target.with_stem(stem)
    while _key(target) in taken:
        number += 1
        target = job.target.with_stem(f"{stem}-{number}")
    taken.add(_key(target))
    return Job(job.source, target)


def _key(path: Path | None) -> str:
    # Folded, because on macOS and Windows A.png and a.png are one file.
    return str(path).casefold()
