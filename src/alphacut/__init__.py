"""alphacut removes the background of a photo and gives back a correct, soft, full-resolution cutout.

>>> from alphacut import cut
>>> cut("photo.jpg").save("photo-cutout.png")  # doctest: +SKIP
"""

from __future__ import annotations

__version__ = "0.1.0"
