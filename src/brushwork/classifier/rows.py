"""How each row of an evaluation comes to its answers: runs, their companions on other splits, and baselines."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from brushwork.classifier.baselines import BASELINES
from brushwork.classifier.calibration import softmax
from brushwork.classifier.elsewhere import Elsewhere
from brushwork.classifier.folds import train_folds
from brushwork.classifier.frozen import Features, frozen_features
from brushwork.classifier.head import plain_head
from brushwork.classifier.parts import Split
from brushwork.classifier.predictions import read_predictions
from brushwork.classifier.scores import Answers
from brushwork.classifier.train import Asked, train_classifier
from brushwork.classifier.trunks import transfer_trunk
from brushwork.collection import Collection
from brushwork.processes import say
from brushwork.run import Run
from brushwork.training import choose_device

FROZEN = "frozen trunk"


def row_name(run: Run) -> str:
    """What a run's row is called: its preset, and its folder where that is another word."""
    preset = str(run.settings["recipe"]["preset"])
    return f"{preset} ({run.folder.name})" if run.folder.name != preset else preset


def all_answers(
    runs: Sequence[Run], everything: Sequence[Asked], splits: list[Split], protocol: str
) -> dict[str, Answers]:
    """By row the answers of baselines and runs, the first run's last, for the paintings that these splits test."""
    asked = everything[0]
    told = {name: _joined([_baseline(name, asked, parts) for parts in splits]) for name in BASELINES}
    if trunk := _with_learned_trunk(everything):
        told[FROZEN] = _frozen_trunk(trunk, splits, asked.collection)
    for run, own in reversed(list(zip(runs, everything, strict=True))):
        there = Run(_place(run, protocol)).results is not None
        if run is runs[0] or there:  # the others' companions are trained when they are evaluated themselves
            told[row_name(run)] = _answers(_companion(run, own, protocol), own.collection)
    return told


def _place(run: Run, protocol: str) -> Path:
    return run.folder if protocol == "artist" else run.folder / "evaluation" / protocol


def _companion(run: Run, asked: Asked, protocol: str) -> Run:
    """The same training on another split, trained now if it was not before."""
    if protocol == "artist":
        return run
    out = _place(run, protocol)
    if not Run(out).results:
        say(f"training {run.folder.name} on the split {protocol!r} for comparison, in {out}")
    if run.kind == "folds":
        return train_folds(asked, out, run.settings["folds"], protocol)
    return train_classifier(asked, out, protocol)


def _answers(run: Run, collection: Collection) -> Answers:
    told = read_predictions(run.folder)
    judged = [p for p in collection.paintings if p.id in told]
    return Answers(judged, np.array([told[p.id] for p in judged]))


def _baseline(name: str, asked: Asked, parts: Split) -> Answers:
    known = parts.train + parts.validation
    collection = asked.collection
    told = BASELINES[name].answers(collection, known, parts.test, collection.styles, asked.seed)
    return Answers(parts.test, told)


def baselines_elsewhere(everything: Sequence[Asked], elsewhere: Elsewhere) -> dict[str, Answers]:
    """The baselines' answers on another collection, learned from what the run's judge of each painting learned from."""
    asked, there = everything[0], elsewhere.collection
    own, styles = asked.collection, asked.collection.styles
    told = {}
    for name, baseline in BASELINES.items():
        parts = elsewhere.parts
        answers = [baseline.answers(own, part.train, part.test, styles, asked.seed, there) for part in parts]
        told[name] = _joined([Answers(part.test, one) for part, one in zip(parts, answers, strict=True)])
    if trunk := _with_learned_trunk(everything):
        told[FROZEN] = _frozen_trunk(trunk, elsewhere.parts, there)
    return told


def _with_learned_trunk(everything: Sequence[Asked]) -> Asked | None:
    return next((asked for asked in everything if asked.recipe.preset == "transfer"), None)


def _frozen_trunk(asked: Asked, splits: Sequence[Split], there: Collection) -> Answers:
    """Logistic regression on the trunk's last layer as it came, what most would try first; `there` are those tested."""
    trunk = transfer_trunk(asked.recipe.backbone, asked.weights)
    device = choose_device(asked.device)
    model = asked.model(trunk).to(device).eval()

    def last_layer(collection: Collection) -> dict[str, Features]:
        seen = frozen_features(model, collection, collection.paintings, device)[:, -trunk.last :]
        return dict(zip((p.id for p in collection.paintings), seen, strict=True))

    own = last_layer(asked.collection)
    tested, told = own if there is asked.collection else last_layer(there), []
    for parts in splits:
        known = parts.train + parts.validation
        head = plain_head(np.stack([own[p.id] for p in known]), known, asked.collection.styles)
        told.append(Answers(parts.test, softmax(head.scores(np.stack([tested[p.id] for p in parts.test])))))
    return _joined(told)


def _joined(parts: list[Answers]) -> Answers:
    paintings = [p for part in parts for p in part.paintings]
    return Answers(paintings, np.concatenate([part.probabilities for part in parts]))
