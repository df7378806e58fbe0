"""Picture k of a seed is the same whatever the batch, with grain of its own."""

import numpy as np
import pytest
import torch

from brushwork.errors import UserError
from brushwork.generator.sample import grain_at, noise_at, painted, points_of, sample
from tests.generator.painters import painter


@pytest.mark.parametrize("name", ["dcgan-torch", "wgan-gp-resnet", "stylegan2"])
def test_picture_k_is_the_same_whatever_is_painted_with_it(name: str) -> None:
    own = painter(name)
    whole = sample(own, 40, 5)
    assert np.array_equal(sample(own, 7, 5, first=21), whole[21:28])
    assert np.array_equal(sample(own, 1, 5, first=39), whole[39:])
    assert not np.array_equal(sample(own, 1, 6)[0], whole[0])


def test_two_pictures_of_one_point_differ_by_their_grain() -> None:
    own = painter("stylegan2")
    points = points_of(own, noise_at(own, 0, [3, 3, 3]), [0, 0, 0])
    same, other = painted(own, points, grain_at(own, 0, [3])), painted(own, points, grain_at(own, 0, [3, 4, 5]))
    assert np.array_equal(same[0], same[2])
    assert np.array_equal(other[0], sample(own, 1, 0, first=3, style="Calm")[0])
    apart = [np.abs(other[i].astype(int) - other[j]).mean() for i, j in ((0, 1), (1, 2), (0, 2))]
    assert min(apart) > 0.5
    first, second = grain_at(own, 0, [3]), grain_at(own, 0, [4])
    assert first is not None
    assert second is not None
    assert abs(float(torch.corrcoef(torch.cat([first, second]))[0, 1])) < 0.05
    assert grain_at(painter("dcgan-torch"), 0, [3]) is None


def test_styles_come_in_turn_or_as_told() -> None:
    own = painter("stylegan2")
    turn = sample(own, 4, 2)
    for k, style in enumerate(["Calm", "Wild", "Calm", "Wild"]):
        assert np.array_equal(turn[k], sample(own, 4, 2, style=style)[k])
    with pytest.raises(UserError, match="does not know the style 'Odd'; it knows Calm, Wild"):
        sample(own, 1, 0, style="Odd")
    with pytest.raises(UserError, match="a dcgan-torch, which is told no style"):
        sample(painter("dcgan-torch"), 1, 0, truncation=0.5)
