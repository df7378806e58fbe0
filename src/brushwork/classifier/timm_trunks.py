"""Trunks of timm by name: convolutional ones, Swin and vision transformers, read at several depths."""

import json
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.classifier.trunks import Trunk
from brushwork.errors import UserError, nearest

# What networks with positions call "take canvases of any size"; the Swins of older timms know the second only.
ANY_SIZE = (("dynamic_img_size", True), ("strict_img_size", False))


def timm_trunk(name: str, options: dict[str, Any], pretrained: bool = False) -> Trunk:
    """The timm trunk of that name, with random weights or, `pretrained`, with those that timm downloads.

    `options` go to timm. Raises `UserError` when there is no such trunk, it cannot be built or had, or gives no map.
    """
    _need_known(name)
    try:
        model = _create(name, options, pretrained).eval()
    except Exception as error:  # timm and the hub raise whatever their clients do
        why = f"({type(error).__name__}: {(str(error).splitlines() or [''])[0][:120]})"
        raise UserError(
            f"the weights of {name!r} could not be had {why}; "
            "give them as --weights FILE, a safetensors file with timm's parameter names."
            if pretrained
            else f"timm cannot build {name!r} with the options {options} {why}; choose another trunk or other weights."
        ) from error
    reading = _reading(name, model)
    size = (2 * reading.stride, 3 * reading.stride)  # neither square nor the size the network was made for
    try:
        network = TimmTrunk(model, reading.layers, reading.stride)
        with torch.no_grad():
            activation = network(torch.zeros(1, 3, *size))
        if activation.shape[2:] != (size[0] // reading.stride, size[1] // reading.stride):
            raise ValueError(f"its map is {tuple(activation.shape[2:])}")
    except (RuntimeError, AttributeError, AssertionError, ValueError, TypeError, IndexError) as error:
        raise UserError(
            f"the trunk {name!r} gives no feature maps for a canvas of {size[1]} x {size[0]} pixels; choose one that does, "
            "such as 'resnet18', 'mobilenetv2_100' or 'vit_small_patch14_dinov2'."
        ) from error
    cfg: Any = model.pretrained_cfg
    mean, std = tuple(cfg["mean"]), tuple(cfg["std"])
    frozen = _up_to(network, reading.early)
    return Trunk(
        network, activation.shape[1], reading.stride, mean, std, name, reading.sentence, options, frozen, network.last
    )


def learned_timm_trunk(name: str, weights: Path | None) -> Trunk:
    """A timm trunk with learned weights: downloaded by timm, or from a safetensors file with timm's parameter names.

    The file's metadata may name the `architecture`, `mean`, `std` and `pad_type`, which then count. A positional
    embedding of another grid is resampled as timm does. Raises `UserError` when the trunk is unknown or the weights do
    not fit, naming the keys.
    """
    _need_known(name)
    if weights is None:
        return timm_trunk(name, {}, pretrained=True)
    metadata, tensors = _read_weights(weights)
    if metadata.get("architecture", name) != name:
        raise UserError(
            f"{weights} holds weights of {metadata['architecture']!r}; give --backbone {metadata['architecture']}."
        )
    options = {"pad_type": metadata["pad_type"]} if "pad_type" in metadata else {}
    trunk = timm_trunk(name, options)
    model = trunk.network.get_submodule("model")
    own = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    if "pos_embed" in own and "pos_embed" in tensors:
        tensors["pos_embed"] = _resampled(tensors["pos_embed"], own["pos_embed"], model, name, weights)
    missing = sorted(set(own) - set(tensors))
    wrong = sorted(key for key in own.keys() & tensors.keys() if own[key].shape != tensors[key].shape)
    if missing or wrong:
        keys = ", ".join((missing + wrong)[:5])
        raise UserError(
            f"{weights} does not fit {name}: {len(missing)} parameters are missing and {len(wrong)} have another shape "
            f"({keys}); give weights of this very trunk."
        )
    model.load_state_dict({k: tensors[k].to(own[k].dtype) for k in own}, strict=False)
    given = {key: tuple(map(float, metadata[key].split(","))) for key in ("mean", "std") if key in metadata}
    return replace(trunk, mean=given.get("mean", trunk.mean), std=given.get("std", trunk.std))


def _need_known(name: str) -> None:
    """Raises `UserError`, with names that contain this one or are spelt like it, when timm has no trunk of the name."""
    import timm

    known = timm.list_models()
    if name in known:
        return
    asked = _plain(name.partition(".")[0])
    holding = sorted((one for one in known if asked and asked in _plain(one)), key=lambda one: (len(one), one))[:5]
    names = ", ".join(map(repr, holding)) or nearest(name, known)
    raise UserError(f"timm has no trunk {name!r}; the nearest names are {names}.")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


class TimmTrunk(nn.Module):
    """A timm network read at several depths: early ones see brushwork and colour, late ones see what is painted.

    Every channel h of every depth gives two, max(h, 0) and max(-h, 0), on the last layer's grid of `cell` pixels, or one
    where the layer ends in a ReLU; finer stages are mean-pooled to it, so that averages over the canvas, and with them CAM,
    stay exact. On unseen artists these tell styles better than the last stage alone, which
    was made to name objects (docs/verdict.md). Of transformers the patch tokens are read, without class and register
    tokens.
    """

    def __init__(self, model: nn.Module, stages: tuple[str, ...], cell: int) -> None:
        super().__init__()
        self.model, self.stages, self.cell = model, stages, cell
        self.signed = [not isinstance(getattr(model.get_submodule(s), "act", None), nn.ReLU | nn.ReLU6) for s in stages]
        self.last = 0  # channels of the last layer read, known once a picture went through
        self.channels_last: bool = getattr(model, "output_fmt", "NCHW") == "NHWC"

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, C, H / cell, W / cell), nothing negative; H and W are multiples of the trunk's stride."""
        grid = self._grid(pictures)
        return torch.cat(self._read(pictures, lambda h: _on_grid(h, grid)), 1)

    def pooled(self, pictures: Tensor) -> Tensor:
        """The averages (B, C) of `forward` over the canvas, without its grid: what a verdict alone needs."""
        return torch.cat(self._read(pictures, lambda h: h.mean((2, 3))), 1)

    def _read(self, pictures: Tensor, kept: Callable[[Tensor], Tensor]) -> list[Tensor]:
        """What is `kept` of the maps (B, c, h, w) of every layer read, of positive and negative parts apart.

        Each is taken as it comes: to hold all layers until the end costs half as much time again.
        """
        grid = self._grid(pictures)
        read: list[Tensor] = []

        def reading(signed: bool) -> Callable[[nn.Module, Any, Tensor], None]:
            def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
                h = self._as_map(output, grid)
                parts = [F.relu(h), F.relu(-h)] if signed else [h]
                self.last = len(parts) * h.shape[1]
                read.extend(kept(part) for part in parts)

            return hook

        handles = [
            self.model.get_submodule(stage).register_forward_hook(reading(signed))
            for stage, signed in zip(self.stages, self.signed, strict=True)
        ]
        try:
            self.model.forward_features(pictures)  # type: ignore[operator]
        finally:
            for handle in handles:
                handle.remove()
        return read

    def _grid(self, pictures: Tensor) -> tuple[int, int]:
        return pictures.shape[2] // self.cell, pictures.shape[3] // self.cell

    def _as_map(self, h: Tensor, grid: tuple[int, int]) -> Tensor:
        """What a layer gives as (B, C, h, w): convolutions do, Swin (B, h, w, C), transformers (B, extra + h w, C)."""
        if h.ndim == 3:
            patches: Tensor = h[:, h.shape[1] - grid[0] * grid[1] :].mT  # (B, C, h w)
            return patches.reshape(*patches.shape[:2], *grid)
        return h.permute(0, 3, 1, 2) if self.channels_last else h


