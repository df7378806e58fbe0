"""Whether a generator copies: are its pictures nearer to the paintings it learned from than to others as many?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from brushwork.generator.distances import distances
from brushwork.generator.spread import Spread
from brushwork.randomness import stream

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
COPIES = 0.95  # of a ratio, below which it is said that the generator copies
DRAWS, RESAMPLES = 10, 500
CONTROLS = 500  # training paintings at most that stand in for new ones
AT_ONCE = 256  # rows whose distances are held at once
SHOWN = 8
ALIKE = 1e-3  # width of an interval over pictures that do not differ
TINY = 1e-12  # of a distance, so that nothing is divided by 0


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A sample near to a training painting: `ratio` is that distance over the one to the nearest held-out painting.

    It is picture `sample` of a `seed`, in a `style` where the network was told one.
    """

    sample: int
    painting: str  # the id of the training painting
    mirrored: bool  # whether the sample's mirror image is meant
    ratio: float
    seed: int = 0
    style: str = ""


@dataclass(frozen=True, slots=True)
class Memorisation:
    """How much nearer samples are to training paintings than to held-out ones, in one space.

    `ratio` is the median distance of the `n` samples, each or its mirror image, to the nearest of `references` training
    paintings over that to the nearest of as many held-out ones, mean over ten draws of them: below 1 where samples are
    nearer to what was learned from. `control` is the same of training paintings themselves, each without itself: what new
    pictures by the same artists would have. With fewer held-out paintings than training paintings most draws miss a copy's
    original, so `against_new` takes all of both, and divides the ratio by the control's: about 1 where nothing was
    memorised, 0 where all are copies. Intervals are of 95 % (bootstrap over samples). `nearer` is the share of samples
    nearer to a training painting than any other training painting is to it (Alaa et al. 2022), `nearer_held_out` that of
    held-out paintings.
    """

    space: str
    ratio: Spread
    control: float
    against_new: Spread
    nearer: float
    nearer_held_out: float
    n: int
    references: int
    lookalikes: list[Lookalike]  # the nearest first

    @property
    def copies(self) -> bool:
        """Whether it must be said that the generator copies: the ratio is below `bound`, or that of all paintings below 0.95."""
        return not self.alike and (self.ratio.value < self.bound or self.against_new.value < COPIES)

    @property
    def alike(self) -> bool:
        """Whether all pictures are one, and no copy, so that where it lies says nothing of copying."""
        low, high = self.against_new.low, self.against_new.high
        return self.nearer == 0 and low is not None and high is not None and high - low < ALIKE

    @property
    def bound(self) -> float:
        """0.95, or 0.95 of the control where that is itself below 0.95, or above 1."""
        return COPIES if COPIES <= self.control <= 1 else COPIES * self.control


@dataclass(frozen=True, slots=True, eq=False)
class Both:
    """Features (N, D) of pictures and of their mirror images."""

    plain: Floats
    mirrored: Floats


def memorisation(
    space: str,
    samples: Both,
    trained_on: Both,
    held_out: Both,
    matched: Sequence[tuple[Places, Places]],
    ids: Sequence[str],
    seed: int = 0,
) -> Memorisation:
    """Compare the samples' nearest training and held-out paintings, all in the same space.

    `matched` are draws of equally many places of training and of held-out paintings, so that neither has more chances;
    `ids` those of the training paintings, of which there must be two at least, and of held-out ones one.
    """
    learned = [*(draw for draw, _ in matched), np.arange(len(trained_on.plain))]  # the last is all of them
    unseen = [*(draw for _, draw in matched), np.arange(len(held_out.plain))]
    chosen = stream(seed, "controls").permutation(len(trained_on.plain))[:CONTROLS]
    stand_ins = Both(trained_on.plain[chosen], trained_on.mirrored[chosen])
    own, others = _nearest(samples, trained_on, learned), _nearest(samples, held_out, unseen)
    control = _ratios(_nearest(stand_ins, trained_on, learned, itself=chosen), _nearest(stand_ins, held_out, unseen))
    resampled = []
    for k in range(RESAMPLES):
        rows = stream(seed, "bootstrap", k).integers(0, own.shape[1], own.shape[1])
        resampled.append(_ratios(own[:, rows], others[:, rows]))
    ratio, all_of_them = (_spread(_ratios(own, others)[i], [one[i] for one in resampled]) for i in (0, 1))
    found = _found(samples, trained_on)
    return Memorisation(
        space=space,
        ratio=ratio,
        control=control[0],
        against_new=_over(all_of_them, max(control[1], TINY)),
        nearer=_share_nearer(found, trained_on),
        nearer_held_out=_share_nearer(_found(held_out, trained_on), trained_on),
        n=own.shape[1],
        references=len(matched[0][0]),
        lookalikes=_lookalikes(found, others[-1], ids),
    )


