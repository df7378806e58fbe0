"""How near generated pictures are to paintings that the generator never saw, each number with its space, floor and n."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator.distances import (
    effective_rank,
    frechet_distance,
    kernel_distance,
    kernel_distance_of_subsets,
    neighbourhood,
)
from brushwork.generator.features import Features, Floats, scaled
from brushwork.generator.memorisation import Lookalike, Memorisation
from brushwork.generator.picture_measures import palette_distance, spectrum_gap
from brushwork.generator.sliced_wasserstein import sliced_wasserstein
from brushwork.generator.spread import INTERVAL, Spread, over_seeds
from brushwork.randomness import stream

Distance = Callable[[Pixels, Pixels, int], float]  # samples, real pictures, seed
MOST_THREADS = 4  # each holds the patches of two sets


@dataclass(frozen=True, slots=True)
class Kind:
    """What a measure is counted in, and what of it is good."""

    unit: str = ""
    larger_is_better: bool = False
    is_share: bool = False
    least: int = 1  # pictures in each set that it needs


SWD, SPECTRUM, PALETTE = "sliced Wasserstein distance", "spectrum gap", "palette distance"
KERNEL, FRECHET = "kernel distance", "Fréchet distance"
PATCHES, LIGHTNESS, COLOURS = "patches of pixels", "lightness", "colours"  # the spaces of measures that ask no network
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        SWD: Kind("deviations of real patches"),
        SPECTRUM: Kind("dB"),
        PALETTE: Kind("Delta E"),
        KERNEL: Kind(least=2),
        FRECHET: Kind(least=2),
        "precision": Kind(larger_is_better=True, is_share=True, least=6),
        "recall": Kind(larger_is_better=True, is_share=True, least=6),
        "density": Kind(larger_is_better=True, least=6),
        "coverage": Kind(larger_is_better=True, is_share=True, least=6),
    }
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure in one space, of samples against `n` held-out paintings.

    `floor` is what as many of the training paintings themselves get in the samples' place, `noise` what Gaussian noise with
    the paintings' own mean and spread per colour channel gets.
    """

    measure: str  # one of KINDS
    name: str  # the published one where the space has its own
    space: str
    samples: Spread
    floor: Spread
    noise: Spread
    n: int

    @property
    def kind(self) -> Kind:
        """What it is counted in."""
        return KINDS[self.measure]


@dataclass(frozen=True, slots=True)
class Space:
    """A space of features: where it is from, and in how many directions the held-out paintings spread there."""

    name: str
    about: str
    dimensions: int
    effective_rank: float


