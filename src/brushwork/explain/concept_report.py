"""`brushwork concepts`: what recurs in a network's last map, what it is worth, and whether named concepts move verdicts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from brushwork.classifier.evaluate import collection_of
from brushwork.classifier.model import StyleClassifier, fingerprint
from brushwork.classifier.scores import Interval
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.explain.concept_file import FILE, Concept, ConceptReport, Firing, Patch
from brushwork.explain.concept_sheet import PATCHES, SHEET, sheet
from brushwork.explain.concepts import STABLE, Concepts, Floats, firing, found_concepts, strongest, windows
from brushwork.explain.judges import input_of, judges_of, with_most_artists
from brushwork.explain.named_concepts import named_concepts
from brushwork.explain.trust_table import Table, enough_artists
from brushwork.images import write_image
from brushwork.painting import Painting
from brushwork.progress import progress
from brushwork.run import Run, write_json
from brushwork.training import choose_device


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What the network gave of a painting: windows' averages (n, C); a window's side in pixels of the canvas; columns of them."""

    painting: Painting
    cells: Floats
    whole: Floats
    side: int
    columns: int


def concept_report(
    run: Run, count: int, pictures: int, collection: Path | None = None, device: str = "auto", seed: int = 0
) -> ConceptReport:
    """Find concepts in a run's network on paintings by artists it never saw; written to `RUN/concepts.json` and a sheet.

    Of a run of folds it is the network whose test paintings, in the style with the fewest artists, are by the most. With
    more than two styles the first two of the collection are weighed.
    Raises `UserError` when the run is unfinished, not split by artist, or its collection is elsewhere.
    """
    opened = collection_of(run, collection)
    pair = (opened.styles[0], opened.styles[1])
    models = int(run.settings["folds"]) if run.kind == "folds" else 1
    judge = with_most_artists(judges_of(run, opened, pictures * models, choose_device(device), seed), pair)
    paintings = [p for p in judge.paintings if p.style in pair]
    if len({p.style for p in paintings}) < 2 or count < 1:
        raise UserError(f"concepts need paintings of {pair[0]} and {pair[1]} to be tested on; give more --pictures.")
    seen = _looked_at(judge.model, opened, paintings)
    concepts = found_concepts(np.concatenate([one.cells for one in seen]), count, seed)
    layer, named = named_concepts(judge, opened, paintings, pair, seed)
    apart, each = _weighed(judge.model, opened, concepts, seen, pair, seed)
    found = ConceptReport(
        run=run.folder.name,
        model=fingerprint(judge.run.folder),
        models=models,
        fold=int(judge.run.settings.get("fold", 0)),
        pictures=pictures,
        styles=pair,
        others=[style for style in opened.styles if style not in pair],
        seed=seed,
        paintings=len(seen),
        artists={style: len({p.group for p in paintings if p.style == style}) for style in pair},
        apart=apart,
        explained=sum(one.share for one in each),
        chance=concepts.chance,
        concepts=each,
        layer=layer,
        named=named,
    )
    write_json(run.folder / FILE, found.to_dict())
    write_image(sheet(found, opened), run.folder / SHEET)
    return found


def activation_of(model: StyleClassifier, picture: Tensor) -> Tensor:
    """What concepts are found in (1, C, h, w): the trunk's map before it is centred, which is nowhere negative."""
    with torch.inference_mode():
        activation: Tensor = model.trunk(picture)
    return activation


