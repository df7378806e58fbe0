"""How far two sets of features are apart: arithmetic alone, whatever the features are of.

Features are float64 (N, D), a row a picture; where order matters, samples come first and real pictures second.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from brushwork.randomness import stream

Floats = npt.NDArray[np.float64]


def frechet_distance(ours: Floats, theirs: Floats) -> float:
    """The squared Fréchet distance between normal distributions with the sets' means and covariances (Heusel et al. 2017).

    |m1 - m2|^2 + Tr(C1) + Tr(C2) - 2 Tr((C1 C2)^(1/2)). With C1 = A'A and C2 = B'B the last trace is the sum of the singular
    values of AB', so that no root of a matrix is taken and fewer pictures than features do no harm.
    """
    first, second = _root_of_covariance(ours), _root_of_covariance(theirs)
    shared = np.linalg.svd(first @ second.T, compute_uv=False).sum()
    gap = ours.mean(0) - theirs.mean(0)
    return float(gap @ gap + (first**2).sum() + (second**2).sum() - 2 * shared)


def _root_of_covariance(features: Floats) -> Floats:
    """A (min(N, D), D) with A'A the unbiased covariance."""
    rows = (features - features.mean(0)) / np.sqrt(len(features) - 1)
    return rows if len(rows) <= rows.shape[1] else np.linalg.qr(rows).R


def kernel_distance(ours: Floats, theirs: Floats) -> float:
    """The unbiased squared maximum mean discrepancy under (x.y / D + 1)^3 (Bińkowski et al. 2018), of all rows at once.

    Its mean is 0 for two sets of one distribution, so that it is often a little below. Needs two rows in each set.
    """
    m, n = len(ours), len(theirs)
    within_ours, within_theirs = _kernel(ours, ours), _kernel(theirs, theirs)
    return float(
        (within_ours.sum() - np.trace(within_ours)) / (m * (m - 1))
        + (within_theirs.sum() - np.trace(within_theirs)) / (n * (n - 1))
        - 2 * _kernel(ours, theirs).mean()
    )


def kernel_distance_of_subsets(
    ours: Floats, theirs: Floats, size: int = 1000, count: int = 100, seed: int = 0
) -> float:
    """The mean of `kernel_distance` over `count` random subsets of `size` rows, or of all where there are fewer.

    What is published as KID on Inception's features.
    """
    size = min(size, len(ours), len(theirs))
    if size == len(ours) == len(theirs):  # every subset is the whole
        return kernel_distance(ours, theirs)
    found = []
    for k in range(count):
        choose = stream(seed, "subset", k)
        parts = (rows[choose.choice(len(rows), size, replace=False)] for rows in (ours, theirs))
        found.append(kernel_distance(*parts))
    return float(np.mean(found))


def _kernel(ours: Floats, theirs: Floats) -> Floats:
    kernel: Floats = (ours @ theirs.T / ours.shape[1] + 1) ** 3
    return kernel


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Shares (density: a ratio that may pass 1) that tell faithful samples from various ones."""

    precision: float  # of the samples, those inside the neighbourhood of a real picture
    recall: float  # of the real pictures, those inside the neighbourhood of a sample
    density: float  # in how many neighbourhoods of real pictures a sample lies, over k
    coverage: float  # of the real pictures, those with a sample in their neighbourhood


def neighbourhood(samples: Floats, real: Floats, recall_k: int = 3, coverage_k: int = 5) -> Neighbourhood:
    """Precision and recall (Kynkäänniemi et al. 2019) and density and coverage (Naeem et al. 2020).

    The neighbourhood of a picture reaches as far as its k-th neighbour in its own set. Each set needs more than k rows.
    """
    across = distances(samples, real)  # (samples, real)
    in_samples, in_real = (
        np.sort(distances(samples, samples), 1),
        np.sort(distances(real, real), 1),
    )  # itself comes first
    near = across <= in_real[:, recall_k]
    nearer = across <= in_real[:, coverage_k]
    return Neighbourhood(
        precision=float(near.any(1).mean()),
        recall=float((across <= in_samples[:, recall_k, None]).any(0).mean()),
        density=float(nearer.sum(1).mean() / coverage_k),
        coverage=float(nearer.any(0).mean()),
    )


def effective_rank(features: Floats) -> float:
    """In how many directions the features spread: exp of the entropy of their singular values (Roy and Vetterli 2007).

    Of the features less their mean; 1 where all lie on a line, min(N - 1, D) at most, 0 where nothing varies.
    """
    values = np.linalg.svd(features - features.mean(0), compute_uv=False)
    values = values[values > values.max() * 1e-12]
    shares = values / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum())) if len(shares) else 0.0


def distances(ours: Floats, theirs: Floats) -> Floats:
    """Euclidean distances (N, M) between all rows of one set and all of the other."""
    squares = (ours**2).sum(1)[:, None] + (theirs**2).sum(1) - 2 * ours @ theirs.T
    if ours is theirs:
        np.fill_diagonal(squares, 0)
    return np.asarray(np.sqrt(squares.clip(0)))
