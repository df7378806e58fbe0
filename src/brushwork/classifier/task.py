"""What is trained when a classifier is: the recipe, the parts of a split, and the steps."""

import copy
import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from brushwork.classifier.data import Cutting, random_crops, sampling_weights, scores_of
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.parts import Split
from brushwork.collection import Collection
from brushwork.descent import follow_, restore_
from brushwork.errors import UserError
from brushwork.processes import all_sum_, broadcast_, first, shard, size
from brushwork.randomness import stream
from brushwork.training import Ahead, choose_precision

OF_TUNING = (
    *("crop", "smallest", "largest", "batch", "learning_rate", "weight_decay", "smoothing"),
    *("ema", "mirrored", "colour", "patience", "keep_best", "precision"),
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a classifier is trained; `passes` counts how often, on average, a training painting is seen."""

    preset: str
    backbone: str
    short_side: int  # of the whole canvases that are judged
    crop: int  # side of the squares learned from
    smallest: float  # crop as a share of the painting's short side, at least and at most
    largest: float
    passes: float
    batch: int  # of all processes together
    learning_rate: float
    weight_decay: float
    smoothing: float  # of labels
    ema: float = 0.0  # decay a step of an average of weights and buffers, which is then what counts; 0 is none
    cap: int = 0  # paintings of an artist within a style that count; 0 weighs artists by the root of their number
    mirrored: bool = True  # half of the crops
    colour: float = 0.0  # brightness, contrast and saturation of a crop vary by this share
    patience: int = 0  # looks without a lower validation loss after which training ends; 0 is never
    keep_best: bool = False  # end with the state of the lowest validation loss, as with patience
    risk: float = 0.1  # share of wrong verdicts, styles counted equally, that a verdict that is not "unsure" may have
    precision: str = "auto"  # of forward passes: float32, bfloat16, or auto, which is bfloat16 on CUDA alone
    detail: int = 0  # pixels on the short side to which paintings are brought down first; 0 keeps what they have

    def __post_init__(self) -> None:
        """Raises `UserError` for values that no training can have."""
        wrong = {
            "crop and short_side must be 32 or more": min(self.crop, self.short_side) < 32,
            "crop must not be larger than short_side": self.passes > 0 and self.short_side < self.crop,
            "smallest and largest must be shares, 0 < smallest <= largest <= 1": not 0
            < self.smallest
            <= self.largest
            <= 1,
            "batch must be 1 or more": self.batch < 1,
            "risk, ema, smoothing and colour must be between 0 and 1": not all(
                0 <= share <= 1 for share in (self.risk, self.ema, self.smoothing, self.colour)
            ),
            "passes, learning_rate, weight_decay, cap and patience must be numbers from 0 on": not all(
                0 <= value < math.inf
                for value in (self.passes, self.learning_rate, self.weight_decay, self.cap, self.patience)
            ),
            "detail must be 0, for all there is, or 16 or more": self.detail and self.detail < 16,
            "precision must be auto, bfloat16 or float32": self.precision not in ("auto", "bfloat16", "float32"),
        }
        for sentence, holds in wrong.items():
            if holds:
                raise UserError(f"the recipe cannot be followed: {sentence}; give other values.")

    def cutting(self) -> Cutting:
        """How the squares it learns from are cut."""
        return Cutting(self.crop, self.smallest, self.largest, self.mirrored, self.colour)


def without_effect(recipe: Recipe, names: Sequence[str]) -> list[str]:
    """Those of the named settings that mean nothing where a trunk is left alone and only a head is fitted."""
    return [] if recipe.passes else [name for name in names if name in OF_TUNING]


class ClassifierTask:
    """A model on its way: cross-entropy on random crops, AdamW, a warm-up and a cosine.

    In a group every process holds the same weights and computes its `shard` of each batch. Raises `UserError` for a
    precision it does not know, or a batch smaller than the group.
    """

    def __init__(
        self,
        model: StyleClassifier,
        collection: Collection,
        parts: Split,
        recipe: Recipe,
        seed: int,
        device: torch.device,
    ) -> None:
        if recipe.batch < size():
            raise UserError(
                f"a batch of {recipe.batch} is less than one painting for each of {size()} processes; give a larger "
                "--batch or start fewer."
            )
        # Convolutions on the CPU are a third faster so (mobilenetv2_100 at 160 px), and on GPUs with tensor cores too.
        self.model = model.to(memory_format=torch.channels_last)
        self.collection, self.parts, self.recipe, self.seed, self.device = collection, parts, recipe, seed, device
        self.precision = choose_precision(recipe.precision, device)
        # A trunk that begins with nothing is taught through its last layer alone: where the head reads the early layers
        # meanwhile, they learn less that holds on artists never seen (docs/verdict.md).
        self.taught = slice(-model.last if recipe.preset == "scratch" else 0, None)
        self.weights = sampling_weights(parts.train, recipe.cap)
        self.batches = Ahead(self._batch)
        self.steps = max(1, round(recipe.passes * len(parts.train) / recipe.batch))
        broadcast_(model)
        self.average = copy.deepcopy(model) if recipe.ema else None
        self.best: dict[str, Tensor] | None = None
        self.lowest: float | None = None  # validation loss so far, and how many looks ago
        self.looks_since = 0
        self.learned = [p for p in model.parameters() if p.requires_grad]
        decayed = [{"params": [p for p in self.learned if p.ndim > 1], "weight_decay": recipe.weight_decay}]
        plain = [{"params": [p for p in self.learned if p.ndim <= 1], "weight_decay": 0.0}]
        self.adam = torch.optim.AdamW(decayed + plain, recipe.learning_rate)

    def _batch(self, k: int) -> tuple[Tensor, Tensor]:
        """Pictures (b, 3, side, side) and styles (b,) of step k: this process's shard of the one batch of all."""
        chosen = stream(self.seed, "batch", k).choice(len(self.parts.train), self.recipe.batch, p=self.weights)
        paintings = [self.parts.train[i] for i in chosen]
        pictures = random_crops(
            self.collection, paintings, self.model.preprocessing, self.recipe.cutting(), self.seed, k
        )
        return pictures, torch.tensor([self.model.styles.index(p.style) for p in shard(paintings)])

    def step(self, k: int) -> Mapping[str, Tensor]:
        """One update on one mini-batch, the same in any number of processes but for rounding."""
        # Batch norm of a learned trunk keeps the statistics it came with: small batches of few artists would spoil them.
        self.model.train(self.recipe.preset == "scratch")
        pictures, labels = self.batches.batch(k)
        for group in self.adam.param_groups:
            group["lr"] = self.recipe.learning_rate * _schedule(k, self.steps)
        with self._reduced():
            pooled = self.model.pooled(pictures.to(self.device, memory_format=torch.channels_last))
            head = self.model.head  # as the model's own forward, without the maps that nobody looks at
            scores = F.linear(pooled[:, self.taught], head.weight[:, self.taught], head.bias)
        losses = F.cross_entropy(
            scores.float(), labels.to(self.device), label_smoothing=self.recipe.smoothing, reduction="sum"
        )
        loss = losses / self.recipe.batch  # this process's part of the mean over the whole batch
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        loss = loss.detach()
        all_sum_([p.grad for p in self.learned if p.grad is not None] + [loss])
        self.adam.step()
        if self.average is not None:
            follow_(self.average, self.model, min(self.recipe.ema, (1 + k) / (10 + k)))
        return {"train_loss": loss}

    def _reduced(self) -> AbstractContextManager[None]:
        if self.precision == torch.float32:
            return nullcontext()
        return torch.autocast(self.device.type, self.precision)

    def look(self, k: int) -> Mapping[str, float]:
        """How the validation artists fare, by the average if there is one; the best state is remembered."""
        if not self.parts.validation:  # all is learned from
            return {}
        watched = self.model if self.average is None else self.average
        watched.eval()
        found = scores_of(watched, self.collection, self.parts.validation, self.device)
        truth = np.array([self.model.styles.index(p.style) for p in self.parts.validation])
        loss = first(float(F.cross_entropy(torch.from_numpy(found), torch.from_numpy(truth))))
        shares = [(found.argmax(1) == truth)[truth == style].mean() for style in np.unique(truth)]
        self._remember(watched, loss)
        return {"validation_loss": loss, "validation_accuracy": float(np.mean(shares))}

    def _remember(self, watched: StyleClassifier, loss: float) -> None:
        self.looks_since += 1
        if self.lowest is None or loss < self.lowest:
            self.lowest, self.looks_since = loss, 0
            if self.recipe.patience or self.recipe.keep_best:
                self.best = {name: value.detach().clone() for name, value in watched.state_dict().items()}

    def done(self) -> str:
        """That it no longer gets better, once the validation loss has not fallen for as many looks as the recipe has patience."""
        return "it no longer gets better" if 0 < self.recipe.patience <= self.looks_since else ""

    def finish(self) -> None:
        """Leave in `model` what training ends with: the best state if it was kept, else the average if there is one."""
        if self.best is not None:
            self.model.load_state_dict(self.best)
        elif self.average is not None:
            self.model.load_state_dict(self.average.state_dict())
        self.model.eval()

    def state(self) -> dict[str, Any]:
        """Weights, their average, moments, and the best state so far."""
        return {
            "model": dict(self.model.state_dict()),
            "adam": self.adam.state_dict(),
            "average": None if self.average is None else dict(self.average.state_dict()),
            "best": self.best,
            "lowest": self.lowest,
            "looks_since": self.looks_since,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take `state()` back."""
        self.model.load_state_dict(state["model"])
        restore_(self.adam, state["adam"])
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        self.best, self.lowest, self.looks_since = state["best"], state["lowest"], state["looks_since"]


def _schedule(k: int, steps: int) -> float:
    """A tenth of the steps to warm up, then half a cosine down to nothing."""
    warm = max(1, steps // 10)
    return (k + 1) / warm if k < warm else 0.5 * (1 + math.cos(math.pi * (k - warm) / max(1, steps - warm)))
