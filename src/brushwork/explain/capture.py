"""One look at a model: a layer's activation and, where asked, the gradient of a score with respect to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from brushwork.errors import UserError, nearest

Score = Callable[[Tensor], Tensor]  # the model's output (B, K) -> one number per picture (B,)


@dataclass(frozen=True, slots=True)
class Capture:
    """What every method is a pure function of; nothing in it holds a graph."""

    activation: Tensor  # (B, C, h, w)
    gradient: Tensor  # (B, C, h, w), of the score summed over the batch
    output: Tensor  # (B, K)


def capture(model: nn.Module, layer: nn.Module, pictures: Tensor, score: Score) -> Capture:
    """Run the model once on pictures (B, 3, H, W) and differentiate the score at the layer.

    Up to the layer no graph is made; the graph begins there. The model is as it was afterwards, also after an error:
    no hook, no gradient on parameters, every module in its caller's mode; frozen models and callers under `no_grad` or
    `inference_mode` are fine. Raises `UserError` when the layer is never reached or gives no (B, C, h, w).
    """
    met: list[Tensor] = []

    def begin_graph(_module: nn.Module, _inputs: object, output: object) -> Tensor:
        if not isinstance(output, Tensor) or output.ndim != 4:
            shape = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise UserError(f"the layer gives {shape}, but a map needs (pictures, channels, h, w); name another layer.")
        met.append(output.detach().clone().requires_grad_())
        torch.set_grad_enabled(True)
        return met[-1].clone()  # a copy, so that an in-place ReLU behind the layer cannot change what was captured

    handle = layer.register_forward_hook(begin_graph)
    try:
        with _evaluating(model), torch.inference_mode(False), torch.no_grad():
            output = model(pictures.clone() if pictures.is_inference() else pictures)
            if not met:
                raise UserError(
                    "the layer was never reached by the picture; name one that is used in the forward pass."
                )
            (gradient,) = torch.autograd.grad(score(output).sum(), met[-1])
    finally:
        handle.remove()
    return Capture(met[-1].detach(), gradient.detach(), output.detach())


@contextmanager
def _evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode inside, every module's own mode again after."""
    modes = {module: module.training for module in model.modules()}
    try:
        model.eval()
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def layer_of(model: nn.Module, layer: nn.Module | str | None) -> nn.Module:
    """The layer named, the one the model declares as `evidence_layer`, or the last convolution."""
    if isinstance(layer, nn.Module):
        return layer
    name = layer if layer is not None else getattr(model, "evidence_layer", None)
    modules = dict(model.named_modules())
    if isinstance(name, str):
        if name not in modules:
            raise UserError(f"the model has no layer {name!r}; the nearest names are {nearest(name, modules)}.")
        named: nn.Module = modules[name]
        return named
    convolutions = [module for module in modules.values() if isinstance(module, nn.Conv2d)]
    if not convolutions:
        kinds = ", ".join(sorted({type(module).__name__ for module in modules.values()}))
        raise UserError(
            f"the model has no convolutional layer, only {kinds}; name one that gives (B, C, h, w) as layer=."
        )
    return convolutions[-1]
