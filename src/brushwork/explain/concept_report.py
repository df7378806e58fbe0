"""`brushwork concepts`: what recurs in a network's last map, what it is worth, and whether named concepts move verdicts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from brushwork.classifier.evaluate import collection_of
from brushwork.classifier.model import StyleClassifier, fingerprint
from brushwork.classifier.scores import Interval
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.explain.capture import capture
from brushwork.explain.concepts import STABLE, Concepts, Floats, found_concepts, strongest, windows
from brushwork.explain.kept import fingerprints, found_again, interval, plain, read_kept
from brushwork.explain.sanity import stages
from brushwork.explain.tcav import CONCEPTS, Tcav, tcav
from brushwork.explain.trust import Judge, input_of, judges_of
from brushwork.explain.trust_table import Table, enough_artists
from brushwork.images import write_image
from brushwork.painting import Painting
from brushwork.progress import progress
from brushwork.run import Run, write_json
from brushwork.training import choose_device

FILE, SHEET = "concepts.json", "concepts.png"
PATCHES, SIDE, NAMED = 10, 96, 60  # patches shown, their pixels on a sheet; pictures that named concepts are made of


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of a painting, in pixels of the picture as it is kept, and how strong a concept is there."""

    painting: str
    title: str
    artist: str
    style: str
    box: tuple[int, int, int, int]
    strength: float


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept, what it is worth between the two styles weighed, and where it is strongest."""

    number: int
    stability: float  # over other beginnings, 0 to 1
    stable: bool
    speaks_for: str  # the style that its presence makes more likely
    importance: (
        float  # its share of what all concepts do to the log-odds: CRAFT's Sobol index, 0 to 1, mean over paintings
    )
    nats: Interval  # by how much it parts the two styles' mean log-odds; below 0 it draws them together
    share: float  # of the whole difference of their mean log-odds
    strength: dict[str, float]  # the mean over the paintings of each style
    patches: list[Patch]  # from different artists


@dataclass(frozen=True, slots=True)
class ConceptReport:
    """All concepts of a network, between two styles, and the named ones."""

    run: str
    model: str  # its fingerprint
    pictures: int  # asked for
    styles: tuple[str, str]  # the log-odds are those of the first against the second
    seed: int
    paintings: int
    artists: int
    apart: float  # the difference of the two styles' mean log-odds, in nats
    explained: float  # what of it all concepts together account for, as a share
    concepts: list[Concept]
    layer: str  # at which named concepts were tried
    named: list[Tcav]

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return plain(asdict(self))


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

    Of a run of folds it is the first fold's network. With more than two styles the first two of the collection are weighed.
    Raises `UserError` when the run is unfinished, not split by artist, or its collection is elsewhere.
    """
    opened = collection_of(run, collection)
    judge = judges_of(run, opened, pictures * _models(run), choose_device(device), seed)[0]
    pair = (opened.styles[0], opened.styles[1])
    paintings = [p for p in judge.paintings if p.style in pair]
    if len({p.style for p in paintings}) < 2 or count < 1:
        raise UserError(f"concepts need paintings of {pair[0]} and {pair[1]} to be tested on; give more --pictures.")
    seen = _looked_at(judge.model, opened, paintings)
    concepts = found_concepts(np.concatenate([one.cells for one in seen]), count, seed)
    layer, named = _named(judge, opened, paintings, pair, seed)
    found = replace(_report(judge, concepts, seen, pair, seed, layer, named), run=run.folder.name, pictures=pictures)
    write_json(run.folder / FILE, found.to_dict())
    write_image(sheet(found, opened), run.folder / SHEET)
    return found


def _models(run: Run) -> int:
    return int(run.settings["folds"]) if run.kind == "folds" else 1


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


def _report(
    judge: Judge,
    concepts: Concepts,
    seen: Sequence[_Seen],
    pair: tuple[str, str],
    seed: int,
    layer: str,
    named: list[Tcav],
) -> ConceptReport:
    model = judge.model
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
        )
        for k in range(len(coefficients))
    ]
    summaries.sort(key=lambda one: -one.importance)
    summaries = [replace(one, number=k) for k, one in enumerate(summaries, 1)]
    return ConceptReport(
        run=judge.run.folder.name,
        model=fingerprint(judge.run.folder),
        pictures=len(seen),
        styles=pair,
        seed=seed,
        paintings=len(seen),
        artists=len({one.painting.group for one in seen}),
        apart=apart,
        explained=sum(one.share for one in summaries),
        concepts=summaries,
        layer=layer,
        named=named,
    )


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


def _box(model: StyleClassifier, painting: Painting, column: int, row: int, one: _Seen) -> tuple[int, int, int, int]:
    """The window's place on the painting, in its pixels."""
    left, top, right, bottom = model.preprocessing.box(painting.width, painting.height)
    width, height = model.preprocessing.canvas_size(painting.width, painting.height)
    x, y = (right - left) / width * one.side, (bottom - top) / height * one.side
    return round(left + column * x), round(top + row * y), round(left + (column + 1) * x), round(top + (row + 1) * y)


