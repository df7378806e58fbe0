"""Planted parts are found again, in the paintings that have them, and what they do to a linear head is exact."""

import numpy as np
import pytest
import torch

from brushwork.explain.concepts import Concepts, firing, found_concepts, strongest, windows


def planted(count: int = 200, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Cells (N, 40) made of three sparse directions (3, 40) with sparse strengths (N, 3)."""
    choose = np.random.default_rng(seed)
    directions = np.zeros((3, 40), np.float32)
    for k in range(3):
        directions[k, 12 * k : 12 * k + 12] = choose.uniform(0.5, 1.5, 12)
    strengths = (choose.gamma(1, 1, (count, 3)) * (choose.random((count, 3)) < 0.5)).astype(np.float32)
    return strengths @ directions + choose.uniform(0, 0.01, (count, 40)).astype(np.float32), directions, strengths


def test_planted_parts_are_found_with_their_strengths_and_are_stable() -> None:
    cells, directions, strengths = planted()
    found = found_concepts(cells, 3, 0)
    own = found.directions * found.scale
    cosines = (own / np.linalg.norm(own, axis=1, keepdims=True)) @ (
        directions / np.linalg.norm(directions, axis=1, keepdims=True)
    ).T
    assert sorted(cosines.argmax(1)) == [0, 1, 2]
    assert cosines.max(1).min() > 0.98
    told = found.strengths(cells)
    for k, which in enumerate(cosines.argmax(1)):
        assert np.corrcoef(told[:, k], strengths[:, which])[0, 1] > 0.98
    assert found.stability.min() > 0.95
    again = found_concepts(cells, 3, 0)
    assert np.array_equal(found.directions, again.directions)


def test_noise_has_no_stable_concepts() -> None:
    noise = np.random.default_rng(0).gamma(1, 1, (150, 60)).astype(np.float32)
    found = found_concepts(noise, 6, 0)
    assert found.stability.mean() < 0.8
    assert found.stability.mean() == pytest.approx(found.chance, abs=0.15)
    cells, _, _ = planted()
    parts = found_concepts(cells, 3, 0)
    assert parts.stability.min() > parts.chance + 0.05


def test_a_linear_score_is_the_sum_of_what_concepts_do_to_it() -> None:
    cells, directions, _ = planted()
    exact = Concepts(directions, np.full(40, 0.5, np.float32), np.full(40, 2.0, np.float32), np.ones(3, np.float32))
    strengths = np.random.default_rng(1).uniform(0, 2, (9, 3)).astype(np.float32)
    made = (strengths @ directions) * 2.0 + 0.5
    weights = np.random.default_rng(2).normal(size=40).astype(np.float32)
    told = exact.strengths(made.astype(np.float32))
    assert told == pytest.approx(strengths, abs=1e-3)
    assert told @ exact.coefficients(weights) + weights.sum() / 2 == pytest.approx(made @ weights, abs=1e-2)
    assert (exact.strengths(-cells) == 0).all()


def test_windows_divide_a_canvas_and_average_it() -> None:
    activation = torch.rand(1, 5, 20, 26)
    cells, side = windows(activation)
    assert side == 5
    assert cells.shape == (4 * 5, 5)
    assert torch.allclose(cells[7], activation[0, :, 5:10, 10:15].mean((1, 2)))
    assert windows(torch.rand(1, 5, 3, 3))[1] == 1


def test_the_strongest_are_of_different_artists_and_nothing_is_shown_that_is_not_there() -> None:
    assert strongest([5, 4, 3, 2, 1], ["a", "a", "b", "c", "b"], 3) == [0, 2, 3]
    assert strongest([0, 0, 1], ["a", "b", "c"], 3) == [2]


def test_a_concept_fires_where_it_is() -> None:
    _, directions, _ = planted()
    concepts = Concepts(directions, np.zeros(40, np.float32), np.ones(40, np.float32), np.ones(3, np.float32))
    activation = torch.zeros(1, 40, 4, 6)
    activation[0, :, 1, 2] = torch.from_numpy(directions[1])
    found = firing(concepts, activation)
    assert found.shape == (3, 4, 6)
    assert float(found[1, 1, 2]) == pytest.approx(1, abs=1e-3)
    assert float(found.sum()) == pytest.approx(1, abs=1e-2)
