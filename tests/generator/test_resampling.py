"""Doubling and halving are the paper's filter."""

import pytest
import torch
from torch.nn import functional as F

from brushwork.generator.resampling import blurred, doubled, halved


def test_doubling_and_halving_are_the_papers_filter() -> None:
    x = torch.randn(2, 3, 6, 6)
    spread = torch.zeros(2, 3, 12, 12)
    spread[:, :, ::2, ::2] = x
    line = torch.tensor([1.0, 3.0, 3.0, 1.0]) / 4
    kernel = torch.outer(line, line).expand(3, 1, 4, 4)
    wanted = F.conv2d(F.pad(spread, (2, 1, 2, 1)), kernel, groups=3)
    assert torch.allclose(doubled(x)[..., 1:-1, 1:-1], wanted[..., 1:-1, 1:-1], atol=1e-6)
    even = torch.full((1, 2, 8, 8), 0.7)
    assert torch.allclose(halved(even)[..., 1:-1, 1:-1], torch.tensor(0.7))
    assert blurred(even, (2, 2)).shape == (1, 2, 9, 9)


@pytest.mark.parametrize(("padding", "stride"), [((1, 1), 1), ((2, 2), 1), ((1, 1), 2)])
def test_the_filters_slopes_and_theirs_are_a_convolutions(padding: tuple[int, int], stride: int) -> None:
    x = torch.randn(2, 3, 7, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda y: blurred(y, padding, stride), (x,))
    assert torch.autograd.gradgradcheck(lambda y: blurred(y, padding, stride), (x,))


def test_a_slope_through_the_filter_keeps_its_channels_last() -> None:
    y = torch.randn(2, 3, 8, 8).to(memory_format=torch.channels_last).requires_grad_()
    (slope,) = torch.autograd.grad(halved(y).square().sum(), y)
    assert slope.is_contiguous(memory_format=torch.channels_last)
