"""What refinement keeps, and when it helps."""

import cv2
import numpy as np
import pytest

import scenes
from alphacut.refine import refine
from alphacut.refine.closed_form import Laplacian
from alphacut.refine.guided_filter import draw, sample
from alphacut.types import Photo

WAYS = ["auto", "hard", "soft"]


def noise(shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


def blurred(alpha, sigma):
    return np.clip(cv2.GaussianBlur(alpha, (0, 0), sigma), 0, 1)


def error(got, true):
    return float(np.abs(got - true).sum())


def on_sky(alpha):
    size = len(alpha)
    hair = scenes.mottled(size, (70, 45, 30), 0.25, 11)
    return scenes.mix(alpha, hair, scenes.gradient(size, (90, 140, 220), (215, 225, 235)))


@pytest.fixture(scope="module")
def hair():
    alpha = np.ascontiguousarray(scenes.hair(800, 2.0), np.float32)
    return on_sky(alpha), alpha


@pytest.mark.parametrize("edges", WAYS)
@pytest.mark.parametrize("value", [0, 0.2, 0.5, 0.6, 1])
def test_a_constant_alpha_is_left_alone(edges, value):
    alpha = np.full((800, 90), value, np.float32)
    got, notes = refine(Photo(noise(alpha.shape)), alpha, edges)
    assert np.array_equal(got, alpha)
    assert notes


@pytest.mark.parametrize("edges", WAYS)
@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 3), (721, 7), (801, 643)])
def test_any_size_gives_an_alpha_and_the_given_one_is_not_written_to(edges, shape):
    alpha = np.clip(np.random.default_rng(3).normal(0.5, 0.6, shape), 0, 1).astype(np.float32)
    before = alpha.copy()
    got, _ = refine(Photo(noise(shape)), alpha, edges)
    assert got.shape == shape and got.dtype == np.float32
    assert got.min() >= 0 and got.max() <= 1
    assert np.array_equal(alpha, before)


@pytest.mark.parametrize("edges", ["auto", "soft"])
def test_blurred_hair_comes_closer_to_the_truth(hair, edges):
    photo, true = hair
    coarse = blurred(true, 8)
    got, notes = refine(Photo(photo), coarse, edges)
    assert error(got, true) < 0.97 * error(coarse, true)
    assert "drawn anew" in notes[0]


def test_a_large_photo_gets_detail_that_an_enlarged_answer_has_not():
    true = np.ascontiguousarray(scenes.fur(2000), np.float32)
    small = cv2.resize(blurred(cv2.resize(true, (1024, 1024), interpolation=cv2.INTER_AREA), 3), (2000, 2000))
    got, _ = refine(Photo(on_sky(true)), small, "auto")
    assert error(got, true) < 0.85 * error(small, true)


def test_a_crisp_edge_stays_crisp_unless_soft_is_asked_for():
    true = np.zeros((800, 800), np.float32)
    cv2.circle(true, (400, 400), 250, 1, -1, cv2.LINE_AA)
    true = blurred(true, 1)
    photo = Photo(
        scenes.mix(true, scenes.plain(800, (200, 30, 40)), scenes.mottled(800, (90, 140, 90), 0.2, 5))
    )
    grey = {way: float((4 * a * (1 - a)).sum()) for way in WAYS for a in [refine(photo, true, way)[0]]}
    assert grey["auto"] < 1.3 * grey["hard"]
    assert error(refine(photo, true, "auto")[0], true) < 0.004 * true.size


