"""Steps of gradient descent and averages of weights, the same in any number of processes but for rounding."""

from typing import Any

import torch
from torch import Tensor, nn

from brushwork.processes import all_sum_, size


def descend(loss: Tensor, optimiser: torch.optim.Optimizer) -> Tensor:
    """Step down a loss, the mean over this process's pictures; returns its mean over all processes, without its graph.

    Of the optimiser's own weights alone are gradients computed: a generator's loss has no use for the discriminator's.
    Gradients left by other losses do not count. In a group all must call it, each with as many pictures.
    """
    weights = [weight for group in optimiser.param_groups for weight in group["params"]]
    optimiser.zero_grad(set_to_none=True)
    part = loss / size() if size() > 1 else loss  # each process's part of one loss
    part.backward(inputs=weights)
    found = part.detach()
    if size() > 1:
        found = found.clone()
        all_sum_([weight.grad for weight in weights if weight.grad is not None] + [found])
    optimiser.step()
    return found


def mean_of_all(number: Tensor) -> Tensor:
    """The mean over all processes of what each has for its own pictures, without its graph."""
    if size() == 1:
        return number.detach()
    total = number.detach() / size()
    all_sum_([total])
    return total


def restore_(optimiser: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Give an optimiser its state back, moments in their weights' memory layout: else the last bit may differ."""
    optimiser.load_state_dict(state)
    for weight, moments in optimiser.state.items():
        for name, moment in moments.items():
            if moment.shape == weight.shape:
                moments[name] = torch.empty_like(weight).copy_(moment)


def follow_(average: nn.Module, model: nn.Module, decay: float) -> None:
    """Move every weight and buffer of `average` towards `model`'s by 1 - decay; whole numbers are copied."""
    kept, new = [], []
    with torch.no_grad():
        for mine, theirs in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
            if mine.is_floating_point():
                kept.append(mine)
                new.append(theirs)
            else:
                mine.copy_(theirs)
        torch._foreach_lerp_(kept, new, 1 - decay)
