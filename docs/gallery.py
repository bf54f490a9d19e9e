"""Write gallery.md and its pictures: every background, shadow, frame and look, on photos that may be shown.

    python docs/gallery.py

`TABLE` is the page: each row is a picture, and the options that its caption shows are those that made it.
"""

from __future__ import annotations

import itertools
import re
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageOps
from skimage import data

from alphacut import Cutter, Options
from alphacut.compose.background import over
from alphacut.compose.presets import find_preset, preset_names
from alphacut.cutout import Cutout, with_alpha
from alphacut.encode import eight_bits

PAGE = Path(__file__).with_suffix(".md")
PICTURES = PAGE.with_suffix("")
SIDE = 320
COLUMNS = 3
GREEN = (40, 180, 70)

HEAD = """# Gallery

Made by `make gallery` from the table in [gallery.py](gallery.py): what stands under a picture is what was typed. The
photos are scikit-image's. The thin line around a picture is its edge; chequers are what is transparent.
"""

INTRODUCTIONS = {
    "Backgrounds": "Every kind, and what it is good for: [backgrounds.md](backgrounds.md).",
    "Shadows": "Every kind, and what changes it: [shadows.md](shadows.md). `listing.jpg` is the cup in a drawn studio, "
    "with its shadow, as a photo. In a frame, the shadow has room too.",
    "Frames": "What the words mean: [frames.md](frames.md).",
    "Marketplaces": "One word for the frame, the background, the format and the largest file: "
    "[frames.md](frames.md#presets).",
    "Look": "How far each goes, and where it does nothing: [look.md](look.md). `lamp.jpg`, `dark.jpg` and `green.jpg` "
    "are photos of this page under a warm lamp, with a third of the light, and before a green screen that shines on "
    "the subject.",
}

