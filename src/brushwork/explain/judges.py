"""A run's models, each with paintings by artists whom it never saw: on these explanations are tested."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from brushwork.classifier.evaluate import models_of
from brushwork.classifier.model import StyleClassifier, load_model
from brushwork.classifier.predictions import read_predictions
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.randomness import stream
from brushwork.run import Run


@dataclass(frozen=True, slots=True, eq=False)
class Judge:
    """A run with a model, all paintings by artists whom it never saw, and those of them that are tested one by one."""

    run: Run
    model: StyleClassifier
    unseen: list[Painting]
    paintings: list[Painting]


def judges_of(run: Run, collection: Collection, pictures: int, device: torch.device, seed: int) -> list[Judge]:
    """A run's models, each with its share of so many test paintings; `UserError` where there are none."""
    by_id = {painting.id: painting for painting in collection.paintings}
    parts = models_of(run)
    judges = []
    for k, part in enumerate(parts):
        tested = [by_id[i] for i in read_predictions(part.folder)]
        count = (pictures + len(parts) - 1 - k) // len(parts)
        judges.append(Judge(part, load_model(part.folder, device), tested, chosen(tested, count, seed)))
    judges = [judge for judge in judges if judge.paintings]
    if not judges:
        raise UserError(f"--pictures {pictures} leaves nothing to test on; give more.")
    return judges


def with_most_artists(judges: Sequence[Judge], styles: Sequence[str]) -> Judge:
    """The judge whose test paintings, in the style with the fewest artists, are by the most; what asks one judge asks this."""
    return max(judges, key=lambda judge: min(len({p.group for p in judge.paintings if p.style == s}) for s in styles))


def chosen(paintings: Sequence[Painting], count: int, seed: int) -> list[Painting]:
    """`count` paintings at random, styles in turn and of each style artists in turn: the first few are by different ones."""
    mixed = shuffled(paintings, seed)
    styles = sorted({p.style for p in paintings})
    taken = turns([[p for p in mixed if p.style == style] for style in styles])[:count]
    return turns([_artists_in_turn([p for p in taken if p.style == style]) for style in styles])


def shuffled(paintings: Sequence[Painting], seed: int) -> list[Painting]:
    """All of them in a random order."""
    return [paintings[k] for k in stream(seed, "trust").permutation(len(paintings))]


def _artists_in_turn(paintings: Sequence[Painting]) -> list[Painting]:
    by_artist: dict[str, list[Painting]] = {}
    for painting in paintings:
        by_artist.setdefault(painting.group, []).append(painting)
    return turns(list(by_artist.values()))


def turns(rows: Sequence[Sequence[Any]]) -> list[Any]:
    """The first of each row, the second of each, and so on."""
    return [row[k] for k in range(max(map(len, rows), default=0)) for row in rows if k < len(row)]


def in_turn(judges: Sequence[Judge]) -> list[tuple[Judge, Painting]]:
    """Every painting with its judge, styles in turn and of each style judges in turn: the first few are of all."""
    styles = sorted({painting.style for judge in judges for painting in judge.paintings})
    return turns([turns([[(j, p) for p in j.paintings if p.style == style] for j in judges]) for style in styles])


def input_of(model: StyleClassifier, collection: Collection, painting: Painting) -> Tensor:
    """A painting as the network's input (1, 3, H, W)."""
    canvas = model.preprocessing.canvas(collection.picture(painting))
    return model.preprocessing.tensor([canvas]).to(next(model.parameters()).device)