def test_the_same_photo_gives_the_same_alpha_twice(hair):
    photo, true = hair
    first, second = (refine(Photo(photo), blurred(true, 8), "auto")[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_sixteen_bits_give_what_eight_give(hair):
    photo, true = hair
    coarse = blurred(true, 8)
    deep = Photo(photo.astype(np.uint16) * 257)
    apart = np.abs(refine(deep, coarse, "auto")[0] - refine(Photo(photo), coarse, "auto")[0])
    assert apart.mean() < 0.001 and apart.max() < 0.15  # a shrunk photo of 8 bits is rounded


def test_hard_edges_are_left_as_they_are():
    alpha = np.zeros((800, 800), np.float32)
    cv2.circle(alpha, (400, 400), 200, 1, -1)
    alpha = blurred(alpha, 1.5)
    got, _ = refine(Photo(noise(alpha.shape)), alpha, "hard")
    assert np.array_equal(got, alpha)


def test_far_from_an_outline_nothing_is_drawn(hair):
    photo, true = hair
    coarse = blurred(true, 4)
    got = refine(Photo(photo), coarse, "soft")[0]
    near = cv2.dilate(((coarse > 0.05) & (coarse < 0.95)).astype(np.uint8), np.ones((61, 61), np.uint8))
    assert np.array_equal(got[near == 0], coarse[near == 0])


def test_edges_are_the_same_whatever_else_is_in_the_photo():
    # The equation is solved in a box around all edges: here around one subject, there nearly the whole photo.
    photo = cv2.GaussianBlur(noise((800, 900)), (0, 0), 2)
    alone = np.zeros((800, 900), np.float32)
    cv2.circle(alone, (450, 400), 150, 1, -1)
    more = alone.copy()
    for corner in (50, 50), (850, 750):
        cv2.circle(more, corner, 30, 1, -1)
    near = slice(200, 600), slice(250, 650)
    one, other = (refine(Photo(photo), blurred(alpha, 6), "auto")[0][near] for alpha in (alone, more))
    assert np.abs(one - blurred(alone, 6)[near]).max() > 0.2
    assert np.abs(one - other).max() < 0.01


def test_doubt_inside_the_subject_is_settled_but_not_for_soft_edges():
    alpha = np.zeros((800, 800), np.float32)
    alpha[100:700, 100:700] = 1
    alpha[250:450, 250:450] = 0.7
    photo = Photo(noise(alpha.shape))
    for way in ("auto", "hard"):
        assert refine(photo, alpha, way)[0][300:400, 300:400].min() == 1
    assert refine(photo, alpha, "soft")[0][350, 350] == np.float32(0.7)


def test_doubt_outside_the_subject_stays():
    alpha = np.zeros((800, 800), np.float32)
    alpha[100:300, 100:600] = 1
    alpha[400:600, 100:600] = 0.3
    got = refine(Photo(noise(alpha.shape)), alpha, "auto")[0]
    assert np.allclose(got[450:550, 150:550], 0.3)


def test_the_edges_of_a_small_photo_are_the_networks():
    alpha = np.ascontiguousarray(scenes.fur(256), np.float32)
    outline = blurred((alpha > 0.5).astype(np.float32), 2)
    got, notes = refine(Photo(noise(alpha.shape)), outline, "auto")
    assert np.array_equal(got, refine(Photo(noise(alpha.shape)), outline, "hard")[0])
    assert "fewer than" in notes[0]


def test_no_seam_at_the_borders_of_tiles(hair):
    photo, true = hair
    got, _ = refine(Photo(photo), blurred(true, 8), "auto")
    step = np.abs(np.diff(got, axis=1)).mean(0)
    assert step[255::256].mean() < 1.5 * step[200:600].mean() + 1e-3


def test_lines_found_small_draw_the_large_photo():
    # An alpha that is one linear function of colour everywhere is known wherever the colour is.
    image = cv2.GaussianBlur(noise((400, 300)), (0, 0), 3)
    true = (image / np.float32(255)) @ np.array([0.5, 0.3, -0.2], np.float32) + np.float32(0.2)
    small, low = (cv2.resize(p, (75, 100), interpolation=cv2.INTER_AREA) for p in (image, true))
    line = Laplacian(small.astype(np.float32) / 255, 2, 1e-7).mean_line(low)
    box = slice(100, 300), slice(50, 250)
    assert np.abs(draw(image[box], line, box, true.shape) - true[box]).max() < 0.01


def test_a_sample_is_where_the_whole_plane_enlarged_would_have_it():
    ramp = np.tile(np.linspace(0.5, 49.5, 50, dtype=np.float32), (40, 1))
    part = sample(ramp, (slice(30, 60), slice(60, 95)), (80, 100))
    assert np.allclose(part, (np.arange(60, 95) + 0.5) / 2, atol=0.02)


def test_another_word_for_edges_is_an_error():
    with pytest.raises(ValueError, match="auto, hard or soft"):
        refine(Photo(noise((4, 4))), np.zeros((4, 4), np.float32), "crisp")
