"""The kept shadow against drawn scenes, in which the light that the shadow takes is known.

The mean is taken over the shadow's region: pixels whose drawn opacity is above 0.02 and that the subject covers by
less than half. Both opacities are those of encoded values, ``1 - encoded(1 - lost)``.
"""

import cv2
import numpy as np
import pytest

import floors
import scenes
from alphacut.compose.backdrop import Scene, paint, parse_backdrop
from alphacut.compose.background import composite
from alphacut.compose.shadow import ShadowLook, lay, make_shadow

LOOK = ShadowLook()


def opacity(lost):
    return 1 - floors.encoded(1 - lost)


def errors(scene, shadow):
    error = np.abs(shadow.opacity - opacity(scene.lost))
    seen = scene.alpha < 0.5
    region = seen & (opacity(scene.lost) > 0.02)
    return error[region].mean(), error[seen].mean()


@pytest.fixture(scope="module")
def kept():
    return [(scene, make_shadow("keep", scene.alpha, LOOK, scene.photo)) for scene in floors.products()]


def test_error_over_the_shadow_is_small_in_every_scene(kept):
    worst = {scene.name: errors(scene, shadow)[0] for scene, shadow in kept}
    assert max(worst.values()) <= 0.05, max(worst, key=worst.get)
    assert np.mean(list(worst.values())) <= 0.015


def test_error_over_the_whole_background_is_smaller(kept):
    assert max(errors(scene, shadow)[1] for scene, shadow in kept) <= 0.006


def test_light_lost_is_right_too(kept):
    for scene, shadow in kept:
        region = (scene.alpha < 0.5) & (opacity(scene.lost) > 0.02)
        lost = 1 - floors.linear(1 - shadow.opacity)
        assert np.abs(lost - scene.lost)[region].mean() <= 0.1, scene.name


def test_shadow_is_nowhere_far_from_where_it_was_drawn(kept):
    for scene, shadow in kept:
        rows, columns = np.nonzero(opacity(scene.lost) > 0.004)
        far = np.ones(scene.alpha.shape, bool)
        far[max(rows.min() - 40, 0) : rows.max() + 40, max(columns.min() - 40, 0) : columns.max() + 40] = (
            False
        )
        assert not shadow.opacity[far].any(), scene.name


def test_photo_comes_back_on_its_own_floor():
    scene = floors.draw("bottle", "falling", "sand", "cast", 0.6, noise=0, quality=95)
    clean = floors.draw("bottle", "falling", "sand", None, 0, noise=0, quality=95)
    shadow = make_shadow("keep", scene.alpha, LOOK, scene.photo)
    region = (scene.alpha < 0.02) & (scene.lost > 0.1)
    again = lay(shadow, clean.photo).astype(int)
    assert np.abs(clean.photo.astype(int) - scene.photo)[region].mean() > 25
    assert np.abs(again - scene.photo)[region].mean() < 2.5


def test_a_photo_larger_than_the_working_copy_and_16_bits():
    small = floors.draw("shoe", "vignette", "grey", "contact", 0.6)
    photo, alpha, lost = (cv2.resize(part, (1100, 1100)) for part in (small.photo, small.alpha, small.lost))
    scene = floors.Floor("large", photo, np.clip(alpha, 0, 1), lost)
    eight = make_shadow("keep", scene.alpha, LOOK, scene.photo)
    sixteen = make_shadow("keep", scene.alpha, LOOK, scene.photo.astype(np.uint16) * 257)
    assert errors(scene, eight)[0] <= 0.05
    assert np.abs(eight.opacity - sixteen.opacity).max() < 0.02


@pytest.mark.parametrize("scene", floors.textured(), ids=lambda scene: scene.name)
def test_texture_gives_nothing_and_says_so(scene):
    shadow = make_shadow("keep", scene.alpha, LOOK, scene.photo)
    assert shadow.is_empty
    assert "smooth surface" in shadow.notes[0]


@pytest.mark.parametrize("light", floors.LIGHTS)
def test_a_floor_without_shadow_gives_nothing(light):
    scene = floors.draw("shoe", light, "grey", None, 0)
    shadow = make_shadow("keep", scene.alpha, LOOK, scene.photo)
    assert shadow.is_empty
    assert "darker" in shadow.notes[0]


