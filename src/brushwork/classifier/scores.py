"""How good a classifier's answers are, with intervals that resample artists, and where they are good."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from brushwork.classifier import metrics
from brushwork.classifier.metrics import MEASURES, Floats, Indices, Measure
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.randomness import stream_seed

RESAMPLES = 1000
SHARES = tuple(percent / 100 for percent in range(100, 5, -5))
SMALLEST_GENRE = 20


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a classifier said: one row of probabilities (N, styles) per painting; raises ValueError if they do not fit."""

    paintings: Sequence[Painting]
    probabilities: Floats

    def __post_init__(self) -> None:
        if self.probabilities.ndim != 2 or len(self.probabilities) != len(self.paintings):
            raise ValueError(f"{len(self.paintings)} paintings, but probabilities {self.probabilities.shape}")
        if not np.isfinite(self.probabilities).all():
            raise ValueError("a probability is not a finite number")

    @property
    def n(self) -> int:
        """How many paintings there are."""
        return len(self.paintings)

    def at(self, places: Sequence[int] | Indices) -> "Answers":
        """The answers for the paintings at these places, in their order."""
        return Answers([self.paintings[i] for i in places], self.probabilities[np.asarray(places, np.intp)])


@dataclass(frozen=True, slots=True)
class _Result:
    def to_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Interval(_Result):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Scores(_Result):
    """What a classifier reached on `n` paintings by `artists` artists; rows of the confusion are the true styles.

    Shares and errors are between 0 and 1, the log-loss in nats. `caution` says in words what the intervals cannot show.
    """

    protocol: str
    n: int
    artists: int
    balanced_accuracy: Interval
    auc: Interval
    macro_f1: Interval
    log_loss: Interval
    calibration_error: Interval
    styles: list[str]
    confusion: list[list[int]]
    caution: str = ""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Scores":
        """The scores that `to_dict` gave; `UserError` when another version of Brushwork wrote them."""
        try:
            known = {field.name: data[field.name] for field in fields(cls)}
            return cls(**known | {name: Interval(**known[name]) for name in MEASURES})
        except (KeyError, TypeError) as error:
            raise UserError(
                f"these scores lack {error} or are of another version of Brushwork; score that run again with this one."
            ) from error


@dataclass(frozen=True, slots=True)
class Coverage(_Result):
    """Balanced accuracy where only the surest `share` of verdicts is given: the `n` whose sureness is `threshold` or more.

    `n` exceeds the share where verdicts are equally sure. The accuracy is None where all verdicts of a style are withheld,
    or so few are left that more than half of the resamples hold none.
    """

    share: float
    n: int
    threshold: float
    balanced_accuracy: Interval | None


@dataclass(frozen=True, slots=True)
class Bin(_Result):
    """Verdicts of like confidence: its mean, the share that is right, and how many (a painting may be split over two)."""

    confidence: float
    right: float
    n: float


@dataclass(frozen=True, slots=True)
class ArtistScore(_Result):
    """The share of an artist's `n` paintings in a style told rightly, and the mean probability given to that style."""

    artist: str
    style: str
    n: int
    right: float
    probability: float


def scores(protocol: str, answers: Answers, styles: Sequence[str], seed: int = 0) -> Scores:
    """Score answers against the paintings' styles; raises `UserError` where they hold fewer than two styles.

    The intervals are the 2.5th to 97.5th percentile of 1000 resamples of artists, then of each drawn one's paintings (see
    `metrics.resamples`): paintings by one hand are no independent witnesses. That of the calibration error is turned round.
    """
    truth, probabilities = _truth(answers, styles), answers.probabilities
    if len(np.unique(truth)) < 2:
        raise UserError(
            f"{protocol}: all {answers.n} paintings are of style {styles[truth[0]]!r}; scores need two styles, so add another."
        )
    found = dict(zip(MEASURES, _intervals(_drawn(list(MEASURES.values()), answers, styles, seed)), strict=True))
    found["calibration_error"] = _turned(found["calibration_error"])
    confusion = np.zeros((len(styles), len(styles)), int)
    np.add.at(confusion, (truth, probabilities.argmax(1)), 1)
    return Scores(
        protocol=protocol,
        n=answers.n,
        artists=len({p.group for p in answers.paintings}),
        **found,
        styles=list(styles),
        confusion=confusion.tolist(),
        caution=_caution(answers.paintings),
    )


