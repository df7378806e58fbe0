"""How like one set of pictures is to another, beside what halves of the real ones are to each other: numbers and intervals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest
from scipy.stats import t as students_t

from brushwork.classifier.metrics import Floats, Indices, resamples
from brushwork.classifier.scores import Interval
from brushwork.exhibit.judged import Apart
from brushwork.exhibit.seeing import Cells
from brushwork.generator.distances import distances
from brushwork.painting import Painting
from brushwork.randomness import stream

HALVINGS, RESAMPLES = 200, 1000
TO_HALVE = 4  # of each style, to divide artists and not their paintings
AT_ONCE = 4_000_000  # kernel values held at once


@dataclass(frozen=True, slots=True, eq=False)
class Halving:
    """Two halves of the real pictures (m,), by place, and of half of the generated ones as many sets of m as it holds (Q, m)."""

    generated: Indices
    one: Indices
    other: Indices


def halvings(paintings: Sequence[Painting], generated: int, seed: int) -> list[Halving]:
    """Random halves of real paintings, within each style by artist where there are artists enough, and of generated pictures.

    What is found of such halves ranges as widely as what would be found of all pictures if others were drawn (the delete-half
    jackknife, Shao and Wu 1989): half as many double the variance, and drawing without replacement halves it. All sets have the
    same number, on which distances depend.
    """
    by_artist, found = halved_by(paintings) == "artists", []
    for draw in range(HALVINGS):
        choose = stream(seed, "halves", draw)
        halves: tuple[list[int], list[int]] = ([], [])
        for style in sorted({p.style for p in paintings}):
            own = [i for i, p in enumerate(paintings) if p.style == style]
            first, second = _by_artist(paintings, own, choose) if by_artist else _at_random(own, choose)
            few = min(len(first), len(second))
            for half, indices in zip(halves, (first, second), strict=True):
                half += choose.permutation(indices)[:few].tolist()
        ours = choose.permutation(generated)[: max(generated // 2, 1)]
        m = min(len(halves[0]), len(ours))
        one, other = (choose.permutation(half)[:m] for half in halves)
        found.append(Halving(ours[: len(ours) // m * m].reshape(-1, m), one, other))
    return found


def halved_by(paintings: Sequence[Painting]) -> str:
    """`artists` where each style has four or more, else `paintings`."""
    artists = {style: {p.group for p in paintings if p.style == style} for style in {p.style for p in paintings}}
    return "artists" if min(map(len, artists.values())) >= TO_HALVE else "paintings"


def _by_artist(
    paintings: Sequence[Painting], own: Sequence[int], choose: np.random.Generator
) -> tuple[list[int], list[int]]:
    by_artist: dict[str, list[int]] = {}
    for i in own:
        by_artist.setdefault(paintings[i].group, []).append(i)
    halves: tuple[list[int], list[int]] = ([], [])
    for artist in choose.permutation(sorted(by_artist)):
        min(halves, key=len).extend(by_artist[artist])
    return halves


def _at_random(own: Sequence[int], choose: np.random.Generator) -> tuple[list[int], list[int]]:
    mixed = choose.permutation(own).tolist()
    return mixed[: len(mixed) // 2], mixed[len(mixed) // 2 :]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A distance (R,) by halving: of generated pictures from half of the real ones, and of the other half from it (the floor)."""

    generated: Floats
    floor: Floats

    def summary(self) -> Apart:
        """The means and ranges."""
        return Apart(ranged(self.generated), ranged(self.floor), ranged(self.generated - self.floor))


def apart(halves: Sequence[Halving], count: int, distance: Callable[[Indices, Indices], float]) -> Drawn:
    """A distance at every halving. It takes two sets of places; the `count` generated pictures come before the real ones."""
    generated = [float(np.mean([distance(some, h.one + count) for some in h.generated])) for h in halves]
    return Drawn(np.array(generated), np.array([distance(h.other + count, h.one + count) for h in halves]))


