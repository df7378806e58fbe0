"""Differentiable augmentation: what it does to pictures is Zhao et al.'s, and gradients pass through it."""

import pytest
import torch

from brushwork.generator.differentiable_augment import differentiably_augmented


def draw(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_same_draws_change_real_and_generated_alike() -> None:
    x = torch.randn(4, 3, 32, 32)
    assert torch.equal(differentiably_augmented(x, draw()), differentiably_augmented(x, draw()))
    assert not torch.equal(differentiably_augmented(x, draw()), differentiably_augmented(x, draw(1)))


def test_half_the_side_is_cut_out_or_less_at_borders_and_what_moves_in_is_black() -> None:
    x = torch.ones(64, 3, 32, 32)
    seen = differentiably_augmented(x, draw())
    black = (seen == 0).all(1).float().mean((1, 2))  # an even picture keeps one value but for shift and hole
    assert float(black.max()) <= 0.25 + 2 * 0.125 + 1e-6
    assert float(black.min()) >= 0.25 / 4 - 1e-6
    for one in seen:
        assert len(one[0].unique()) <= 2


def test_an_even_picture_gets_lighter_or_darker_by_half_at_most() -> None:
    grey = torch.full((256, 3, 32, 32), 0.1)
    light = differentiably_augmented(grey, draw()).amax((1, 2, 3)) + differentiably_augmented(grey, draw()).amin(
        (1, 2, 3)
    )
    moved = light[light != 0] - 0.1
    assert float(moved.abs().max()) <= 0.5 + 1e-6
    assert float(moved.min()) < -0.3
    assert float(moved.max()) > 0.3


def test_colours_move_from_their_grey_and_light_from_its_mean() -> None:
    """Saturation by 0 to 2 and contrast by 0.5 to 1.5 (the authors' ranges), read off pictures of two colours."""
    two = torch.zeros(512, 3, 32, 32)
    two[:, 0], two[:, 1] = 0.3, -0.3  # of one colour everywhere: what is left of it is the saturation
    seen = differentiably_augmented(two, draw())
    whole = (seen != 0).any(1, keepdim=True)
    apart = ((seen[:, 0] - seen[:, 1]) * whole[:, 0]).amax((1, 2)) / 0.6
    # Contrast stretches this about the mean of all channels, which is grey, as well.
    assert 0 <= float(apart.min()) < 0.1
    assert 2 < float(apart.max()) <= 3 + 1e-5
    halves = torch.zeros(512, 3, 32, 32)
    halves[:, :, :16], halves[:, :, 16:] = 0.3, -0.3  # grey: contrast alone tells the halves apart
    seen = differentiably_augmented(halves, draw(1))
    for one in seen:
        values = one[0][one[0] != 0].unique()
        if len(values) == 2:
            assert 0.5 * 0.6 - 1e-5 <= float(values[1] - values[0]) <= 1.5 * 0.6 + 1e-5


def test_a_picture_moves_in_all_directions() -> None:
    x = torch.zeros(256, 3, 32, 32)
    x[:, :, 16, 16] = 100.0
    seen = differentiably_augmented(x, draw())
    places = {divmod(int(one[0].argmax()), 32) for one in seen if one[0].max() > one[0].median() + 10}
    assert len(places) > 30
    assert {min(k) for k in zip(*places, strict=True)} == {12}
    assert {max(k) for k in zip(*places, strict=True)} == {20}


def test_gradients_pass_and_do_not_pass_through_the_hole() -> None:
    x = torch.rand(16, 3, 32, 32, generator=draw(2)).requires_grad_()
    seen = differentiably_augmented(x, draw())
    hidden = (seen == 0).all(1, keepdim=True)
    assert float(hidden.float().mean()) > 0.1
    (through,) = torch.autograd.grad((seen * hidden).sum(), x, retain_graph=True)
    (beside,) = torch.autograd.grad((seen * ~hidden).sum(), x)
    assert not bool(through.any())
    assert bool(beside.isfinite().all())
    assert bool((beside != 0).flatten(1).any(1).all())


@pytest.mark.parametrize("side", [32, 64])
def test_a_picture_moves_by_an_eighth_at_most(side: int) -> None:
    x = torch.zeros(128, 3, side, side)
    x[:, :, side // 2, side // 2] = 100.0
    seen = differentiably_augmented(x, draw())
    for one in seen:
        bright = one[0].max()
        if bright > one[0].median() + 10:  # not in the hole
            row, column = divmod(int(one[0].argmax()), side)
            assert max(abs(row - side // 2), abs(column - side // 2)) <= side // 8
