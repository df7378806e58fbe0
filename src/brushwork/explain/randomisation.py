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
from brushwork.explain.curves import at_size
from brushwork.explain.faithfulness import spearman
from brushwork.explain.sanity import likeness, randomised, stages, untrained
from brushwork.explain.trust_measures import QUICK, maps_by
from brushwork.painting import Painting
from brushwork.randomness import stream, stream_seed
from brushwork.run import Run
from brushwork.training import begin_run

GUIDED, GUIDED_PICTURES = "guided-grad-cam", 3
RELUS = (nn.ReLU, nn.ReLU6)
STRANGERS, DEALS = 3, 3  # other pictures that say what chance is; times that random labels are dealt out
LABELS = "random-labels"
NOT_TAUGHT = "The network was not taught random labels"
Curve = list[float]  # over the stages


@dataclass(frozen=True, slots=True)
class Sanity:
    """How alike maps are to the trained model's once parts of it are random; the trained model itself is not counted.

    By measure (see `likeness`), the means over pictures: `cascade` with all parts from the answer back to a stage random,
    `single` with that stage alone.
    """

    cascade: dict[str, Curve]
    single: dict[str, Curve]
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A picture (1, 3, H, W) of a painting, the model that judged it, and the styles that its maps are for and against."""

    painting: Painting
    model: StyleClassifier
    picture: Tensor
    target: int
    against: int


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """Of one method's map of one picture: likenesses by stage, cascading and each alone, and the maps at either end."""

    cascade: list[dict[str, float]]
    single: list[dict[str, float]]
    trained: Tensor  # (h, w)
    all_random: Tensor


def parameter_randomisation(
    cases: Sequence[Case], seed: int
) -> tuple[list[str], dict[str, Sanity], dict[str, list[float]]]:
    """The stages made random; by method how alike maps remain, and for every picture `beyond_chance` once all is random.

    Each picture has random networks of its own. All maps are those of the trained network's verdict. Guided Grad-CAM, which
    is to fail, is tried on the first few.
    """
    names = stages(cases[0].model)
    found: dict[int, dict[str, _Course]] = {}
    for model in dict.fromkeys(case.model for case in cases):
        own = [k for k, case in enumerate(cases) if case.model is model]
        jobs = ((k, untrained(model, stream_seed(seed, "untrained", k) % 2**31)) for k in own)
        found |= in_threads(model, jobs, lambda m, job: (job[0], _courses(m, cases[job[0]], job[1], names, QUICK)))
    by_method = {method: [found[k][method] for k in range(len(cases))] for method in QUICK}
    guided = [case for case in cases[:GUIDED_PICTURES] if any(isinstance(m, RELUS) for m in case.model.modules())]
    if guided:
        twins = [untrained(c.model, stream_seed(seed, "untrained", k) % 2**31) for k, c in enumerate(guided)]
        tried = [_courses(c.model, c, twin, names, (GUIDED,)) for c, twin in zip(guided, twins, strict=True)]
        by_method[GUIDED] = [one[GUIDED] for one in tried]
    beyond = {
        method: beyond_chance([one.trained for one in courses], [one.all_random for one in courses])
        for method, courses in by_method.items()
    }
    return names, {method: _mean(courses) for method, courses in by_method.items()}, beyond


def beyond_chance(maps: Sequence[Tensor], others: Sequence[Tensor]) -> list[float]:
    """By how much each map's correlation with its counterpart (h, w), signs aside, exceeds that with others' counterparts.

    Smooth maps of a few dozen cells correlate by chance, and a sign may turn: so their sizes are compared, with those of maps of
    other pictures as the measure of chance. NaN where there is no other.
    """
    found = []
    for i, one in enumerate(maps):
        strangers = [others[(i + step) % len(others)] for step in range(1, min(STRANGERS, len(others) - 1) + 1)]
        size = (one.shape[0], one.shape[1])
        chance = [abs(spearman(one, at_size(stranger[None], size)[0])) for stranger in strangers]
        found.append(abs(spearman(one, others[i])) - _defined_mean(np.array(chance)))
    return found


