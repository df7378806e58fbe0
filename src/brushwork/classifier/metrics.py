"""How good probabilities are, for many resamples of the same paintings at once.

Each measure takes truth (N,), the index of the true style; probabilities (N, S); and weights (R, N), how often each
painting counts in each of R resamples, which must be above 0 for one of them; and returns (R,). A weight w equals
repeating the painting w times, 0 leaves it out. The told style is the most probable one, the first of equals.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from brushwork.randomness import stream

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Measure = Callable[[Indices, Floats, Floats], Floats]
BINS = 15
CELLS = 4_000_000  # resamples times paintings held at once; a measure needs up to five such tables, 160 MB


@dataclass(frozen=True, slots=True)
class Bins:
    """What equal-mass bins of confidence, least sure first, hold in each resample: sums over weights, each (R, bins)."""

    mass: Floats
    confidence: Floats  # sum of weight times the told style's probability
    right: Floats  # sum of weight where the told style is the true one


def resampled(
    measures: Sequence[Measure], truth: Indices, probabilities: Floats, groups: Sequence[str], seed: int, count: int
) -> Floats:
    """Each of M measures with every painting counted once, then in each of `count` resamples (M, 1 + count)."""
    blocks = chain([np.ones((1, len(truth)))], resamples(groups, truth, seed, count))
    return np.concatenate(
        [np.stack([measure(truth, probabilities, weights) for measure in measures]) for weights in blocks], axis=1
    )


def resamples(groups: Sequence[str], truth: Indices, seed: int, count: int) -> Iterator[Floats]:
    """How often each painting comes up in each of `count` resamples, in blocks (R, N) of at most four million numbers.

    Artist groups are drawn with replacement among those who painted mostly in the same style, each with all styles that
    it carries, then paintings of each drawn one in each of them (Davison and Hinkley 1997, section 3.8); resample k
    depends on the seed and k alone.
    """
    strata = _strata(np.unique(np.array(groups), return_inverse=True)[1], truth)
    height = max(1, CELLS // len(truth))
    for begin in range(0, count, height):
        block = np.zeros((min(height, count - begin), len(truth)))
        for k, row in enumerate(block, begin):
            choose = stream(seed, "bootstrap", k)
            for artists, cells in strata:
                drawn = choose.integers(0, artists, artists)
                for own, sizes, firsts in cells:
                    counts = np.repeat(sizes[drawn], sizes[drawn])
                    chosen = np.repeat(firsts[drawn], sizes[drawn]) + choose.integers(0, counts)
                    row[own] += np.bincount(chosen, minlength=len(own))
        yield block


Cell = tuple[Indices, Indices, Indices]  # a style's paintings in order of artist; each artist's count and first


def _strata(artist: Indices, truth: Indices) -> list[tuple[int, list[Cell]]]:
    """By the style that artists painted most in: how many they are, and what they painted in each style."""
    counts = np.zeros((artist.max() + 1, truth.max() + 1), int)
    np.add.at(counts, (artist, truth), 1)
    strata = []
    for main in np.unique(truth):
        members = np.flatnonzero(counts.argmax(1) == main)
        if not len(members):
            continue
        cells = []
        for style in np.unique(truth):
            own = np.flatnonzero((truth == style) & np.isin(artist, members))
            sizes = counts[members, style]
            cells.append((own[np.argsort(artist[own], kind="stable")], sizes, np.cumsum(sizes) - sizes))
        strata.append((len(members), [cell for cell in cells if len(cell[0])]))
    return strata


def balanced_accuracy(truth: Indices, probabilities: Floats, weights: Floats) -> Floats:
    """The mean over the styles present of the share recognised (R,), 0 to 1."""
    return _mean_of_present(recognised(truth, probabilities, weights))


def recognised(truth: Indices, probabilities: Floats, weights: Floats) -> Floats:
    """The share of each style's paintings told as that style (R, S), 0 to 1; NaN where the style is absent."""
    styles = probabilities.shape[1]
    right = truth == probabilities.argmax(1)
    return _ratio(weights @ _one_hot(truth, styles, right), weights @ _one_hot(truth, styles))


def macro_f1(truth: Indices, probabilities: Floats, weights: Floats) -> Floats:
    """The mean over the styles present in truth of F1 = 2 right / (true + told) (R,), 0 to 1."""
    styles = probabilities.shape[1]
    told = probabilities.argmax(1)
    right, true = weights @ _one_hot(truth, styles, truth == told), weights @ _one_hot(truth, styles)
    return _mean_of_present(_ratio(2 * right, np.where(true > 0, true + weights @ _one_hot(told, styles), 0)))


