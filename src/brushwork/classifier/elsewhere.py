"""A run's answers on another collection, each by a model that never saw the painting's artist."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from brushwork.classifier.calibration import softmax
from brushwork.classifier.data import scores_of
from brushwork.classifier.model import load_model
from brushwork.classifier.parts import Split
from brushwork.classifier.predictions import read_predictions
from brushwork.classifier.scores import Answers
from brushwork.collection import Collection
from brushwork.collection.artists import artist_key
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.run import Run
from brushwork.training import choose_device


@dataclass(frozen=True, slots=True, eq=False)
class Elsewhere:
    """The answers for the paintings of another collection that could be judged, and in words what was left out."""

    collection: Collection
    parts: list[Split]  # per judge, what it learned from in the run's collection, and the paintings it judged here
    answers: Answers
    words: str


def judged_elsewhere(run: Run, own: Collection, other: Collection, device: str) -> Elsewhere:
    """Judge the paintings of `other` in the run's styles, none by a model that learned from their artist or picture.

    An artist whom a fold was tested on is judged by that fold's model; one whom no model learned from by the run's own.
    Raises `UserError` when the collections share fewer than two styles, or none of `other` can be judged.
    """
    if other.fingerprint == own.fingerprint:
        raise UserError(f"{other.folder} is the collection that {run.folder} was trained on; give another one as --on.")
    shared = [style for style in own.styles if style in other.styles]
    if len(shared) < 2:
        raise UserError(
            f"{other.folder} has the styles {', '.join(other.styles)}, of which {run.folder} knows {len(shared)}; two are needed."
        )
    judges = _judges(run, own)
    pictures = {p.sha256 for p in own.paintings} | {f"{p.crc32}" for p in own.paintings if p.crc32}
    chosen: dict[Path, list[Painting]] = {}
    seen = same = 0
    foreign: Counter[str] = Counter()
    for painting in other.paintings:
        if painting.style not in shared:
            foreign[painting.style] += 1
            continue
        artist = artist_key(painting.artist)
        if painting.sha256 in pictures or str(painting.crc32) in pictures:
            same += 1
        elif artist and artist in judges and judges[artist] is None:
            seen += 1
        else:
            judge = judges.get(artist) if artist else None
            chosen.setdefault(judge or run.folder, []).append(painting)
    if len({p.style for paintings in chosen.values() for p in paintings}) < 2:
        raise UserError(f"too few paintings of {other.folder} are by artists that {run.folder} never learned from.")
    paintings, told, parts = [], [], []
    for folder, part in chosen.items():
        where = choose_device(device)
        parts.append(Split(_learned_from(run, folder, own), [], part))
        told.append(softmax(scores_of(load_model(folder, where), other, part, where)))
        paintings += part
    words = f"{other.folder.name} (source {other.source}): {len(paintings)} paintings judged (other files of pictures "
    words += "learned from, under other artists' names, would not be noticed)"
    left_out = [f"{count} of {style}, which the run does not know" for style, count in foreign.items()]
    left_out += [f"{seen} by artists learned from"] * bool(seen)
    left_out += [f"{same} that are the very pictures learned from"] * bool(same)
    words += f"; left out: {', '.join(left_out)}" if left_out else ""
    unknown = sum(not p.artist for p in paintings)
    words += f"; {unknown} of the judged are by unknown artists, who may have been learned from" if unknown else ""
    return Elsewhere(other, parts, Answers(paintings, np.concatenate(told)), words)


def _learned_from(run: Run, judge: Path, own: Collection) -> list[Painting]:
    """The paintings of the run's collection that a judge learned from: all but those it was tested on."""
    tested = {} if run.kind == "folds" and judge == run.folder else read_predictions(judge)
    return [p for p in own.paintings if p.id not in tested]


def _judges(run: Run, own: Collection) -> dict[str, Path | None]:
    """By artist's key in the run's collection, the folder of a model that never learned from the artist; None without one.

    Keys, since two collections may spell one artist in two ways.
    """
    tested: dict[str, Path | None] = {artist_key(p.artist): None for p in own.paintings}
    if run.kind == "folds":
        homes = {k: run.folder / f"fold-{k}" for k in range(1, run.settings["folds"] + 1)}
        for home in homes.values():
            results = Run(home).results or {}
            tested |= dict.fromkeys(map(artist_key, results["test"]["artists"]), home)
        return tested
    results = run.results or {}
    learned = set(results["train"]["artists"]) | set(results["validation"]["artists"])
    return tested | {artist_key(name): run.folder for name in results["test"]["artists"] if name not in learned}