def _turned(found: Interval) -> Interval:
    """The basic bootstrap interval (Davison and Hinkley 1997, section 5.2), which must hold its own number.

    Chance gaps alone make a calibration error, and a resample of a sample has them twice over: its percentiles err upward
    as much as the number itself does, and often leave that number out.
    """
    low, high = 2 * found.value - found.high, 2 * found.value - found.low
    return Interval(found.value, min(max(low, 0), found.value), max(high, found.value))


def difference(one: Answers, other: Answers, styles: Sequence[str], seed: int = 0) -> Interval:
    """Balanced accuracy of one minus that of the other, -1 to 1.

    The same resamples serve both where they answer for the same paintings, in any order; else each has its own, which
    makes the interval too wide rather than too narrow where the two share artists. Raises `UserError` where one holds a
    style that the other lacks.
    """
    first, second = (a.at(np.argsort([p.id for p in a.paintings], kind="stable")) for a in (one, other))
    if lacking := sorted({p.style for p in first.paintings} ^ {p.style for p in second.paintings}):
        raise UserError(
            f"only one of the two sets of answers holds the style {lacking[0]!r}; to compare them, leave it out of both."
        )
    if paired := [(p.id, p.style) for p in first.paintings] == [(p.id, p.style) for p in second.paintings]:
        second = Answers(first.paintings, second.probabilities)
    ours = _drawn([metrics.balanced_accuracy], first, styles, seed)
    theirs = _drawn([metrics.balanced_accuracy], second, styles, seed if paired else stream_seed(seed, "other"))
    return _intervals(ours - theirs)[0]


def coverage_curve(answers: Answers, styles: Sequence[str], seed: int = 0) -> list[Coverage]:
    """What abstaining gains: the surest 100 %, 95 % ... 10 % of verdicts, sureness being the highest probability.

    All paintings are resampled as in `scores`, and those below the threshold then left out.
    """
    present = np.unique(_truth(answers, styles))
    sureness = answers.probabilities.max(1)
    ranked = np.sort(sureness)[::-1]
    thresholds = [float(ranked[max(round(share * answers.n), 1) - 1]) for share in SHARES]

    def above(threshold: float) -> Measure:
        given = np.flatnonzero(sureness >= threshold)

        def measure(truth: Indices, probabilities: Floats, weights: Floats) -> Floats:
            shares = metrics.recognised(truth[given], probabilities[given], weights[:, given])[:, present]
            return np.asarray(shares.mean(1))  # NaN where a style is gone

        return measure

    found = _intervals(_drawn([above(threshold) for threshold in thresholds], answers, styles, seed))
    return [
        Coverage(share, int((sureness >= threshold).sum()), threshold, None if np.isnan(interval.low) else interval)
        for share, threshold, interval in zip(SHARES, thresholds, found, strict=True)
    ]


def reliability(answers: Answers, styles: Sequence[str]) -> list[Bin]:
    """How often verdicts are right in 15 bins of equally many, least sure first; their gaps make the calibration error."""
    truth = _truth(answers, styles)
    bins = metrics.calibration_bins(truth, answers.probabilities, np.ones((1, len(truth))))
    table = zip(bins.mass[0], bins.confidence[0], bins.right[0], strict=True)
    return [Bin(float(confidence / n), float(right / n), float(n)) for n, confidence, right in table]


