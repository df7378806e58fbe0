"""`brushwork trust`: whether a run's explanations can be believed, tested on paintings by artists it never saw."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from brushwork.classifier.evaluate import collection_of
from brushwork.classifier.folding import folded
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.threads import in_threads
from brushwork.collection import Collection
from brushwork.collection.half_and_half import STYLES, read_half_and_half
from brushwork.errors import UserError
from brushwork.explain.attribution import attribute, attribute_all
from brushwork.explain.controls import CONTROLS
from brushwork.explain.judges import Judge, chosen, in_turn, input_of, judges_of
from brushwork.explain.kept import fingerprints, plain
from brushwork.explain.layers import layer_of
from brushwork.explain.localisation import canvas_mask, focus, mosaic_canvas, mosaics, ranked_inside, share_inside
from brushwork.explain.methods import METHODS
from brushwork.explain.randomisation import (
    Case,
    Sanity,
    label_randomisation,
    parameter_randomisation,
    taught_random_labels,
)
from brushwork.explain.trust_measures import (
    COSTLY,
    EMPTY,
    QUICK,
    Depth,
    Values,
    maps_by,
    maps_of,
    measured,
    twins,
)
from brushwork.explain.trust_table import Measured, Table
from brushwork.painting import Painting
from brushwork.progress import progress
from brushwork.randomness import stream_seed
from brushwork.run import Run, write_json
from brushwork.training import choose_device

TRUST = "trust.json"
MANY_CHANNELS = 2048  # above which Score-CAM, a forward pass for each, reads the last map alone
MASKS = 500  # of RISE


@dataclass(frozen=True, slots=True)
class Plan:
    """On how many pictures what is tested; costly measures and methods on fewer, the first ones."""

    pictures: int = 200
    costly: int = 2
    steps: int = 10  # of deletion and insertion

    @property
    def removal(self) -> int:
        """Pictures of deletion, insertion and AOPC."""
        return -(-self.pictures // 4)

    @property
    def road(self) -> int:
        """Pictures of ROAD and ABPC."""
        return -(-self.pictures // 16)

    @property
    def slow(self) -> int:
        """Pictures of mu-fidelity, infidelity, sensitivity and of random parameters and labels."""
        return -(-self.pictures // 20)

    def depth(self, index: int) -> Depth:
        """What the picture of this index takes part in."""
        return Depth(index < self.removal, index < self.road, index < self.slow, self.steps)


@dataclass(frozen=True, slots=True)
class MethodTrust:
    """All that was found of a method or a control."""

    name: str
    is_control: bool
    same_as: str  # an earlier method whose map is always this one, but for its scale
    measures: dict[str, Measured]
    sanity: Sanity | None = None


@dataclass(frozen=True, slots=True)
class Trust:
    """What `brushwork trust` found out about a run's explanations."""

    run: str
    models: list[str]  # fingerprints of the models tested
    styles: list[str]
    seed: int
    plan: Plan
    paintings: int
    artists: int
    methods: list[MethodTrust]
    mosaics_right: float  # the share of squares, as small as in the mosaics, that the model tells rightly
    stages: list[str]  # parts of the network in the order in which they were made random
    labels: str  # how labels were made random, or why not
    substrates: dict[str, dict[str, float]]  # by style told, its mean probability once all is blurred, and all is empty
    minutes: float

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return plain(asdict(self))

    def method(self, name: str) -> MethodTrust | None:
        """What was found of that method or control."""
        return next((one for one in self.methods if one.name == name), None)


def trust(
    run: Run,
    plan: Plan,
    collection: Path | None = None,
    device: str = "auto",
    seed: int = 0,
    retrain: bool = False,
    weights: Path | None = None,
) -> Trust:
    """Test every method's explanations of a run's verdicts; the result is written to `RUN/trust.json`.

    With `retrain` a trunk that was trained is trained again on random labels; of a frozen one the head always is. Raises
    `UserError` when the run is unfinished or was not split by artist, or its collection (or weights) are elsewhere.
    """
    began = time.monotonic()
    opened = collection_of(run, collection)
    judges = judges_of(run, opened, plan.pictures, choose_device(device), seed)
    table = Table(seed)
    with torch.inference_mode(False):
        same = _pictures(judges, opened, plan, seed, table)
        right = _mosaics(judges, opened, plan, seed, table)
        _planted(judges[0], opened, seed, table)
        cases = [_case(judge.model, opened, painting) for judge, painting in in_turn(judges)[: plan.slow]]
        stages, sanity, beyond = parameter_randomisation(cases, seed)
        _add_beyond(table, "random_network", cases, beyond)
        others, labels = taught_random_labels(run, opened, judges[0].run, judges[0].model, retrain, weights)
        if others:
            own = [_case(judges[0].model, opened, painting) for painting in judges[0].paintings[: plan.slow]]
            _add_beyond(table, "random_labels", own, label_randomisation(others, own))
    paintings = [painting for judge in judges for painting in judge.paintings]
    found = Trust(
        run=run.folder.name,
        models=fingerprints(run),
        styles=opened.styles,
        seed=seed,
        plan=plan,
        paintings=len(paintings),
        artists=len({p.group for p in paintings}),
        methods=_summaries(table, same, sanity),
        mosaics_right=right,
        stages=stages,
        labels=labels,
        substrates=table.substrates(),
        minutes=(time.monotonic() - began) / 60,
    )
    write_json(run.folder / TRUST, found.to_dict())
    return found


def _case(model: StyleClassifier, collection: Collection, painting: Painting) -> Case:
    picture = input_of(model, collection, painting)
    told = attribute(model, picture)
    return Case(painting, model, picture, int(told.target[0]), int(told.against[0]))


