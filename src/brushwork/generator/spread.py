"""A number with what chance does to it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as students_t

INTERVAL = "95 % interval of the mean over samples of several seeds (Student's t); the real paintings stay the same"


@dataclass(frozen=True, slots=True)
class Spread:
    """A value and a 95 % interval; None for its ends where there was one value alone."""

    value: float
    low: float | None = None
    high: float | None = None


def over_seeds(values: Sequence[float], is_share: bool = False) -> Spread:
    """The mean and its 95 % interval (Student's t), kept within 0 and 1 for a share."""
    mean = float(np.mean(values))
    if len(values) < 2:
        return Spread(mean)
    half = float(students_t.ppf(0.975, len(values) - 1)) * float(np.std(values, ddof=1)) / math.sqrt(len(values))
    low, high = mean - half, mean + half
    return Spread(mean, max(low, 0.0), min(high, 1.0)) if is_share else Spread(mean, low, high)
