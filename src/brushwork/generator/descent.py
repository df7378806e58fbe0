"""One update of a network's weights."""

import torch
from torch import Tensor


def descend(loss: Tensor, optimiser: torch.optim.Optimizer) -> Tensor:
    """Step down a loss; gradients left by other losses do not count. Returns the loss without its graph.

    Of the optimiser's own weights alone are gradients computed: a generator's loss has no use for the discriminator's.
    """
    optimiser.zero_grad(set_to_none=True)
    loss.backward(inputs=[weight for group in optimiser.param_groups for weight in group["params"]])
    optimiser.step()
    return loss.detach()
