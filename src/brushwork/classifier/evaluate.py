"""Four numbers, never one: a run under every honest and less honest protocol, beside baselines that read no picture."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from brushwork.classifier.baselines import BASELINES
from brushwork.classifier.calibration import softmax
from brushwork.classifier.elsewhere import Elsewhere, judged_elsewhere
from brushwork.classifier.folds import train_folds
from brushwork.classifier.frozen import frozen_features
from brushwork.classifier.head import fit_head
from brushwork.classifier.metrics import Floats
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.parts import Split, fold_splits, single_split
from brushwork.classifier.predictions import read_predictions
from brushwork.classifier.scores import (
    Answers,
    ArtistScore,
    Bin,
    Coverage,
    Interval,
    Scores,
    by_artist,
    by_genre,
    coverage_curve,
    difference,
    reliability,
    scores,
)
from brushwork.classifier.task import Recipe
from brushwork.classifier.train import ORIGIN, Asked, train_classifier
from brushwork.classifier.trunks import transfer_trunk
from brushwork.collection import Collection, open_collection
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.processes import say
from brushwork.run import Run, read_json, write_json
from brushwork.training import choose_device

EVALUATION = "evaluation.json"
FROZEN = "frozen trunk"
LABELS = {
    "random": "random split: the artists were seen; for comparison with the literature only",
    "artist": "artists never seen: the headline",
    "within-artist": "paintings by artists who carry several styles, other paintings by whom were seen",
    "cross-source": "another collection, artists never seen",
}


@dataclass(frozen=True, slots=True)
class Row:
    """What one way of answering reached under one protocol; `ahead` is how far the evaluated run is before it."""

    name: str
    reads: str
    must_beat: bool
    scores: Scores
    ahead: Interval | None


@dataclass(frozen=True, slots=True)
class Table:
    """All rows under one protocol, the evaluated run's last; none, with the reason, where there is nothing to test on."""

    protocol: str
    label: str
    rows: list[Row]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Abstention:
    """What the "unsure" threshold did on artists never seen: wrong verdicts among those given, styles counted equally."""

    risk: float
    share_given: float
    share_wrong: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything `brushwork evaluate` found out about a run."""

    run: str
    styles: list[str]
    seed: int
    tables: list[Table]
    leakage: dict[str, Interval]  # by row: balanced accuracy on the random split minus that on artists never seen
    calibration_before: Interval  # calibration error on artists never seen before scaling by the temperature
    abstention: Abstention
    coverage: list[Coverage]
    bins: list[Bin]
    genres: list[Scores]
    artists: list[ArtistScore]
    elsewhere: str = ""  # which collection, and what of it was left out and why

    def to_dict(self) -> dict[str, Any]:
        """The evaluation as plain data."""
        return asdict(self)

    def table(self, protocol: str) -> Table | None:
        """The table of that protocol."""
        return next((table for table in self.tables if table.protocol == protocol), None)


def evaluate(runs: Sequence[Run], on: Collection | None, collection: Path | None, device: str = "auto") -> Evaluation:
    """Evaluate the first run, beside the others and the baselines; what a protocol needs is trained if it is not there.

    The companions of a run are trained under `RUN/evaluation`; the result is written to `RUN/evaluation.json`. Raises
    `UserError` when a run is unfinished or not scored on artists never seen, or when runs differ in collection, folds
    or seed, without which their rows could not be compared.
    """
    everything = [_asked(run, collection, device) for run in runs]
    _need_alike(runs)
    asked, main = everything[0], runs[0]
    tables, answers = [], {}
    for protocol in ("random", "artist", "within-artist"):
        try:
            splits = _splits(main, asked, protocol)
        except UserError as error:
            tables.append(Table(protocol, LABELS[protocol], [], str(error)))
            continue
        answers[protocol] = _all_answers(runs, everything, splits, protocol)
        tables.append(_table(protocol, answers[protocol], asked, _name(main)))
    elsewhere = None
    if on is not None:
        elsewhere = judged_elsewhere(main, asked.collection, on, device)
        told = {name: _baseline_elsewhere(name, asked, elsewhere) for name in BASELINES}
        answers["cross-source"] = told | {_name(main): elsewhere.answers}
        tables.append(_table("cross-source", answers["cross-source"], asked, _name(main)))
    unseen = answers["artist"][_name(main)]
    styles, seed = asked.collection.styles, asked.seed
    random = answers.get("random", {})
    evaluation = Evaluation(
        run=main.folder.name,
        styles=styles,
        seed=seed,
        tables=tables,
        leakage={n: difference(a, answers["artist"][n], styles, seed) for n, a in random.items()},
        calibration_before=scores("before scaling", _unscaled(main, unseen), styles, seed).calibration_error,
        abstention=_abstention(main, unseen, styles),
        coverage=coverage_curve(unseen, styles, seed),
        bins=reliability(unseen, styles),
        genres=by_genre(unseen, styles, seed),
        artists=by_artist(unseen, styles),
        elsewhere=elsewhere.words if elsewhere else "",
    )
    write_json(main.folder / EVALUATION, evaluation.to_dict())
    return evaluation


def _name(run: Run) -> str:
    preset = str(run.settings["recipe"]["preset"])
    return f"{preset} ({run.folder.name})" if run.folder.name != preset else preset


def _asked(run: Run, moved: Path | None, device: str) -> Asked:
    """What the run was asked to do, so that companions can be asked the same."""
    settings = run.settings
    if run.results is None:
        raise UserError(f"{run.folder} is unfinished; let its training come to an end first.")
    if settings["split"] != "artist":
        raise UserError(
            f"{run.folder} was trained on the split {settings['split']!r}; give a run on artists never seen, and the "
            "other splits are trained beside it."
        )
    origin = read_json(run.folder / ORIGIN)
    folder = moved or Path(origin["collection"])
    if not (folder / "settings.json").exists():
        raise UserError(f"the collection of {run.folder} is no longer at {folder}; say where it is: --collection DIR.")
    opened = open_collection(folder)
    if opened.fingerprint != settings["collection"]:
        raise UserError(
            f"{folder} is not the collection, or not the state of it, that {run.folder} was trained on "
            f"({opened.fingerprint} there, {settings['collection']} needed); give the right one as --collection DIR."
        )
    weights = Path(origin["weights"]) if origin["weights"] else None
    return Asked(opened, Recipe(**settings["recipe"]), weights, settings["seed"], device)


def _need_alike(runs: Sequence[Run]) -> None:
    keys = ("kind", "collection", "seed", "folds")
    first = runs[0].settings
    for run in runs[1:]:
        if differing := [key for key in keys if run.settings.get(key) != first.get(key)]:
            raise UserError(
                f"{run.folder} and {runs[0].folder} differ in {', '.join(differing)}, so their scores are on other "
                "paintings; give runs of one collection, split alike."
            )


def _splits(run: Run, asked: Asked, protocol: str) -> list[Split]:
    if run.kind == "folds":
        return fold_splits(asked.collection, protocol, run.settings["folds"], asked.seed)
    return [single_split(asked.collection, protocol, asked.seed)]


def _all_answers(
    runs: Sequence[Run], everything: Sequence[Asked], splits: list[Split], protocol: str
) -> dict[str, Answers]:
    asked = everything[0]
    told = {name: _joined([_baseline(name, asked, parts) for parts in splits]) for name in BASELINES}
    for own in everything:
        if own.recipe.preset == "transfer" and FROZEN not in told:
            told[FROZEN] = _frozen_trunk(own, splits)
    for run, own in reversed(list(zip(runs, everything, strict=True))):
        told[_name(run)] = _answers(_companion(run, own, protocol), own.collection)
    return told


def _companion(run: Run, asked: Asked, protocol: str) -> Run:
    """The same training on another split, trained now if it was not before."""
    if protocol == "artist":
        return run
    out = run.folder / "evaluation" / protocol
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


def _baseline_elsewhere(name: str, asked: Asked, elsewhere: Elsewhere) -> Answers:
    own, test = asked.collection, elsewhere.answers.paintings
    told = BASELINES[name].answers(own, own.paintings, test, own.styles, asked.seed, elsewhere.collection)
    return Answers(test, told)


def _frozen_trunk(asked: Asked, splits: list[Split]) -> Answers:
    """Logistic regression on the trunk's last layer as it came: what most would try first."""
    trunk = transfer_trunk(asked.recipe.backbone, asked.weights)
    device = choose_device(asked.device)
    model = StyleClassifier(trunk, asked.collection.styles, asked.recipe.short_side).to(device).eval()
    paintings = asked.collection.paintings
    last = frozen_features(model, asked.collection, paintings, device)[:, -trunk.last :]
    places = {p.id: i for i, p in enumerate(paintings)}

    def at(chosen: Sequence[Painting]) -> Any:
        return last[[places[p.id] for p in chosen]]

    told = []
    for parts in splits:
        known = parts.train + parts.validation
        head = fit_head(at(known), known, asked.collection.styles, asked.seed).head
        told.append(Answers(parts.test, softmax(head.scores(at(parts.test)))))
    return _joined(told)


