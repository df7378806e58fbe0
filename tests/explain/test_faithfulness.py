"""Measures against closed forms for linear models, and against SciPy."""

import math

import pytest
import torch
from scipy.stats import spearmanr
from torch import Tensor

from brushwork.explain.faithfulness import (
    disturbed,
    drop_through,
    falls_without,
    hidden_cells,
    infidelity_of,
    max_sensitivity,
    mu_fidelity,
    normalised,
    spearman,
)

WEIGHTS = torch.randn(3, 36, 36, generator=torch.Generator().manual_seed(0))
PICTURE = torch.randn(1, 3, 36, 36, generator=torch.Generator().manual_seed(1))


def linear(pictures: Tensor) -> Tensor:
    """A score whose every pixel's part is its weight times its value."""
    return (pictures * WEIGHTS).sum((1, 2, 3))


def test_rank_correlation_is_scipys_also_with_ties_and_nan_where_nothing_varies() -> None:
    choose = torch.Generator().manual_seed(0)
    for _ in range(5):
        a, b = (torch.randint(0, 6, (40,), generator=choose).float() for _ in range(2))
        assert spearman(a, b) == pytest.approx(spearmanr(a.numpy(), b.numpy()).statistic)
    assert math.isnan(spearman(torch.ones(5), torch.rand(5)))


def test_subsets_have_exactly_a_fifth_of_the_cells() -> None:
    """xplique's comment promises it, its code draws each cell by itself."""
    subsets = hidden_cells(0)
    assert subsets.shape == (200, 81)
    assert set(subsets.sum(1).tolist()) == {16.0}
    assert len({tuple(row) for row in subsets.tolist()}) > 190


def test_a_map_of_true_parts_has_mu_fidelity_one_and_its_negative_minus_one() -> None:
    parts = (PICTURE[0] * WEIGHTS).sum(0)
    subsets = hidden_cells(0)
    falls = falls_without(linear, PICTURE, subsets, float(linear(PICTURE)[0]))
    assert mu_fidelity(parts, subsets, falls) == pytest.approx(1, abs=1e-3)
    assert mu_fidelity(-parts, subsets, falls) == pytest.approx(-1, abs=1e-3)
    assert abs(mu_fidelity(torch.rand(36, 36), subsets, falls)) < 0.5


def test_infidelity_of_a_linear_model_is_nothing_for_its_weights_and_one_for_no_map() -> None:
    """Weights shared by all colours are what a map of one number a pixel can say."""

    def grey(pictures: Tensor) -> Tensor:
        return (pictures * WEIGHTS[:1]).sum((1, 2, 3))

    seen = disturbed(grey, PICTURE, 5)
    assert infidelity_of(seen, WEIGHTS[0]) < 1e-6
    assert infidelity_of(seen, 7 * WEIGHTS[0]) < 1e-6  # the scale of a map is free
    assert infidelity_of(seen, torch.zeros(36, 36)) == pytest.approx(1, abs=1e-5)
    assert infidelity_of(seen, -WEIGHTS[0]) == 1  # no scale turns it over
    others = [torch.randn(36, 36, generator=torch.Generator().manual_seed(100 + k)) for k in range(80)]
    found = [infidelity_of(seen, one) for one in others]
    assert sum(found) / 80 == pytest.approx(
        1 - 1 / 80, abs=0.01
    )  # by chance half of them fit a little, half are turned over
    turned = [infidelity_of(seen, -one) for one in others]
    assert all((a == 1) != (b == 1) for a, b in zip(found, turned, strict=True))


def test_sensitivity_of_a_map_that_ignores_the_picture_is_nothing_and_of_zeros_undefined() -> None:
    assert max_sensitivity(lambda pictures: torch.ones(len(pictures), 4, 4), PICTURE, 0) == 0
    assert math.isnan(max_sensitivity(lambda pictures: torch.zeros(len(pictures), 4, 4), PICTURE, 0))
    # |d| <= 0.02 in every one of n numbers moves the picture itself by at most 0.02 sqrt(n).
    moved = max_sensitivity(lambda pictures: pictures[:, 0], PICTURE, 0)
    most = 0.02 * 36 / float(PICTURE[0, 0].norm())
    assert 0.5 * most < moved <= most + 1e-6
    assert moved == max_sensitivity(lambda pictures: pictures[:, 0], PICTURE, 0)


def test_drop_is_relative_and_a_map_that_keeps_everything_wins_it() -> None:
    """pytorch-grad-cam's DropInConfidence is the plain difference."""

    def told(pictures: Tensor) -> Tensor:
        return torch.sigmoid(pictures.mean((1, 2, 3)))

    bright = torch.ones(1, 3, 8, 8)
    whole = float(told(bright)[0])
    empty = drop_through(told, bright, torch.zeros(8, 8), whole)
    assert empty.drop == pytest.approx((whole - 0.5) / whole)
    assert empty.gain == empty.increase == 0
    everything = drop_through(told, bright, torch.ones(8, 8), whole)
    assert everything.drop == pytest.approx(0, abs=1e-6)
    dark = drop_through(told, -bright, torch.zeros(8, 8), 1 - whole)
    assert dark.gain == pytest.approx((0.5 - (1 - whole)) / whole)
    assert dark.increase == 1


def test_maps_are_brought_to_one_scale_with_zero_where_it_was() -> None:
    maps = torch.tensor([[[2.0, -4.0]], [[0.0, 0.0]]])
    assert torch.equal(normalised(maps, (1, 2)), torch.tensor([[[0.5, -1.0]], [[0.0, 0.0]]]))
