"""`attribute`: a map for any model that ends in classes, with the number it explains beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from brushwork.errors import UserError, nearest
from brushwork.explain.cam import cam, evidence, grad_cam
from brushwork.explain.capture import capture, layer_of

METHODS = ("evidence", "cam", "grad-cam")
Target = str | int | tuple[str | int, str | int] | None


@dataclass(frozen=True, slots=True)
class Attribution:
    """Signed maps (B, h, w) at layer resolution, and what they explain.

    For `evidence` the unit is nats and `maps.sum() + remainder == log_odds`: the remainder is the difference of the
    head's biases where the head is average pooling and one linear layer, and the completeness gap elsewhere.
    """

    maps: Tensor  # (B, h, w)
    method: str
    unit: str
    target: Tensor  # (B,) the class explained
    against: Tensor  # (B,) the class it is weighed against; equal to target for single-class methods
    log_odds: Tensor  # (B,) of target against `against`, or the target's score
    remainder: Tensor  # (B,)


def attribute(
    model: nn.Module,
    pictures: Tensor,
    method: str = "evidence",
    target: Target = None,
    layer: nn.Module | str | None = None,
) -> Attribution:
    """Maps of preprocessed pictures (B, 3, H, W) by `evidence`, `cam` or `grad-cam`.

    `target` is a class by index or by name (if the model has `styles`), or a pair (for, against); None takes the most
    probable class against the runner-up. `layer` is a module or its name; None takes the one the model declares, or the
    last convolution. Raises `UserError` for an unknown method, class or layer, or when CAM's linear head is missing.
    """
    if method not in METHODS:
        raise UserError(f"there is no method {method!r}; the nearest are {nearest(method, METHODS)}.")
    chosen: list[Tensor] = []

    def score(output: Tensor) -> Tensor:
        first, second = _classes(model, output.detach(), target)
        chosen.extend((first, second))
        row = torch.arange(len(output), device=output.device)
        if method != "evidence":
            return output[row, first]
        return output[row, first] - output[row, second]

    seen = capture(model, layer_of(model, layer), pictures, score)
    first, second = chosen[0], chosen[1]
    row = torch.arange(len(pictures), device=seen.output.device)
    if method == "evidence":
        maps, unit = evidence(seen.activation, seen.gradient), "nats"
        explained = seen.output[row, first] - seen.output[row, second]
    else:
        second, explained, unit = first, seen.output[row, first], "score"
        if method == "cam":
            maps = cam(seen.activation, _head(model, seen.activation.shape[1]).weight.detach()[first])
        else:
            maps = grad_cam(seen.activation, seen.gradient)
    return Attribution(maps, method, unit, first, second, explained, explained - maps.sum((1, 2)))


def _classes(model: nn.Module, output: Tensor, target: Target) -> tuple[Tensor, Tensor]:
    """For every picture the class explained and the one it is weighed against (B,), (B,)."""
    names: Sequence[str] = getattr(model, "styles", [])
    if output.ndim != 2 or output.shape[1] < 2:
        raise UserError(f"the model gives {tuple(output.shape)}; a map needs scores (pictures, at least two classes).")
    order = output.argsort(1, descending=True)
    if target is None:
        return order[:, 0], order[:, 1]
    pair = target if isinstance(target, tuple) else (target,)
    indices = [torch.full((len(output),), _index(names, one, output.shape[1]), device=output.device) for one in pair]
    if len(indices) == 2:
        if bool((indices[0] == indices[1]).any()):
            raise UserError(f"{pair[0]!r} was to be weighed against itself; name two different styles.")
        return indices[0], indices[1]
    return indices[0], torch.where(order[:, 0] == indices[0], order[:, 1], order[:, 0])


def _index(names: Sequence[str], target: str | int, count: int) -> int:
    if isinstance(target, str):
        if target not in names:
            raise UserError(
                f"the model does not know the style {target!r}; it knows {', '.join(names) or 'only numbers'}."
            )
        return names.index(target)
    if not 0 <= target < count:
        raise UserError(f"class {target} was asked for, but the model has {count}, counted from 0.")
    return target


def _head(model: nn.Module, channels: int) -> nn.Linear:
    """The model's last linear layer, if it takes one number per channel."""
    linear = [module for module in model.modules() if isinstance(module, nn.Linear)]
    if not linear or linear[-1].in_features != channels:
        raise UserError(
            f"CAM needs average pooling and one linear layer on the map's {channels} channels, which this model does not "
            "have; use --method evidence or grad-cam."
        )
    return linear[-1]
