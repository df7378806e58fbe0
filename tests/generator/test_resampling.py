"""Doubling and halving are the paper's filter."""

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