def _named(
    judge: Judge, collection: Collection, paintings: Sequence[Painting], pair: tuple[str, str], seed: int
) -> tuple[str, list[Tcav]]:
    """Named concepts at the middle of the network; those made of half of the paintings are tried on the other half."""
    model = judge.model
    names = stages(model)
    layer = names[len(names) // 2]  # at the last one TCAV is 0 or 1 for all paintings, whatever the concept
    module = model.get_submodule(layer)
    # Styles come in turn, so that pairs of paintings hold both.
    made = [p for k, p in enumerate(paintings) if k % 4 < 2][:NAMED]
    tried = [p for k, p in enumerate(paintings) if k % 4 >= 2]

    def pooled(change: Callable[[Image.Image, int], Image.Image] | None) -> Floats:
        rows = []
        for k, painting in enumerate(made):
            image = model.preprocessing.canvas(collection.picture(painting))
            image = change(image, seed + k) if change else image
            picture = model.preprocessing.tensor([image]).to(next(model.parameters()).device)
            rows.append(capture(model, module, picture, None).activation.mean((2, 3))[0].cpu().numpy())
        return np.stack(rows)

    gradients: dict[str, list[Floats]] = {style: [] for style in pair}
    for painting in tried:
        own, other = (
            model.styles.index(style) for style in (painting.style, *(s for s in pair if s != painting.style))
        )
        picture = input_of(model, collection, painting)
        seen = capture(model, module, picture, lambda told, a=own, b=other: told[:, a] - told[:, b])  # type: ignore[misc]
        gradients[painting.style].append(seen.gradient.sum((2, 3))[0].cpu().numpy())
    by_style = {style: np.stack(rows).astype(np.float64) for style, rows in gradients.items() if rows}
    plain = pooled(None).astype(np.float64)
    changed = {}
    with progress(len(CONCEPTS), "named concepts") as advance:
        for k, (name, change) in enumerate(CONCEPTS.items(), 1):
            changed[name] = pooled(change).astype(np.float64)
            advance(k)
    return layer, tcav(by_style, plain, changed, seed)


def sheet(found: ConceptReport, collection: Collection) -> Image.Image:
    """A row a concept: its strongest patches, each from another artist."""
    by_id = {painting.id: painting for painting in collection.paintings}
    page = Image.new("RGB", (PATCHES * (SIDE + 6) + 6, len(found.concepts) * (SIDE + 28) + 6), "white")
    draw = ImageDraw.Draw(page)
    for row, concept in enumerate(found.concepts):
        top = row * (SIDE + 28) + 4
        draw.text((6, top), titled(found, concept), fill="black")
        for k, patch in enumerate(concept.patches):
            part = patch_image(collection, by_id[patch.painting], patch)
            page.paste(part.resize((SIDE, SIDE)), (6 + k * (SIDE + 6), top + 18))
    return page


def titled(found: ConceptReport, concept: Concept) -> str:
    """A concept in one line: what it is worth, for which style, and whether it is there to stay."""
    other = next(style for style in found.styles if style != concept.speaks_for)
    own, its = concept.strength[concept.speaks_for], concept.strength[other]
    stronger = concept.speaks_for if own > its else other
    low, high = sorted((abs(concept.nats.low), abs(concept.nats.high)))
    sure = f"[{low:.2f} to {high:.2f}]" if concept.nats.low * concept.nats.high > 0 else "(may be nothing)"
    way = "parts the styles" if concept.nats.value > 0 else "draws the styles together"
    times = f"{max(own, its) / min(own, its):.2g} times as strong" if min(own, its) > 0 else "present only"
    likeness = f"{concept.stability:.2f}"
    return (
        f"Concept {concept.number}: speaks for {concept.speaks_for}, {times} in paintings of {stronger}; "
        f"importance {concept.importance:.0%}; {way} by {abs(concept.nats.value):.2f} nats {sure}; "
        + (f"stability {likeness}" if concept.stable else f"UNSTABLE ({likeness}): not to be relied on")
    )


def patch_image(collection: Collection, painting: Painting, patch: Patch) -> Image.Image:
    """The part of the painting."""
    return collection.picture(painting).crop(patch.box)


def read_concepts(folder: Path) -> ConceptReport | None:
    """The concepts in a run's folder, None where there are none; `UserError` when another version wrote them."""
    return read_kept(folder / FILE, _from_dict, "concepts")


def same_again(run: Run, count: int, pictures: int, seed: int) -> ConceptReport | None:
    """What was found before, if just this was asked of just this model; None otherwise."""
    asked = (count, pictures, seed, fingerprints(run)[0])
    return found_again(
        read_concepts, run, lambda found: (len(found.concepts), found.pictures, found.seed, found.model) == asked
    )


def _from_dict(data: Mapping[str, Any]) -> ConceptReport:
    concepts = [
        Concept(
            **one
            | {
                "nats": interval(one["nats"]),
                "patches": [Patch(**patch | {"box": tuple(patch["box"])}) for patch in one["patches"]],
            }
        )
        for one in data["concepts"]
    ]
    named = [Tcav(**one) for one in data["named"]]
    return ConceptReport(**dict(data) | {"styles": tuple(data["styles"]), "concepts": concepts, "named": named})