def _looked_at(model: StyleClassifier, collection: Collection, paintings: Sequence[Painting]) -> list[_Seen]:
    seen = []
    with progress(len(paintings), "concepts: paintings") as advance:
        for k, painting in enumerate(paintings, 1):
            picture = input_of(model, collection, painting)
            activation = activation_of(model, picture)
            cells, side = windows(activation)
            cell = picture.shape[3] // activation.shape[3]
            whole = activation.mean((2, 3))[0].cpu().numpy()
            seen.append(_Seen(painting, cells.cpu().numpy(), whole, side * cell, activation.shape[3] // side))
            advance(k)
    return seen


def _weighed(
    model: StyleClassifier,
    collection: Collection,
    concepts: Concepts,
    seen: Sequence[_Seen],
    pair: tuple[str, str],
    seed: int,
) -> tuple[float, list[Concept]]:
    """The difference of two styles' mean log-odds, and what each concept is worth in it, most important first."""
    first, second = (model.styles.index(style) for style in pair)
    weights = (model.head.weight[first] - model.head.weight[second]).detach().cpu().numpy()
    coefficients = concepts.coefficients(weights)
    strengths = [concepts.strengths(one.cells) for one in seen]  # each (n, K)
    own = np.array([one.painting.style == pair[0] for one in seen])
    means = concepts.strengths(np.stack([one.whole for one in seen]))  # (N, K), of whole canvases
    nats = means * coefficients
    whole = np.array([one.whole @ weights for one in seen])
    apart = float(whole[own].mean() - whole[~own].mean())
    square = np.square(nats)
    importance = (square / square.sum(1, keepdims=True).clip(1e-12)).mean(0)  # the answer is linear in every concept
    intervals = _apart(nats, [one.painting for one in seen], own, seed)
    summaries = [
        Concept(
            number=k + 1,
            stability=float(concepts.stability[k]),
            stable=bool(concepts.stability[k] >= STABLE),
            speaks_for=pair[0] if coefficients[k] > 0 else pair[1],
            importance=float(importance[k]),
            nats=intervals[k],
            share=intervals[k].value / apart,
            strength={
                style: float(
                    np.mean([s[:, k].mean() for s, is_own in zip(strengths, own, strict=True) if is_own == mine])
                )
                for style, mine in zip(pair, (True, False), strict=True)
            },
            patches=_patches(model, seen, strengths, k),
            fires=_firing(model, collection, concepts, seen, means, k),
        )
        for k in range(len(coefficients))
    ]
    summaries.sort(key=lambda one: -one.importance)
    return apart, [replace(one, number=k) for k, one in enumerate(summaries, 1)]


def _apart(nats: Floats, paintings: Sequence[Painting], own: Any, seed: int) -> list[Interval]:
    """For each column the mean of one style's paintings less that of the other's, with its interval over artists."""
    values = nats[own].mean(0) - nats[~own].mean(0)
    if not enough_artists(paintings):
        return [Interval(float(value), float("nan"), float("nan")) for value in values]
    weights = Table(seed).resampled(paintings)  # (R, N)
    first, second = weights[:, own], weights[:, ~own]
    drawn = first @ nats[own] / first.sum(1, keepdims=True) - second @ nats[~own] / second.sum(1, keepdims=True)
    ends = np.percentile(drawn, [2.5, 97.5], axis=0)
    return [Interval(float(v), float(low), float(high)) for v, low, high in zip(values, *ends, strict=True)]


def _patches(model: StyleClassifier, seen: Sequence[_Seen], strengths: Sequence[Floats], k: int) -> list[Patch]:
    places = [(i, j) for i, one in enumerate(strengths) for j in range(len(one))]
    values = [float(strengths[i][j, k]) for i, j in places]
    chosen = strongest(values, [seen[i].painting.group for i, _ in places], PATCHES)
    found = []
    for place in chosen:
        i, j = places[place]
        one, painting = seen[i], seen[i].painting
        found.append(
            Patch(
                painting=painting.id,
                title=painting.title,
                artist=painting.artist,
                style=painting.style,
                box=_box(model, painting, j % one.columns, j // one.columns, one),
                strength=values[place],
            )
        )
    return found


def _firing(
    model: StyleClassifier, collection: Collection, concepts: Concepts, seen: Sequence[_Seen], means: Floats, k: int
) -> Firing | None:
    """Where a concept is in the painting whose canvas as a whole has most of it."""
    if not means[:, k].any():
        return None
    painting = seen[int(means[:, k].argmax())].painting
    map_ = firing(concepts, activation_of(model, input_of(model, collection, painting)))[k]
    return Firing(
        painting=painting.id,
        title=painting.title,
        artist=painting.artist,
        style=painting.style,
        box=model.preprocessing.box(painting.width, painting.height),
        map=map_.tolist(),
    )


def _box(model: StyleClassifier, painting: Painting, column: int, row: int, one: _Seen) -> tuple[int, int, int, int]:
    """The window's place on the painting, in its pixels."""
    left, top, right, bottom = model.preprocessing.box(painting.width, painting.height)
    width, height = model.preprocessing.canvas_size(painting.width, painting.height)
    x, y = (right - left) / width * one.side, (bottom - top) / height * one.side
    return round(left + column * x), round(top + row * y), round(left + (column + 1) * x), round(top + (row + 1) * y)
