"""`StyleClassifier`: a trunk, global average pooling and a linear head, so that CAM is exact (Zhou et al. 2016)."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from brushwork.checkpoint import load_state, save_state
from brushwork.classifier.trunks import Trunk, build_trunk
from brushwork.errors import UserError
from brushwork.images import center_crop, resize_short_side, short_side_size, shrink, shrunk_size
from brushwork.run import read_json, write_json

WEIGHTS, DESCRIPTION = "model.safetensors", "model.json"
ANY_DETAIL = 1 << 20  # pixels on the short side: more than any picture that is taken


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How a painting becomes the network's input; saved with the weights and never passed by hand.

    A picture with more than `detail` pixels on the short side is first brought down to so many, the most that a picture of
    the model's collection has, since a sharper one would be another kind of picture. The short side is then
    brought to `short_side` pixels, both by a Lanczos filter; whole canvases are cropped, by less than one stride, so that
    the cells of a map fall on whole pixels. Nothing is padded or squashed.
    """

    short_side: int
    stride: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    detail: int = ANY_DETAIL
    interpolation: str = "lanczos"

    def seen(self, image: Image.Image) -> Image.Image:
        """The picture with no more detail than those of the model's collection."""
        return shrink(image, self.detail)

    def canvas(self, image: Image.Image) -> Image.Image:
        """The whole painting at the network's scale, its middle cropped to multiples of the stride."""
        return center_crop(resize_short_side(self.seen(image), self.short_side), *self.canvas_size(*image.size))

    def canvas_size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the canvas of a painting of this size."""
        width, height = self._scaled(width, height)
        return width - width % self.stride, height - height % self.stride

    def box(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of the canvas on a painting of this size, in the painting's pixels."""
        cut = self.canvas_size(width, height)
        (left, right), (top, bottom) = (
            ((s - c) // 2 * full / s, ((s - c) // 2 + c) * full / s)
            for s, c, full in zip(self._scaled(width, height), cut, (width, height), strict=True)
        )
        return left, top, right, bottom

    def _scaled(self, width: int, height: int) -> tuple[int, int]:
        return short_side_size(*shrunk_size(width, height, self.detail), self.short_side)

    def tensor(self, images: list[Image.Image]) -> Tensor:
        """Equal-sized images as normalised input (B, 3, H, W)."""
        pixels = torch.from_numpy(np.stack([np.asarray(image) for image in images]))
        scaled = pixels.permute(0, 3, 1, 2).float() / 255
        return (scaled - torch.tensor(self.mean).view(3, 1, 1)) / torch.tensor(self.std).view(3, 1, 1)


class Centre(nn.Module):
    """Subtracts what an average painting gives, channel by channel, so that evidence is what sets a painting apart."""

    mean: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels))

    def forward(self, activation: Tensor) -> Tensor:
        """(B, C, h, w) -> (B, C, h, w)."""
        return activation - self.mean.view(1, -1, 1, 1)


