"""Whether a style dial turns the classifier's verdict as it is turned."""

import numpy as np
from scipy.stats import spearmanr

from brushwork.classifier.metrics import Floats
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.scores import Interval
from brushwork.exhibit.judged import DialJudged
from brushwork.exhibit.likeness import share
from brushwork.exhibit.seeing import scores_of_pixels
from brushwork.generator.networks import Painter
from brushwork.generator.walk import dials

RANKED = 0.9  # the rank correlation from which on a dial is said to be in order
TOGETHER = 16  # dials judged at once


def dial_monotone(
    model: StyleClassifier, painter: Painter, seeds: int, steps: int = 7, seed: int = 0, truncation: float = 1.0
) -> DialJudged:
    """Judge the dial of pictures 0 to `seeds - 1` of a seed, from the painter's first style to its last.

    Raises `UserError` for a network that is told no style, or one alone.
    """
    first, last = painter.styles[0], painter.styles[-1]
    numbers = [model.styles.index(style) for style in (first, last)]
    parts = []
    for start in range(0, seeds, TOGETHER):
        pictures = dials(painter, range(start, min(start + TOGETHER, seeds)), steps, seed, truncation)
        parts.append(scores_of_pixels(model, pictures.reshape(-1, *pictures.shape[2:])))
    scores = np.concatenate(parts).reshape(seeds, steps, -1)
    log_odds = scores[:, :, numbers[1]] - scores[:, :, numbers[0]]  # (seeds, steps)
    told = scores.argmax(2)
    turned = (told[:, 0] == numbers[0]) & (told[:, -1] == numbers[1])
    along = [Interval(float(one.mean()), *map(float, np.percentile(one, [2.5, 97.5]))) for one in log_odds.T]
    return DialJudged(
        first=first,
        last=last,
        seeds=seeds,
        steps=steps,
        monotone=share(int(monotone(log_odds).sum()), seeds),
        ranked=share(int((rank_correlation(log_odds) >= RANKED).sum()), seeds),
        turned=share(int(turned.sum()), seeds),
        along=along,
    )


def monotone(log_odds: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which rows (N,) of log-odds along dials (N, steps) never fall and are not the same throughout."""
    never: np.ndarray[tuple[int], np.dtype[np.bool_]] = (np.diff(log_odds) >= 0).all(1) & (
        log_odds[:, -1] > log_odds[:, 0]
    )
    return never


def rank_correlation(log_odds: Floats) -> Floats:
    """Spearman's rank correlation of each row (N, steps) with the dial's steps; 0 for a row that does not move."""
    steps = np.arange(log_odds.shape[1])
    return np.array([0.0 if np.ptp(row) == 0 else float(spearmanr(steps, row).statistic) for row in log_odds])
