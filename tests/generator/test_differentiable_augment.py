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


def test_gradients_pass_and_do_not_pass_through_the_hole() -> None:
    x = torch.randn(2, 3, 32, 32, requires_grad=True)
    differentiably_augmented(x, draw()).square().sum().backward()
    assert x.grad is not None
    assert bool(x.grad.isfinite().all())
    assert bool(x.grad.any())


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
