"""Frames into a virtual camera, which other programs open as any camera: a device of the kernel module v4l2loopback."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2

from ...depth import eight_bits
from ...errors import OptionError, OutputError
from ...types import Pixels
from ..planes import frame_of
from .film_sink import as_system
from .mux import written_size
from .plan import Plan, written_colour

LAYOUT = "yuyv422"
"""What every program that knows cameras reads."""
MUXER = "video4linux2,v4l2"
REMEDY = (
    "Make one: `sudo modprobe v4l2loopback video_nr=9 exclusive_caps=1`, then -o /dev/video9; or write raw frames "
    "into a pipe with -o -."
)


def check_camera(target: str) -> None:
    """Say now what can be known without opening a virtual camera.

    Raises
    ------
    OptionError
        This PyAV was built without them.
    OutputError
        There is none of that name.
    """
    if MUXER not in av.formats_available:
        raise OptionError(
            f"output {target}", "this system has no virtual cameras", "Write into a pipe: -o -."
        )
    if not Path(target).exists():
        raise OutputError(target, "there is no such virtual camera", REMEDY)
    if not Path(target).is_char_device():
        raise OutputError(target, "is no virtual camera", REMEDY)


class CameraSink:
    """Shows frames as a camera, each as soon as it is there."""

    def __init__(self, target: str, plan: Plan) -> None:
        check_camera(target)
        self.size = written_size(plan)
        self.colour = written_colour(plan)
        try:
            with as_system():
                self.container = av.open(target, "w", format="v4l2")
                self.stream = self.container.add_stream("rawvideo", rate=plan.rate)
                self.stream.width, self.stream.height = self.size
                self.stream.pix_fmt = LAYOUT
                self.container.start_encoding()
        except OSError as error:
            problem = f"cannot be written as a virtual camera: {error.strerror or error}"
            raise OutputError(target, problem, REMEDY) from error

    def write(self, tick: int, pixels: Pixels) -> None:
        """Show a frame; when it was taken says nothing here."""
        width, height = self.size
        more = height - pixels.shape[0], width - pixels.shape[1]
        whole = cv2.copyMakeBorder(eight_bits(pixels), 0, more[0], 0, more[1], cv2.BORDER_REPLICATE)
        with as_system():
            for packet in self.stream.encode(frame_of(whole, LAYOUT, self.colour)):
                self.container.mux(packet)

    def close(self, end: Fraction, whole: bool) -> tuple[str, ...]:
        """Let go of the device."""
        with as_system():
            self.container.close()
        return ()