def _ratios(own: Floats, others: Floats) -> tuple[float, float]:
    """Of distances (draws + 1, N) to training and held-out paintings, the ratio of medians: mean over draws, and of all."""
    ratios = np.median(own, 1) / np.median(others, 1).clip(TINY)
    return float(ratios[:-1].mean()), float(ratios[-1])


def _spread(value: float, resampled: Sequence[float]) -> Spread:
    low, high = np.quantile(resampled, (0.025, 0.975))
    return Spread(value, float(low), float(high))


def _over(spread: Spread, divisor: float) -> Spread:
    assert spread.low is not None
    assert spread.high is not None
    return Spread(spread.value / divisor, spread.low / divisor, spread.high / divisor)


def _nearest(pictures: Both, references: Both, draws: Sequence[Places], itself: Places | None = None) -> Floats:
    """The distance (draws, N) of each picture, mirrored or not, to the nearest reference of each draw but `itself` (N,)."""
    found = np.empty((len(draws), len(pictures.plain)))
    for start in range(0, len(pictures.plain), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        block = np.minimum(*(distances(one[rows], references.plain) for one in (pictures.plain, pictures.mirrored)))
        if itself is not None:
            block[np.arange(len(block)), itself[rows]] = np.inf
        for k, draw in enumerate(draws):
            found[k, rows] = block[:, draw].min(1)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Of each picture the nearest reference of all (N,), how far it is (N,), and whether the mirror image is meant (N,)."""

    places: Places
    away: Floats
    mirrored: npt.NDArray[np.bool_]


def _found(pictures: Both, references: Both) -> _Found:
    places, away, mirrored = [], [], []
    for start in range(0, len(pictures.plain), AT_ONCE):
        plain, turned = (
            distances(one[start : start + AT_ONCE], references.plain) for one in (pictures.plain, pictures.mirrored)
        )
        least = np.minimum(plain, turned)
        places.append(least.argmin(1))
        away.append(least.min(1))
        mirrored.append(turned.min(1) < plain.min(1))
    return _Found(np.concatenate(places), np.concatenate(away), np.concatenate(mirrored))


def _share_nearer(found: _Found, references: Both) -> float:
    """The share of pictures nearer to their nearest reference than any other reference is to that one."""
    wanted, which = np.unique(found.places, return_inverse=True)
    company = np.empty(len(wanted))
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        block = distances(references.plain[some], references.plain)
        block[np.arange(len(some)), some] = np.inf
        company[start : start + AT_ONCE] = block.min(1)
    return float((found.away < company[which]).mean())


def _lookalikes(found: _Found, others: Floats, ids: Sequence[str]) -> list[Lookalike]:
    """The samples nearest to a training painting, one for each painting, beside how far (N,) each is from held-out ones."""
    ratios = found.away / others.clip(TINY)
    first: dict[int, int] = {}  # by painting, the sample
    for k in np.argsort(ratios, kind="stable"):
        first.setdefault(int(found.places[k]), int(k))
    return [
        Lookalike(sample, ids[painting], bool(found.mirrored[sample]), float(ratios[sample]))
        for painting, sample in list(first.items())[:SHOWN]
    ]
