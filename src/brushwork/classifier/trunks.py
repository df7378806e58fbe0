"""The part of a classifier that sees: a small network of our own, or any convolutional one of timm by name."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.errors import UserError, nearest

SCRATCH = "brushwork-small"


@dataclass(frozen=True, slots=True)
class Trunk:
    """A network from pictures (B, 3, H, W) to a map (B, channels, h, w); H and W are multiples of `stride`."""

    network: nn.Module
    channels: int
    stride: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    architecture: str
    options: dict[str, Any] = field(default_factory=dict)  # of timm, needed to build it again
    frozen: tuple[str, ...] = ()  # names of parameters that fine-tuning leaves alone


def build_trunk(architecture: str, options: Mapping[str, Any]) -> Trunk:
    """The trunk of that name without weights; `UserError` with the nearest names when there is none."""
    if architecture == SCRATCH:
        return Trunk(SmallTrunk(), SmallTrunk.channels, SmallTrunk.stride, (0.5,) * 3, (0.25,) * 3, SCRATCH)
    return _timm_trunk(architecture, dict(options), pretrained=False)


def transfer_trunk(name: str, weights: Path | None) -> Trunk:
    """A timm trunk with learned weights: downloaded by timm, or from a safetensors file with timm's parameter names.

    The file's metadata may name the `architecture`, `mean`, `std` and `pad_type`, which then count. Raises `UserError`
    when the trunk is unknown or the weights do not fit, naming the keys.
    """
    _need_known(name)
    if weights is None:
        return _timm_trunk(name, {}, pretrained=True)
    metadata, tensors = _read_weights(weights)
    if metadata.get("architecture", name) != name:
        raise UserError(
            f"{weights} holds weights of {metadata['architecture']!r}; give --backbone {metadata['architecture']}."
        )
    options = {"pad_type": metadata["pad_type"]} if "pad_type" in metadata else {}
    trunk = _timm_trunk(name, options, pretrained=False)
    model = trunk.network.get_submodule("model")
    own = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
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


class SmallTrunk(nn.Module):
    """A stem and three residual stages down to stride 16: quick on two cores, and fully convolutional."""

    channels, stride = 160, 16
    widths = (24, 48, 96, 160)

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 24, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(24), nn.ReLU())
        stages: list[nn.Module] = []
        for inputs, outputs in zip(self.widths, self.widths[1:], strict=False):
            stages += [SmallBlock(inputs, outputs, 2), SmallBlock(outputs, outputs, 1)]
        self.stages = nn.Sequential(*stages)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, 160, H / 16, W / 16)."""
        activation: Tensor = self.stages(self.stem(pictures))
        return activation


class SmallBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut (He et al. 2016), mean-pooled where it halves."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.norm1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
        self.conv2, self.norm2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
        self.shortcut: nn.Module = nn.Identity()
        if stride == 2:
            self.shortcut = nn.Sequential(
                nn.AvgPool2d(2, ceil_mode=True), nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H / stride, W / stride)."""
        h = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(h + self.shortcut(x))


class TimmTrunk(nn.Module):
    """A timm network read at several stages: fine ones see brushwork and colour, late ones see what is painted.

    Every channel h of every stage gives two, max(h, 0) and max(-h, 0), on the common grid of stride 16; finer stages are
    mean-pooled to it and coarser ones repeated, so that averages over the canvas, and with them CAM, stay exact. On
    unseen artists these tell styles better than the last stage alone, which was made to name objects (docs/real-run.md).
    """

    stride = 16

    def __init__(self, model: nn.Module, stages: tuple[str, ...]) -> None:
        super().__init__()
        self.model, self.stages = model, stages

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, C, H / 16, W / 16), nothing negative; H and W are multiples of 32."""
        met: list[Tensor] = []
        handles = [
            self.model.get_submodule(stage).register_forward_hook(lambda _module, _inputs, output: met.append(output))
            for stage in self.stages
        ]
        try:
            self.model.forward_features(pictures)  # type: ignore[operator]
        finally:
            for handle in handles:
                handle.remove()
        grid = (pictures.shape[2] // self.stride, pictures.shape[3] // self.stride)
        activations = [_on_grid(h, grid) for stage in met for h in (F.relu(stage), F.relu(-stage))]
        return torch.cat(activations, 1)


def _on_grid(h: Tensor, grid: tuple[int, int]) -> Tensor:
    """(B, C, h, w) on another grid, its averages over the canvas unchanged."""
    if h.shape[2] >= grid[0]:
        return F.avg_pool2d(h, h.shape[2] // grid[0])
    return h.repeat_interleave(grid[0] // h.shape[2], 2).repeat_interleave(grid[1] // h.shape[3], 3)


def _stages(model: nn.Module) -> tuple[str, ...]:
    """The names of a network's stages from a quarter of the resolution on, also those timm does not list as ends."""
    names: list[str] = []
    described: Any = getattr(model, "feature_info", [])
    for info in described:
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


def _need_known(name: str) -> None:
    import timm

    if name not in timm.list_models():
        raise UserError(f"timm has no trunk {name!r}; the nearest names are {nearest(name, timm.list_models())}.")


def _timm_trunk(name: str, options: dict[str, Any], pretrained: bool) -> Trunk:
    import timm

    _need_known(name)
    try:
        model = timm.create_model(name, pretrained=pretrained, num_classes=0, global_pool="", **options)
    except Exception as error:  # timm and the hub raise whatever their clients do
        raise UserError(
            f"the weights of {name!r} could not be had ({type(error).__name__}: {str(error).splitlines()[0][:120]}); "
            "give them as --weights FILE, a safetensors file with timm's parameter names."
        ) from error
    stages = _stages(model)
    size = 64
    try:
        network = TimmTrunk(model.eval(), stages)
        with torch.no_grad():
            activation = network(torch.zeros(1, 3, size, size))
    except (RuntimeError, AttributeError, AssertionError, ValueError, TypeError) as error:
        raise UserError(
            f"the trunk {name!r} gives no feature maps of several sizes; choose a convolutional one, such as 'resnet18' or "
            "'mobilenetv2_100'."
        ) from error
    cfg: Any = model.pretrained_cfg
    mean, std = tuple(cfg["mean"]), tuple(cfg["std"])
    return Trunk(network, activation.shape[1], 32, mean, std, name, options, _early(network))


def _early(network: TimmTrunk) -> tuple[str, ...]:
    """Parameters up to the last stage at an eighth of the resolution or finer: edges and colours, most of the cost."""
    described: Any = getattr(network.model, "feature_info", [])
    stages = [info["module"] for info in described if info["reduction"] <= 8]
    names = [name for name, _ in network.named_parameters()]
    if not stages:
        return ()
    last = max((i for i, name in enumerate(names) if name.startswith(f"model.{stages[-1]}.")), default=-1)
    return tuple(names[: last + 1])


def _read_weights(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    try:
        with safe_open(path, "pt") as file:
            return dict(file.metadata() or {}), {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError, json.JSONDecodeError) as error:
        raise UserError(f"{path} is not a safetensors file ({error}); give weights in that format.") from error
