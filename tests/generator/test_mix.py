"""A picture mixed with itself stays; coarse layers move what is large, fine layers what is small."""

import numpy as np
import pytest
import torch
from torch import Tensor

from brushwork.errors import UserError
from brushwork.generator import stylegan2
from brushwork.generator.mix import Mixture, mix, mixed_tiles
from brushwork.generator.sample import sample
from tests.generator.painters import painter

COARSE, FINE = (1, 3), (3, 4, 1)


@pytest.mark.parametrize("upto", [4, 8, 16])
def test_a_picture_mixed_with_itself_stays_as_it_is(upto: int) -> None:
    own = painter("stylegan2")
    grid = mix(own, Mixture(COARSE, FINE, upto, "Wild"), seed=2)
    assert grid.shape == (2, 3, 32, 32, 3)
    for r, c, place in ((0, 2, 1), (1, 0, 3)):
        wanted = sample(own, 1, 2, first=place, style="Wild")[0]
        assert np.abs(grid[r, c].astype(int) - wanted).max() <= 1
    assert not np.array_equal(grid[0, 0], grid[0, 2])


def test_coarse_layers_are_those_of_the_coarse_picture_to_the_bit() -> None:
    own, seen = painter("stylegan2"), list[Tensor]()
    assert isinstance(own.network, stylegan2.Generator)
    for layer in own.network.layers:
        layer.register_forward_hook(lambda _layer, _inputs, out: seen.append(out[0]))
    outputs = {}
    for name, mixture in (("mixed", Mixture((1,), (4,), 8)), ("coarse", Mixture((1,), (1,), 8))):
        mix(own, mixture, seed=2)
        outputs[name] = seen.copy()
        seen.clear()
    alike = [torch.equal(a, b) for a, b in zip(outputs["mixed"], outputs["coarse"], strict=True)]
    assert alike == [True] * 3 + [False] * 4  # one layer of 4 pixels, then two of each side


def test_each_side_has_its_style() -> None:
    own = painter("stylegan2")
    both = mix(own, Mixture((1,), (1,), 8, "Calm", "Wild"), 2)[0, 0]
    single = [mix(own, Mixture((1,), (1,), 8, style), 2)[0, 0] for style in ("Calm", "Wild")]
    assert not any(np.array_equal(both, one) for one in single)
    tiles = mixed_tiles(own, Mixture(COARSE, FINE, 8, "Calm", "Wild"), 2)
    assert [tile.caption for tile in tiles[0]] == ["", "Wild 3", "Wild 4", "Wild 1"]
    assert [row[0].caption for row in tiles[1:]] == ["Calm 1", "Calm 3"]
    for tile, place in ((tiles[0][1], 3), (tiles[0][2], 4)):
        assert tile.picture is not None
        wanted = sample(own, 1, 2, first=place, style="Wild")[0]
        assert np.abs(tile.picture.astype(int) - wanted).max() <= 1


def test_what_cannot_be_mixed_is_said() -> None:
    with pytest.raises(UserError, match="a dcgan-torch, whose layers all begin from one noise"):
        mix(painter("dcgan-torch"), Mixture((0,), (1,), 8), 0)
    with pytest.raises(UserError, match="--upto 32 was given; the layers of run are divided at 4, 8, 16 pixels"):
        mix(painter("stylegan2"), Mixture((0,), (1,), 32), 0)
    with pytest.raises(UserError, match="does not know the style 'Odd'"):
        mix(painter("stylegan2"), Mixture((0,), (1,), 8, "Calm", "Odd"), 0)
