"""Training a style classifier on one split: by the head alone, or all of it, then calibrated and judged."""

import hashlib
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from brushwork.classifier.calibration import fitted_temperature, softmax, threshold_for_risk
from brushwork.classifier.card import model_card
from brushwork.classifier.data import detail_of, pooled_features
from brushwork.classifier.datasheet import write_datasheet
from brushwork.classifier.frozen import Features, frozen_features
from brushwork.classifier.gallery import write_gallery
from brushwork.classifier.head import Head, fit_head, plain_head, set_head
from brushwork.classifier.metrics import Floats
from brushwork.classifier.model import ANY_DETAIL, StyleClassifier, fingerprint, save_model
from brushwork.classifier.parts import PROTOCOLS, Split, single_split
from brushwork.classifier.predictions import write_predictions
from brushwork.classifier.scores import Answers, scores
from brushwork.classifier.task import ClassifierTask, Recipe
from brushwork.classifier.trunks import SCRATCH, Trunk, build_trunk, transfer_trunk
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.processes import barrier, group, is_writer
from brushwork.randomness import stream_seed
from brushwork.run import Run, write_atomically, write_json
from brushwork.training import begin_run, choose_device, fit

RECIPES = {
    "scratch": Recipe("scratch", SCRATCH, 160, 64, 0.4, 0.75, 40, 32, 3e-3, 0.05, 0.05),
    "transfer": Recipe("transfer", "mobilenetv2_100", 320, 256, 0.5, 1.0, 0, 32, 1e-4, 0.05, 0.1),
}
Seen = dict[str, Features]  # by painting, its averaged activations (C,), before any centring
ORIGIN = "origin.json"  # where the collection and the weights were; not what they are, which the settings say


