"""The matrix-free operator against the dense matrix of the paper, and what the solve keeps."""

import numpy as np
import pytest

from alphacut.refine.closed_form import Laplacian, solve


def dense(image, epsilon):
    """Build the matting Laplacian (Levin et al. 2008, eq. 12) window by window, cut by the border."""
    height, width = image.shape[:2]
    matrix = np.zeros((height * width, height * width))
    for y in range(height):
        for x in range(width):
            window = [
                (j, i)
                for j in range(max(0, y - 1), min(height, y + 2))
                for i in range(max(0, x - 1), min(width, x + 2))
            ]
            colours = np.array([image[j, i] for j, i in window], np.float64)
            centred = colours - colours.mean(0)
            covariance = centred.T @ centred / len(window) + epsilon / len(window) * np.eye(3)
            affinity = (1 + centred @ np.linalg.solve(covariance, centred.T)) / len(window)
            at = [j * width + i for j, i in window]
            matrix[np.ix_(at, at)] += np.eye(len(window)) - affinity
    return matrix


def photo(shape=(9, 9), seed=0):
    return np.random.default_rng(seed).random((*shape, 3)).astype(np.float32)


@pytest.mark.parametrize("shape", [(9, 9), (2, 7)])
def test_the_operator_is_the_papers_matrix(shape):
    image = photo(shape)
    p = np.random.default_rng(1).random(shape).astype(np.float32)
    matrix, operator = dense(image, 1e-2), Laplacian(image, 1, 1e-2)
    assert np.allclose((operator @ p).ravel(), matrix @ p.ravel(), atol=1e-4)
    assert np.allclose(operator.diagonal().ravel(), np.diag(matrix), atol=1e-4)


@pytest.mark.parametrize("colour", [(1, 1, 1), (0, 0, 0), (0.5, 0.2, 0.9)])
def test_one_colour_gives_finite_numbers(colour):
    # White studio backgrounds: the covariance of a flat window is nothing but its epsilon.
    image = np.full((20, 20, 3), colour, np.float32)
    image[5:9] *= np.linspace(1, 0.5, 20)[:, None]
    assert np.isfinite(Laplacian(image) @ photo((20, 20))[..., 0].copy()).all()


def test_the_minimum_is_reached_where_a_dense_solver_finds_it():
    image = photo()
    alpha = photo(seed=2)[..., 0].copy()
    weight = np.full((9, 9), 0.1, np.float32)
    unknown = np.zeros((9, 9), bool)
    unknown[2:7, 1:8] = True
    got = solve(image, alpha, weight, unknown, steps=200)
    free, matrix = unknown.ravel(), dense(image, 1e-4)
    system = matrix[np.ix_(free, free)] + 0.1 * np.eye(free.sum())
    right = 0.1 * alpha.ravel()[free] - matrix[np.ix_(free, ~free)] @ alpha.ravel()[~free]
    assert np.allclose(got.ravel()[free], np.clip(np.linalg.solve(system, right), 0, 1), atol=5e-3)
    assert np.array_equal(got[~unknown], alpha[~unknown])


def test_an_alpha_linear_in_colour_is_recovered_from_its_ends():
    ramp = np.tile(np.linspace(0, 1, 60, dtype=np.float32), (20, 1))
    image = ramp[..., None] * np.array([0.9, 0.5, 0.1], np.float32) + 0.05
    unknown = (ramp > 0.1) & (ramp < 0.9)
    guess = np.where(unknown, np.float32(0.5), ramp)
    got = solve(image, guess, np.full_like(ramp, 1e-6), unknown, steps=300)
    assert np.abs(got - ramp).max() < 0.02


def test_the_guided_filter_is_the_papers():
    guide, plane, epsilon = photo((11, 8)), photo((11, 8), 3)[..., 0].copy(), 0.01
    slopes, rests = np.zeros((11, 8, 3)), np.zeros((11, 8))
    windows = {}
    for y in range(11):
        for x in range(8):
            windows[y, x] = slice(max(0, y - 2), y + 3), slice(max(0, x - 2), x + 3)
            colours = guide[windows[y, x]].reshape(-1, 3).astype(np.float64)
            values = plane[windows[y, x]].ravel()
            ridge = epsilon * 25 / len(values) * np.eye(3)
            both = ((colours - colours.mean(0)) * (values - values.mean())[:, None]).mean(0)
            slopes[y, x] = np.linalg.solve(np.cov(colours.T, bias=True) + ridge, both)
            rests[y, x] = values.mean() - slopes[y, x] @ colours.mean(0)
    want = np.array(
        [
            [
                slopes[windows[y, x]].reshape(-1, 3).mean(0) @ guide[y, x] + rests[windows[y, x]].mean()
                for x in range(8)
            ]
            for y in range(11)
        ]
    )
    line = Laplacian(guide, 2, 25 * epsilon).mean_line(plane)
    assert np.allclose((line[..., :3] * guide).sum(2) + line[..., 3], want, atol=1e-4)
