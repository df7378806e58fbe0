"""What is trained when a classifier is: the recipe, the parts of a split, and the steps."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from brushwork.classifier.data import random_crops, sampling_weights, scores_of
from brushwork.classifier.model import StyleClassifier
from brushwork.collection import Collection
from brushwork.painting import Painting
from brushwork.randomness import stream
from brushwork.training import Ahead


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
    batch: int
    learning_rate: float
    weight_decay: float
    smoothing: float  # of labels


@dataclass(frozen=True, slots=True)
class Split:
    """The paintings that are learned from, watched while learning, and tested on."""

    train: list[Painting]
    validation: list[Painting]
    test: list[Painting]


class ClassifierTask:
    """A model on its way: cross-entropy on random crops, AdamW, a warm-up and a cosine."""

    def __init__(
        self,
        model: StyleClassifier,
        collection: Collection,
        parts: Split,
        recipe: Recipe,
        seed: int,
        device: torch.device,
    ) -> None:
        self.model, self.collection, self.parts, self.recipe = model, collection, parts, recipe
        self.seed, self.device = seed, device
        self.weights = sampling_weights(parts.train)
        self.batches = Ahead(self._batch)
        self.steps = max(1, round(recipe.passes * len(parts.train) / recipe.batch))
        learned = [p for p in model.parameters() if p.requires_grad]
        decayed = [{"params": [p for p in learned if p.ndim > 1], "weight_decay": recipe.weight_decay}]
        plain = [{"params": [p for p in learned if p.ndim <= 1], "weight_decay": 0.0}]
        self.adam = torch.optim.AdamW(decayed + plain, recipe.learning_rate)

    def _batch(self, k: int) -> tuple[Tensor, Tensor]:
        """Pictures (B, 3, side, side) and styles (B,) of step k."""
        chosen = stream(self.seed, "batch", k).choice(len(self.parts.train), self.recipe.batch, p=self.weights)
        paintings = [self.parts.train[i] for i in chosen]
        shares = (self.recipe.smallest, self.recipe.largest)
        pictures = random_crops(
            self.collection, paintings, self.model.preprocessing, self.recipe.crop, shares, self.seed, k
        )
        return pictures, torch.tensor([self.model.styles.index(p.style) for p in paintings])

    def step(self, k: int) -> Mapping[str, Tensor]:
        """One update on one mini-batch."""
        # Batch norm of a learned trunk keeps the statistics it came with: small batches of few artists would spoil them.
        self.model.train(self.recipe.preset == "scratch")
        pictures, labels = self.batches.batch(k)
        for group in self.adam.param_groups:
            group["lr"] = self.recipe.learning_rate * _schedule(k, self.steps)
        loss = F.cross_entropy(
            self.model(pictures.to(self.device)), labels.to(self.device), label_smoothing=self.recipe.smoothing
        )
        self.adam.zero_grad(set_to_none=True)
        loss.backward()
        self.adam.step()
        return {"train_loss": loss.detach()}

    def look(self, k: int) -> Mapping[str, float]:
        """How the validation artists fare."""
        self.model.eval()
        found = scores_of(self.model, self.collection, self.parts.validation, self.device)
        truth = np.array([self.model.styles.index(p.style) for p in self.parts.validation])
        loss = F.cross_entropy(torch.from_numpy(found), torch.from_numpy(truth))
        shares = [(found.argmax(1) == truth)[truth == style].mean() for style in np.unique(truth)]
        return {"validation_loss": float(loss), "validation_accuracy": float(np.mean(shares))}

    def state(self) -> dict[str, Any]:
        """Weights and moments."""
        return {"model": dict(self.model.state_dict()), "adam": self.adam.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        """Take `state()` back."""
        self.model.load_state_dict(state["model"])
        self.adam.load_state_dict(state["adam"])


def _schedule(k: int, steps: int) -> float:
    """A tenth of the steps to warm up, then half a cosine down to nothing."""
    warm = max(1, steps // 10)
    return (k + 1) / warm if k < warm else 0.5 * (1 + math.cos(math.pi * (k - warm) / max(1, steps - warm)))