TABLE: dict[str, list[tuple[str, str, str | None]]] = {
    "Backgrounds": [
        ("the photo", "astronaut", None),
        ("none", "astronaut", ""),
        ("white", "astronaut", "-b white"),
        ("colour", "astronaut", "-b '#c9d8c5'"),
        ("translucent colour", "astronaut", "-b '#1a3a6a80'"),
        ("linear gradient", "astronaut", "-b 'linear(white, #b8c4d0)'"),
        ("three colours at an angle", "astronaut", "-b 'linear(#fceabb, #f8b500 60%, #c0392b, 135)'"),
        ("radial gradient", "astronaut", "-b 'radial(white, #8fa3b8, at 50% 35%)'"),
        ("picture", "astronaut", "-b rocket.jpg"),
        ("picture shown whole", "astronaut", "-b 'picture(rocket.jpg, contain, top, #101830)'"),
        ("picture in tiles", "astronaut", "-b 'picture(bricks.jpg, tile, top left)'"),
        ("picture stretched", "astronaut", "-b 'picture(rocket.jpg, stretch)'"),
        ("blur", "astronaut", "-b blur"),
        ("stronger blur", "astronaut", "-b 'blur(8%)'"),
        ("blur of a table", "coffee", "-b 'blur(5%)'"),
        ("studio, white", "coffee", "-b studio-white --shadow auto"),
        ("studio, grey", "coffee", "-b studio-grey --shadow auto"),
        ("studio, warm", "coffee", "-b studio-warm --shadow auto"),
        ("studio, dark", "coffee", "-b studio-dark --shadow auto"),
    ],
    "Shadows": [
        ("drop", "coffee", "-b '#e9e4dc' --shadow drop"),
        ("contact", "coffee", "-b white --shadow contact"),
        ("cast", "coffee", "-b '#e9e4dc' --shadow cast"),
        ("reflection", "coffee", "-b white --margin 4% --shadow reflection"),
        ("on nothing", "coffee", "--shadow drop"),
        ("auto, by the light on the subject", "coffee", "-b '#e9e4dc' --margin 6% --shadow auto"),
        ("light from the front right", "coffee", "-b white --margin 6% --shadow cast --shadow-direction 135"),
        ("light from the front", "coffee", "-b white --margin 6% --shadow cast --shadow-direction 180"),
        ("shorter", "coffee", "-b white --margin 6% --shadow cast --shadow-length 0.3"),
        ("crisp", "coffee", "-b white --margin 6% --shadow cast --shadow-softness 0.005"),
        ("soft", "coffee", "-b white --margin 6% --shadow cast --shadow-softness 0.1"),
        ("darker", "coffee", "-b white --margin 6% --shadow cast --shadow-opacity 0.8"),
        ("coloured", "coffee", "-b '#f3e7d8' --shadow drop --shadow-colour '#7a2a10'"),
        ("far from the wall", "coffee", "-b '#e9e4dc' --shadow drop --shadow-length 0.12"),
        ("a photo with a shadow", "listing", None),
        ("keep", "listing", "-b '#cfe0ec' --shadow keep"),
        ("auto, the photo's own", "listing", "-b white --shadow auto"),
    ],
    "Frames": [
        ("the photo", "coffee", None),
        ("crop", "coffee", "-b '#e9e4dc' --crop"),
        ("margin", "coffee", "-b '#e9e4dc' --margin 10%"),
        ("four margins", "coffee", "-b '#e9e4dc' --margin '5% 10% 30% 10%'"),
        ("shape", "coffee", "-b '#e9e4dc' --crop --aspect 4:5"),
        ("the whole photo in a shape", "coffee", "-b '#e9e4dc' --aspect 1:1"),
        ("scale", "coffee", "-b '#e9e4dc' --canvas 800x800 --scale 0.6"),
        ("position", "coffee", "-b '#e9e4dc' --canvas 800x800 --scale 0.6 --position bottom"),
        ("another position", "coffee", "-b '#e9e4dc' --canvas 900x500 --scale 0.6 --position '90% 60%'"),
    ],
    "Marketplaces": [
        *((find_preset(name).title, "coffee", f"--preset {name}") for name in preset_names()),
        ("with a contact shadow", "coffee", "--preset amazon --shadow contact"),
        ("with a cast shadow", "coffee", "--preset amazon --shadow cast"),
        ("the photo's shadow kept", "listing", "--preset amazon --shadow keep"),
    ],
    "Look": [
        ("under a warm lamp", "lamp", None),
        ("on white", "lamp", "-b white"),
        ("balance", "lamp", "-b white --balance"),
        ("a dark photo", "dark", None),
        ("on white, dark", "dark", "-b white"),
        ("exposure", "dark", "-b white --exposure 0.85"),
        ("before another sky", "astronaut", "-b rocket.jpg"),
        ("harmonise", "astronaut", "-b rocket.jpg --harmonise 0.5"),
        ("harmonise, as far as it goes", "astronaut", "-b rocket.jpg --harmonise 1"),
        ("a finished listing", "listing", None),
        ("match", "rocket", "--match listing.jpg --subjects largest"),
        ("match, on another background", "coffee", "--match listing.jpg -b '#cfe0ec'"),
        ("before a green screen", "green", None),
        ("without despill", "green", "-b white"),
        ("despill", "green", "-b white --despill green"),
        ("outline", "cat", "-b '#3d6b8c' --outline 5"),
        ("sticker", "coffee", "--crop --outline 14 --outline-rounding 14 --shadow drop"),
        ("glow", "astronaut", "-b '#101830' --outline 14 --outline-softness 14 --outline-colour '#9fd0ff'"),
        ("soft edges mixed as values", "cat", "-b '#d01040' --feather 8"),
        ("mixed as light", "cat", "-b '#d01040' --feather 8 --linear"),
        ("inverse", "coffee", "--inverse"),
    ],
}


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture of the page: a photo, and what is typed after its name; None shows the photo itself."""

    section: str
    title: str
    photo: str
    typed: str | None

    @property
    def file(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", f"{self.section} {self.title}".lower()).strip("-") + ".webp"

    @property
    def caption(self) -> str:
        return (
            f"{self.photo}.jpg" if self.typed is None else f"alphacut {self.photo}.jpg {self.typed}".strip()
        )

    @property
    def options(self) -> Options:
        return Options.from_mapping(dict(_flags(shlex.split(self.typed or ""))))


def shots() -> list[Shot]:
    """Return the table's rows."""
    return [Shot(section, *row) for section, rows in TABLE.items() for row in rows]


