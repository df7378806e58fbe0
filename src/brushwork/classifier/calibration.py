"""What a probability is worth: temperature, and the threshold below which a verdict is "unsure"."""

from collections.abc import Sequence

import numpy as np

from brushwork.classifier.metrics import Floats
from brushwork.errors import UserError
from brushwork.painting import Painting

LEAST_VERDICTS = 20  # above the threshold, for its risk to mean anything


def softmax(scores: Floats) -> Floats:
    """Probabilities (N, styles) from scores (N, styles)."""
    shifted = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True))


def fitted_temperature(scores: Floats, paintings: Sequence[Painting], styles: Sequence[str]) -> float:
    """The temperature between 1/4 and 8 that makes the scores (N, styles) least surprised (Guo et al. 2017, section 4.2).

    All paintings weigh as much as there are artists, against a prior of the logarithm of the temperature (0 ± 1/2): four
    artists who happen to be told rightly must not make every later answer certain. Raises `UserError` without paintings.
    """
    truth = np.array(_truth(paintings, styles))
    artists = len({p.group for p in paintings})
    choices = np.geomspace(0.25, 8.0, 101)
    told = [softmax(scores / t)[np.arange(len(truth)), truth] for t in choices]
    likely = artists * np.array([np.log(p.clip(1e-30)).mean() for p in told]) - 2 * np.log(choices) ** 2
    return float(choices[int(np.argmax(likely))])


def threshold_for_risk(
    probabilities: Floats, paintings: Sequence[Painting], styles: Sequence[str], risk: float
) -> float:
    """The lowest sureness from which on at most a share `risk` of verdicts (N, styles) is wrong, styles counted equally.

    Sureness is the highest probability; the threshold is what selective classification calls the one of risk r* (Geifman
    and El-Yaniv 2017), taken at its observed value. It is above 1 where no twenty verdicts are that safe.
    """
    truth = np.array(_truth(paintings, styles))
    sureness = probabilities.max(1)
    order = np.argsort(-sureness, kind="stable")
    weight = (1 / np.bincount(truth, minlength=len(styles)).clip(1))[truth][order]
    wrong = (probabilities.argmax(1) != truth)[order] * weight
    risks = np.cumsum(wrong) / np.cumsum(weight)
    ends = np.append(np.diff(sureness[order]) != 0, True)  # verdicts equally sure stand or fall together
    safe = np.flatnonzero((risks <= risk) & ends & (np.arange(1, len(order) + 1) >= min(LEAST_VERDICTS, len(order))))
    return float(sureness[order][safe[-1]]) if len(safe) else 1.01


def _truth(paintings: Sequence[Painting], styles: Sequence[str]) -> list[int]:
    if not len(paintings):
        raise UserError("no painting is left for validation; add artists.")
    return [list(styles).index(p.style) for p in paintings]
