"""Steps down a loss touch one network alone, and averages follow weights and buffers."""

import pytest
import torch
from torch import nn

from brushwork.descent import descend, follow_


def test_a_step_learns_its_own_weights_and_leaves_no_gradient_on_others() -> None:
    mine, other = nn.Linear(2, 2), nn.Linear(2, 1)
    before = other.weight.detach().clone()
    optimiser = torch.optim.SGD(mine.parameters(), 0.1)
    mine.weight.grad = torch.full((2, 2), 1e6)  # left by another loss
    x = torch.randn(4, 2)
    loss = other(mine(x)).mean()
    (wanted,) = torch.autograd.grad(loss, mine.weight, retain_graph=True)
    weight = mine.weight.detach().clone()
    assert float(descend(loss, optimiser)) == float(loss.detach())
    assert torch.allclose(mine.weight, weight - 0.1 * wanted)
    assert other.weight.grad is None
    assert torch.equal(other.weight, before)


def test_an_average_follows_buffers_and_copies_whole_numbers() -> None:
    average, model = nn.BatchNorm2d(1), nn.BatchNorm2d(1)
    model(torch.randn(2, 1, 3, 3))
    follow_(average, model, 0.9)
    assert average.running_mean is not None
    assert model.running_mean is not None
    assert average.running_mean.item() == pytest.approx(0.1 * model.running_mean.item())
    assert average.num_batches_tracked == 1
