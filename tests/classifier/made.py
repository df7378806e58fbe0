"""Runs and evaluations without any training: answers of a chosen skill, scored by the real functions."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from brushwork.classifier.evaluate import LABELS, Abstention, Evaluation, Row, Table
from brushwork.classifier.scores import Answers, by_artist, by_genre, coverage_curve, difference, reliability, scores
from brushwork.classifier.train import RECIPES, Asked
from brushwork.collection import Collection
from brushwork.run import Run, write_json


def answers(collection: Collection, skill: float, seed: int = 0) -> Answers:
    """Answers about every painting that are right the more often, the higher the skill."""
    truth = np.array([collection.styles.index(p.style) for p in collection.paintings])
    noise = np.random.default_rng(seed).normal(size=len(truth))
    right = 1 / (1 + np.exp(-(skill + noise)))
    probabilities = np.where(np.arange(2) == truth[:, None], right[:, None], 1 - right[:, None])
    return Answers(collection.paintings, probabilities)


@cache
def evaluation(collection: Collection, skill: float = 1.5, random: float = 2.5, rival: float = 0.0) -> Evaluation:
    """What an evaluation holds where the run has that skill on artists never seen and on a random split."""
    styles = collection.styles
    told = {"random": answers(collection, random, 1), "artist": answers(collection, skill, 2)}
    others = {"artist lookup": {"random": 9.0, "artist": 0.0}, "colour statistics": {"random": rival, "artist": rival}}
    tables = []
    for protocol, own in told.items():
        rows = []
        for name, skills in others.items():
            its = answers(collection, skills[protocol], 3)
            ahead = difference(own, its, styles)
            rows.append(Row(name, f"what {name} reads", name != "artist lookup", scores(protocol, its, styles), ahead))
        rows.append(Row("scratch (run)", "the picture", False, scores(LABELS[protocol], own, styles), None))
        tables.append(Table(protocol, LABELS[protocol], rows))
    tables.append(Table("within-artist", LABELS["within-artist"], [], "no artist here carries several styles"))
    unseen = told["artist"]
    return Evaluation(
        run="run",
        styles=styles,
        seed=0,
        tables=tables,
        leakage={"scratch (run)": difference(told["random"], unseen, styles)},
        calibration_before=scores("before", unseen, styles).calibration_error,
        abstention=Abstention(0.1, 0.75, 0.125),
        coverage=coverage_curve(unseen, styles),
        bins=reliability(unseen, styles),
        genres=by_genre(unseen, styles),
        artists=by_artist(unseen, styles),
    )


def finished_run(folder: Path, collection: Collection, split: str = "artist", folds: int = 0) -> Run:
    """A run as training leaves it, but for the network."""
    asked = Asked(collection, replace(RECIPES["scratch"], risk=0.1))
    kind = "folds" if folds else "classifier"
    settings = asked.settings(kind, split) | ({"folds": folds} if folds else {})
    found = scores("artists never seen", answers(collection, 1.5, 2), collection.styles).to_dict()
    results: dict[str, Any] = {
        "scores": found,
        "model": "0123456789ab",
        "temperature": 1.5,
    }
    if folds:
        results["folds"] = [found] * folds
    else:
        for part in ("train", "validation", "test"):
            own = collection.select(split=part)
            results[part] = {"paintings": len(own), "artists": sorted({p.artist for p in own})}
    write_json(folder / "settings.json", settings)
    write_json(folder / "model.json", {"unsure_below": 0.71, "risk": 0.1, "reads": "The last stage."})
    run = Run(folder)
    run.finish(results)
    return run
