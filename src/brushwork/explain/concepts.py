"""Concepts: what recurs in a network's last map across paintings of all styles, found by NMF, and its part in the verdict."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn import functional as F

from brushwork.randomness import stream, stream_seed

Floats = npt.NDArray[np.float32]
STEPS, SEEDS = 120, 5  # of the factorisation; how often it is done anew to see what stays
WINDOWS = 4  # on the short side of a canvas
STABLE = 0.8  # the likeness over seeds from which on a concept is a stable one


@dataclass(frozen=True, slots=True, eq=False)
class Concepts:
    """K directions (K, C), nowhere negative, in channels above `floor` (C,) over `scale` (C,), and how stable each is."""

    directions: Floats
    floor: Floats
    scale: Floats
    stability: Floats  # (K,)
    chance: float = 0.0  # the mean stability where channels have nothing to do with one another

    def strengths(self, cells: Floats) -> Floats:
        """How much of each concept is in activations (N, C) that are nowhere negative, (N, K), by non-negative least squares."""
        return _strengths(_scaled(cells, self.floor, self.scale), self.directions)

    def coefficients(self, weights: Floats) -> Floats:
        """By how much the score of head weights (C,) rises with each concept's mean strength over a canvas, (K,).

        What the floor does to the score is the same for all canvases.
        The head is linear, so this is exact: it is the whole derivative, and the Sobol index of CRAFT (Fel et al. 2023,
        arXiv 2211.10154) would be the square of coefficient times strength over the sum of those squares.
        """
        return np.asarray(self.directions @ (weights * self.scale))


def windows(activation: Tensor) -> tuple[Tensor, int]:
    """The averages (n, C) of an activation (1, C, h, w) over squares, row by row, and their side in cells.

    What is left over at the right and lower end is in none: squares are for finding concepts and showing patches, not for
    adding up.
    """
    side = max(1, min(activation.shape[2:]) // WINDOWS)
    pooled = F.avg_pool2d(activation, side)  # (1, C, rows, columns)
    return pooled[0].flatten(1).T.contiguous(), side


def found_concepts(cells: Floats, count: int, seed: int) -> Concepts:
    """`count` concepts of activations (N, C) that are nowhere negative, most important first by how much they explain.

    Non-negative matrix factorisation of crops' pooled activations, as CRAFT does it, of all styles together. Channels are
    counted from their least value, which all paintings share and which would else be in every concept, and divided by their
    root mean square, so that no layer drowns the others. It is done five times from other beginnings, and a concept's
    stability is the mean correlation of its strengths with those of its counterpart in the others, matched one to one; what it
    is by chance is told by two factorisations of activations whose channels were shuffled, each by itself. (The cosine of
    directions says nothing: what is nowhere negative is alike by chance.)
    """
    floor = cells.min(0)
    scale = np.sqrt(np.square(cells - floor, dtype=np.float64).mean(0)).astype(np.float32)
    scale[scale == 0] = 1
    scaled = _scaled(cells, floor, scale)
    every = [_factorised(scaled, count, stream_seed(seed, "concepts", k) % 2**31) for k in range(SEEDS)]
    first = every[0]
    strengths = [_strengths(scaled, directions) for directions in every]
    stability = np.mean([_matched(strengths[0], other) for other in strengths[1:]], 0)
    explained = strengths[0].mean(0) * np.linalg.norm(first, axis=1)
    order = np.argsort(-explained)
    shuffled = stream(seed, "concepts", "shuffled").permuted(scaled, axis=0)
    one, other = (
        _strengths(shuffled, _factorised(shuffled, count, stream_seed(seed, "chance", k) % 2**31)) for k in range(2)
    )
    chance = float(_matched(one, other).mean())
    return Concepts(first[order], floor, scale, np.asarray(stability[order], np.float32), chance)


def _factorised(scaled: Floats, count: int, seed: int) -> Floats:
    import warnings

    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    model = NMF(count, init="random", solver="mu", max_iter=STEPS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", ConvergenceWarning
        )  # whether what is found is steady is measured, see `stability`
        model.fit(scaled)
    return np.asarray(model.components_, np.float32)


def _matched(one: Floats, other: Floats) -> Floats:
    """The correlation (K,) of each concept's strengths (N, K) with its counterpart's, matched so that their sum is greatest."""
    unit, others = (
        apart / np.linalg.norm(apart, axis=0).clip(1e-12) for apart in (one - one.mean(0), other - other.mean(0))
    )
    alike = unit.T @ others
    rows, columns = linear_sum_assignment(-alike)
    return np.asarray(alike[rows, columns])


def _scaled(cells: Floats, floor: Floats, scale: Floats) -> Floats:
    return np.asarray(np.maximum(cells - floor, 0) / scale)


def _strengths(scaled: Floats, directions: Floats, steps: int = 300) -> Floats:
    """The (N, K) nowhere negative that make u @ directions nearest to scaled (N, C), by accelerated projected gradients."""
    gram, target = directions @ directions.T, scaled @ directions.T
    rate = 1 / max(float(np.linalg.eigvalsh(gram)[-1]), 1e-12)
    u = ahead = np.zeros_like(target)
    t = 1.0
    for _ in range(steps):  # FISTA (Beck and Teboulle 2009)
        new = np.maximum(ahead - rate * (ahead @ gram - target), 0)
        after = (1 + np.sqrt(1 + 4 * t * t)) / 2
        ahead, u, t = new + (t - 1) / after * (new - u), new, after
    return np.asarray(u, np.float32)


def strongest(strengths: Sequence[float], groups: Sequence[str], count: int) -> list[int]:
    """The places of the greatest strengths, no artist group twice, at most `count`."""
    taken: set[str] = set()
    chosen: list[int] = []
    for place in np.argsort(-np.asarray(strengths), kind="stable"):
        if groups[place] not in taken and len(chosen) < count and strengths[place] > 0:
            taken.add(groups[place])
            chosen.append(int(place))
    return chosen


def firing(concepts: Concepts, activation: Tensor) -> Tensor:
    """Where each concept fires (K, h, w) in an activation (1, C, h, w) that is nowhere negative."""
    rows = activation[0].flatten(1).T.cpu().numpy()
    strengths = concepts.strengths(np.ascontiguousarray(rows))
    return torch.from_numpy(strengths.T.copy()).reshape(-1, *activation.shape[2:])