@dataclass(frozen=True, slots=True)
class Asked:
    """What a training is asked to do, whatever the split."""

    collection: Collection
    recipe: Recipe
    weights: Path | None = None  # of the trunk; None lets timm download them
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.recipe.preset == "scratch" and not self.recipe.passes:
            raise UserError("--passes 0 was given with --preset scratch, which then learns nothing; give more passes.")

    def trunk(self) -> Trunk:
        """The trunk that training begins with, with random or learned weights; `UserError` when it cannot be had."""
        if self.recipe.preset == "scratch":
            return build_trunk(SCRATCH, {})
        return transfer_trunk(self.recipe.backbone, self.weights)

    def model(self, trunk: Trunk) -> StyleClassifier:
        """That trunk with a head that knows nothing yet."""
        detail = min(detail_of(self.collection), self.recipe.detail or ANY_DETAIL)
        return StyleClassifier(trunk, self.collection.styles, self.recipe.short_side, detail)

    def begin(self, out: Path, settings: dict[str, Any]) -> Run:
        """The run in `out`, made if there is none; not for a trunk that cannot be had, which would leave its mark there."""
        if not (out / "settings.json").exists():
            self.trunk()
        return begin_run(out, settings)

    def settings(self, kind: str, split: str) -> dict[str, Any]:
        """What makes the run the one it is."""
        return {
            "kind": kind,
            "collection": self.collection.fingerprint,
            "source": self.collection.source,
            "styles": self.collection.styles,
            "recipe": asdict(self.recipe),
            "weights": weights_digest(self.weights) if self.weights else None,
            "seed": self.seed,
            "split": split,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A model, what its trunk sees in the paintings of the split, and how it fares on artists it never saw."""

    model: StyleClassifier
    seen: Seen
    unseen: Floats  # scores (N, styles) that paintings kept from the model, or from others like it, were given
    unseen_paintings: list[Painting]


def train_classifier(asked: Asked, out: Path, split: str = "artist") -> Run:
    """Train on the collection's own split by artist, or another one named in `splits.NAMED`, and score the test part.

    Under `torchrun` all processes must call it. Raises `UserError` when the collection cannot be split so, the run has
    other settings, or a process is lost.
    """
    device = choose_device(asked.device)
    with group(device):
        parts = single_split(asked.collection, split, asked.seed)
        run = asked.begin(out, asked.settings("classifier", split))
        if not run.results:
            train_split(run, asked, parts, PROTOCOLS[split.partition(":")[0]], device)
    return run


def train_split(
    run: Run, asked: Asked, parts: Split, protocol: str, device: torch.device, gallery: bool = True
) -> None:
    """Train, calibrate, save and score one model; every process of a group calls it. A model to be asked has a gallery."""
    trained = trained_model(run, asked, parts, protocol, device)
    model = trained.model
    temperature = calibrate_(trained, asked)
    probabilities = softmax(_scores(trained, parts.test))
    everything = parts.train + parts.validation + parts.test
    save_trained(run, trained, asked, everything, {p.id for p in parts.train + parts.validation}, gallery)
    if is_writer():
        write_predictions(run.folder, parts.test, probabilities, model.styles)
        result = scores(protocol, Answers(parts.test, probabilities), model.styles, asked.seed)
        results = {"scores": result.to_dict(), "model": fingerprint(run.folder), "temperature": temperature} | _sizes(
            parts
        )
        write_atomically(run.folder / "model_card.md", model_card(run, results, asked.collection).encode())
        write_datasheet(run.folder, asked.collection)
        run.finish(results)
    barrier()


def trained_model(run: Run, asked: Asked, parts: Split, label: str, device: torch.device) -> Trained:
    """The model of this split, trained in `run` or gone on with there, not yet calibrated.

    Whoever's trunk it is, the head comes last, by logistic regression on all that the trunk sees: the head that a trunk was
    tuned with does worse on artists never seen (docs/verdict.md).
    """
    torch.manual_seed(stream_seed(asked.seed, "weights"))
    trunk = asked.trunk()
    model = asked.model(trunk).to(device).eval()
    begun = (run.folder / "checkpoint.safetensors").exists()
    barrier()  # nobody begins to write before all have asked
    both = parts.train + parts.validation
    everything = both + parts.test
    if not asked.recipe.passes:
        seen = _by_id(everything, frozen_features(model, asked.collection, everything, device))
        fitted = fit_head(_rows(seen, both), both, model.styles, asked.seed, asked.recipe.cap)
        set_head(model, fitted.head)
        return Trained(model, seen, fitted.unseen, both)
    if asked.recipe.preset == "transfer" and not begun:
        seen = _by_id(everything, frozen_features(model, asked.collection, everything, device))
        set_head(model, _fitted(model, seen, asked, parts.train))
    for name, parameter in model.trunk.named_parameters():
        parameter.requires_grad_(name not in trunk.frozen)
    _fine_tune(run, model, asked, parts, label, device)
    seen = _by_id(everything, pooled_features(model, asked.collection, everything, device))
    unseen = np.zeros((0, len(model.styles)))
    if parts.validation:  # from whom neither the trunk learned nor this first head
        unseen = _fitted(model, seen, asked, parts.train).scores(_rows(seen, parts.validation))
    set_head(model, _fitted(model, seen, asked, both))
    return Trained(model, seen, unseen, list(parts.validation))


def _by_id(paintings: list[Painting], features: Features) -> Seen:
    return dict(zip((p.id for p in paintings), features, strict=True))


def _rows(seen: Seen, paintings: list[Painting]) -> Features:
    return np.stack([seen[p.id] for p in paintings])


def _fitted(model: StyleClassifier, seen: Seen, asked: Asked, paintings: list[Painting]) -> Head:
    """The head fitted to these paintings, with no weight on channels that the trunk does not mean to be weighed."""
    rows = _rows(seen, paintings)  # (N, C)
    head = plain_head(rows[:, : model.weighed], paintings, model.styles, asked.recipe.cap)
    return replace(head, weight=np.pad(head.weight, ((0, 0), (0, rows.shape[1] - model.weighed))))


def calibrate_(trained: Trained, asked: Asked) -> float:
    """Scale the model by the temperature of unseen artists and choose its threshold; returns the temperature."""
    model, unseen, paintings = trained.model, trained.unseen, trained.unseen_paintings
    temperature = fitted_temperature(unseen, paintings, model.styles)
    model.scale_(temperature)
    told, model.risk = softmax(unseen / temperature), asked.recipe.risk
    model.unsure_below = threshold_for_risk(told, paintings, model.styles, model.risk)
    return temperature


def save_trained(
    run: Run,
    trained: Trained,
    asked: Asked,
    paintings: list[Painting],
    learned_from: set[str],
    gallery: bool = True,
) -> None:
    """Centre the model on an average painting of those learned from; save it with the paintings it knows."""
    model, features = trained.model, _rows(trained.seen, paintings)
    means = []
    for style in model.styles:
        own = [i for i, p in enumerate(paintings) if p.style == style and p.id in learned_from]
        means.append(features[own].mean(0))
    mean = np.mean(means, 0)
    model.centre_(torch.from_numpy(mean).to(model.centre.mean.device))
    if is_writer():
        weights = asked.weights.name if asked.weights else None
        save_model(run.folder, model, {"weights": weights})
        if gallery:
            write_gallery(run.folder, model, asked.collection, paintings, learned_from, features - mean, asked.seed)
        origin = {"collection": str(asked.collection.folder.resolve())}
        write_json(run.folder / ORIGIN, origin | {"weights": str(asked.weights.resolve()) if asked.weights else None})
    barrier()


def _fine_tune(run: Run, model: StyleClassifier, asked: Asked, parts: Split, label: str, device: torch.device) -> None:
    recipe = asked.recipe
    task = ClassifierTask(model, asked.collection, parts, recipe, asked.seed, device)
    about = {"kind": "classifier", "architecture": model.architecture, "styles": model.styles}
    every, often = max(1, math.ceil(task.steps / 6)), max(1, task.steps // 100)
    fit(run, task, task.steps, about, checkpoint_every=every, log_every=often, label=f"{recipe.preset}, {label}")
    task.finish()


def _scores(trained: Trained, paintings: list[Painting]) -> Floats:
    """Scores (N, styles) of paintings of the split, by a model that is not centred yet."""
    rows = torch.from_numpy(_rows(trained.seen, paintings))
    with torch.inference_mode():
        return np.asarray(trained.model.head(rows.to(trained.model.head.weight.device)).cpu().double().numpy())


def _sizes(parts: Split) -> dict[str, Any]:
    named = {"train": parts.train, "validation": parts.validation, "test": parts.test}
    return {
        name: {"paintings": len(part), "artists": sorted({p.artist or "unknown" for p in part})}
        for name, part in named.items()
    }


def weights_digest(weights: Path) -> str:
    """The weights file's name and twelve digits of its content, so that another file of that name is another setting."""
    try:
        return f"{weights.name} {hashlib.sha256(weights.read_bytes()).hexdigest()[:12]}"
    except OSError as error:
        raise UserError(
            f"{weights} cannot be read ({error.strerror}); give the trunk's weights as safetensors."
        ) from error
