"""SAD, MSE, Grad and Conn: values worked out by hand, and the benchmark's programs written again, slowly."""

import math

import numpy as np
import pytest
import scipy.ndimage

import scenes
from alphacut.evaluate.matting import conn, grad, mse, sad


def f32(rows):
    return np.array(rows, np.float32)


def eight_bits(alpha):
    """As files hold it: no 8-bit value stands exactly 0.15 above a level, where rounding would decide."""
    return np.rint(alpha * 255).astype(np.float32) / np.float32(255)


def slow_grad(alpha, truth):
    """Rhemann's gaussgradient, term by term: two-dimensional filters, each divided by the root of its energy."""
    sigma, half = 1.4, 4
    filter_x = np.zeros((9, 9))
    for i in range(9):
        for j in range(9):
            u, v = i - half, j - half
            bell = math.exp(-(u**2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi))
            slope = -v * math.exp(-(v**2) / (2 * sigma**2)) / (sigma * math.sqrt(2 * math.pi)) / sigma**2
            filter_x[i, j] = bell * slope
    filter_x /= math.sqrt((filter_x**2).sum())

    def length(image):
        x = scipy.ndimage.convolve(image.astype(np.float64), filter_x, mode="nearest")
        y = scipy.ndimage.convolve(image.astype(np.float64), filter_x.T, mode="nearest")
        return np.sqrt(x**2 + y**2)

    return ((length(alpha) - length(truth)) ** 2).sum() / 1000


def slow_conn(alpha, truth):
    """Rhemann's compute_connectivity_error, line by line."""
    level = np.full(alpha.shape, -1.0)
    thresholds = [k / 10 for k in range(11)]
    for k in range(1, 11):
        labels, count = scipy.ndimage.label(np.minimum(alpha, truth) >= np.float32(thresholds[k]))
        sizes = [(labels == n).sum() for n in range(1, count + 1)]
        omega = labels == 1 + int(np.argmax(sizes)) if count else np.zeros(alpha.shape, bool)
        level[(level == -1) & ~omega] = thresholds[k - 1]
    level[level == -1] = 1
    ours, true = alpha - level, truth - level  # in float64, as MATLAB has it
    return np.abs((1 - ours * (ours >= 0.15)) - (1 - true * (true >= 0.15))).sum() / 1000


@pytest.fixture(scope="module", params=["hair", "rings", "veil", "glass"])
def pair(request):
    truth = eight_bits(getattr(scenes, request.param)(96))
    noise = np.random.default_rng(5).standard_normal(truth.shape) * 0.1
    wrong = np.clip(scipy.ndimage.gaussian_filter(np.roll(truth, 2, 1), 1.5) + noise, 0, 1)
    return eight_bits(wrong), truth


def test_sad_and_mse_by_hand():
    alpha, truth = f32([[0, 0.5], [1, 0.25]]), f32([[0, 1], [0.5, 0.75]])
    assert sad(alpha, truth) == pytest.approx(1.5 / 1000)
    assert mse(alpha, truth) == pytest.approx(0.75 / 4)
    band = np.array([[True, True], [False, False]])
    assert sad(alpha, truth, band) == pytest.approx(0.5 / 1000)
    assert mse(alpha, truth, band) == pytest.approx(0.125)
    assert math.isnan(mse(alpha, truth, np.zeros((2, 2), bool)))


def test_grad_of_a_step_by_hand():
    # A vertical step answers only to the horizontal filter: bell summed over rows times ramp summed to the step.
    truth = np.zeros((40, 40), np.float32)
    alpha = truth.copy()
    alpha[:, 20:] = 1
    x = np.arange(-4, 5)
    bell = np.exp(-(x**2) / (2 * 1.4**2))
    ramp = x * bell
    energy = (np.outer(bell, ramp) ** 2).sum()
    profile = [bell.sum() * ramp[k:].sum() for k in range(1, 9)]
    assert grad(alpha, truth) == pytest.approx(40 * (np.square(profile).sum() / energy) / 1000)


def test_conn_by_hand():
    # The large region is agreed on; the lone pixel is connected at no level above 0, so all of it is lost.
    truth = f32([[1, 1, 0, 0, 0], [1, 1, 0, 0, 0]])
    alpha = f32([[1, 1, 0, 0, 0.8], [1, 1, 0, 0, 0]])
    assert conn(alpha, truth) == pytest.approx(0.8 / 1000)
    # Less than 0.15 above its level is forgiven.
    assert conn(f32([[1, 1, 0, 0, 0.14], [1, 1, 0, 0, 0]]), truth) == 0
    # Diagonal neighbours are not connected: the corner has level 0 in both, and both lose the same.
    corner = f32([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    assert conn(corner, corner) == 0
    assert conn(corner * f32([1, 1, 0.5]), corner) == pytest.approx(0.5 / 1000)


def test_the_fast_ones_agree_with_the_slow_ones(pair):
    alpha, truth = pair
    assert grad(alpha, truth) == pytest.approx(slow_grad(alpha, truth), rel=1e-6)
    assert conn(alpha, truth) == pytest.approx(slow_conn(alpha, truth), rel=1e-5)


def test_the_band_and_the_rest_are_the_whole(pair):
    alpha, truth = pair
    band = (truth > 0) & (truth < 1)
    for metric in (sad, grad, conn):
        assert metric(alpha, truth, band) + metric(alpha, truth, ~band) == pytest.approx(metric(alpha, truth))
        assert metric(truth, truth) == 0


def test_a_grey_matte_is_not_stretched_to_white():
    truth = np.zeros((20, 20), np.float32)
    truth[5:15, 5:15] = 1
    assert sad(truth / 2, truth) == pytest.approx(100 * 0.5 / 1000)
    assert conn(truth / 2, truth) > 0 and grad(truth / 2, truth) > 0
