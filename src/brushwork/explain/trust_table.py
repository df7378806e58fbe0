"""What tests of trust found, painting by painting, and its summary with intervals over artists."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t as students_t

from brushwork.classifier.metrics import Floats, resamples
from brushwork.classifier.scores import Interval
from brushwork.explain.kept import interval, number
from brushwork.painting import Painting

RESAMPLES = 1000
SHARES = ("focus",)  # from 0 to 1, whose intervals, being those of a mean and its error, may reach beyond
LOWER = ("deletion", "infidelity", "sensitivity", "drop")  # measures of which less is better


@dataclass(frozen=True, slots=True)
class Measured:
    """The mean of a measure with its 95 % interval over artists; `ahead` is how far it is before the best control."""

    mean: Interval
    median: float
    n: int
    artists: int
    undefined: int = 0  # pictures for which the measure has no value
    control: str = ""  # the best control
    ahead: Interval | None = None  # paired, positive where the method is better, whichever way the measure runs

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Measured":
        """What `asdict` gave, as it was."""
        ahead = interval(data["ahead"]) if data["ahead"] else None
        return cls(**dict(data) | {"mean": interval(data["mean"]), "median": number(data["median"]), "ahead": ahead})


LEAST_ARTISTS = 3  # of every style present: resampling fewer draws hardly anything but themselves
Key = tuple[str, int]  # a painting, and the how-manieth time it is measured
Shown = tuple[Painting, ...]  # what a value is of: a painting, or all that are in one mosaic


class Table:
    """Values by measure, by method or control and by painting; a painting may have several of one measure."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.values: dict[str, dict[str, dict[Key, float]]] = defaultdict(lambda: defaultdict(dict))
        self.shown: dict[tuple[str, Key], Shown] = {}  # by measure and key
        self._weights: dict[tuple[str, ...], Floats] = {}

    def add(
        self, painting: Painting, values: Mapping[str, Mapping[str, float]], beside: Sequence[Painting] = ()
    ) -> None:
        """Values by method or control, by measure, of a painting, or of it and those `beside` it together."""
        for name, measures in values.items():
            for measure, value in measures.items():
                rows = self.values[measure][name]
                times = sum(1 for key in rows if key[0] == painting.id)
                rows[painting.id, times] = value
                self.shown[measure, (painting.id, times)] = (painting, *beside)

    def measured(self, measure: str, name: str, controls: Sequence[str]) -> Measured:
        """The summary of one measure of a method or control, beside the best control on the same paintings."""
        rows = self.values[measure][name]
        keys, values = list(rows), np.array(list(rows.values()))
        shown = [self.shown[measure, key] for key in keys]
        found = self.mean(values, shown)
        if measure in SHARES:
            found = Interval(found.value, max(found.low, 0.0), min(found.high, 1.0))
        defined = np.isfinite(values)
        about: dict[str, Any] = {
            "mean": found,
            "median": float(np.median(values[defined])) if defined.any() else float("nan"),
            "n": int(defined.sum()),
            "artists": len({p.group for row, told in zip(shown, defined, strict=True) if told for p in row}),
            "undefined": int((~defined).sum()),
        }
        sign = -1 if measure in LOWER else 1
        rivals = {}
        for control in controls:
            own = self.values[measure].get(control, {})
            if control != name and all(key in own for key in keys):
                theirs = np.array([own[key] for key in keys])
                if np.isfinite(theirs).any():
                    rivals[control] = theirs
        if not rivals:
            return Measured(**about)
        best = max(rivals, key=lambda control: sign * float(np.nanmean(rivals[control])))
        return Measured(**about, control=best, ahead=self.mean(sign * (values - rivals[best]), shown))

    def substrates(self) -> dict[str, dict[str, float]]:
        """By style told, the mean probability of pictures of which nothing is left, by what was done to them."""
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for measure, rows in self.values.items():
            if values := rows.get("substrate"):
                kind, _, style = measure.partition(" ")
                found[style][kind] = float(np.mean(list(values.values())))
        return {style: found[style] for style in sorted(found)}

    def mean(self, values: Floats, shown: Sequence[Shown]) -> Interval:
        """The mean of the values that are numbers, with its interval over artists; NaN ends where it cannot be told.

        It cannot where a style has fewer than three artists. Values of single paintings are resampled by artist; those of
        several at once have the interval of Student's t with an error that counts all pairs which share an artist.
        """
        defined = np.isfinite(values)
        if not defined.any():
            return Interval(*[float("nan")] * 3)
        own = [row for row, told in zip(shown, defined, strict=True) if told]
        numbers, every = values[defined], [painting for row in own for painting in row]
        if not enough_artists(every):
            return Interval(float(numbers.mean()), float("nan"), float("nan"))
        if any(len(row) > 1 for row in own):
            artists = len({p.group for p in every})
            reach = float(students_t.ppf(0.975, artists - len({p.style for p in every})))
            reach *= shared_artists_error(numbers, [{p.group for p in row} for row in own])
            return Interval(float(numbers.mean()), float(numbers.mean()) - reach, float(numbers.mean()) + reach)
        weights = self.resampled([row[0] for row in own])
        low, high = np.percentile(weights @ numbers / weights.sum(1), [2.5, 97.5])
        return Interval(float(numbers.mean()), float(low), float(high))

    def resampled(self, paintings: Sequence[Painting]) -> Floats:
        """How often each painting counts in each resample of artists (R, N)."""
        key = tuple(p.id for p in paintings)
        if key not in self._weights:
            styles = sorted({p.style for p in paintings})
            truth = np.array([styles.index(p.style) for p in paintings], np.intp)
            blocks = resamples([p.group for p in paintings], truth, self.seed, RESAMPLES)
            self._weights[key] = np.concatenate(list(blocks))
        return self._weights[key]


def shared_artists_error(values: Floats, artists: Sequence[Collection[str]]) -> float:
    """The standard error of the mean of values (N,), of which any two that share an artist may go together.

    The dyadic cluster-robust variance (Aronow, Samii and Assenova 2015, Political Analysis 23, eq. 2), for any number of
    artists a value; no less than that of values which do not depend on one another.
    """
    names = sorted({name for own in artists for name in own})
    takes_part = np.array([[name in own for name in names] for own in artists], np.float64)  # (N, artists)
    share_one = (takes_part @ takes_part.T > 0).astype(np.float64)
    apart = values - values.mean()
    variance = max(float(apart @ share_one @ apart), float(apart @ apart)) / len(values) ** 2
    return float(np.sqrt(variance * len(names) / max(len(names) - 1, 1)))


def enough_artists(paintings: Sequence[Painting]) -> bool:
    """Whether every style present has three artists or more."""
    artists = Counter(style for style, _ in {(p.style, p.group) for p in paintings})
    return min(artists.values(), default=0) >= LEAST_ARTISTS
