"""TCAV: whether a named visual concept, made by a picture operation, moves the verdict (Kim et al. 2018, arXiv 1711.11279)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance, ImageFilter

from brushwork.classifier.metrics import resamples
from brushwork.classifier.scores import Interval
from brushwork.colour import image_of, lab_of
from brushwork.explain.operations import OPERATIONS
from brushwork.explain.trust_table import LEAST_ARTISTS, RESAMPLES
from brushwork.randomness import stream

Floats = npt.NDArray[np.float64]
DIRECTIONS = 30  # of a concept, each from another half of the pictures; of random ones there are as many as resamples
SIGNIFICANT = 0.05  # after Bonferroni's correction


def _shifted(a: float, b: float) -> Callable[[Image.Image, int], Image.Image]:
    """Colours moved along the axes of CIELAB, lightness kept."""

    def change(image: Image.Image, seed: int) -> Image.Image:
        lab = lab_of(image)
        lab[..., 1] += a
        lab[..., 2] += b
        return image_of(lab)

    return change


def saturated(image: Image.Image, seed: int) -> Image.Image:
    """Colours half as strong again."""
    lab = lab_of(image)
    lab[..., 1:] *= 1.5
    return image_of(lab)


def broken_colour(image: Image.Image, seed: int) -> Image.Image:
    """Dabs of three pixels whose hues differ from their neighbours', lightness kept."""
    lab = lab_of(image)
    height, width = lab.shape[:2]
    noise = stream(seed, "broken").normal(0, 12, (-(-height // 3), -(-width // 3), 2))
    lab[..., 1:] += noise.repeat(3, 0).repeat(3, 1)[:height, :width]
    return image_of(lab)


def impasto(image: Image.Image, seed: int) -> Image.Image:
    """Fine relief made stronger, as of thick paint."""
    return image.filter(ImageFilter.UnsharpMask(radius=2, percent=180, threshold=0))


def contrast(image: Image.Image, seed: int) -> Image.Image:
    """Lights lighter and darks darker."""
    return ImageEnhance.Contrast(image).enhance(1.5)


CONCEPTS: dict[str, Callable[[Image.Image, int], Image.Image]] = {
    "warm palette": _shifted(6, 14),
    "cool palette": _shifted(-4, -14),
    "strong colours": saturated,
    "broken colour": broken_colour,
    "impasto": impasto,
    "light and shade": contrast,
    "dark contours": OPERATIONS["contours thickened"],
    "soft focus": OPERATIONS["blurred (low-pass)"],
}


@dataclass(frozen=True, slots=True)
class Tcav:
    """For a concept and a style: the share of the style's paintings whose log-odds rise with it, beside random directions."""

    concept: str
    style: str
    score: float  # mean over directions, 0 to 1; 0.5 is what a concept without effect has
    spread: float  # deviation over directions
    random: float  # the mean of random directions
    random_spread: float  # their deviation
    p: float  # of the slope, two-sided, against random directions, times the number of tests (Bonferroni), at most 1; or NaN
    derivative: Interval  # mean change of log-odds in nats for one of the concept's own step along the direction
    n: int
    artists: int

    def to_dict(self) -> dict[str, object]:
        """The result as plain data."""
        return asdict(self)


def direction(examples: Floats, others: Floats) -> Floats:
    """The unit direction (C,) from others (N, C) to examples (M, C), by the difference of means (FastCAV, arXiv 2505.17883)."""
    apart = examples.mean(0) - others.mean(0)
    return np.asarray(apart / max(float(np.linalg.norm(apart)), 1e-12))


def tcav(
    gradients: Mapping[str, Floats],
    artists: Mapping[str, Sequence[str]],
    plain: Floats,
    changed: Mapping[str, Floats],
    seed: int,
) -> list[Tcav]:
    """Every concept against every style.

    `gradients` (N, C) by style are those of the log-odds of that style with respect to a layer's activation, summed over
    cells, of paintings of the style by `artists`; `plain` (M, C) are averaged activations of other pictures, and `changed`
    (M, C) by concept those of the same pictures once changed. Each direction comes from a random half of the concept's pictures
    and the other half unchanged; a random one from two halves unchanged.

    The score says how many paintings rise, not by how much: where gradients agree, any direction at all has nearly 0 or 1. And
    halves of the same pictures, and paintings by the same artist, are no independent trials. So Kim's t-test of scores would find
    everything significant. Instead p is of the mean slope along directions of length 1: each resample takes one of the
    concept's directions and one random direction and draws the style's artists anew, and p is twice the share of resamples in
    which the concept's slope is not beyond the random one's, on whichever side it mostly is. Raises ValueError where the sets
    do not fit.
    """
    if any(rows.shape != plain.shape for rows in changed.values()):
        raise ValueError("every concept must be made of the same pictures")
    halves = [stream(seed, "cav", k).permutation(len(plain)) for k in range(RESAMPLES)]
    cut = len(plain) // 2
    random = np.stack([direction(plain[h[:cut]], plain[h[cut:]]) for h in halves])  # (R, C)
    tests = len(changed) * len(gradients)
    weights = {style: _resampled(artists[style], seed) for style in gradients}
    found = []
    for concept, rows in changed.items():
        own = np.stack([direction(rows[h[:cut]], plain[h[cut:]]) for h in halves[:DIRECTIONS]])  # (D, C)
        step = rows.mean(0) - plain.mean(0)
        for style, gradient in gradients.items():
            slopes, at_random = gradient @ own.T, gradient @ random.T  # (N, D) and (N, R), in nats
            scores, chance = (slopes > 0).mean(0), (at_random > 0).mean(0)
            found.append(
                Tcav(
                    concept=concept,
                    style=style,
                    score=float(scores.mean()),
                    spread=float(scores.std(ddof=1)),
                    random=float(chance.mean()),
                    random_spread=float(chance.std(ddof=1)),
                    p=float(np.minimum(1, _p_value(slopes, at_random, weights[style]) * tests)),
                    derivative=_interval(gradient @ step, weights[style]),
                    n=len(gradient),
                    artists=len(set(artists[style])),
                )
            )
    return found


def _resampled(artists: Sequence[str], seed: int) -> Floats | None:
    """How often each painting counts in each resample of artists (R, N); None where there is but one artist."""
    if len(set(artists)) < LEAST_ARTISTS:
        return None
    blocks = resamples(artists, np.zeros(len(artists), np.intp), seed, RESAMPLES)
    return np.concatenate(list(blocks)).astype(np.float64)


def _p_value(slopes: Floats, at_random: Floats, weights: Floats | None) -> float:
    """Whether paintings rise more, or fall more, along a concept's directions (N, D) than along random ones (N, R).

    Two-sided, at least 2 of R + 1; NaN without weights.
    """
    if weights is None:
        return float("nan")
    shares = weights / weights.sum(1, keepdims=True)
    which = np.arange(len(shares)) % slopes.shape[1]
    apart = (shares * (slopes[:, which] - at_random).T).sum(1)  # (R,)
    return min(1.0, 2 * (min(int((apart <= 0).sum()), int((apart >= 0).sum())) + 1) / (len(apart) + 1))


def _interval(values: Floats, weights: Floats | None) -> Interval:
    if weights is None:
        return Interval(float(values.mean()), float("nan"), float("nan"))
    low, high = np.percentile(weights @ values / weights.sum(1), [2.5, 97.5])
    return Interval(float(values.mean()), float(low), float(high))
