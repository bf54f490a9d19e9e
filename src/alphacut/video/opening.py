"""A film's container, opened: which stream, which decoder, and what is not opened at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError, NotFoundInput, OptionError, TooLarge
from ..options import Options

if TYPE_CHECKING:
    import av
    from av.container import InputContainer
    from av.video.codeccontext import VideoCodecContext

# They only name other files or addresses: a film from a stranger must not make this machine read those.
_ELSEWHERE = frozenset(
    ("hls", "applehttp", "dash", "webm_dash_manifest", "concat", "imf", "sdp", "rtsp", "rtp", "lavfi", "tty")
)


@dataclass(slots=True)
class Opened:
    """A container, its stream of frames and what decodes it."""

    container: InputContainer
    stream: av.VideoStream
    decoder: VideoCodecContext
    notes: tuple[str, ...]


@contextmanager
def opened(name: str, max_pixels: int) -> Iterator[Opened]:
    """Open a film, and close it at the end.

    Raises
    ------
    NotFoundInput
        No such file.
    InputError
        FFmpeg does not read it, or there are no frames in it.
    TooLarge
        A frame has more than `max_pixels`; said before any is decoded.
    """
    container = open_container(name, max_pixels)
    try:
        films = [stream for stream in container.streams.video if not _is_cover(stream)]
        if not films:
            what = "there is only sound in it" if container.streams.audio else "there are no frames in it"
            raise InputError(name, what, "Give a film.")
        best = container.streams.best("video")
        stream = next((film for film in films if best is not None and film.index == best.index), films[0])
        if stream.width * stream.height > max_pixels:
            problem = f"has frames of {stream.width}×{stream.height}, over the limit of {max_pixels} pixels"
            raise TooLarge(name, problem, "Raise max_pixels if you trust it.")
        decoder, notes = _decoder(stream)
        # A film may grow after its head; the decoder refuses then.
        decoder.options = {"max_pixels": str(max_pixels)}
        yield Opened(container, stream, decoder, notes)
    finally:
        container.close()


def open_container(name: str, max_pixels: int | None = None) -> InputContainer:
    """Open what FFmpeg reads, but nothing that only leads to other files or addresses.

    Parameters
    ----------
    name : path or address
    max_pixels : int, optional
        Largest frame that is decoded meanwhile, to learn what is in it; the options' default without it.

    Raises
    ------
    NotFoundInput
        No such file.
    InputError
        FFmpeg does not read it.
    """
    import av

    remote = "://" in name
    if not remote and not Path(name).exists():
        raise NotFoundInput(name, "there is no such file", "Check the path.")
    allowed = ",".join(sorted(av.formats_available - _ELSEWHERE))
    guard = {} if remote else {"protocol_whitelist": "file", "format_whitelist": allowed}
    limit = {"max_pixels": str(max_pixels or Options().max_pixels)}
    try:
        return av.open(
            name if remote else f"file:{name}",
            options=limit,
            container_options=guard,
            metadata_errors="replace",
        )
    except av.error.FFmpegError as error:
        remedy = "Is it whole? An MP4 that was cut off while it was recorded has lost its index at the end."
        raise InputError(name, f"FFmpeg cannot read it ({error.strerror})", remedy) from error


def _is_cover(stream: av.VideoStream) -> bool:
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.attached_pic)


def _decoder(stream: av.VideoStream) -> tuple[VideoCodecContext, tuple[str, ...]]:
    """Choose the decoder: FFmpeg's own for VP8 and VP9 do not see the alpha beside the colours."""
    import av

    usual = stream.codec_context
    other = {"vp8": "libvpx", "vp9": "libvpx-vp9"}.get(usual.name)
    if other is None or stream.metadata.get("alpha_mode") != "1":
        return usual, ()
    try:
        decoder = av.CodecContext.create(other, "r")
    except av.codec.codec.UnknownCodecError:
        return usual, (f"its transparency is left out: this FFmpeg has no decoder {other}",)
    decoder.extradata = usual.extradata
    return decoder, ()  # type: ignore[return-value]


def check_installed() -> None:
    """Say what is missing where PyAV is not installed.

    Raises
    ------
    OptionError
        It is not.
    """
    try:
        import av  # noqa: F401
    except ImportError:
        raise OptionError("video", "needs PyAV", "pip install 'alphacut[video]'.") from None