def _courses(
    model: StyleClassifier, case: Case, twin: StyleClassifier, names: Sequence[str], methods: Sequence[str]
) -> dict[str, _Course]:
    """How alike one picture's maps remain as ever more, and as each, of the stages are random."""

    def made(parts: Sequence[str]) -> dict[str, Tensor]:
        return maps_by(randomised(model, twin, parts), case.picture, methods, case.target, case.against)

    trained = maps_by(model, case.picture, methods, case.target, case.against)
    cascade = [made(names[: k + 1]) for k in range(len(names))]
    single = [made([name]) for name in names]
    return {
        method: _Course(
            [likeness(trained[method], maps[method]) for maps in cascade],
            [likeness(trained[method], maps[method]) for maps in single],
            trained[method],
            cascade[-1][method],
        )
        for method in methods
    }


def _mean(courses: Sequence[_Course]) -> Sanity:
    def curves(rows: Sequence[list[dict[str, float]]]) -> dict[str, Curve]:
        table = {m: np.array([[stage[m] for stage in row] for row in rows]) for m in rows[0][0]}
        return {m: [_defined_mean(column) for column in values.T] for m, values in table.items()}

    return Sanity(curves([one.cascade for one in courses]), curves([one.single for one in courses]), len(courses))


def _defined_mean(values: Floats) -> float:
    """The mean of those that are numbers; NaN where none is."""
    defined = values[np.isfinite(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def label_randomisation(others: Sequence[StyleClassifier], cases: Sequence[Case]) -> dict[str, list[float]]:
    """By quick method and picture, `beyond_chance` of models that learned random labels, the mean over these models."""
    # In turn, since two threads must not look at one model at once.
    own = [maps_by(case.model, case.picture, QUICK, case.target, case.against) for case in cases]
    rows: dict[str, list[list[float]]] = {method: [] for method in QUICK}
    for other in others:
        taught = [maps_by(other, case.picture, QUICK, case.target, case.against) for case in cases]
        for method in QUICK:
            rows[method].append(beyond_chance([one[method] for one in own], [one[method] for one in taught]))
    return {method: [_defined_mean(column) for column in np.array(each).T] for method, each in rows.items()}


def taught_random_labels(
    run: Run, collection: Collection, judge: Run, model: StyleClassifier, retrain: bool, weights: Path | None
) -> tuple[list[StyleClassifier], str]:
    """Models like the judge, taught the same paintings with their styles dealt out at random; and in words how, or why none.

    Of a frozen trunk the head alone learns, several times; a trunk that was trained is trained again once if `retrain`, in
    `RUN/random-labels`, where it is gone on with. Raises `UserError` when weights to begin from are gone.
    """
    recipe, seed = Recipe(**run.settings["recipe"]), run.settings["seed"]
    if recipe.passes and not retrain:
        return [], f"{NOT_TAUGHT}, since it would have to be trained again as long as it was before; --retrain does so."
    parts = _parts_of(run, collection, judge)
    device = next(model.parameters()).device
    if recipe.passes:
        return [_taught_again(run, collection, _with_random_labels(parts, seed, 0), weights, device)], (
            "For random labels the whole network was trained again on the same paintings, their styles dealt out at random, once."
        )
    features = frozen_features(model, collection, parts.train + parts.validation, device)
    taught = []
    for k in range(DEALS):
        dealt = _with_random_labels(parts, seed, k)
        copy = deepcopy(model)
        set_head(copy, plain_head(features, dealt.train + dealt.validation, model.styles, recipe.cap))
        with torch.no_grad():
            copy.head.bias.add_(copy.head.weight @ copy.centre.mean)
        taught.append(copy)
    return taught, (
        f"For random labels the last layer was taught the same paintings, their styles dealt out at random, {DEALS} times."
    )


def _parts_of(run: Run, collection: Collection, judge: Run) -> Split:
    seed, fold = run.settings["seed"], int(judge.settings.get("fold", 0))
    if fold:
        return fold_splits(collection, "artist", run.settings["folds"], seed)[fold - 1]
    return single_split(collection, "artist", seed)


def _with_random_labels(parts: Split, seed: int, deal: int) -> Split:
    """The same paintings, the styles of those that are learned from or watched dealt out anew among them."""
    both = parts.train + parts.validation
    order = stream(seed, "random-labels", deal).permutation(len(both))
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
