"""What maps become when parameters or labels are random, over many pictures and all quick methods."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from brushwork.classifier.evaluate import asked_of
from brushwork.classifier.frozen import frozen_features
from brushwork.classifier.head import plain_head, set_head
from brushwork.classifier.metrics import Floats
from brushwork.classifier.model import WEIGHTS, StyleClassifier, load_model
from brushwork.classifier.parts import Split, fold_splits, single_split
from brushwork.classifier.task import Recipe
from brushwork.classifier.threads import in_threads
from brushwork.classifier.train import save_trained, trained_model
from brushwork.collection import Collection
from brushwork.explain.sanity import likeness, randomised, stages, untrained
from brushwork.explain.trust_measures import QUICK, maps_by
from brushwork.randomness import stream, stream_seed
from brushwork.run import Run
from brushwork.training import begin_run

GUIDED, GUIDED_PICTURES = "guided-grad-cam", 3
LABELS = "random-labels"
NOT_TAUGHT = "The network was not taught random labels"
Curve = list[float]  # over the stages


@dataclass(frozen=True, slots=True)
class Sanity:
    """How alike maps are to the trained model's once parts of it are random; the trained model itself is not counted.

    By measure ("spearman", "spearman of sizes", "ssim"), the means over pictures: `cascade` with all parts from the answer
    back to a stage random, `single` with that stage alone; `labels` of a model that learned random labels.
    """

    cascade: dict[str, Curve]
    single: dict[str, Curve]
    n: int
    labels: dict[str, float] | None = None

    def with_labels(self, labels: dict[str, float] | None) -> "Sanity":
        """The same, with what became of maps once labels were random."""
        return replace(self, labels=labels)

    @property
    def all_random(self) -> float:
        """The correlation of maps once every part is random."""
        return self.cascade["spearman"][-1]


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A picture (1, 3, H, W), the model that judged it, and the styles that its maps are for and against."""

    model: StyleClassifier
    picture: Tensor
    target: int
    against: int


def parameter_randomisation(cases: Sequence[Case], seed: int) -> tuple[list[str], dict[str, Sanity]]:
    """The stages made random and, by method, how alike maps remain; each picture has random networks of its own.

    All maps are those of the trained network's verdict. Guided Grad-CAM, which is to fail, is tried on a few.
    """
    names = stages(cases[0].model)
    found: list[dict[str, _Course]] = []
    for model in dict.fromkeys(case.model for case in cases):
        own = [(k, case) for k, case in enumerate(cases) if case.model is model]
        jobs = ((case, untrained(model, stream_seed(seed, "untrained", k) % 2**31)) for k, case in own)
        found += in_threads(model, jobs, lambda m, job: _course(m, job[0], job[1], names, QUICK))
    guided = [
        _course(case.model, case, untrained(case.model, stream_seed(seed, "untrained", k) % 2**31), names, (GUIDED,))
        for k, case in enumerate(cases[:GUIDED_PICTURES])
        if any(isinstance(module, nn.ReLU | nn.ReLU6) for module in case.model.modules())
    ]
    by_method = {method: [one[method] for one in found] for method in QUICK} | (
        {GUIDED: [one[GUIDED] for one in guided]} if guided else {}
    )
    return names, {method: _mean(courses) for method, courses in by_method.items()}


_Course = tuple[list[dict[str, float]], list[dict[str, float]]]  # likenesses by stage: cascading, and each alone


def _course(
    model: StyleClassifier, case: Case, twin: StyleClassifier, names: Sequence[str], methods: Sequence[str]
) -> dict[str, _Course]:
    """How alike one picture's maps remain as ever more, and as each, of the stages are random."""

    def alike(parts: Sequence[str]) -> dict[str, dict[str, float]]:
        maps = maps_by(randomised(model, twin, parts), case.picture, methods, case.target, case.against)
        return {method: likeness(before[method], maps[method]) for method in methods}

    before = maps_by(model, case.picture, methods, case.target, case.against)
    cascade = [alike(names[: k + 1]) for k in range(len(names))]
    single = [alike([name]) for name in names]
    return {method: ([one[method] for one in cascade], [one[method] for one in single]) for method in methods}