def ranged(values: Floats) -> Interval:
    """The mean of draws (R,) and the range of 95 % of them."""
    low, high = np.percentile(values, [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))


def wasserstein(one: Floats, other: Floats) -> float:
    """The Wasserstein-1 distance of equally many numbers (m,): the mean distance of the k-th least from the k-th least."""
    return float(np.abs(np.sort(one) - np.sort(other)).mean())


def uncorrelated(one: Floats, other: Floats) -> float:
    """One minus the correlation of two maps (h, w): 0 where they are alike but for scale, 1 where they are unrelated."""
    return 1 - float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def kernel_of(generated: Cells, real: Cells) -> Floats:
    """The mean Gaussian kernel between the cells of every two pictures (P, P), the generated ones (N, k, C) before the real ones.

    Its width is the median distance between cells of the real ones (Gretton et al. 2012, JMLR 13, section 8), at most 1,000.
    """
    flat = real.reshape(-1, real.shape[2]).astype(np.float64)
    few = flat[stream(0, "kernel width").permutation(len(flat))[:1000]]
    between = distances(few, few)[np.triu_indices(len(few), 1)] ** 2
    width = float(np.median(between)) if between.size and np.median(between) > 0 else 1.0
    cells = np.concatenate([generated, real])
    pictures, k, channels = cells.shape
    rows = cells.reshape(-1, channels).astype(np.float64)
    kernel = np.empty((pictures, pictures))
    step = max(1, AT_ONCE // (k * len(rows)))
    for start in range(0, pictures, step):
        some = rows[start * k : (start + step) * k]
        values = np.exp(-(distances(some, rows) ** 2) / (2 * width))
        kernel[start : start + step] = values.reshape(-1, k, pictures, k).mean((1, 3))
    return kernel


def discrepancy(kernel: Floats, one: Indices, other: Indices) -> float:
    """The maximum mean discrepancy of two sets of pictures by place (Gretton et al. 2012, eq. 5): 0 where they are one set.

    Not the unbiased estimate, as in `generator.distances`, whose floor is 0, so that nothing can be a multiple of it.
    """
    squared = kernel[np.ix_(one, one)].mean() + kernel[np.ix_(other, other)].mean()
    return float(np.sqrt(max(squared - 2 * kernel[np.ix_(one, other)].mean(), 0)))


def of_many(values: Floats, is_share: bool = False) -> Interval:
    """The mean of independent values (N,), 95 %: Wilson's interval for shares, Student's t for others."""
    mean = float(values.mean())
    if is_share:
        return share(int(values.sum()), len(values))
    if len(values) < 2:
        return Interval(mean, float("nan"), float("nan"))
    reach = float(students_t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
    return Interval(mean, mean - reach, mean + reach)


def share(count: int, of: int) -> Interval:
    """A share with Wilson's 95 % interval."""
    ends = binomtest(count, of).proportion_ci(method="wilson")
    return Interval(count / of, float(ends.low), float(ends.high))


def of_paintings(values: Floats, paintings: Sequence[Painting], seed: int, is_share: bool = False) -> Interval:
    """The mean over paintings (N,), 95 % over artists, and no narrower than were every painting by another artist."""
    plain = of_many(values, is_share)
    styles = sorted({p.style for p in paintings})
    truth = np.array([styles.index(p.style) for p in paintings], np.intp)
    blocks = resamples([p.group for p in paintings], truth, seed, RESAMPLES)
    means = np.concatenate([weights @ values / weights.sum(1) for weights in blocks])
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(plain.value, float(np.fmin(low, plain.low)), float(np.fmax(high, plain.high)))


def difference(one: Interval, other: Interval) -> Interval:
    """One mean less another that does not depend on it, its interval from theirs (Zou and Donner 2008, eq. 4 and 5)."""
    value = one.value - other.value
    below = np.hypot(one.value - one.low, other.high - other.value)
    above = np.hypot(one.high - one.value, other.value - other.low)
    return Interval(value, float(value - below), float(value + above))