def page() -> str:
    """Return the page's Markdown."""
    parts = [HEAD]
    for section, rows in itertools.groupby(shots(), lambda shot: shot.section):
        cells = [
            f"![{shot.title}](gallery/{shot.file})<br>**{shot.title}**<br>`{shot.caption}`" for shot in rows
        ]
        cells += [""] * (-len(cells) % COLUMNS)
        lines = [f"| {' | '.join(cells[at : at + COLUMNS])} |" for at in range(0, len(cells), COLUMNS)]
        lines.insert(1, "|---" * COLUMNS + "|")
        parts.append("\n".join([f"## {section}", "", INTRODUCTIONS[section], "", *lines, ""]))
    return "\n".join(parts)


def write() -> None:
    """Write the page and its pictures; the networks run once a photo."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chdir(folder), Cutter() as cutter:
        cut = _photos(cutter)
        for shot in shots():
            picture = Image.open(f"{shot.photo}.jpg")
            if shot.typed is not None:
                # A photo that brings its alpha along and keeps it needs no network.
                options = Options.from_mapping({"source_alpha": "keep"}, base=shot.options)
                result = cutter.cut(with_alpha(cut[shot.photo].photo.pixels, cut[shot.photo].alpha), options)
                picture = Image.fromarray(eight_bits(result.picture().pixels))
            shown(picture).save(PICTURES / shot.file, quality=84, method=6)
    for path in {*PICTURES.iterdir()} - {PICTURES / shot.file for shot in shots()}:
        path.unlink()
    PAGE.write_text(page(), encoding="utf-8")


def shown(picture: Image.Image) -> Image.Image:
    """Return a picture as the page shows it: small, on chequers where it is transparent, with a line around it."""
    small = picture.convert("RGBa")  # premultiplied, or hidden colours would bleed in
    small.thumbnail((SIDE - 2, SIDE - 2), Image.Resampling.LANCZOS, reducing_gap=None)
    row, column = np.indices(small.size[::-1]) // 10
    ground = Image.fromarray(np.where((row + column) % 2, 255, 214).astype(np.uint8)).convert("RGBA")
    return ImageOps.expand(Image.alpha_composite(ground, small.convert("RGBA")).convert("RGB"), 1, "#ccc")


def _flags(words: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield names and values of options as they are typed; a flag that is followed by none is on."""
    while words:
        name = {"-b": "background"}.get(words[0], words[0].removeprefix("--"))
        alone = len(words) == 1 or words[1].startswith("-")
        yield name, True if alone else words[1]
        words = words[1 if alone else 2 :]


def _photos(cutter: Cutter) -> dict[str, Cutout]:
    """Write the photos into this folder, and return them cut out."""
    photos = {
        name: np.ascontiguousarray(getattr(data, name)()) for name in ("astronaut", "cat", "coffee", "rocket")
    }
    for name, pixels in photos.items():
        _save(name, pixels)
    _save(
        "bricks",
        cv2.resize(cv2.cvtColor(data.brick(), cv2.COLOR_GRAY2RGB), (96, 96), interpolation=cv2.INTER_AREA),
    )
    cut = {name: cutter.cut(pixels) for name, pixels in photos.items()}
    look = "-b studio-white --shadow cast --canvas 900x900 --scale 0.6 --position '50% 60%'"
    made = cutter.cut(photos["coffee"], Shot("", "", "", look).options).picture().pixels
    photos = {
        "listing": made,
        "lamp": (made * np.array([1, 0.9, 0.75])).astype(np.uint8),
        "dark": _darker(photos["coffee"]),
        "green": _before_green(cut["astronaut"]),
    }
    for name, pixels in photos.items():
        _save(name, pixels)
    return cut | {name: cutter.cut(pixels) for name, pixels in photos.items()}


def _save(name: str, pixels: np.ndarray) -> None:
    Image.fromarray(pixels).save(f"{name}.jpg", quality=95)


def _darker(pixels: np.ndarray) -> np.ndarray:
    return (255 * (pixels / 255 * 0.33 ** (1 / 2.2))).astype(np.uint8)


def _before_green(cutout: Cutout) -> np.ndarray:
    """Return the subject before a green screen whose light falls on its edge."""
    near = cv2.GaussianBlur(1 - cutout.alpha, None, 12)[..., None] * 0.5
    lit = cutout.foreground * (1 - near) + np.array(GREEN) * near
    return over(lit.astype(np.uint8), cutout.alpha, (*GREEN, 255))


if __name__ == "__main__":
    write()
