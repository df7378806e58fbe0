"""One look at a model: what layers give and, where asked, the gradient of a score with respect to it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from brushwork.errors import UserError
from brushwork.explain.answers import answer, need_batch
from brushwork.explain.layers import as_map
from brushwork.explain.mode import evaluating

Score = Callable[[Tensor], Tensor]  # the model's output (B, K) -> one number per picture (B,)
Asks = Callable[[Tensor], Sequence[Score]]  # of an output (B, K) without a graph


@dataclass(frozen=True, slots=True)
class Capture:
    """What a layer gave, of which every method is a pure function; nothing in it holds a graph."""

    activation: Tensor  # (B, C, h, w)
    gradient: Tensor  # (B, C, h, w), of the score summed over the batch; zeros where no score was given
    output: Tensor  # (B, K)


def capture(model: nn.Module, layer: nn.Module, pictures: Tensor, score: Score | None) -> Capture:
    """Run the model once on pictures (B, 3, H, W) and, if there is a score, differentiate it at the layer.

    Up to the layer no graph is made; the graph begins there. The model is as it was afterwards, also after an error:
    no hook, no gradient on parameters, every module in its caller's mode; frozen models and callers under `no_grad` or
    `inference_mode` are fine. Raises `UserError` when the layer is never reached or gives no map, when the score does not
    depend on it, when the pictures are too small for the model, and when its answer is not finite.
    """
    return capture_all(model, [layer], pictures, (lambda _: [score]) if score else None)[0][0]


def capture_all(
    model: nn.Module, layers: Sequence[nn.Module], pictures: Tensor, asks: Asks | None
) -> list[list[Capture]]:
    """For each of several layers, what it gave with the gradient of each score that `asks` makes of the answer (B, K).

    By one forward pass, and one backward pass a score that ends at the first of the layers. Layers and scores in the
    order in which they were given. See `capture`, also for the errors.
    """
    need_batch(pictures)
    met: dict[nn.Module, Tensor] = {}

    def begin_graph(module: nn.Module, _inputs: object, output: object) -> Tensor:
        if not isinstance(output, Tensor):
            raise UserError(f"the layer gives {type(output).__name__}, but a map needs a tensor; name another layer.")
        as_map(output, model, module, size)  # refuses what is none before anything is computed
        if asks is None:
            met[module] = output
            return output.clone()  # as below
        begins = not met or not output.requires_grad  # nothing differentiable comes in
        met[module] = output.detach().clone().requires_grad_() if begins else output
        torch.set_grad_enabled(True)
        return met[module].clone()  # a copy, so that an in-place ReLU behind the layer cannot change what was captured

    size = (pictures.shape[2], pictures.shape[3])
    with evaluating(model), torch.inference_mode(False), torch.no_grad(), hooked(layers, begin_graph):
        given = pictures.clone() if pictures.is_inference() else pictures
        output = answer(model, given)
        if missed := [module for module in layers if module not in met]:
            raise UserError(
                f"{'the layer was' if len(layers) == 1 else f'{len(missed)} of the layers were'} never reached by the picture; "
                "name one that is used in the forward pass."
            )
        seen = [met[module] for module in layers]
        scores = asks(output.detach()) if asks else []
        gradients = [_gradients(score, output, seen, k < len(scores) - 1) for k, score in enumerate(scores)]
        gradients = gradients or [[torch.zeros_like(one) for one in seen]]
        maps = [as_map(one.detach(), model, layer, size) for layer, one in zip(layers, seen, strict=True)]
        return [
            [_seen(maps[i], as_map(one[i], model, layer, size), one[i], output.detach()) for one in gradients]
            for i, layer in enumerate(layers)
        ]


def _seen(activation: Tensor, gradient: Tensor, whole: Tensor, output: Tensor) -> Capture:
    """`gradient` is the part of the `whole` one that belongs to the map: without class and register tokens."""
    if whole.ndim == 3 and not bool(gradient.any()) and bool(whole.any()):
        raise UserError(
            "behind this layer the score is read from the class token alone, so that no patch matters; name an earlier "
            "layer, such as the first norm of the last block."
        )
    return Capture(_summable(activation), _summable(gradient), output)


def _summable(values: Tensor) -> Tensor:
    """In single precision where they come in half: sums over a map would else be off by percents."""
    return values.float() if values.dtype in (torch.bfloat16, torch.float16) else values


def _gradients(score: Score, output: Tensor, layers: Sequence[Tensor], again: bool) -> list[Tensor]:
    told = score(output)
    if told.shape != (len(output),):
        raise UserError(
            f"the score gives {tuple(told.shape)}, but one number per picture is needed: {(len(output),)} here."
        )
    if not told.requires_grad:
        raise UserError("the score does not depend on the layer; name an earlier layer, or another score.")
    found = torch.autograd.grad(told.sum(), layers, allow_unused=True, retain_graph=again)
    if any(one is None for one in found):
        raise UserError("the score does not depend on the layer; name an earlier layer, or another score.")
    return [one for one in found if one is not None]


@contextmanager
def hooked(layers: Sequence[nn.Module], hook: Callable[[nn.Module, object, object], Tensor]) -> Iterator[None]:
    """A forward hook on each of the layers inside, none left after."""
    handles = [layer.register_forward_hook(hook) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
