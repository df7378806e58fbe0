"""Arithmetic with generated pictures: averages of several, added and subtracted (Radford et al. 2016, section 6.3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator import stylegan2
from brushwork.generator.networks import Painter
from brushwork.generator.sample import grain_at, painted, ways_at
from brushwork.generator.sheet import Tile
from brushwork.randomness import stream_seed

NOISE, AROUND = 0.25, 8  # the paper's: uniform noise of this much, and how many neighbours have it
SPREAD = 256  # pictures from which the deviation of w is told


@dataclass(frozen=True, slots=True)
class Term:
    """The average of some pictures of a seed, added (`sign` 1) or subtracted (-1)."""

    places: Sequence[int]
    sign: int


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """What arithmetic makes: by term its pictures and their average's, then nine results, the sum itself in the middle.

    `parts` are (N, S, S, 3) by term, `averages` (T, S, S, 3), `results` (9, S, S, 3), row by row.
    """

    terms: Sequence[Term]
    parts: Sequence[Pixels]
    averages: Pixels
    results: Pixels


def arithmetic(
    painter: Painter, terms: Sequence[Term], seed: int, style: str | None = None, truncation: float = 1.0
) -> Sum:
    """The sum of the terms, in noise, or in the points w of stylegan2, and eight neighbours of it.

    Neighbours differ by uniform noise of up to 0.25 to either side: of the noise's own unit, or in w of its deviation from
    picture to picture. Averages and results have the grain of the first picture named, so that they differ by nothing
    else. Raises `UserError` where nothing is added and for a style that the network does not know.
    """
    if not any(term.sign > 0 for term in terms):
        raise UserError("nothing was given to add; give pictures such as --plus 1,5,9.")
    own = [ways_at(painter, seed, term.places, style, truncation).cpu() for term in terms]
    averages = torch.stack([way.mean(0) for way in own])
    total = (averages * torch.tensor([float(term.sign) for term in terms])[:, None]).sum(0)
    unit: float | Tensor = 1.0
    if isinstance(painter.network, stylegan2.Generator):
        unit = ways_at(painter, seed, range(SPREAD), style, truncation).std(0).cpu()
    draw = torch.Generator().manual_seed(stream_seed(seed, "arithmetic"))
    around = total + NOISE * unit * (2 * torch.rand(AROUND, len(total), generator=draw) - 1)
    results = torch.cat([around[: AROUND // 2], total[None], around[AROUND // 2 :]])
    first = grain_at(painter, seed, terms[0].places[:1])
    return Sum(
        terms,
        [painted(painter, way, grain_at(painter, seed, term.places)) for way, term in zip(own, terms, strict=True)],
        painted(painter, averages, first),
        painted(painter, results, first),
    )


def sum_tiles(found: Sum) -> list[list[Tile]]:
    """The sheet, as in the paper's figure 7: a column a term, its average beneath it, and the results at the right."""
    height = max(max(map(len, found.parts)) + 1, 3)
    columns: list[list[Tile]] = []
    for k, (term, parts) in enumerate(zip(found.terms, found.parts, strict=True)):
        if k or term.sign < 0:
            columns.append([Tile()] * (height - 1) + [Tile(sign="+" if term.sign > 0 else "−")])
        filled = [Tile()] * (height - 1 - len(parts))
        column = [Tile(one, f"picture {place}") for one, place in zip(parts, term.places, strict=True)]
        columns.append([*filled, *column, Tile(found.averages[k], "their average")])
    columns.append([Tile()] * (height - 1) + [Tile(sign="=")])
    for k in range(3):
        column = [Tile(found.results[3 * row + k], "the sum" if (row, k) == (1, 1) else "") for row in range(3)]
        columns.append([Tile()] * (height - 3) + column)
    return [list(row) for row in zip(*columns, strict=True)]
