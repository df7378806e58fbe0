"""The arithmetic agrees with torchmetrics and torch-fidelity, with the definitions, and with itself."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric
from torch_fidelity.metric_prc import prc_features_to_metric
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from brushwork.generator.distances import (
    Floats,
    effective_rank,
    frechet_distance,
    kernel_distance,
    kernel_distance_of_subsets,
    neighbourhood,
)


def two_sets(n: int = 200, m: int = 200, d: int = 24, seed: int = 0) -> tuple[Floats, Floats]:
    choose = np.random.default_rng(seed)
    mixing = choose.normal(size=(d, d)) / np.sqrt(d)
    ours, theirs = choose.normal(size=(n, d)) @ mixing, choose.normal(size=(m, d)) @ mixing * 1.2 + 0.3
    return ours, theirs


class AsTheyAre(torch.nn.Module):
    """A "network" whose pictures are features already, as torchmetrics asks for one."""

    num_features = 24

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures


def test_frechet_distance_is_torchmetrics_and_torch_fidelitys() -> None:
    ours, theirs = two_sets()
    metric = FrechetInceptionDistance(feature=AsTheyAre()).set_dtype(torch.float64)
    metric.update(torch.from_numpy(ours), real=False)
    metric.update(torch.from_numpy(theirs), real=True)
    assert frechet_distance(ours, theirs) == pytest.approx(float(metric.compute()), abs=1e-5)
    statistics = [fid_features_to_statistics(torch.from_numpy(rows)) for rows in (ours, theirs)]
    found = fid_statistics_to_metric(*statistics, verbose=False)[KEY_METRIC_FID]
    assert frechet_distance(ours, theirs) == pytest.approx(found, abs=1e-5)


@pytest.mark.parametrize("count", [10, 60])
def test_frechet_distance_with_fewer_pictures_than_features(count: int) -> None:
    ours, theirs = two_sets(count, count + 5, 40)
    statistics = [fid_features_to_statistics(torch.from_numpy(rows)) for rows in (ours, theirs)]
    found = fid_statistics_to_metric(*statistics, verbose=False)[KEY_METRIC_FID]
    assert frechet_distance(ours, theirs) == pytest.approx(found, abs=1e-5)


def test_frechet_distance_of_diagonal_normals_is_the_formula() -> None:
    signs = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1]], float) * np.sqrt(3 / 4)  # covariance 1 in both directions
    ours, theirs = signs * [2, 5], signs * [3, 1] + [7, 0]
    assert frechet_distance(ours, theirs) == pytest.approx(7**2 + (2 - 3) ** 2 + (5 - 1) ** 2)


@pytest.mark.filterwarnings("ignore:Metric `Kernel Inception Distance` will save all")
def test_kernel_distance_is_torchmetrics_and_torch_fidelitys() -> None:
    ours, theirs = two_sets()
    whole: dict[str, int] = {"kid_subsets": 1, "kid_subset_size": 200, "rng_seed": 0, "verbose": 0}
    found = kid_features_to_metric(torch.from_numpy(ours), torch.from_numpy(theirs), **whole)[KEY_METRIC_KID_MEAN]
    assert kernel_distance(ours, theirs) == pytest.approx(found, abs=1e-5)
    metric = KernelInceptionDistance(feature=AsTheyAre(), subsets=1, subset_size=200).set_dtype(torch.float64)
    metric.update(torch.from_numpy(ours), real=False)
    metric.update(torch.from_numpy(theirs), real=True)
    assert kernel_distance(ours, theirs) == pytest.approx(float(metric.compute()[0]), abs=1e-5)


def test_subsets_of_everything_are_the_whole_and_smaller_ones_come_near_it() -> None:
    ours, theirs = two_sets()
    assert kernel_distance_of_subsets(ours, theirs, 1000, 2) == pytest.approx(kernel_distance(ours, theirs))
    assert kernel_distance_of_subsets(ours, theirs, 50, 200) == pytest.approx(kernel_distance(ours, theirs), rel=0.15)


def test_precision_and_recall_are_torch_fidelitys() -> None:
    samples, real = two_sets(120, 150, 4)
    told = {"prc_neighborhood": 3, "prc_batch_size": 10000, "save_cpu_ram": False, "verbose": False}
    found = prc_features_to_metric(torch.from_numpy(samples), torch.from_numpy(real), **told)
    ours = neighbourhood(samples, real)
    assert (ours.precision, ours.recall) == pytest.approx((found["precision"], found["recall"]), abs=1e-5)
    assert 0.2 < ours.precision < 1
    assert 0.2 < ours.recall < 1


def test_density_and_coverage_are_the_definitions() -> None:
    samples, real = two_sets(40, 60, 3)
    radius = [sorted(float(np.linalg.norm(x - y)) for y in real)[5] for x in real]
    inside = [[bool(np.linalg.norm(y - x) <= r) for x, r in zip(real, radius, strict=True)] for y in samples]
    ours = neighbourhood(samples, real)
    assert ours.density == pytest.approx(sum(map(sum, inside)) / (5 * 40))
    assert ours.coverage == pytest.approx(sum(any(row[i] for row in inside) for i in range(60)) / 60)


def test_lost_modes_lower_recall_and_coverage_and_not_precision() -> None:
    choose = np.random.default_rng(0)
    real = choose.normal(size=(200, 5)) + 20 * (np.arange(200) % 2)[:, None]
    half = choose.normal(size=(200, 5))
    found, both = neighbourhood(half, real), neighbourhood(real[::-1] + 0.01, real)
    assert found.precision > 0.8
    assert found.recall < 0.55 < both.recall
    assert found.coverage < 0.55 < both.coverage


def test_effective_rank_counts_directions() -> None:
    choose = np.random.default_rng(0)
    line = np.outer(choose.normal(size=300), choose.normal(size=8)) + 3
    assert effective_rank(line) == pytest.approx(1, abs=1e-3)
    corners = np.concatenate([np.eye(6), -np.eye(6)])  # equal singular values in six directions
    assert effective_rank(corners) == pytest.approx(6)
    values = np.diag([3.0, 1.0])
    shares = np.array([0.75, 0.25])
    assert effective_rank(np.concatenate([values, -values])) == pytest.approx(np.exp(-(shares * np.log(shares)).sum()))
    assert effective_rank(np.ones((5, 4))) == 0


DISTANCES = [frechet_distance, kernel_distance]
Distance = Callable[[Floats, Floats], float]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(4, 40), st.integers(4, 40), st.integers(1, 30), st.integers(0, 10**6))
def test_distances_are_symmetric_and_know_no_order_and_no_axes(n: int, m: int, d: int, seed: int) -> None:
    ours, theirs = two_sets(n, m, d, seed)
    choose = np.random.default_rng(seed + 1)
    turned, _ = np.linalg.qr(choose.normal(size=(d, d)))
    for distance in DISTANCES:
        found = distance(ours, theirs)
        near = pytest.approx(found, rel=1e-6, abs=1e-7)
        assert distance(theirs, ours) == near
        assert distance(choose.permutation(ours), choose.permutation(theirs)) == near
        assert distance(ours @ turned, theirs @ turned) == near
    assert frechet_distance(ours + 5, theirs + 5) == pytest.approx(frechet_distance(ours, theirs), rel=1e-6, abs=1e-7)
    assert frechet_distance(ours, theirs) >= -1e-9
    assert frechet_distance(ours, choose.permutation(ours)) == pytest.approx(0, abs=1e-7)


def test_two_sets_of_one_distribution_are_at_zero_within_chance() -> None:
    found = [kernel_distance(*np.random.default_rng(k).normal(size=(2, 80, 10))) for k in range(40)]
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found)) < 3 * error
    assert min(found) < 0 < max(found)
    moved = [
        kernel_distance(a, b + 0.3) for a, b in (np.random.default_rng(k).normal(size=(2, 80, 10)) for k in range(5))
    ]
    assert min(moved) > max(found)