def _mean(courses: Sequence[_Course]) -> Sanity:
    def curves(which: int) -> dict[str, Curve]:
        measures = courses[0][which][0]
        table = {m: np.array([[stage[m] for stage in course[which]] for course in courses]) for m in measures}
        return {m: [_defined_mean(column) for column in rows.T] for m, rows in table.items()}

    return Sanity(curves(0), curves(1), len(courses))


def _defined_mean(values: Floats) -> float:
    """The mean of those that are numbers; NaN where none is."""
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def label_randomisation(other: StyleClassifier, cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """By quick method, how alike the maps of a model that learned random labels are to those of each picture's judge."""

    found = []
    for case in cases:  # in turn, since two threads must not look at one model at once
        own, others = (maps_by(m, case.picture, QUICK, case.target, case.against) for m in (case.model, other))
        found.append({method: likeness(own[method], others[method]) for method in QUICK})
    measures = found[0][QUICK[0]]
    return {name: {m: _defined_mean(np.array([one[name][m] for one in found])) for m in measures} for name in QUICK}


def taught_random_labels(
    run: Run, collection: Collection, judge: Run, model: StyleClassifier, retrain: bool, weights: Path | None
) -> tuple[StyleClassifier | None, str]:
    """A model like the judge, taught the same paintings with their styles dealt out at random; and in words how, or why not.

    Of a frozen trunk the head alone learns; a trunk that was trained is trained again if `retrain`, in
    `RUN/random-labels`, where it is gone on with. Raises `UserError` when weights to begin from are gone.
    """
    recipe, seed = Recipe(**run.settings["recipe"]), run.settings["seed"]
    if recipe.passes and not retrain:
        return None, (
            f"{NOT_TAUGHT}, since it would have to be trained again as long as it was before; --retrain does so."
        )
    parts = _with_random_labels(_parts_of(run, collection, judge), seed)
    if recipe.passes:
        device = next(model.parameters()).device
        return _taught_again(run, collection, parts, weights, device), (
            "The whole network was trained again on the same paintings, their styles dealt out at random."
        )
    both = parts.train + parts.validation
    features = frozen_features(model, collection, both, next(model.parameters()).device)
    taught = deepcopy(model)
    set_head(taught, plain_head(features, both, model.styles, recipe.cap))
    with torch.no_grad():
        taught.head.bias.add_(taught.head.weight @ taught.centre.mean)
    return taught, "The last layer was taught the same paintings again, their styles dealt out at random."


def _parts_of(run: Run, collection: Collection, judge: Run) -> Split:
    seed, fold = run.settings["seed"], int(judge.settings.get("fold", 0))
    if fold:
        return fold_splits(collection, "artist", run.settings["folds"], seed)[fold - 1]
    return single_split(collection, "artist", seed)


def _with_random_labels(parts: Split, seed: int) -> Split:
    """The same paintings, the styles of those that are learned from or watched dealt out anew among them."""
    both = parts.train + parts.validation
    order = stream(seed, "random-labels").permutation(len(both))
    dealt = [replace(p, style=both[k].style) for p, k in zip(both, order, strict=True)]
    return Split(dealt[: len(parts.train)], dealt[len(parts.train) :], parts.test)


def _taught_again(
    run: Run, collection: Collection, parts: Split, weights: Path | None, device: torch.device
) -> StyleClassifier:
    asked = asked_of(run, collection.folder, weights, device.type)
    part = begin_run(run.folder / LABELS, asked.settings("classifier", "artist") | {"labels": "random"})
    if not (part.folder / WEIGHTS).exists():
        trained = trained_model(part, asked, parts, "random labels", device)
        everything = parts.train + parts.validation + parts.test
        save_trained(part, trained, asked, everything, {p.id for p in parts.train + parts.validation}, gallery=False)
    return load_model(part.folder, device)
