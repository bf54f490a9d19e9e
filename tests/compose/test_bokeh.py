"""The photo's own background out of focus: none of the subject in it, no seam, and lamps become discs."""

import cv2
import numpy as np
import pytest

import scenes
from alphacut.compose.backdrop import Scene, paint, parse_backdrop
from alphacut.compose.bokeh import disc
from alphacut.errors import InputError


def blurred(photo, alpha, text="blur", missing=None):
    return paint(parse_backdrop(text), alpha.shape, Scene(photo, alpha, missing))


@pytest.mark.parametrize("text", ["blur(1%)", "blur", "blur(15%)"])
@pytest.mark.parametrize("shape", [scenes.rings, scenes.defocus, scenes.leaf, scenes.motion])
def test_no_colour_of_the_subject_gets_in(shape, text):
    alpha = shape(300)
    ground = np.zeros((300, 300, 3), np.uint8)
    ground[..., 1:] = scenes.mottled(300, (120, 120, 120), 0.2, 5)[..., 1:]
    photo = scenes.mix(alpha, scenes.plain(300, (255, 0, 0)), ground)
    assert blurred(photo, alpha, text)[..., 0].max() <= 8  # of 255


def test_a_plain_subject_leaves_no_red_at_all():
    alpha = np.zeros((400, 400), np.float32)
    alpha[100:300, 130:260] = 1
    photo = scenes.mix(alpha, scenes.plain(400, (255, 0, 0)), scenes.plain(400, (0, 90, 160)))
    assert np.array_equal(blurred(photo, alpha), scenes.plain(400, (0, 90, 160)))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("value", [0, 1, 128, 254, 255])
def test_a_constant_background_stays_constant(value, dtype):
    photo = np.full((130, 170, 3), value * (np.iinfo(dtype).max // 255), dtype)
    alpha = np.pad(np.ones((40, 40), np.float32), ((30, 60), (40, 90)))
    result = blurred(photo, alpha)
    assert result.dtype == dtype
    assert np.abs(result.astype(int) - photo).max() <= (0 if dtype == np.uint8 else 2)


def test_a_lamp_becomes_a_disc_of_the_radius_asked_for():
    photo = scenes.plain(400, (20, 20, 20))
    cv2.circle(photo, (200, 200), 4, (255, 255, 255), -1)
    result = blurred(photo, np.zeros((400, 400), np.float32), "blur(5%)")[..., 0].astype(int)
    y, x = np.mgrid[:400, :400] - 200
    away = np.hypot(x, y)
    assert result[away > 28].max() <= 21
    inside = result[away < 14]
    assert inside.min() > 80  # a mean of the light alone gives 71
    assert inside.max() - inside.min() < 25
    light = (result / 255) ** 2.2
    half = (light[away < 14].mean() + light[away > 28].mean()) / 2
    assert (light > half).sum() == pytest.approx(np.pi * 20**2, rel=0.05)


def test_a_blur_is_the_mean_of_light_over_a_disc():
    # An independent way: whole convolution with a disc drawn by OpenCV, no highlights in the picture.
    photo = cv2.GaussianBlur(scenes.photograph(256, "coffee"), (0, 0), 3) // 3
    kernel = np.zeros((41, 41), np.float32)
    cv2.circle(kernel, (20 << 4, 20 << 4), round(12.8 * 16), 1, -1, cv2.LINE_AA, 4)
    encoded = photo / 255
    light = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    mean = np.maximum(cv2.filter2D(light, -1, kernel / kernel.sum()), 0)
    expected = 255 * np.where(mean <= 0.0031308, mean * 12.92, 1.055 * mean ** (1 / 2.4) - 0.055)
    found = blurred(photo, np.zeros((256, 256), np.float32), "blur(5%)")
    assert np.abs(found - expected)[16:-16, 16:-16].max() < 3


def test_the_background_goes_on_where_the_canvas_has_no_photo():
    size, inner = (300, 500), (slice(60, 240), slice(100, 400))
    sky = scenes.gradient(500, (90, 140, 220), (215, 225, 235))[:180, :300]
    canvas, alpha, missing = np.zeros((*size, 3), np.uint8), np.zeros(size, np.float32), np.ones(size, bool)
    canvas[inner], missing[inner] = sky, False
    alpha[100:200, 200:300] = 1
    result = blurred(canvas, alpha, "blur(2%)", missing).astype(int)
    assert np.abs(result[70:90, 110:390] - sky[10:30, 10:290]).max() < 8
    assert result.min() >= sky.min() - 1  # no black from beyond the photo
    assert np.abs(result[5, 250] - sky[0, 150]).max() < 25


def test_many_sizes_have_no_seams():
    for size in ((1, 1), (1, 700), (97, 3), (257, 513), (1001, 640)):
        y, x = np.mgrid[: size[0], : size[1]]
        photo = np.stack([60 + y * 100 // max(size), 60 + x * 100 // max(size), np.full(size, 90)], 2).astype(
            np.uint8
        )
        result = blurred(photo, np.zeros(size, np.float32), "blur(2%)").astype(int)
        assert np.abs(result - photo).max() <= 4


def test_a_subject_that_fills_the_photo_leaves_nothing_to_blur():
    with pytest.raises(InputError, match="nothing of the photo"):
        blurred(scenes.plain(50, (9, 9, 9)), np.ones((50, 50), np.float32))


def test_a_scene_of_another_size_is_refused():
    scene = Scene(scenes.plain(50, (9, 9, 9)), np.zeros((50, 50), np.float32))
    with pytest.raises(ValueError, match="size"):
        paint(parse_backdrop("blur"), (50, 60), scene)


@pytest.mark.parametrize("radius", [0.3, 1.0, 5.5, 12.0])
def test_a_disc_is_round_and_sums_to_one(radius):
    kernel = disc(radius)
    assert kernel.sum() == pytest.approx(1, abs=1e-6)
    assert np.array_equal(kernel, kernel.T)
    assert 1 / kernel.max() == pytest.approx(np.pi * radius**2, rel=0.15, abs=1)
