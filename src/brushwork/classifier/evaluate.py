"""Four numbers, never one: a run under every honest and less honest protocol, beside baselines that read no picture."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from brushwork.classifier.baselines import BASELINES
from brushwork.classifier.calibration import softmax
from brushwork.classifier.card import write_card
from brushwork.classifier.elsewhere import judged_elsewhere
from brushwork.classifier.metrics import Floats
from brushwork.classifier.parts import Split, fold_splits, single_split
from brushwork.classifier.predictions import read_predictions
from brushwork.classifier.rows import FROZEN, all_answers, baselines_elsewhere, row_name
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
from brushwork.classifier.train import ORIGIN, Asked, weights_digest
from brushwork.collection import Collection, open_again
from brushwork.errors import UserError
from brushwork.progress import say
from brushwork.run import Run, read_json, write_json

EVALUATION = "evaluation.json"
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
    calibration_before: Interval  # calibration error on artists never seen before scaling
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


def evaluate(
    runs: Sequence[Run],
    on: Collection | None,
    collection: Path | None = None,
    device: str = "auto",
    weights: Path | None = None,
) -> Evaluation:
    """Evaluate the first run, beside the others and the baselines; what a protocol needs is trained if it is not there.

    The companions of a run are trained under `RUN/evaluation`; the result is written to `RUN/evaluation.json`, where what
    was found on another collection is kept until one is given again. Raises `UserError` when a run is unfinished or not
    scored on artists never seen, or when runs differ in collection, folds or seed, without which their rows could not be
    compared.
    """
    everything = [asked_of(run, collection, weights, device) for run in runs]
    _need_alike(runs)
    asked, main = everything[0], runs[0]
    elsewhere = judged_elsewhere(main, asked.collection, on, device) if on is not None else None
    tables, answers = [], {}
    for protocol in ("random", "artist", "within-artist"):
        try:
            splits = _splits(main, asked, protocol)
        except UserError as error:
            tables.append(Table(protocol, LABELS[protocol], [], str(error)))
            continue
        answers[protocol] = all_answers(runs, everything, splits, protocol)
        tables.append(_table(protocol, answers[protocol], asked, row_name(main)))
    if elsewhere is not None:
        told = baselines_elsewhere(everything, elsewhere)
        answers["cross-source"] = told | {row_name(main): elsewhere.answers}
        tables.append(_table("cross-source", answers["cross-source"], asked, row_name(main)))
    kept, kept_words = _found_elsewhere_before(main) if elsewhere is None else ([], "")
    unseen = answers["artist"][row_name(main)]
    styles, seed = asked.collection.styles, asked.seed
    random = answers.get("random", {})
    evaluation = Evaluation(
        run=main.folder.name,
        styles=styles,
        seed=seed,
        tables=tables + kept,
        leakage={n: difference(a, answers["artist"][n], styles, seed) for n, a in random.items()},
        calibration_before=scores("before scaling", _unscaled(main, unseen), styles, seed).calibration_error,
        abstention=_abstention(main, unseen, styles),
        coverage=coverage_curve(unseen, styles, seed),
        bins=reliability(unseen, styles),
        genres=by_genre(unseen, styles, seed),
        artists=by_artist(unseen, styles),
        elsewhere=elsewhere.words if elsewhere else kept_words,
    )
    write_json(main.folder / EVALUATION, evaluation.to_dict())
    write_card(main, asked.collection, evaluation)
    return evaluation


def _found_elsewhere_before(run: Run) -> tuple[list[Table], str]:
    """What an earlier evaluation found on another collection, which still holds: a finished run does not change."""
    from brushwork.classifier.evaluation_file import read_evaluation  # here, for it needs `Evaluation`

    try:
        before = read_evaluation(run.folder)
    except UserError as error:
        say(f"What was found before is not kept: {error}")
        return [], ""
    found = before.table("cross-source") if before else None
    return ([found], before.elsewhere) if found and before else ([], "")


def asked_of(run: Run, moved: Path | None, weights: Path | None, device: str) -> Asked:
    """What a finished run was asked to do, so that companions can be asked the same.

    Raises `UserError` when it is unfinished, of another version or split, or its collection or weights are elsewhere.
    """
    opened, settings = collection_of(run, moved), run.settings
    origin = read_json(run.folder / ORIGIN)
    there = (weights or Path(origin["weights"])) if origin["weights"] else None
    if there and weights_digest(there) != settings["weights"]:
        raise UserError(
            f"{there} does not hold the weights that {run.folder} began from ({settings['weights']}); say where those are: "
            "--weights FILE."
        )
    return Asked(opened, Recipe(**settings["recipe"]), there, settings["seed"], device)


def collection_of(run: Run, moved: Path | None) -> Collection:
    """The collection that a finished run, scored on artists never seen, was trained on.

    Raises `UserError` when the run is unfinished, of another version or split, or the collection is elsewhere or changed.
    """
    settings, results = run.settings, run.results
    if results is None:
        raise UserError(f"{run.folder} is unfinished; let its training come to an end first.")
    try:
        split = settings["split"]
        Recipe(**settings["recipe"])
        Scores.from_dict(results["scores"])
    except (KeyError, TypeError, UserError) as error:
        raise UserError(
            f"{run.folder} was made by another version of Brushwork, and this one cannot read what it left; train it "
            "again, in a new --out."
        ) from error
    if split != "artist":
        raise UserError(
            f"{run.folder} was trained on the split {split!r}; give a run on artists never seen, and the other splits are "
            "trained beside it."
        )
    if moved is None and not (run.folder / ORIGIN).exists():
        raise UserError(
            f"{run.folder} is a copy that names no collection; give the one that it learned from as --collection."
        )
    folder = moved or Path(read_json(run.folder / ORIGIN)["collection"])
    return open_again(folder, settings["collection"], run.folder)


def _need_alike(runs: Sequence[Run]) -> None:
    keys = {"collection": "collection", "seed": "seed", "folds": "how many folds they have, if any"}
    first = runs[0].settings
    for run in runs[1:]:
        if differing := [key for key in keys if run.settings.get(key) != first.get(key)]:
            raise UserError(
                f"{run.folder} and {runs[0].folder} differ in {', '.join(keys[key] for key in differing)}, so their scores are "
                "on other paintings; give runs of one collection, split alike."
            )
    names = [row_name(run) for run in runs]
    if len(set(names)) < len(names):
        raise UserError(
            f"two of the runs are called alike ({', '.join(names)}); rename one's folder to tell their rows apart."
        )


def _splits(run: Run, asked: Asked, protocol: str) -> list[Split]:
    if run.kind == "folds":
        return fold_splits(asked.collection, protocol, run.settings["folds"], asked.seed)
    return [single_split(asked.collection, protocol, asked.seed)]


def _table(protocol: str, answers: dict[str, Answers], asked: Asked, main: str) -> Table:
    styles, rows = asked.collection.styles, []
    for name, told in answers.items():
        baseline = BASELINES.get(name)
        reads = baseline.reads if baseline else "the picture"
        must = baseline.must_beat if baseline else name == FROZEN
        ahead = None if name == main else difference(answers[main], told, styles, asked.seed)
        rows.append(Row(name, reads, must, scores(LABELS[protocol], told, styles, asked.seed), ahead))
    return Table(protocol, LABELS[protocol], rows)


def models_of(run: Run) -> list[Run]:
    """The runs whose models judged the run's test paintings: its folds, or itself."""
    return (
        [Run(run.folder / f"fold-{k}") for k in range(1, run.settings["folds"] + 1)] if run.kind == "folds" else [run]
    )