@dataclass(frozen=True, slots=True)
class Quality:
    """All measures of a generator's pictures, at one number of pictures."""

    n: int
    seeds: list[int]  # of the samples
    measures: list[Measured]
    spaces: list[Space]
    memorisation: list[Memorisation] = field(default_factory=list)
    interval: str = INTERVAL

    def measured(self, measure: str, space: str) -> Measured:
        """The one measure in the one space; raises KeyError where it is not among them."""
        found = {(one.measure, one.space): one for one in self.measures}
        return found[measure, space]

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data; of every measure also its unit and whether more of it is better."""
        copies = [{"copies": one.copies} for one in self.memorisation]
        kinds = [{"unit": one.kind.unit, "larger_is_better": one.kind.larger_is_better} for one in self.measures]
        data = asdict(self)
        for rows, more in ((data["measures"], kinds), (data["memorisation"], copies)):
            for row, extra in zip(rows, more, strict=True):
                row |= extra
        return data


def quality_from(data: Any, where: object) -> Quality:
    """What `Quality.to_dict` gave, as it was; `UserError` when another version of Brushwork wrote it in `where`."""
    try:
        return Quality(
            **dict(data)
            | {"measures": [_measured(one) for one in data["measures"]]}
            | {"spaces": [Space(**one) for one in data["spaces"]]}
            | {"memorisation": [_memorisation(one) for one in data["memorisation"]]}
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(
            f"{where} holds measures of another version of Brushwork, which this one cannot read; train it again, in a new --out."
        ) from error


def _measured(data: Mapping[str, Any]) -> Measured:
    spreads = {name: Spread(**data[name]) for name in ("samples", "floor", "noise")}
    return Measured(**{name: data[name] for name in ("measure", "name", "space", "n")} | spreads)


def _memorisation(data: Mapping[str, Any]) -> Memorisation:
    spreads = {name: Spread(**data[name]) for name in ("ratio", "against_new")}
    own = {name: value for name, value in data.items() if name != "copies"}
    return Memorisation(**own | spreads | {"lookalikes": [Lookalike(**one) for one in data["lookalikes"]]})


def quality_of(
    samples: Sequence[Pixels],
    held_out: Pixels,
    trained_on: Sequence[Pixels],
    spaces: Sequence[Features],
    seeds: Sequence[int],
) -> Quality:
    """Measure samples of several seeds, all sets (N, S, S, 3) with the same N, without the test of memorisation.

    `trained_on` are draws of training paintings, one for each seed. What too few pictures do not allow is left out.
    """
    n = len(held_out)
    flat = held_out.reshape(-1, 3).astype(np.float64)
    choose = stream(seeds[0], "quality")
    noise = choose.normal(flat.mean(0), flat.std(0), held_out.shape).clip(0, 255).astype(np.uint8)
    sets = {"samples": samples, "floor": trained_on, "noise": [noise]}
    measures = []
    with ThreadPoolExecutor(min(torch.get_num_threads(), MOST_THREADS)) as pool:
        for measure, (name, distance) in _BY_PIXELS.items():
            found = {
                part: list(pool.map(partial(_against, distance, held_out), many, seeds)) for part, many in sets.items()
            }
            measures.append(_summary(measure, measure, name, found, n))
    told = []
    for space in spaces:
        rows, real = {name: [space.of(pixels) for pixels in parts] for name, parts in sets.items()}, space.of(held_out)
        if not space.published:
            rows = {name: [scaled(one, real) for one in parts] for name, parts in rows.items()}
            real = scaled(real, real)
        told.append(Space(space.name, space.about, real.shape[1], effective_rank(real)))
        measures += _in_space(space, rows, real)
    return Quality(n, list(seeds), measures, told)


def _against(distance: Distance, held_out: Pixels, pixels: Pixels, seed: int) -> float:
    return distance(pixels, held_out, seed)


def _swd(ours: Pixels, theirs: Pixels, seed: int) -> float:
    return float(np.mean(list(sliced_wasserstein(ours, theirs, seed).values())))


_BY_PIXELS: Mapping[str, tuple[str, Distance]] = MappingProxyType(
    {
        SWD: (PATCHES, _swd),
        SPECTRUM: (LIGHTNESS, lambda ours, theirs, seed: spectrum_gap(ours, theirs)),
        PALETTE: (COLOURS, palette_distance),
    }
)


def _in_space(space: Features, rows: Mapping[str, Sequence[Floats]], real: Floats) -> list[Measured]:
    """All measures of the sets' features, by set, against real ones."""
    found: dict[str, dict[str, list[float]]] = {}
    for name, parts in rows.items():
        for one in parts:
            for measure, value in _measures_of(one, real, kid=bool(space.published)).items():
                found.setdefault(measure, {}).setdefault(name, []).append(value)
    return [
        _summary(measure, space.published.get(measure, measure), space.name, values, len(real))
        for measure, values in found.items()
    ]


def _measures_of(rows: Floats, real: Floats, kid: bool) -> dict[str, float]:
    """By measure its value, for rows (N, D) against real ones; those that N allows."""
    found: dict[str, float] = {}
    if len(rows) >= KINDS[KERNEL].least:
        found[KERNEL] = (kernel_distance_of_subsets if kid else kernel_distance)(rows, real)
        found[FRECHET] = frechet_distance(rows, real)
    if len(rows) >= KINDS["coverage"].least:
        found |= asdict(neighbourhood(rows, real))
    return found


def _summary(measure: str, name: str, space: str, found: Mapping[str, Sequence[float]], n: int) -> Measured:
    spreads = {part: over_seeds(values, KINDS[measure].is_share) for part, values in found.items()}
    return Measured(measure, name, space, spreads["samples"], spreads["floor"], spreads["noise"], n)
