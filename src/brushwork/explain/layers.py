"""Which layer a map is read from, and how what it gives becomes a map (B, C, h, w)."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.errors import UserError, nearest
from brushwork.explain.answers import SMALL, answer
from brushwork.explain.mode import evaluating

MOST_PREFIXES = 8  # class and register tokens before those of the patches
CLASS_TOKENS = ("cls_token", "class_token")  # in timm and in torchvision, as are these
FIRST_NORMS = (".norm1", ".ln_1")


def layer_of(model: nn.Module, layer: nn.Module | str | None, pictures: Tensor | None = None) -> nn.Module:
    """The layer named, the one the model declares as `evidence_layer`, or the last that gives a map of `pictures`.

    A vision transformer whose verdict is read from the class token gets the first norm of its last block, since behind it
    the patches no longer matter. Without pictures it is the last convolution. Raises `UserError` for an unknown name and
    for a model with no layer that gives a map.
    """
    if not isinstance(model, nn.Module):
        raise UserError(f"{type(model).__name__} was given as the model; give a torch module.")
    if isinstance(layer, nn.Module):
        return layer
    if not isinstance(layer, str | None):
        raise UserError(
            f"{type(layer).__name__} was given as the layer; give one module or its name (`attribute_layers` takes several)."
        )
    name = layer if layer is not None else getattr(model, "evidence_layer", None)
    modules = dict(model.named_modules())
    if isinstance(name, str):
        if name not in modules:
            raise UserError(
                f"the model has no layer {name!r}; the nearest names are {nearest(name, filter(None, modules))}."
            )
        named: nn.Module = modules[name]
        return named
    if _reads_class_token(model) and (norms := [m for n, m in modules.items() if n.endswith(FIRST_NORMS)]):
        last: nn.Module = norms[-1]
        return last
    convolutions = [module for module in modules.values() if isinstance(module, nn.Conv2d)]
    if not convolutions:
        kinds = ", ".join(sorted({type(module).__name__ for module in modules.values()}))
        raise UserError(
            f"the model has no convolutional layer, only {kinds}; name one that gives (pictures, channels, h, w) as layer=."
        )
    return _last_map(model, pictures) if pictures is not None else convolutions[-1]


def _reads_class_token(model: nn.Module) -> bool:
    has_token = any(name.rpartition(".")[2] in CLASS_TOKENS for name, _ in model.named_parameters())
    return has_token and getattr(model, "global_pool", "token") == "token"


def _last_map(model: nn.Module, pictures: Tensor) -> nn.Module:
    """What is pooled: the last module of a forward pass to give a map of more than one cell.

    Raises `UserError` for pictures so small that it gives one cell only, where it would give more of larger ones.
    """
    last, size = _last_with_cells(model, pictures), (pictures.shape[2], pictures.shape[3])
    if min(size) < SMALL:
        with suppress(UserError, RuntimeError, ValueError, AssertionError):  # a model may take one size only
            larger = F.interpolate(pictures[:1].float(), scale_factor=float(-(-2 * SMALL // min(size)))).to(
                pictures.dtype
            )
            if last is not _last_with_cells(model, larger):
                last = None
    if last is None:
        raise UserError(
            f"pictures of {size[1]} x {size[0]} pixels leave the model's last layer one cell, which is no map; give larger "
            "pictures, or name an earlier layer as layer=."
        )
    return last


def _last_with_cells(model: nn.Module, pictures: Tensor) -> nn.Module | None:
    found: list[nn.Module] = []

    def remember(module: nn.Module, _inputs: object, output: object) -> None:
        if module is not model and isinstance(output, Tensor) and _is_map(output, model, module, size):
            found.append(module)

    size = (pictures.shape[2], pictures.shape[3])
    handles = [module.register_forward_hook(remember) for module in model.modules()]
    try:
        with evaluating(model), torch.inference_mode(False), torch.no_grad():
            answer(model, pictures[:1].clone())
    finally:
        for handle in handles:
            handle.remove()
    return found[-1] if found else None


def _is_map(output: Tensor, model: nn.Module, layer: nn.Module, size: tuple[int, int]) -> bool:
    """Whether it has more than one cell and the picture's proportions, give or take what padding adds."""
    try:
        h, w = as_map(output, model, layer, size).shape[2:]
    except UserError:
        return False
    down, across = size[0] / h, size[1] / w
    return bool(h * w > 1 and abs(down - across) <= max(down, across) / 3)


def as_map(output: Tensor, model: nn.Module, layer: nn.Module, size: tuple[int, int]) -> Tensor:
    """What a layer gives of pictures of `size` (height, width) as a map (B, C, h, w).

    Convolutions give one; the tokens (B, n + h w, C) of a transformer lose the n class and register tokens and take the
    grid that the pictures' proportions leave; windows (B, h, w, C), as in Swin, are turned. Models of timm declare what
    they give; of others it follows from the picture's size. Raises `UserError` where it cannot be told.
    """
    if output.ndim == 4:
        return output.movedim(channel_axis(output, model, layer, size), 1)
    if output.ndim == 3 and (grid := _grid(output.shape[1], model, size)):
        rows, columns, prefixes = grid
        patches: Tensor = output[:, prefixes:].mT  # (B, C, h w)
        return patches.reshape(*patches.shape[:2], rows, columns)
    raise UserError(
        f"the layer gives {tuple(output.shape)}, but a map needs (pictures, channels, h, w) or the tokens of a grid of "
        f"patches of pictures of {size[1]} x {size[0]} pixels; name another layer."
    )


def channel_axis(output: Tensor, model: nn.Module, layer: nn.Module, size: tuple[int, int]) -> int:
    """On which axis of what a layer gives its channels lie, see `as_map`."""
    return 1 if output.ndim == 4 and not _is_channels_last(output, model, layer, size) else output.ndim - 1


def _is_channels_last(output: Tensor, model: nn.Module, layer: nn.Module, size: tuple[int, int]) -> bool:
    if isinstance(layer, nn.Conv2d | nn.BatchNorm2d):
        return False
    if getattr(model, "output_fmt", "NCHW") == "NHWC":  # timm
        return True
    # A map has the picture's proportions.
    turned, straight = (abs(h / w - size[0] / size[1]) for h, w in (output.shape[1:3], output.shape[2:]))
    return turned < straight


def _grid(tokens: int, model: nn.Module, size: tuple[int, int]) -> tuple[int, int, int] | None:
    """Rows, columns and how many tokens stand before those of the patches; the fewest that fit the pictures."""
    declared: Any = getattr(model, "num_prefix_tokens", None)
    prefixes: Iterable[int] = (declared,) if isinstance(declared, int) else range(MOST_PREFIXES + 1)
    for prefix in prefixes:
        count = tokens - prefix
        rows = round((max(count, 0) * size[0] / size[1]) ** 0.5)
        for one in (rows, rows - 1, rows + 1):  # canvases are not always multiples of a patch
            if one > 0 and count % one == 0 and size[0] // one == size[1] // (count // one) > 1:
                return one, count // one, prefix
    return None