def _costly_maps(model: StyleClassifier, picture: Tensor, target: int, seed: int) -> dict[str, Tensor]:
    """The maps (H, W) or (h, w) of methods that look many times, of those that apply to the model."""
    found = {}
    for method in COSTLY:
        many = method == "score-cam" and model.head.in_features > MANY_CHANNELS
        layer = layer_of(model.trunk, None, picture) if many else None
        try:
            found[method] = attribute(model, picture, method, target, layer, masks=MASKS, seed=seed).maps[0].detach()
        except UserError:  # guided Grad-CAM of a network without ReLUs
            continue
    return found


def _pictures(judges: Sequence[Judge], collection: Collection, plan: Plan, seed: int, table: Table) -> dict[str, str]:
    """Measure every picture; returns for each method the first one that is always the same."""
    index = {painting.id: k for k, (_, painting) in enumerate(in_turn(judges))}
    same: list[dict[str, str]] = []
    done = 0
    with progress(len(index), "pictures") as advance:
        for judge in judges:
            jobs = []
            for painting in judge.paintings:  # before any thread looks at the model
                extra = {}
                if index[painting.id] < plan.costly:
                    case = _case(judge.model, collection, painting)
                    extra = _costly_maps(judge.model, case.picture, case.target, seed)
                jobs.append((painting, extra))

            def work(
                model: StyleClassifier, job: tuple[Painting, dict[str, Tensor]]
            ) -> tuple[Painting, Values, dict[str, str]]:
                painting, extra = job
                picture = input_of(model, collection, painting)
                told = attribute_all(model, picture, QUICK)  # of the verdict
                target, against = int(told["evidence"].target[0]), int(told["evidence"].against[0])
                small = {name: one.maps[0] for name, one in told.items()} | extra
                own = stream_seed(seed, "picture", index[painting.id]) % 2**31
                seen = maps_of(picture, small, target, against, own)
                alike = twins(seen.maps)
                return painting, measured(model, seen, plan.depth(index[painting.id]), alike, own), alike

            for painting, values, alike in in_threads(folded(judge.model), jobs, work):
                table.add(painting, values)
                same.append(alike)
                done += 1
                advance(done)
    names = {name for one in same for name in one}
    firsts = {name: {one[name] for one in same if name in one} for name in names}
    return {name: next(iter(own)) for name, own in firsts.items() if len(own) == 1}


def _mosaics(judges: Sequence[Judge], collection: Collection, plan: Plan, seed: int, table: Table) -> float:
    """Focus of mosaics, half as many per style as there are pictures; returns the share of squares told rightly."""
    right: list[float] = []
    made = 0
    for number, judge in enumerate(judges):
        shuffled = chosen(judge.unseen, len(judge.unseen), seed)
        by_style = {s: [p for p in shuffled if p.style == s] for s in collection.styles}
        jobs = []
        for i, style in enumerate(collection.styles):
            rivals = [s for s in collection.styles[i + 1 :] + collection.styles[:i] if len(by_style[s]) > 1]
            if len(by_style[style]) < 2 or not rivals:
                continue
            count = (plan.pictures // 2 + len(judges) - 1 - number) // len(judges)
            for k, one in enumerate(mosaics(len(by_style[style]), len(by_style[rivals[0]]), count, seed)):
                rival = rivals[k % len(rivals)]
                others = [by_style[rival][j % len(by_style[rival])] for j in one.other]
                jobs.append((style, rival, [by_style[style][j] for j in one.own] + others, one.order))

        def work(
            model: StyleClassifier, job: tuple[str, str, list[Painting], tuple[int, ...]]
        ) -> tuple[Painting, Values, float]:
            style, rival, paintings, order = job
            images = [collection.picture(painting) for painting in paintings]
            canvas = mosaic_canvas(model, images, order)
            picture = model.preprocessing.tensor([canvas]).to(next(model.parameters()).device)
            target, against = (model.styles.index(one) for one in (style, rival))
            seen = maps_of(picture, maps_by(model, picture, QUICK, target, against), target, against, seed)
            size = (picture.shape[2], picture.shape[3])
            values = {name: {"focus": focus(one, order, size)} for name, one in seen.maps.items()}
            half = size[0] // 2
            squares = picture.unfold(2, half, half).unfold(3, half, half)[0].permute(1, 2, 0, 3, 4).flatten(0, 1)
            told = model(squares)[:, [target, against]].argmax(1).tolist()
            good = [(told[place] == 0) == (which < 2) for place, which in enumerate(order)]
            return paintings[0], values, float(np.mean(good))

        for painting, values, good in in_threads(folded(judge.model), jobs, work):
            table.add(painting, values)
            right.append(good)
            made += 1
    return float(np.mean(right)) if right else float("nan")


def _planted(judge: Judge, collection: Collection, seed: int, table: Table) -> None:
    """Canvases painted half in each school, where the collection has them: where evidence for each must lie is known."""
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


def _add_beyond(table: Table, measure: str, cases: Sequence[Case], beyond: Mapping[str, Sequence[float]]) -> None:
    for k, case in enumerate(cases):
        table.add(case.painting, {m: {measure: values[k]} for m, values in beyond.items() if k < len(values)})


def _summaries(table: Table, same: dict[str, str], sanity: dict[str, Sanity]) -> list[MethodTrust]:
    controls = [*CONTROLS, EMPTY]
    found = []
    for name in [*METHODS, *controls]:
        measures = {
            measure: table.measured(measure, name, controls) for measure, rows in table.values.items() if name in rows
        }
        if measures:
            first = same.get(name, name)
            found.append(
                MethodTrust(name, name in controls, "" if first == name else first, measures, sanity.get(name))
            )
    return found
