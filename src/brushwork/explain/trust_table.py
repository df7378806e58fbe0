"""What tests of trust found, painting by painting, and its summary with intervals over artists."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from brushwork.classifier.metrics import Floats, resamples
from brushwork.classifier.scores import Interval
from brushwork.painting import Painting

RESAMPLES = 1000
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
        ahead = Interval(**data["ahead"]) if data["ahead"] else None
        return cls(**dict(data) | {"mean": Interval(**data["mean"]), "ahead": ahead})


class Table:
    """Values by measure, by method or control and by painting; a painting may have several of one measure."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.values: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        self.paintings: dict[str, dict[str, list[Painting]]] = defaultdict(lambda: defaultdict(list))
        self._weights: dict[tuple[str, ...], Floats] = {}

    def add(self, painting: Painting, values: Mapping[str, Mapping[str, float]]) -> None:
        """Values by method or control, by measure."""
        for name, measures in values.items():
            for measure, value in measures.items():
                self.values[measure][name].append(value)
                self.paintings[measure][name].append(painting)

    def measured(self, measure: str, name: str, controls: Sequence[str]) -> Measured:
        """The summary of one measure of a method or control, beside the best control on the same paintings."""
        values, paintings = np.array(self.values[measure][name]), self.paintings[measure][name]
        found = self._mean(values, paintings)
        defined = np.isfinite(values)
        about: dict[str, Any] = {
            "mean": found,
            "median": float(np.median(values[defined])) if defined.any() else float("nan"),
            "n": int(defined.sum()),
            "artists": len({p.group for p, told in zip(paintings, defined, strict=True) if told}),
            "undefined": int((~defined).sum()),
        }
        sign = -1 if measure in LOWER else 1
        rivals = {
            control: self._of(measure, control, len(values))
            for control in controls
            if control != name and control in self.values[measure]
        }
        if not rivals:
            return Measured(**about)
        best = max(rivals, key=lambda control: sign * float(np.nanmean(rivals[control])))
        return Measured(**about, control=best, ahead=self._mean(sign * (values - rivals[best]), paintings))

    def substrates(self) -> dict[str, dict[str, float]]:
        """By style told, the mean probability of pictures of which nothing is left, by what was done to them."""
        found: dict[str, dict[str, float]] = defaultdict(dict)
        for measure, rows in self.values.items():
            if values := rows.get("substrate"):
                kind, _, style = measure.partition(" ")
                found[style][kind] = float(np.mean(values))
        return {style: found[style] for style in sorted(found)}

    def _of(self, measure: str, name: str, count: int) -> Floats:
        """The values of the first `count` paintings, which are the same for all methods of a measure."""
        return np.array(self.values[measure][name][:count])

    def _mean(self, values: Floats, paintings: Sequence[Painting]) -> Interval:
        """The mean of the values that are numbers, with its interval over artists; NaN ends where it cannot be told."""
        defined = np.isfinite(values)
        if not defined.any():
            return Interval(*[float("nan")] * 3)
        own = [p for p, told in zip(paintings, defined, strict=True) if told]
        numbers = values[defined]
        if len({p.group for p in own}) < 2:
            return Interval(float(numbers.mean()), float("nan"), float("nan"))
        weights = self._resampled(own)
        low, high = np.percentile(weights @ numbers / weights.sum(1), [2.5, 97.5])
        return Interval(float(numbers.mean()), float(low), float(high))

    def _resampled(self, paintings: Sequence[Painting]) -> Floats:
        """How often each painting counts in each resample of artists (R, N)."""
        key = tuple(p.id for p in paintings)
        if key not in self._weights:
            styles = sorted({p.style for p in paintings})
            truth = np.array([styles.index(p.style) for p in paintings], np.intp)
            blocks = resamples([p.group for p in paintings], truth, self.seed, RESAMPLES)
            self._weights[key] = np.concatenate(list(blocks))
        return self._weights[key]
