"""Averages add and cancel as numbers do; neighbours of a sum are as near as the paper has them."""

import numpy as np
import pytest
import torch

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator import arithmetic as module
from brushwork.generator.arithmetic import AROUND, Term, arithmetic, sum_tiles
from brushwork.generator.networks import Painter
from brushwork.generator.sample import noise_at, painted, sample
from tests.generator.painters import painter

NAMES = ["dcgan-paper", "wgan-gp-paper", "stylegan2"]


def picture(own: Painter, place: int) -> Pixels:
    return sample(own, 1, 4, first=place)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_added_and_subtracted_cancels(name: str) -> None:
    own = painter(name)
    found = arithmetic(own, [Term([6], 1), Term([1, 2], -1), Term([2, 1], 1)], seed=4)
    assert len(found.results) == 9
    wanted = picture(own, 6)[0].astype(int)
    assert np.abs(found.results[4] - wanted).max() <= 1
    assert np.abs(found.averages[1].astype(int) - found.averages[2]).max() <= 1
    around = [np.abs(found.results[k] - wanted).mean() for k in range(9) if k != 4]
    other = np.abs(picture(own, 7)[0].astype(int) - wanted).mean()
    assert 0 < max(around) < other
    assert np.array_equal(
        found.parts[1][0], sample(own, 2, 4, first=1)[0] if name != "stylegan2" else picture(own, 1)[0]
    )


def test_averages_are_of_noise_not_of_pictures() -> None:
    own = painter("dcgan-torch")
    found = arithmetic(own, [Term([1, 5, 9], 1)], seed=4)
    noise = noise_at(own, 4, [1, 5, 9])
    assert np.array_equal(found.averages, painted(own, noise.mean(0, keepdim=True)))
    assert np.abs(found.averages[0] - found.parts[0].mean(0)).max() > 3


def test_neighbours_are_within_a_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    own, seen = painter("wgan-gp-paper"), list[torch.Tensor]()

    def watched(painter: Painter, ways: torch.Tensor, grain: torch.Tensor | None = None) -> Pixels:
        seen.append(ways)
        return np.zeros((len(ways), 1, 1, 3), np.uint8)

    monkeypatch.setattr(module, "painted", watched)
    arithmetic(own, [Term([0], 1)], seed=0)
    results = seen[-1]
    assert len(results) == AROUND + 1
    apart = (results - results[4])[torch.arange(9) != 4]
    assert 0.24 < float(apart.abs().max()) <= 0.25
    assert float(apart.std()) == pytest.approx(0.25 / 3**0.5, rel=0.05)


def test_the_sheet_reads_as_a_sum() -> None:
    own = painter("dcgan-torch")
    rows = sum_tiles(arithmetic(own, [Term([1, 5, 9], 1), Term([2, 3], -1), Term([4], 1)], seed=4))
    assert len(rows) == 4
    assert [tile.sign for tile in rows[-1]] == ["", "−", "", "+", "", "=", "", "", ""]
    assert [tile.caption for tile in rows[2]][-2] == "the sum"
    assert [row[2].caption for row in rows] == ["", "picture 2", "picture 3", "their average"]
    with pytest.raises(UserError, match="nothing was given to add; give pictures such as --plus 1,5,9"):
        arithmetic(own, [Term([1], -1)], 0)