def _joined(parts: list[Answers]) -> Answers:
    paintings = [p for part in parts for p in part.paintings]
    return Answers(paintings, np.concatenate([part.probabilities for part in parts]))


def _table(protocol: str, answers: dict[str, Answers], asked: Asked, main: str) -> Table:
    styles, rows = asked.collection.styles, []
    for name, told in answers.items():
        baseline = BASELINES.get(name)
        reads = baseline.reads if baseline else "the picture"
        must = baseline.must_beat if baseline else name == FROZEN
        ahead = None if name == main else difference(answers[main], told, styles, asked.seed)
        rows.append(Row(name, reads, must, scores(LABELS[protocol], told, styles, asked.seed), ahead))
    return Table(protocol, LABELS[protocol], rows)


def _models(run: Run) -> list[Run]:
    return (
        [Run(run.folder / f"fold-{k}") for k in range(1, run.settings["folds"] + 1)] if run.kind == "folds" else [run]
    )


def _unscaled(run: Run, told: Answers) -> Answers:
    """The answers as they were before each model's temperature was applied."""
    heat: dict[str, float] = {}
    for part in _models(run):
        heat |= dict.fromkeys(read_predictions(part.folder), float((part.results or {})["temperature"]))
    hot = np.array([[heat[p.id]] for p in told.paintings])
    return replace(told, probabilities=softmax(np.log(told.probabilities.clip(1e-30)) * hot))


def _abstention(run: Run, told: Answers, styles: Sequence[str]) -> Abstention:
    """Each painting against the threshold of the model that judged it, chosen without its artist."""
    limit: dict[str, float] = {}
    for part in _models(run):
        about = json.loads((part.folder / "model.json").read_text(encoding="utf-8"))
        limit |= dict.fromkeys(read_predictions(part.folder), about["unsure_below"])
    truth = np.array([list(styles).index(p.style) for p in told.paintings])
    given = told.probabilities.max(1) >= np.array([limit[p.id] for p in told.paintings])
    wrong: Floats = (told.probabilities.argmax(1) != truth)[given]
    shares = [wrong[truth[given] == style].mean() for style in np.unique(truth[given])]
    risk = float(run.settings["recipe"]["risk"])
    return Abstention(risk, float(given.mean()), float(np.mean(shares)) if shares else 0.0)