@pytest.mark.parametrize("horizon", [0.3, 0.5, 0.6])
def test_a_dark_wall_behind_is_no_shadow(horizon):
    scene = floors.draw("bottle", "even", "grey", None, 0)
    photo = scene.photo.copy()
    wall = np.zeros(scene.alpha.shape, bool)
    wall[: round(horizon * len(wall))] = True
    wall &= scene.alpha < 0.5
    photo[wall] = (photo[wall] * 0.7).astype(np.uint8)
    assert make_shadow("keep", scene.alpha, LOOK, photo).is_empty


def test_the_floor_s_shadow_is_found_below_a_wall():
    scene = floors.draw("bottle", "even", "grey", "contact", 0.6)
    photo = scene.photo.copy()
    wall = np.arange(len(photo))[:, None] < 0.4 * len(photo)
    photo[wall & (scene.alpha < 0.5)] = (40, 60, 90)
    assert errors(scene, make_shadow("keep", scene.alpha, LOOK, photo))[0] <= 0.05


def test_a_coloured_stain_is_no_shadow():
    scene = floors.draw("shoe", "even", "white", "contact", 0.5, noise=0, quality=95)
    red = floors.encoded(0.8 * (1 - scene.lost[..., None] * np.array([0.1, 1.6, 1.6])))
    photo = np.where(scene.alpha[..., None] > 0.02, scene.photo, np.uint8(255 * red))
    assert make_shadow("keep", scene.alpha, LOOK, photo).is_empty


def test_a_dark_thing_apart_from_the_subject_is_not_kept():
    scene = floors.draw("bottle", "even", "grey", "contact", 0.5)
    photo = scene.photo.copy()
    photo[30:60, 30:60] = photo[30:60, 30:60] // 2
    shadow = make_shadow("keep", scene.alpha, LOOK, photo)
    assert not shadow.is_empty
    assert not shadow.opacity[20:70, 20:70].any()


def test_opacity_scales_what_was_kept():
    scene = floors.draw("bottle", "even", "grey", "contact", 0.5)
    whole = make_shadow("keep", scene.alpha, LOOK, scene.photo)
    half = make_shadow("keep", scene.alpha, ShadowLook(opacity=0.5), scene.photo)
    assert np.allclose(half.opacity, whole.opacity / 2, atol=1e-6)


def test_no_subject_and_nothing_but_subject():
    photo = scenes.plain(64, (200, 200, 200))
    for alpha, why in (
        (np.zeros((64, 64), np.float32), "no subject"),
        (np.ones((64, 64), np.float32), "fills"),
    ):
        shadow = make_shadow("keep", alpha, LOOK, photo)
        assert shadow.is_empty
        assert why in shadow.notes[0]


def test_a_photo_is_needed_and_has_to_fit():
    alpha = np.zeros((8, 8), np.float32)
    with pytest.raises(ValueError, match="needs a picture"):
        make_shadow("keep", alpha, LOOK)
    with pytest.raises(ValueError, match="expected shape"):
        make_shadow("keep", alpha, LOOK, np.zeros((8, 9, 3), np.uint8))


def test_a_faint_haze_where_wall_and_floor_meet_is_left_out():
    """A studio's sweep is no cubic: what is left over takes hardly any light, and on white shows where it ends."""
    y, x = np.mgrid[:900, :900]
    plate = np.clip(1 - (np.hypot((x - 445) / 265, (y - 555) / 180) - 1) * 200, 0, 1)
    cup = np.clip(1 - (np.hypot((x - 470) / 170, (y - 400) / 160) - 1) * 200, 0, 1)
    alpha = np.maximum(plate, cup).astype(np.float32)
    empty = Scene(np.zeros((900, 900, 3), np.uint8), alpha)
    drawn = make_shadow("cast", alpha, LOOK)
    behind = lay(drawn, paint(parse_backdrop("studio-white"), (900, 900), empty))
    photo = composite(np.full_like(behind, (150, 40, 20)), alpha, behind)
    found = make_shadow("keep", alpha, LOOK, photo).opacity
    away = (drawn.opacity == 0) & (alpha < 0.02)
    assert found.max() > 0.3
    assert (found[away] > 2.5 / 255).mean() < 0.002


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 3)])
def test_a_photo_of_a_few_pixels_is_no_fault(shape):
    photo = np.full((*shape, 3), 200, np.uint8)
    assert make_shadow("keep", np.ones(shape, np.float32), LOOK, photo).is_empty