def _unscaled(run: Run, told: Answers) -> Answers:
    """The answers as they were before each model was scaled."""
    temperature: dict[str, float] = {}
    for part in models_of(run):
        temperature |= dict.fromkeys(read_predictions(part.folder), float((part.results or {})["temperature"]))
    hot = np.array([[temperature[p.id]] for p in told.paintings])
    return replace(told, probabilities=softmax(np.log(told.probabilities.clip(1e-30)) * hot))


def _abstention(run: Run, told: Answers, styles: Sequence[str]) -> Abstention:
    """Each painting against the threshold of the model that judged it, chosen without its artist."""
    limit: dict[str, float] = {}
    for part in models_of(run):
        about = json.loads((part.folder / "model.json").read_text(encoding="utf-8"))
        limit |= dict.fromkeys(read_predictions(part.folder), about["unsure_below"])
    truth = np.array([list(styles).index(p.style) for p in told.paintings])
    given = told.probabilities.max(1) >= np.array([limit[p.id] for p in told.paintings])
    weight: Floats = (1 / np.bincount(truth, minlength=len(styles)).clip(1))[truth] * given  # as the threshold's risk
    wrong = told.probabilities.argmax(1) != truth
    risk = float(run.settings["recipe"]["risk"])
    return Abstention(risk, float(given.mean()), float(weight[wrong].sum() / max(weight.sum(), 1e-12)))
