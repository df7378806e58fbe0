"""Distances are nothing between halves of one thing, grow with what is done to it, and their ranges hold what they promise."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from brushwork.classifier.metrics import Floats, Indices
from brushwork.classifier.scores import Interval
from brushwork.exhibit import likeness
from brushwork.exhibit.likeness import (
    Halving,
    apart,
    difference,
    discrepancy,
    halved_by,
    halvings,
    kernel_of,
    of_many,
    of_paintings,
    share,
    uncorrelated,
    wasserstein,
)
from brushwork.exhibit.seeing import Cells
from brushwork.painting import Painting


def paintings(artists: int, each: int, styles: str = "A") -> list[Painting]:
    return [
        Painting(id=f"{s}{a}{k}", file="", style=s, group=f"{s}{a}")
        for s in styles
        for a in range(artists)
        for k in range(each)
    ]


def normal(count: int, seed: int, mean: float = 0.0) -> Cells:
    return np.random.default_rng(seed).normal(mean, 1, (count, 3, 5)).astype(np.float32)


@pytest.mark.parametrize(("artists", "by"), [(6, "artists"), (3, "paintings")])
def test_halves_share_nothing_and_have_as_many_of_every_style(artists: int, by: str) -> None:
    real = paintings(artists, 5, "AB")
    assert halved_by(real) == by
    found = halvings(real, 70, 0)
    assert len(found) == likeness.HALVINGS
    for h in found:
        assert not set(h.one) & set(h.other)
        assert len(h.one) == len(h.other) == h.generated.shape[1]
        assert len(set(h.generated.ravel())) == h.generated.size <= 35
        if by == "artists":
            assert not {real[k].group for k in h.one} & {real[k].group for k in h.other}
        assert sum(real[k].style == "A" for k in h.one) * 2 == len(h.one)
    few = halvings(real, 6, 0)
    assert all(len(h.one) == 3 for h in few)
    assert any(list(one.one) != list(other.one) for one, other in pairwise(found))


def test_halves_range_as_widely_as_other_samples_would() -> None:
    values = np.random.default_rng(0).normal(size=60)
    means = np.array([values[h.one].mean() for h in halvings(paintings(1, 60), 60, 0)])
    error = values.std(ddof=1) / np.sqrt(60)
    assert means.std() == pytest.approx(error, rel=0.15)


def test_two_sets_of_one_kind_lie_no_farther_apart_than_halves_and_another_kind_does() -> None:
    real = paintings(1, 40)
    halves = halvings(real, 60, 0)
    beyond = {}
    for mean in (0.0, 1.0):
        kernel = kernel_of(normal(60, 1, mean), normal(40, 2))
        found = apart(halves, 60, partial(discrepancy, kernel)).summary()
        assert found.floor.low > 0
        assert found.beyond.value == pytest.approx(found.generated.value - found.floor.value)
        beyond[mean] = found
    assert beyond[0.0].beyond.low < 0
    assert beyond[0.0].times == pytest.approx(1, abs=0.25)
    assert beyond[1.0].beyond.low > 0
    assert beyond[1.0].times > 2


def test_chance_seldom_passes_for_a_difference() -> None:
    def of(values: Floats, one: Indices, other: Indices) -> float:
        return wasserstein(values[one], values[other])

    wrong = 0
    for trial in range(40):
        values = np.random.default_rng(trial).normal(size=100)
        halves = halvings(paintings(1, 40), 60, trial)
        wrong += apart(halves, 60, partial(of, values)).summary().beyond.low > 0
    assert wrong <= 4


def test_the_distance_of_numbers_is_wassersteins() -> None:
    one, other = np.random.default_rng(0).normal(size=(2, 50))
    assert wasserstein(one, other) == pytest.approx(wasserstein_distance(one, other))
    assert wasserstein(one, one[::-1] + 3) == pytest.approx(3)


def test_maps_alike_but_for_scale_are_not_apart() -> None:
    one = np.random.default_rng(0).normal(size=(6, 7))
    assert uncorrelated(one, 5 * one + 2) == pytest.approx(0)
    assert uncorrelated(one, -one) == pytest.approx(2)


def test_a_kernel_is_the_mean_over_cells_and_a_set_is_nothing_from_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, real = normal(4, 0), normal(6, 1)
    kernel = kernel_of(ours, real)
    cells = np.concatenate([ours, real]).astype(float)
    flat = real.reshape(-1, 5).astype(float)
    squares = ((flat[:, None] - flat[None]) ** 2).sum(-1)
    width = np.median(squares[np.triu_indices(len(flat), 1)])
    wanted = np.exp(-((cells[1][:, None] - cells[7][None]) ** 2).sum(-1) / (2 * width)).mean()
    assert kernel[1, 7] == pytest.approx(wanted)
    assert np.allclose(kernel, kernel.T)
    monkeypatch.setattr(likeness, "AT_ONCE", 1)
    assert np.allclose(kernel_of(ours, real), kernel)
    same = np.arange(4)
    assert discrepancy(kernel, same, same[::-1]) == pytest.approx(0, abs=1e-7)
    assert discrepancy(kernel, same, np.arange(4, 8)) > 0


def test_features_that_never_vary_are_no_distance() -> None:
    kernel = kernel_of(np.ones((4, 2, 3), np.float32), np.ones((4, 2, 3), np.float32))
    found = apart([Halving(np.arange(2)[None], np.arange(2), np.arange(2, 4))], 4, partial(discrepancy, kernel))
    assert found.summary().floor.value == 0
    assert found.summary().beyond.low == 0


def test_shares_have_wilsons_interval() -> None:
    found = share(8, 10)
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Brown, Cai and DasGupta 2001
    assert of_many(np.ones(20), is_share=True).low < 1


def test_paintings_by_one_hand_are_no_independent_witnesses() -> None:
    alike = np.repeat([0.0, 1.0, 0.0, 1.0, 1.0, 0.0], 10)
    many, few = (of_paintings(alike, own, 0) for own in (paintings(60, 1), paintings(6, 10)))
    assert few.high - few.low > 1.5 * (many.high - many.low)
    plain = of_many(alike)
    assert many.low <= plain.low
    assert many.high >= plain.high


def test_a_difference_has_an_interval_from_both() -> None:
    found = difference(Interval(5, 4, 6), Interval(2, 0, 4))
    assert (found.value, found.low, found.high) == pytest.approx((3, 3 - np.sqrt(5), 3 + np.sqrt(5)))
    shares = difference(share(56, 70), share(48, 80))  # Newcombe 1998, example (a): 0.0524 to 0.3339
    assert (shares.low, shares.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)
