"""Match: listings are drawn with a known style, saved as JPEG, and read back."""

import io
import math

import cv2
import numpy as np
import pytest
from PIL import Image

import scenes
from alphacut.compose.match import read_style
from alphacut.compose.read_backdrop import Backdrop, read_backdrop
from alphacut.compose.shadow import ShadowLook, make_shadow
from alphacut.errors import InputError

WIDTH, HEIGHT = 480, 600
WHITE, DARK = Backdrop("colour", (255,) * 3, (255,) * 3), Backdrop("colour", (40, 44, 52), (40, 44, 52))
SWEEP = Backdrop("linear", (250, 250, 250), (205, 210, 215), 180)
TALL = [
    (0.42, 0.36),
    (0.46, 0.34),
    (0.46, 0.2),
    (0.54, 0.2),
    (0.54, 0.34),
    (0.6, 0.36),
    (0.6, 0.8),
    (0.4, 0.8),
]
WIDE = [(0.25, 0.4), (0.6, 0.32), (0.78, 0.45), (0.75, 0.78), (0.3, 0.78)]


def product(points):
    """Return an alpha drawn eight times as large."""
    mask = np.zeros((HEIGHT * 8, WIDTH * 8), np.uint8)
    corners = np.array([(x * WIDTH * 8, y * HEIGHT * 8) for x, y in points]).round().astype(np.int32)
    cv2.fillPoly(mask, [corners], 255)
    return cv2.resize(mask, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def listing(backdrop, alpha, shadow=0.0, colour=(120, 60, 50)):
    """Return the photo, with noise, after a JPEG of quality 90."""
    ground = painted(backdrop) * (1 - np.asarray(shadow, np.float32)[..., None])
    subject = np.array(colour) + np.linspace(-30, 90, WIDTH)[None, :, None]
    photo = ground * (1 - alpha[..., None]) + subject * alpha[..., None]
    photo += np.random.default_rng(0).normal(0, 1, photo.shape)
    stream = io.BytesIO()
    Image.fromarray(np.clip(np.rint(photo), 0, 255).astype(np.uint8)).save(stream, "jpeg", quality=90)
    return np.array(Image.open(stream))


def painted(backdrop):
    """Paint a background pixel by pixel, as CSS describes it."""
    x, y = np.meshgrid((np.arange(WIDTH) + 0.5) / WIDTH, (np.arange(HEIGHT) + 0.5) / HEIGHT)
    if backdrop.kind == "radial":
        (cx, cy), root = backdrop.centre, math.sqrt(2)
        share = np.hypot((x - cx) / (root * max(cx, 1 - cx)), (y - cy) / (root * max(cy, 1 - cy)))
    else:
        across, up = math.sin(math.radians(backdrop.angle)), math.cos(math.radians(backdrop.angle))
        along = across * x * WIDTH - up * y * HEIGHT
        corners = [across * a * WIDTH - up * b * HEIGHT for a in (0, 1) for b in (0, 1)]
        share = (along - min(corners)) / (max(corners) - min(corners))
    return np.array(backdrop.first) + (np.array(backdrop.last) - np.array(backdrop.first)) * share[..., None]


def dropped(alpha, direction, length, softness, opacity):
    """Move the matte away from the light by whole pixels, and blur it."""
    height = np.ptp(np.flatnonzero(alpha.max(1) >= 0.5)) + 1
    turn = math.radians(direction)
    right, down = round(-math.sin(turn) * length * height), round(math.cos(turn) * length * height)
    return opacity * cv2.GaussianBlur(np.roll(alpha, (down, right), (0, 1)), (0, 0), softness * height)


def thrown(alpha, direction, length, opacity):
    """Lay the matte row by row on a floor that looks 0.45 as deep as it is, fainter by 55 % at the far end."""
    seen = np.flatnonzero(alpha.max(1) >= 0.5)
    foot, height = int(seen[-1]) + 1, len(seen)
    turn, laid = math.radians(direction), np.zeros_like(alpha)
    for high in np.arange(0, foot, 0.25):
        row = foot + math.cos(turn) * 0.45 * length * high
        if 0 <= row < HEIGHT:
            moved = np.roll(alpha[int(foot - 1 - high)], round(-math.sin(turn) * length * high))
            laid[int(row)] = np.maximum(laid[int(row)], moved)
    far = np.abs(np.arange(HEIGHT) - foot)[:, None] / (abs(math.cos(turn)) * 0.45 * length * height)
    return opacity * cv2.GaussianBlur(laid, (0, 0), 4) * (1 - 0.55 * np.minimum(far, 1))


def turned(first, second):
    return abs((first - second + 180) % 360 - 180)


@pytest.mark.parametrize(
    "backdrop",
    [
        WHITE,
        DARK,
        SWEEP,
        Backdrop("linear", (240, 220, 200), (200, 210, 250), 120),
        Backdrop("linear", (90, 140, 90), (150, 160, 200), 90),
        Backdrop("radial", (250, 248, 245), (190, 185, 180), centre=(0.5, 0.5)),
        Backdrop("radial", (120, 130, 150), (40, 40, 60), centre=(0.4, 0.35)),
    ],
)
@pytest.mark.parametrize("shadowed", [False, True])
def test_backgrounds_come_back(backdrop, shadowed):
    alpha = product(WIDE)
    shadow = dropped(alpha, 330, 0.08, 0.04, 0.4) if shadowed else 0
    found = read_backdrop(listing(backdrop, alpha, shadow), alpha)
    assert found.kind == backdrop.kind
    assert np.abs(np.array(found.first + found.last) - (backdrop.first + backdrop.last)).max() <= 5
    assert turned(found.angle, backdrop.angle) < 3 or backdrop.kind != "linear"
    assert np.abs(np.array(found.centre) - backdrop.centre).max() < 0.05 or backdrop.kind != "radial"
    assert np.abs(painted(found) - painted(backdrop)).mean() < 1.5


def test_white_is_read_as_exactly_white():
    alpha = product(TALL)
    assert read_backdrop(listing(WHITE, alpha), alpha).text == "#ffffff"


def test_the_text_is_what_the_option_takes():
    assert Backdrop("linear", (255, 255, 255), (200, 100, 0), 179.8).text == "linear(#ffffff, #c86400, 180)"
    assert (
        Backdrop("radial", (1, 2, 3), (0, 0, 0), centre=(0.5, 0.41)).text
        == "radial(#010203, #000000, at 50% 41%)"
    )
    assert Backdrop("picture", (1, 2, 3), (1, 2, 3)).text is None


@pytest.mark.parametrize(("backdrop", "points"), [(WHITE, WIDE), (SWEEP, TALL), (DARK, TALL)])
@pytest.mark.parametrize("numbers", [(315, 0.05, 0.03, 0.35), (20, 0.1, 0.05, 0.5)])
def test_drop_shadows_come_back(backdrop, points, numbers):
    alpha = product(points)
    found = read_style(listing(backdrop, alpha, dropped(alpha, *numbers)), alpha).shadow
    assert found.kind == "drop"
    assert turned(found.direction, numbers[0]) < 15
    assert found.length == pytest.approx(numbers[1], abs=0.015)
    assert found.softness == pytest.approx(numbers[2], abs=0.01)
    assert found.opacity == pytest.approx(numbers[3], abs=0.06)


@pytest.mark.parametrize(
    ("points", "direction", "length"),
    [(TALL, 225, 0.7), (WIDE, 135, 0.8), (TALL, 45, 0.6), (WIDE, 300, 0.7), (TALL, 135, 0.8)],
)
def test_cast_shadows_come_back(points, direction, length):
    alpha = product(points)
    found = read_style(listing(WHITE, alpha, thrown(alpha, direction, length, 0.45)), alpha).shadow
    assert found.kind == "cast"
    assert turned(found.direction, direction) < 15
    assert found.length == pytest.approx(length, abs=0.15)
    assert found.opacity == pytest.approx(0.45, abs=0.12)


@pytest.mark.parametrize("points", [TALL, WIDE])
@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("drop", (315, 0.05, 0.03, 0.35)),
        ("cast", (90, 0.7, 0.03, 0.45)),
        ("cast", (225, 0.7, 0.03, 0.45)),
        ("contact", (0, None, 0.03, 0.7)),
    ],
)
def test_what_is_drawn_is_read_in_the_same_words(points, kind, numbers):
    alpha = product(points)
    drawn = make_shadow(kind, alpha, ShadowLook(*numbers))
    found = read_style(listing(WHITE, alpha, drawn.opacity), alpha).shadow
    assert found.kind == kind
    assert turned(found.direction, numbers[0]) < 5
    assert kind == "contact" or found.length == pytest.approx(
        numbers[1], abs=0.01 if kind == "drop" else 0.05
    )
    assert found.softness == pytest.approx(numbers[2], abs=0.005 if kind != "cast" else 0.03)
    assert found.opacity == pytest.approx(numbers[3], abs=0.05 if kind != "contact" else 0.2)


