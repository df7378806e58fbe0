"""Features of pictures, in whose space sets of pictures are compared: whose they are is said with every number."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from brushwork.collection.collection import Pixels

Floats = npt.NDArray[np.float64]
LEAST_SPREAD = 0.5  # of the mean deviation: a feature that hardly varies in real pictures is not blown up


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """A space of features: its name, and what makes pictures (N, S, S, 3) rows (N, D) of it."""

    name: str
    of: Callable[[Pixels], Floats]
    about: str = ""  # where the features come from, in a sentence
    known_as: str = ""  # what identifies them in a file, when the name does not
    # Published features are taken as they are and their measures go by published names; of all others each feature is
    # scaled by the real pictures' own mean and deviation, so that none counts more for being larger.
    published: Mapping[str, str] = field(default_factory=dict)


def scaled(rows: Floats, real: Floats) -> Floats:
    """Rows (N, D) in units of the real pictures' deviation from their mean, feature by feature."""
    deviation = real.std(0)
    least = max(LEAST_SPREAD * float(deviation.mean()), 1e-12)
    return np.asarray((rows - real.mean(0)) / deviation.clip(least))