@runtime_checkable
class PoolsItself(Protocol):
    """A trunk that averages its maps without bringing them to one grid first."""

    def pooled(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, C)."""


class StyleClassifier(nn.Module):
    """Pictures (B, 3, H, W), already preprocessed, to one score per style (B, styles); softmax gives probabilities.

    `features` gives the activation that the head averages; it is the evidence layer, so
    `head(features(x).mean((2, 3)))` is the answer and its parts are the evidence.
    """

    evidence_layer = "centre"
    levelled = (
        True  # beyond the canvas a trunk sees zeros, which shows in the corners of an empty one too: see Evidence
    )

    def __init__(self, trunk: Trunk, styles: list[str], short_side: int, detail: int = ANY_DETAIL) -> None:
        super().__init__()
        self.trunk, self.styles = trunk.network, list(styles)
        self.centre = Centre(trunk.channels)
        self.head = nn.Linear(trunk.channels, len(styles))
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        side = short_side - short_side % trunk.stride
        self.preprocessing = Preprocessing(side, trunk.stride, trunk.mean, trunk.std, detail)
        self.architecture, self.options = trunk.architecture, trunk.options
        self.reads = trunk.reads  # the evidence layer, in words
        self.last = trunk.last  # how many channels at the end are those of the last layer read
        self.weighed = trunk.weighed or trunk.channels  # how many from the start on a fitted head weighs
        self.unsure_below = 0.0  # a verdict less probable than this is "unsure"; above 1 all are
        self.risk: float | None = None  # the share of wrong verdicts for which that threshold was chosen

    def features(self, pictures: Tensor) -> Tensor:
        """The evidence layer's activation (B, C, h, w)."""
        activation: Tensor = self.centre(self.trunk(pictures))
        return activation

    def pooled(self, pictures: Tensor) -> Tensor:
        """The averages (B, C) of `features` over the canvas, which the head weighs; quicker where no map is wanted."""
        if isinstance(self.trunk, PoolsItself):
            return self.trunk.pooled(pictures) - self.centre.mean
        return self.features(pictures).mean((2, 3))

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, styles)."""
        scores: Tensor = self.head(self.features(pictures).mean((2, 3)))
        return scores

    def centre_(self, mean: Tensor) -> None:
        """Move the reference of all evidence by `mean` (C,), the features of an average painting; no verdict changes."""
        with torch.no_grad():
            self.head.bias.add_(self.head.weight @ mean)
            self.centre.mean.add_(mean)

    def scale_(self, temperature: float) -> None:
        """Divide the scores by a temperature (Guo et al. 2017) for good, so that maps and verdicts stay one."""
        with torch.no_grad():
            self.head.weight.div_(temperature)
            self.head.bias.div_(temperature)


def save_model(folder: Path, model: StyleClassifier, extra: Mapping[str, Any]) -> None:
    """Write the weights and everything needed to use them."""
    write_json(
        folder / DESCRIPTION,
        {
            "architecture": model.architecture,
            "options": model.options,
            "styles": model.styles,
            "preprocessing": asdict(model.preprocessing),
            "evidence_layer": model.evidence_layer,
            "unsure_below": model.unsure_below,
            "risk": model.risk,
            "reads": model.reads,
            **extra,
        },
    )
    # Last, for they are what says that a model is there.
    save_state(folder / WEIGHTS, dict(model.state_dict()), {"kind": "classifier"})


def load_model(folder: Path, device: torch.device | str = "cpu") -> StyleClassifier:
    """The classifier of a run, in evaluation mode; `UserError` when there is none or it does not fit."""
    if not (folder / WEIGHTS).exists():
        raise UserError(f"{folder} has no finished classifier; run the same `brushwork train classifier` again.")
    about = read_json(folder / DESCRIPTION)
    try:
        saved = about["preprocessing"]
        preprocessing = Preprocessing(**saved | {key: tuple(saved[key]) for key in ("mean", "std")})
        trunk = build_trunk(about["architecture"], about["options"])
        trunk = replace(trunk, mean=preprocessing.mean, std=preprocessing.std)
        model = StyleClassifier(trunk, about["styles"], saved["short_side"], saved["detail"])
        model.unsure_below, model.risk = about["unsure_below"], about["risk"]
        model.load_state_dict(load_state(folder / WEIGHTS, {"kind": "classifier"}))
    except (KeyError, TypeError, RuntimeError) as error:
        raise UserError(f"the model in {folder} was not written by this version of Brushwork ({error}).") from error
    model = model.eval().to(device)
    return model.to(memory_format=torch.channels_last)  # a third faster on a CPU


def fingerprint(folder: Path) -> str:
    """Twelve hexadecimal digits of the weights and of all that goes with them: styles, preprocessing, threshold."""
    return hashlib.sha256((folder / WEIGHTS).read_bytes() + (folder / DESCRIPTION).read_bytes()).hexdigest()[:12]
