"""Style mixing: the coarse layers of one generated picture with the fine ones of another (Karras et al. 2019, figure 3)."""

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


@dataclass(frozen=True, slots=True)
class Mixture:
    """Which pictures of a seed are mixed: of `coarse` the layers up to `upto` pixels, of `fine` the rest.

    They are painted in `style`, by default in turn as `sample` has them; the fine ones in `fine_style`, by default likewise.
    """

    coarse: Sequence[int]
    fine: Sequence[int]
    upto: int
    style: str | None = None
    fine_style: str | None = None
    truncation: float = 1.0


def mix(painter: Painter, mixture: Mixture, seed: int) -> Pixels:
    """The mixed pictures (R, C, S, S, 3), a row for each coarse one and a column for each fine one.

    A layer takes both its point w and its grain from one picture, so that a picture mixed with itself stays as it is. Raises
    `UserError` for a network without w, for an `upto` at which layers are not divided, and for a style that it does not know.
    """
    rough, detail = _sources(painter, mixture, seed)
    network = painter.network
    assert isinstance(network, stylegan2.Generator)
    grains = torch.tensor(network.grains)
    layers = grains <= mixture.upto**2  # (L,)
    pixels = layers.repeat_interleave(grains)  # (G,)
    pairs = [(r, c) for r in range(len(mixture.coarse)) for c in range(len(mixture.fine))]
    points = torch.stack([torch.where(layers[:, None], rough.points[r], detail.points[c]) for r, c in pairs])
    grain = torch.stack([torch.where(pixels, rough.grain[r], detail.grain[c]) for r, c in pairs])
    found = painted(painter, points, grain)
    return found.reshape(len(mixture.coarse), len(mixture.fine), *found.shape[1:])


def mixed_tiles(painter: Painter, mixture: Mixture, seed: int) -> list[list[Tile]]:
    """The sheet: above the pictures that give fine layers, at the left those that give coarse ones, between them the mixed."""
    left, above = (painted(painter, source.points, source.grain) for source in _sources(painter, mixture, seed))
    grid = mix(painter, mixture, seed)
    finely = mixture.fine_style or mixture.style
    heading = [Tile(), *(Tile(one, _caption(finely, k)) for one, k in zip(above, mixture.fine, strict=True))]
    rows = [
        [Tile(one, _caption(mixture.style, k)), *(Tile(each) for each in row)]
        for one, k, row in zip(left, mixture.coarse, grid, strict=True)
    ]
    return [heading, *rows]


def _caption(style: str | None, place: int) -> str:
    return f"{place}" if style is None else f"{style} {place}"


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    points: Tensor  # (N, L, W), on the CPU
    grain: Tensor  # (N, G)


def _sources(painter: Painter, mixture: Mixture, seed: int) -> tuple[_Source, _Source]:
    network = painter.network
    if not isinstance(network, stylegan2.Generator):
        raise UserError(
            f"{painter.run} is a {painter.preset.name}, whose layers all begin from one noise and cannot be mixed; train "
            "--preset stylegan2."
        )
    boundaries = stylegan2.sides(network.size)[:-1]
    if mixture.upto not in boundaries:
        raise UserError(
            f"--upto {mixture.upto} was given; the layers of {painter.run} are divided at "
            f"{', '.join(map(str, boundaries))} pixels."
        )

    def source(places: Sequence[int], style: str | None) -> _Source:
        w, grain = ways_at(painter, seed, places, style, mixture.truncation), grain_at(painter, seed, places)
        assert grain is not None
        return _Source(network.everywhere(w).cpu(), grain)

    return source(mixture.coarse, mixture.style), source(mixture.fine, mixture.fine_style or mixture.style)
