"""TCAV: whether a named visual concept, made by a picture operation, moves the verdict (Kim et al. 2018, arXiv 1711.11279)."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance, ImageFilter
from scipy.stats import ttest_ind_from_stats

from brushwork.explain.colour import image_of, lab_of
from brushwork.explain.operations import OPERATIONS
from brushwork.randomness import stream

Floats = npt.NDArray[np.float64]
DIRECTIONS = 30  # of a concept and at random, each from another half of the pictures
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
    "soft focus": OPERATIONS["low-pass"],
}


@dataclass(frozen=True, slots=True)
class Tcav:
    """For a concept and a style: the share of the style's paintings whose log-odds rise with it, beside random directions."""

    concept: str
    style: str
    score: float  # mean over directions, 0 to 1; 0.5 is what a concept without effect has
    spread: float  # deviation over directions
    random: float  # the mean of random directions
    p: float  # two-sided Welch test against random directions, times the number of tests (Bonferroni), at most 1
    derivative: float  # mean change of log-odds in nats for one of the concept's own step along the direction
    n: int

    def to_dict(self) -> dict[str, object]:
        """The result as plain data."""
        return asdict(self)


def direction(examples: Floats, others: Floats) -> Floats:
    """The unit direction (C,) from others (N, C) to examples (M, C), by the difference of means (FastCAV, arXiv 2505.17883)."""
    apart = examples.mean(0) - others.mean(0)
    return np.asarray(apart / max(float(np.linalg.norm(apart)), 1e-12))


def tcav(gradients: Mapping[str, Floats], plain: Floats, changed: Mapping[str, Floats], seed: int) -> list[Tcav]:
    """Every concept against every style.

    `gradients` (N, C) by style are those of the log-odds of that style with respect to a layer's activation, summed over
    cells, of paintings of the style; `plain` (M, C) are averaged activations of other pictures, and `changed` (M, C) by
    concept those of the same pictures once changed. Each direction comes from a random half of the concept's pictures and
    the other half unchanged; a random one from two halves unchanged. Raises ValueError where the sets do not fit.
    """
    if any(rows.shape != plain.shape for rows in changed.values()):
        raise ValueError("every concept must be made of the same pictures")
    halves = [stream(seed, "cav", k).permutation(len(plain)) for k in range(DIRECTIONS)]
    cut = len(plain) // 2
    random = np.stack([direction(plain[h[:cut]], plain[h[cut:]]) for h in halves])  # (D, C)
    tests = len(changed) * len(gradients)
    found = []
    for concept, rows in changed.items():
        own = np.stack([direction(rows[h[:cut]], plain[h[cut:]]) for h in halves])
        step = rows.mean(0) - plain.mean(0)
        for style, gradient in gradients.items():
            scores, chance = ((gradient @ directions.T > 0).mean(0) for directions in (own, random))
            found.append(
                Tcav(
                    concept=concept,
                    style=style,
                    score=float(scores.mean()),
                    spread=float(scores.std(ddof=1)),
                    random=float(chance.mean()),
                    p=min(1.0, _p_value(scores, chance) * tests),
                    derivative=float((gradient @ step).mean()),
                    n=len(gradient),
                )
            )
    return found


def _p_value(scores: Floats, chance: Floats) -> float:
    """Of Welch's two-sided test that two sets of scores have one mean; sets without any spread are the same or they are not."""
    spreads = scores.std(ddof=1), chance.std(ddof=1)
    if max(spreads) < 1e-12:
        return 1.0 if abs(scores.mean() - chance.mean()) < 1e-12 else 0.0
    told = ttest_ind_from_stats(
        scores.mean(), spreads[0], len(scores), chance.mean(), spreads[1], len(chance), equal_var=False
    )
    return float(told.pvalue)
