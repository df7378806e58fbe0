"""One update of a network's weights."""

import torch
from torch import Tensor


def descend(loss: Tensor, optimiser: torch.optim.Optimizer) -> Tensor:
    """Step down a loss; gradients left by other losses do not count. Returns the loss without its graph."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    optimiser.step()
    return loss.detach()
