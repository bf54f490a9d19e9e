"""alphacut removes the background of a photo and gives back a correct, soft, full-resolution cutout.

>>> from alphacut import cut
>>> cut("photo.jpg").save("photo-cutout.png")  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .api import Cutter as Cutter
    from .api import cut as cut
    from .api import remove as remove
    from .cutout import Cutout as Cutout
    from .errors import AlphacutError as AlphacutError
    from .options import Options as Options

__version__ = "0.1.0"

_HOME = {
    "AlphacutError": "errors",
    "Cutout": "cutout",
    "Cutter": "api",
    "Options": "options",
    "cut": "api",
    "remove": "api",
}
__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> object:
    # Loaded when first used: importing numpy, OpenCV and Pillow takes longer than `import alphacut` may.
    if name not in _HOME:
        raise AttributeError(f"module 'alphacut' has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
