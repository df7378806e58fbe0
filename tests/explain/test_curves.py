"""Exact ranks, exact fractions, the ends counted, and closed forms for a model that adds up its pixels."""

import pytest
import torch
from torch import Tensor

from brushwork.explain.curves import LEVELS, area, at_size, ends, ranks, removal, road, steps_between, taken, told_by


def mean_brightness(pictures: Tensor) -> Tensor:
    """The mean of all pixels (N,): what each contributes is known."""
    return pictures.mean((1, 2, 3))


def test_ranks_are_exact_where_a_map_cut_off_at_zero_ties() -> None:
    """pytorch-grad-cam's ROAD compares with a percentile and takes the whole picture where half the map is 0."""
    map_ = torch.zeros(10, 10)
    map_[:6] = torch.rand(6, 10)
    found = ranks(map_, 0)
    assert sorted(found.flatten().tolist()) == list(range(100))
    for share in (0.1, 0.3, 0.8, 0.9):
        assert int(taken(found, share).sum()) == round(share * 100)
        least = taken(found.numel() - 1 - found, share)
        assert int(least.sum()) == round(share * 100)
    assert bool((map_[taken(found, 0.5)] > 0).all())


def test_ties_fall_at_random_and_not_by_place() -> None:
    found = ranks(torch.ones(40, 40), 3)
    upper = float((found[:20] < 800).float().mean())
    assert 0.4 < upper < 0.6
    assert torch.equal(found, ranks(torch.zeros(40, 40), 3))
    assert not torch.equal(found, ranks(torch.ones(40, 40), 4))


def test_steps_change_just_so_many_pixels_the_first_ranks_first() -> None:
    picture, other = torch.zeros(1, 3, 10, 10), torch.ones(1, 3, 10, 10)
    ranked = ranks(torch.arange(100.0).reshape(10, 10), 0)
    found = steps_between(picture, other, ranked, 4)
    assert found[:, 0].sum((1, 2)).tolist() == [25, 50, 75]
    assert bool((found[0, 0, 7:, 5:] == 1).all())


def test_areas_count_both_ends_by_half() -> None:
    assert area(torch.tensor([1.0, 0.0])) == 0.5
    assert area(torch.linspace(1, 0, 21)) == pytest.approx(0.5)
    assert area(torch.tensor([1.0, 1.0, 0.0, 0.0])) == pytest.approx(0.5)


def test_deletion_and_insertion_in_closed_form_for_a_model_that_adds_up() -> None:
    """A picture of halves 1 and 0: a map that points at the bright half deletes it first and shows it first."""
    picture = torch.zeros(1, 3, 40, 40)
    picture[..., :20] = 1
    told = told_by(mean_brightness, lambda output: output)
    end = ends(told, picture)
    right, wrong = ranks(picture[0, 0], 0), ranks(-picture[0, 0], 0)
    good, bad = (removal(told, end, order, 20) for order in (right, wrong))
    # The brightness 1/2 is gone, evenly, after half of the pixels; or begins to go then.
    assert good.deletion == pytest.approx(0.125, abs=1e-6)
    assert bad.deletion == pytest.approx(0.375, abs=1e-6)
    assert good.insertion > bad.insertion
    assert good.aopc == pytest.approx(sum(0.5 - max(0.5 - k / 20, 0) for k in range(21)) / 21, abs=1e-6)
    assert float(end.told[2]) == 0


def test_the_same_order_scores_the_same_and_a_random_one_is_worth_nothing_in_road() -> None:
    picture = torch.rand(1, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    picture[..., :24] += 2
    told = told_by(mean_brightness, lambda output: output)
    end = ends(told, picture)
    even = torch.ones(48, 48)
    assert abs(road(told, end, ranks(even, 0), 0).combined) < 0.02
    bright = picture[0, 0]
    good = road(told, end, ranks(bright, 0), 0)
    assert good.combined > 0.2
    assert road(told, end, ranks(-bright, 0), 0).combined == pytest.approx(-good.combined, rel=0.05)
    assert len(LEVELS) == 9


def test_maps_are_brought_to_pixels_by_half_pixel_centres() -> None:
    map_ = torch.arange(12.0).reshape(1, 3, 4)
    drawn = at_size(map_, (12, 16))
    assert torch.allclose(drawn.reshape(1, 3, 4, 4, 4).mean((2, 4))[0, 1:2, 1:3], map_[0, 1:2, 1:3])
    assert at_size(drawn, (12, 16)) is drawn