@pytest.mark.parametrize("opacity", [0.3, 0.6])
def test_a_thin_darkness_underneath_is_a_contact_shadow(opacity):
    alpha = product(TALL)
    dark = np.zeros_like(alpha)
    cv2.ellipse(dark, (WIDTH // 2, int(0.8 * HEIGHT)), (46, 5), 0, 0, 360, opacity, -1)
    dark = cv2.GaussianBlur(dark, (0, 0), sigmaX=12, sigmaY=5)
    found = read_style(listing(WHITE, alpha, dark), alpha).shadow
    assert found.kind == "contact"
    assert found.opacity == pytest.approx(opacity, abs=0.3)


@pytest.mark.parametrize("backdrop", [WHITE, DARK, SWEEP])
def test_without_a_shadow_none_is_read(backdrop):
    alpha = product(TALL)
    values = read_style(listing(backdrop, alpha), alpha).values
    assert values["shadow"] == "none"
    assert not [name for name in values if name.startswith("shadow_")]


def test_frame_and_exposure_come_back():
    alpha = product([(0.1, 0.2), (0.7, 0.2), (0.7, 0.95), (0.1, 0.95)])
    style = read_style(listing(WHITE, alpha, colour=(180, 180, 180)), alpha)
    assert np.allclose(style.margins, (0.2, 0.3, 0.05, 0.1), atol=0.003)
    assert style.share == pytest.approx(0.75, abs=0.005)
    values = style.values
    assert (values["canvas"], values["aspect"], values["scale"]) == (
        "480x600",
        "4:5",
        pytest.approx(0.75, abs=0.005),
    )
    assert [float(part.rstrip("%")) for part in values["position"].split()] == pytest.approx([25, 80], abs=1)
    # The ramp over the subject goes from 162 to 234: 5 % of it are above 230.
    assert values["exposure"] == pytest.approx(230 / 255, abs=0.01)


def test_a_photographed_background_is_not_taken_over():
    alpha = product(TALL)
    room = cv2.resize(scenes.photograph(512, "coffee"), (WIDTH, HEIGHT))
    style = read_style(scenes.mix(alpha, np.full_like(room, 120), room), alpha)
    assert style.backdrop.kind == "picture"
    assert not {"background", "shadow"} & set(style.values)
    assert "no colour or gradient" in style.notes[0]


def test_a_subject_that_fills_the_frame_has_no_background():
    pixels = np.full((60, 80, 3), 90, np.uint8)
    style = read_style(pixels, np.ones((60, 80), np.float32))
    assert style.backdrop is None
    assert style.margins == (0, 0, 0, 0)
    assert set(style.values) == {"canvas", "aspect", "scale", "position", "exposure"}
    assert len(style.notes) == 2


def test_no_subject_is_an_error_that_names_the_file():
    with pytest.raises(InputError, match=r"best\.jpg: no subject was found"):
        read_style(np.zeros((50, 50, 3), np.uint8), np.zeros((50, 50), np.float32), "best.jpg")


def test_16_bits_say_the_same_as_8():
    alpha = product(WIDE)
    photo = listing(DARK, alpha, dropped(alpha, 315, 0.1, 0.04, 0.5))
    narrow, wide = read_style(photo, alpha), read_style(photo.astype(np.uint16) * 257, alpha)
    assert wide.backdrop.text == narrow.backdrop.text
    assert wide.shadow.kind == narrow.shadow.kind
    assert wide.exposure == pytest.approx(narrow.exposure, abs=0.001)