def log_loss(truth: Indices, probabilities: Floats, weights: Floats) -> Floats:
    """The mean surprise at the true style (R,) in nats; a probability below 1e-12 counts as 1e-12."""
    surprise = -np.log(np.clip(probabilities[np.arange(len(truth)), truth], 1e-12, 1))
    mean: Floats = weights @ surprise / weights.sum(1)
    return mean


def area_under_curve(truth: Indices, probabilities: Floats, weights: Floats) -> Floats:
    """Area under the ROC curve (R,), 0 to 1: each style against the rest, averaged over the styles present.

    It is the chance that a painting of the style is ranked above another, ties at half (Hanley and McNeil 1982), here by
    weighted midranks. Of two styles one ranking is all there is. NaN where fewer than two styles are present.
    """
    total = weights.sum(1)
    columns = [1] if probabilities.shape[1] == 2 else np.unique(truth)
    areas = np.empty((len(weights), len(columns)))
    for i, style in enumerate(columns):
        order = np.argsort(probabilities[:, style])
        ranked = probabilities[order, style]
        own = order[truth[order] == style]
        reached = _cumulative(weights, order)  # (R, N + 1)
        below = reached[:, np.searchsorted(ranked, probabilities[own, style], "left")]
        up_to = reached[:, np.searchsorted(ranked, probabilities[own, style], "right")]
        mine = weights[:, own]
        mass = mine.sum(1)
        # The midranks count the style's own pairs too; each of those and its mirror image add up to one.
        won = np.einsum("rn,rn->r", mine, (below + up_to) / 2) - mass**2 / 2
        areas[:, i] = _ratio(won, mass * (total - mass))
    return _mean_of_present(areas)


def calibration_error(truth: Indices, probabilities: Floats, weights: Floats) -> Floats:
    """The expected calibration error (R,), 0 to 1, in 15 equal-mass bins (Guo et al. 2017, eq. 3; Nguyen 2015)."""
    bins = calibration_bins(truth, probabilities, weights)
    error: Floats = np.abs(bins.confidence - bins.right).sum(1) / weights.sum(1)
    return error


def calibration_bins(truth: Indices, probabilities: Floats, weights: Floats) -> Bins:
    """Fifteen bins of equal mass, by the probability of the told style.

    A painting on the border of two bins counts in part to both, and paintings of equal confidence are shared out alike:
    so neither their order nor how a weight is written changes anything.
    """
    confidence = probabilities.max(1)
    order = np.argsort(confidence)
    confidence, right = confidence[order], (truth == probabilities.argmax(1))[order]
    ends = np.flatnonzero(np.append(confidence[1:] > confidence[:-1], [True])) + 1
    knots = np.concatenate([[0], ends])
    mass = _cumulative(weights, order)[:, knots]
    sums = [_cumulative(weights, order, value)[:, knots] for value in (confidence, right.astype(np.float64))]
    edges = mass[:, -1:] * np.linspace(0, 1, BINS + 1)  # (R, bins + 1)
    binned = [np.array([np.interp(*row) for row in zip(edges, mass, one, strict=True)]) for one in sums]
    return Bins(np.diff(edges), np.diff(binned[0]), np.diff(binned[1]))


MEASURES: dict[str, Measure] = {  # by the name that results give them
    "balanced_accuracy": balanced_accuracy,
    "auc": area_under_curve,
    "macro_f1": macro_f1,
    "log_loss": log_loss,
    "calibration_error": calibration_error,
}


def _cumulative(weights: Floats, order: Indices, values: Floats | None = None) -> Floats:
    """Running sums (R, N + 1) from 0 of the weights in that order, times values (N,) in that order."""
    running = np.zeros((len(weights), len(order) + 1))
    running[:, 1:] = weights[:, order]
    if values is not None:
        running[:, 1:] *= values
    return np.cumsum(running, axis=1, out=running)


def _one_hot(indices: Indices, count: int, where: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Ones (N, count) at the indices, rows outside `where` left at 0."""
    table = np.zeros((len(indices), count))
    table[np.arange(len(indices)), indices] = 1 if where is None else where
    return table


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Part by whole; NaN where there is no whole."""
    ratio: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return ratio


def _mean_of_present(values: Floats) -> Floats:
    """The mean (R,) of the numbers in each row (R, S); NaN where there are none."""
    present = np.isfinite(values)
    return _ratio(np.where(present, values, 0).sum(1), present.sum(1).astype(np.float64))
