"""Measures of where maps lie: on mosaics of paintings in two styles, and on canvases painted half in each school."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from brushwork.classifier.folding import folded
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.threads import in_threads
from brushwork.collection import Collection
from brushwork.collection.half_and_half import STYLES, read_half_and_half
from brushwork.explain.judges import Judge, shuffled
from brushwork.explain.localisation import (
    Mosaic,
    canvas_mask,
    focus,
    mosaic_canvas,
    mosaics,
    ranked_inside,
    share_inside,
)
from brushwork.explain.trust_measures import QUICK, Values, maps_by, maps_of
from brushwork.explain.trust_table import Table
from brushwork.painting import Painting
from brushwork.randomness import stream_seed


@dataclass(frozen=True, slots=True)
class _Job:
    """A mosaic to be explained for `style` against `rival`: two paintings of the one, then two of the other."""

    style: str
    rival: str
    paintings: tuple[Painting, ...]
    order: tuple[int, ...]


def measure_mosaics(judges: Sequence[Judge], collection: Collection, count: int, seed: int, table: Table) -> float:
    """Focus of `count` mosaics a style, put into the table; returns the share of their squares that models tell rightly."""
    right: list[float] = []
    for number, judge in enumerate(judges):
        jobs = _jobs(judge, collection.styles, (count + len(judges) - 1 - number) // len(judges), seed)

        def work(model: StyleClassifier, job: _Job) -> tuple[_Job, Values, float]:
            return job, *_focus_of(model, collection, job, seed)

        for job, values, good in in_threads(folded(judge.model), jobs, work):
            table.add(job.paintings[0], values, job.paintings[1:])
            right.append(good)
    return float(np.mean(right)) if right else float("nan")


def _jobs(judge: Judge, styles: Sequence[str], count: int, seed: int) -> list[_Job]:
    """`count` mosaics a style that has two paintings, against all other such styles in turn."""
    mixed = shuffled(judge.unseen, seed)
    by_style = {style: [p for p in mixed if p.style == style] for style in styles}
    enough = [style for style in styles if len(by_style[style]) > 1]
    jobs = []
    for style in enough:
        rivals = [rival for rival in enough if rival != style]
        made = [mosaics(len(by_style[style]), len(by_style[rival]), count, seed) for rival in rivals]
        for k in range(count if rivals else 0):
            one: Mosaic = made[k % len(rivals)][k]
            rival = rivals[k % len(rivals)]
            paintings = [by_style[style][i] for i in one.own] + [by_style[rival][i] for i in one.other]
            jobs.append(_Job(style, rival, tuple(paintings), one.order))
    return jobs


def _focus_of(model: StyleClassifier, collection: Collection, job: _Job, seed: int) -> tuple[Values, float]:
    """Focus by method and control, and the share of the mosaic's squares that the model tells rightly."""
    canvas = mosaic_canvas(model, [collection.picture(painting) for painting in job.paintings], job.order)
    picture = model.preprocessing.tensor([canvas]).to(next(model.parameters()).device)
    target, against = (model.styles.index(one) for one in (job.style, job.rival))
    seen = maps_of(picture, maps_by(model, picture, QUICK, target, against), target, against, seed)
    size = (picture.shape[2], picture.shape[3])
    values = {name: {"focus": focus(one, job.order, size)} for name, one in seen.maps.items()}
    half = size[0] // 2
    squares = picture.unfold(2, half, half).unfold(3, half, half)[0].permute(1, 2, 0, 3, 4).flatten(0, 1)
    told = model(squares)[:, [target, against]].argmax(1).tolist()
    good = [(told[place] == 0) == (which < 2) for place, which in enumerate(job.order)]
    return values, float(np.mean(good))


def measure_planted(judge: Judge, collection: Collection, seed: int, table: Table) -> None:
    """Canvases painted half in each school, where the collection has them: where evidence for each must lie is known.

    A canvas stands in the table in place of an artist.
    """
    canvases = read_half_and_half(collection.folder)
    if not canvases or set(collection.styles) != set(STYLES):
        return
    model = judge.model
    for k, (picture, mask) in enumerate(canvases):
        pictures = model.preprocessing.tensor([model.preprocessing.canvas(picture)]).to(next(model.parameters()).device)
        second = canvas_mask(model, picture, mask)
        for pair, inside in ((STYLES, 1 - second), (STYLES[::-1], second)):
            target, against = (model.styles.index(style) for style in pair)
            seen = maps_of(
                pictures,
                maps_by(model, pictures, QUICK, target, against),
                target,
                against,
                stream_seed(seed, "planted", k) % 2**31,
            )
            values = {
                name: {"own_half": share_inside(one.cpu(), inside), "ranked": ranked_inside(one.cpu(), inside > 0.5)}
                for name, one in seen.maps.items()
            }
            table.add(Painting(id=f"{k} {pair[0]}", file="", style=pair[0], group=f"canvas {k}"), values)