def _on_grid(h: Tensor, grid: tuple[int, int]) -> Tensor:
    """(B, C, h, w) on a grid that is as fine or coarser, its averages over the canvas unchanged."""
    return F.avg_pool2d(h, h.shape[2] // grid[0])


def _create(name: str, options: dict[str, Any], pretrained: bool) -> nn.Module:
    """timm's network without its classifier, taking canvases of any size if it must be told so."""
    import timm

    for option, value in ANY_SIZE:
        try:
            return timm.create_model(name, pretrained=pretrained, num_classes=0, **options | {option: value})
        except TypeError as error:
            if option not in str(error):
                raise
    # A convolutional network takes any size anyhow; the others are found out when they are tried.
    return timm.create_model(name, pretrained=pretrained, num_classes=0, **options)


def _described(model: nn.Module) -> list[dict[str, Any]]:
    return list(getattr(model, "feature_info", []))


@dataclass(frozen=True, slots=True)
class _Reading:
    """Where a network is read: layers by name, pixels of canvas per cell of the last one, up to where it is frozen."""

    layers: tuple[str, ...]
    stride: int
    early: str | None
    sentence: str


def _reading(name: str, model: nn.Module) -> _Reading:
    described = _described(model)
    if len(described) > 1 and len({info["reduction"] for info in described}) == 1:
        return _reading_of_blocks(name, model, described)
    stages = _stages(model)
    # Up to an eighth of the resolution are edges and colours, and most of the cost.
    early = next((info["module"] for info in reversed(described) if info["reduction"] <= 8), None)
    if inverted := _inverted_residuals(model, stages):
        last = "bn2" if hasattr(model, "bn2") else stages[-1]  # of a MobileNetV3 the last stage is a plain wide layer
        sentence = (
            f"The widened layer of each of the {len(inverted)} inverted residual blocks of {name} from a quarter of the "
            "resolution on, and its last layer, averaged to one cell for 32 x 32 pixels."
        )
        return _Reading((*inverted, last), 32, early, sentence)
    sentence = (
        f"The stages {', '.join(stages[:-1])} and {stages[-1]} of {name}, positive and negative parts apart, averaged to "
        "one cell for 32 x 32 pixels."
        if stages
        else ""
    )
    return _Reading(stages, 32, early, sentence)


def _reading_of_blocks(name: str, model: nn.Module, described: list[dict[str, Any]]) -> _Reading:
    """Of a transformer, whose blocks are all on one grid: a quarter, half, three quarters and all of the way."""
    depth, side = len(described), int(described[0]["reduction"])
    *most, _ = sorted({math.ceil(depth * quarter / 4) for quarter in (1, 2, 3, 4)})
    # A network that averages before it normalises has nothing that normalises tokens.
    normed = not isinstance(getattr(model, "norm", nn.Identity()), nn.Identity)
    last = "norm" if normed else described[-1]["module"]
    sentence = (
        f"The patch tokens of {name} after blocks {', '.join(map(str, most))} and {depth} of {depth}"
        f"{', the last normalised' if normed else ''}, positive and negative parts apart, one cell for {side} x {side} "
        "pixels."
    )
    layers = (*(described[count - 1]["module"] for count in most), last)
    return _Reading(layers, side, described[depth // 2 - 1]["module"], sentence)


def _stages(model: nn.Module) -> tuple[str, ...]:
    """The names of a network's stages from a quarter of the resolution on, also those timm does not list as ends."""
    names: list[str] = []
    for info in _described(model):
        if info["reduction"] < 4:
            continue
        container, dot, last = info["module"].rpartition(".")
        if dot and last.isdigit():
            first = 1 + max(
                (int(n.rpartition(".")[2]) for n in names if n.startswith(container)), default=int(last) - 1
            )
            names += [f"{container}.{i}" for i in range(first, int(last) + 1)]
        else:
            names.append(info["module"])
    return tuple(names)


def _inverted_residuals(model: nn.Module, stages: tuple[str, ...]) -> tuple[str, ...]:
    """The depthwise layers of a MobileNet's or EfficientNet's blocks: between them the network is narrow and linear.

    On unseen artists these tell styles better than what the blocks hand on (docs/verdict.md).
    """
    from timm.models._efficientnet_blocks import InvertedResidual

    blocks = [name for name, module in model.named_modules() if type(module) is InvertedResidual]
    return tuple(f"{block}.bn2" for block in blocks if block.startswith(tuple(f"{stage}." for stage in stages)))


def _up_to(network: TimmTrunk, module: str | None) -> tuple[str, ...]:
    """The names of all parameters up to the last one of that module of timm's network."""
    names = [name for name, _ in network.named_parameters()]
    last = max((i for i, name in enumerate(names) if module and name.startswith(f"model.{module}.")), default=-1)
    return tuple(names[: last + 1])


def _resampled(given: Tensor, own: Tensor, model: nn.Module, name: str, path: Path) -> Tensor:
    """A positional embedding (1, extra + h w, C) of square pictures, brought by timm to the grid of the model's own."""
    from timm.layers.pos_embed import resample_abs_pos_embed

    grid: Any = getattr(model.get_submodule("patch_embed"), "grid_size", None)
    if given.shape == own.shape or grid is None or given.ndim != 3 or own.ndim != 3 or given.shape[2] != own.shape[2]:
        return given
    extra = own.shape[1] - grid[0] * grid[1]
    patches = given.shape[1] - extra
    side = math.isqrt(max(patches, 0))
    if side == 0 or side * side != patches:
        raise UserError(
            f"{path} has a positional embedding (pos_embed) of {given.shape[1]} places and {name} one of {own.shape[1]}, "
            f"{grid[0]} x {grid[1]} patches and {extra} more; give weights made for square pictures."
        )
    resampled: Tensor = resample_abs_pos_embed(given, list(grid), [side, side], num_prefix_tokens=extra)
    return resampled


def _read_weights(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    try:
        with safe_open(path, "pt") as file:
            return dict(file.metadata() or {}), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, json.JSONDecodeError) as error:
        raise UserError(f"{path} is not a safetensors file ({error}); give weights in that format.") from error
