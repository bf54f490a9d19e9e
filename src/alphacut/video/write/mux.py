"""A container that is being written: pictures as packets, whoever made them, with the sound between them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av import Packet, VideoCodecContext, VideoStream

from ...errors import OptionError
from ..formats import ticks_of
from .plan import Plan, written_colour
from .sound import Track


class Mux:
    """A container with one stream of pictures and, if the plan has sound, its track.

    Parameters
    ----------
    path : Path
    plan : Plan
    template : VideoStream, optional
        Of packets that are copied; without it, the stream is the plan's encoder's.

    Raises
    ------
    OptionError
        No encoder here writes this format.
    """

    def __init__(self, path: Path, plan: Plan, template: VideoStream | None = None) -> None:
        form = plan.form
        encoder, pix_fmt = ("", "") if template is not None else find_encoder(plan)
        self.container = av.open(f"file:{path}", "w", format=form.container, options=dict(form.muxing))
        self.stream = (
            self._copied(template) if template is not None else self._encoded(plan, encoder, pix_fmt)
        )
        # Before the head is written; afterwards it is fixed.
        if form.tag:
            self.stream.codec_context.codec_tag = form.tag
        self.track = Track(self.container, plan.sound, form) if plan.sound and form.sound else None
        self.held: Packet[Any] | None = None

    def _encoded(self, plan: Plan, encoder: str, pix_fmt: str) -> VideoStream:
        added = self.container.add_stream(encoder, rate=plan.rate, options=options_of(plan))
        stream = cast(VideoStream, added)
        prepare(stream.codec_context, plan, pix_fmt)
        stream.time_base = stream.codec_context.time_base
        return stream

    def _copied(self, template: VideoStream) -> VideoStream:
        stream = self.container.add_stream_from_template(template, opaque=True)
        if template.metadata.get("alpha_mode") == "1":
            # The container's head says that there is alpha only where the pixel format has it.
            stream.codec_context.pix_fmt = "yuva420p"
        return stream

    def put(self, packet: Packet[Any]) -> None:
        """Write a packet; only when the next one comes, for until then nobody knows how long it is shown."""
        if self.held is not None:
            self._write((packet.pts or 0) * packet.time_base)
        self.held = packet

    def _write(self, until: Fraction) -> None:
        packet = self.held
        if packet is None or packet.pts is None:
            return
        # Sound first, and only so much: players read both together, and seek little.
        if self.track is not None:
            self.track.pump(packet.pts * packet.time_base)
        packet.duration = max(1, round(until / packet.time_base) - packet.pts)
        packet.stream = self.stream
        self.container.mux(packet)
        self.held = None

    def close(self, end: Fraction, whole: bool) -> tuple[str, ...]:
        """End the file; the last picture is shown until `end`, in seconds.

        Parameters
        ----------
        end : Fraction
        whole : bool
            Whether all pictures are there: then the sound is kept to its own end, otherwise to theirs.

        Returns
        -------
        tuple of str
            What there is to say of the sound.
        """
        try:
            self._write(end)
            if self.track is not None:
                self.track.pump(None if whole else end)
        finally:
            self.container.close()
            if self.track is not None:
                self.track.close()
        return tuple(self.track.notes) if self.track is not None else ()


def find_encoder(plan: Plan) -> tuple[str, str]:
    """Return the encoder and its pixel format for what is planned: the first that can be opened.

    Raises
    ------
    OptionError
        None can; the message says why.
    """
    reasons = []
    for encoder, with_alpha, opaque in plan.form.encoders:
        pix_fmt = with_alpha if plan.alpha else opaque
        # Whether a build of an encoder has what is asked for is known only once it is opened.
        try:
            context = cast(VideoCodecContext, VideoCodecContext.create(encoder, "w"))
            context.options = options_of(plan)
            prepare(context, plan, pix_fmt)
            context.open()
        except av.codec.codec.UnknownCodecError:
            reasons.append(f"{encoder} is not in this FFmpeg")
        except av.error.FFmpegError as error:
            reasons.append(f"{encoder} refuses: {error.strerror}")
        else:
            return encoder, pix_fmt
    what = "with transparency " if plan.alpha else ""
    problem = f"no encoder here writes it {what}({'; '.join(reasons)})"
    raise OptionError(f"format {plan.form.name!r}", problem, plan.form.remedy or "Install a newer PyAV.")


def prepare(context: VideoCodecContext, plan: Plan, pix_fmt: str) -> None:
    """Set what an encoder must know before it is opened."""
    context.width, context.height = written_size(plan)
    context.pix_fmt = pix_fmt
    context.framerate = plan.rate
    context.time_base = Fraction(1, ticks_of(plan.form, plan.rate))
    if plan.pixel_aspect != 1:
        context.sample_aspect_ratio = plan.pixel_aspect
    if plan.form.limited:
        colour = written_colour(plan)
        context.color_range, context.colorspace = colour.range or 2, colour.matrix or 2
        context.color_primaries, context.color_trc = colour.primaries or 2, colour.transfer or 2


def written_size(plan: Plan) -> tuple[int, int]:
    """Return width and height as they are written: one more, where the format needs them even."""
    if not plan.form.even:
        return plan.width, plan.height
    return plan.width + plan.width % 2, plan.height + plan.height % 2


def options_of(plan: Plan) -> dict[str, str]:
    """Return the encoder's options, the quality among them."""
    options = dict(plan.form.options)
    if plan.form.grade is not None:
        name, best, worst, usual = plan.form.grade
        quality = plan.quality
        options[name] = str(usual if quality is None else round(worst + (best - worst) * quality / 100))
    return options
