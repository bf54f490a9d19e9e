"""The light's direction, and what is chosen from it."""

import numpy as np
import pytest

import floors
import scenes
from alphacut.compose.shadow import Shadow, ShadowLook, choose, make_shadow, room
from alphacut.compose.shadow.auto import direction_of
from alphacut.compose.shadow.shading import light_direction

LOOK = ShadowLook()


def apart(first, second):
    return abs((first - second + 180) % 360 - 180)


def lit_ball(direction, size=300, albedo=(200, 120, 90), noise=3.0):
    """A ball by Lambert's law under a lamp halfway to the front, with some fill light, on grey."""
    y, x = (np.mgrid[:size, :size] - size / 2) / (0.3 * size)
    alpha = np.clip((1 - np.hypot(x, y)) * 0.3 * size + 0.5, 0, 1).astype(np.float32)
    z = np.sqrt(np.clip(1 - x * x - y * y, 0, 1))
    angle = np.radians(direction)
    lamp = np.sin(angle) * 0.7 * x - np.cos(angle) * 0.7 * y + 0.7 * z
    light = 0.25 + 0.75 * np.clip(lamp, 0, 1)
    pixels = floors.encoded(light[..., None] * floors.linear(np.array(albedo) / 255))
    rng = np.random.default_rng(0)
    photo = alpha[..., None] * pixels + (1 - alpha[..., None]) * 0.6
    return alpha, floors.camera(photo, rng, noise, 85)


@pytest.mark.parametrize("direction", range(0, 360, 45))
def test_a_ball_shows_where_its_lamp_is(direction):
    found, note = light_direction(*lit_ball(direction))
    assert apart(found, direction) < 10
    assert "shading" in note


def test_exposure_and_depth_do_not_turn_the_light():
    alpha, photo = lit_ball(300)
    dark = (photo // 2).astype(np.uint16) * 257
    assert apart(light_direction(alpha, dark)[0], 300) < 12


@pytest.mark.parametrize("subject", floors.SUBJECTS)
def test_a_flat_colour_shows_no_light(subject):
    alpha = floors.SUBJECTS[subject](300).astype(np.float32)
    direction, note = light_direction(alpha, scenes.mottled(300, (150, 120, 90), 0.02, 4))
    assert direction is None
    assert "no direction" in note or "too small" in note


def test_turning_the_photo_turns_the_light():
    alpha, photo = lit_ball(45)
    turned = light_direction(np.rot90(alpha).copy(), np.rot90(photo).copy())[0]
    assert apart(turned, 45 - 90) < 10


def test_auto_keeps_the_photo_s_own_shadow():
    scene = floors.draw("bottle", "even", "white", "cast", 0.6)
    auto = make_shadow("auto", scene.alpha, LOOK, scene.photo)
    assert np.array_equal(auto.opacity, make_shadow("keep", scene.alpha, LOOK, scene.photo).opacity)
    assert apart(auto.direction, 270) < 60  # it falls to the right, so the light is on the left


@pytest.mark.parametrize(("direction", "side"), [(290, 1), (60, -1)])
def test_auto_draws_a_shadow_away_from_the_light_and_to_the_back(direction, side):
    alpha, photo = lit_ball(direction)
    kind, look, kept = choose(alpha, photo, LOOK)
    assert kind == "stand"
    assert kept.is_empty
    assert 90 <= look.direction <= 270
    opacity = make_shadow("auto", alpha, LOOK, photo).opacity * (1 - alpha)
    columns = np.indices(alpha.shape)[1]
    assert np.sign(np.average(columns, weights=opacity) - 150) == side


def test_what_was_asked_for_wins():
    alpha, photo = lit_ball(290)
    _, look, _ = choose(alpha, photo, ShadowLook(direction=100, length=1.25, opacity=0.2))
    assert (look.direction, look.length, look.opacity) == (100, 1.25, 0.2)


def test_auto_on_texture_says_why_it_drew():
    scene = floors.textured()[0]
    auto = make_shadow("auto", scene.alpha, LOOK, scene.photo)
    assert auto.opacity.max() > 0.3
    assert any("smooth surface" in note for note in auto.notes)
    assert any("light" in note for note in auto.notes)


def test_auto_s_room_holds_its_shadow_on_either_side():
    box = (50, 40, 150, 90)
    auto = room("auto", box, LOOK)
    for direction in (100, 180, 260):
        drawn = room("stand", box, ShadowLook(direction=direction))
        assert all(held >= needed for held, needed in zip(auto, drawn, strict=True))


@pytest.mark.parametrize(
    ("rows", "columns", "direction"),
    [((98, 102), (70, 90), 270), ((98, 102), (10, 30), 90), ((110, 130), (45, 55), 0)],
)
def test_direction_is_from_where_the_shadow_lies_to_the_foot(rows, columns, direction):
    alpha, opacity = np.zeros((2, 150, 100), np.float32)
    alpha[60:100, 40:60] = 1  # the foot is at row 100, column 50
    opacity[slice(*rows), slice(*columns)] = 0.5
    assert apart(direction_of(Shadow(opacity), alpha), direction) < 2


def test_a_shadow_on_all_sides_has_no_direction():
    alpha, opacity = np.zeros((2, 150, 100), np.float32)
    alpha[60:100, 40:60] = 1
    opacity[98:102, 30:70] = 0.5
    assert direction_of(Shadow(opacity), alpha) is None
    assert direction_of(Shadow(np.zeros_like(alpha)), alpha) is None