def by_genre(answers: Answers, styles: Sequence[str], seed: int = 0) -> list[Scores]:
    """The scores within each genre of 20 paintings or more, biggest first: a style must not be told by its subjects.

    A style with fewer than two artists in a genre is left out of it, which `caution` says; two styles must remain.
    Paintings of unknown genre are no genre.
    """
    places: dict[str, list[int]] = {}
    for i, painting in enumerate(answers.paintings):
        if genre := painting.genre.strip():
            places.setdefault(genre, []).append(i)
    found = []
    for genre, own in places.items():
        artists = _artists_of(answers.paintings[i] for i in own)
        few = sorted(style for style, count in artists.items() if count < 2)
        kept = [i for i in own if answers.paintings[i].style not in few]
        if len(artists) - len(few) < 2 or len(kept) < SMALLEST_GENRE:
            continue
        result = scores(f"genre {genre}", answers.at(kept), styles, seed)
        said = [f"left out, with one artist only in this genre: {', '.join(few)}" if few else "", result.caution]
        found.append(replace(result, caution="; ".join(filter(None, said))))
    return sorted(found, key=lambda result: (-result.n, result.protocol))


def by_artist(answers: Answers, styles: Sequence[str]) -> list[ArtistScore]:
    """How each artist's paintings fared, one row per artist group and style, by artist and style."""
    truth = _truth(answers, styles)
    right = answers.probabilities.argmax(1) == truth
    given = answers.probabilities[np.arange(len(truth)), truth]
    rows: dict[tuple[str, int], list[int]] = {}
    names: dict[str, set[str]] = {}
    for i, painting in enumerate(answers.paintings):
        rows.setdefault((painting.group, int(truth[i])), []).append(i)
        names.setdefault(painting.group, set()).add(painting.artist or "unknown artist")
    table = [((" / ".join(sorted(names[group])), style, group), own) for (group, style), own in rows.items()]
    return [
        ArtistScore(artist, styles[style], len(own), float(right[own].mean()), float(given[own].mean()))
        for (artist, style, _), own in sorted(table)
    ]


def _truth(answers: Answers, styles: Sequence[str]) -> Indices:
    """The index (N,) of each painting's style."""
    if answers.probabilities.shape[1] != len(styles):
        raise ValueError(f"{len(styles)} styles, but probabilities {answers.probabilities.shape}")
    if not answers.paintings:
        raise UserError("there are no answers, but scores need paintings of two styles; choose a part that holds some.")
    index = {style: i for i, style in enumerate(styles)}
    if other := sorted({p.style for p in answers.paintings} - set(index)):
        known = ", ".join(styles)
        raise UserError(
            f"paintings of style {other[0]!r} were given, but the answers are about {known}; leave them out."
        )
    return np.array([index[p.style] for p in answers.paintings], np.intp)


def _artists_of(paintings: Iterable[Painting]) -> Counter[str]:
    """How many artist groups each style has."""
    return Counter(style for style, _ in {(p.style, p.group) for p in paintings})


def _caution(paintings: Sequence[Painting]) -> str:
    said = [
        f"the style {style} has one artist here: the interval cannot show how other artists would fare"
        for style, count in sorted(_artists_of(paintings).items())
        if count == 1
    ]
    if unknown := sum(not p.artist for p in paintings):
        said.append(
            f"{unknown} of the paintings, by unknown artists, count as one artist each: the interval may be too narrow"
        )
    return "; ".join(said)


def _drawn(measures: Sequence[Measure], answers: Answers, styles: Sequence[str], seed: int) -> Floats:
    truth, groups = _truth(answers, styles), [p.group for p in answers.paintings]
    return metrics.resampled(measures, truth, answers.probabilities, groups, seed, RESAMPLES)


def _intervals(drawn: Floats) -> list[Interval]:
    """Each row's first number with the interval of the others; NaN where the first or half of them are."""
    enough = np.isfinite(drawn[:, 0]) & (np.isfinite(drawn[:, 1:]).mean(1) > 0.5)
    ends = np.full((2, len(drawn)), np.nan)
    if enough.any():
        ends[:, enough] = np.nanpercentile(drawn[enough, 1:], [2.5, 97.5], axis=1)
    return [Interval(float(p), float(a), float(b)) for p, a, b in zip(drawn[:, 0], *ends, strict=True)]
