"""`brushwork trust`: whether a run's explanations can be believed, tested on paintings by artists it never saw."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from brushwork.classifier.evaluate import collection_of
from brushwork.classifier.folding import folded
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.threads import in_threads
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.explain.attribution import attribute, attribute_all
from brushwork.explain.controls import CONTROLS
from brushwork.explain.judges import Judge, in_turn, input_of, judges_of, with_most_artists
from brushwork.explain.kept import fingerprints, plain
from brushwork.explain.layers import layer_of
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
    maps_of,
    measured,
    twins,
)
from brushwork.explain.trust_places import measure_mosaics, measure_planted
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
    costly: int = 6
    steps: int = 10  # of deletion and insertion

    @property
    def removal(self) -> int:
        """Pictures of deletion, insertion and AOPC."""
        return -(-self.pictures // 2)

    @property
    def road(self) -> int:
        """Pictures of ROAD and ABPC."""
        return -(-self.pictures // 12)

    @property
    def slow(self) -> int:
        """Pictures of mu-fidelity, infidelity, sensitivity and of random parameters and labels."""
        return -(-self.pictures // 16)

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
    score_cam: str  # which layer Score-CAM read, where it was another than for the rest; empty otherwise
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
        right = measure_mosaics(judges, opened, -(-plan.pictures // 2), seed, table)
        one = with_most_artists(judges, opened.styles)
        measure_planted(one, opened, seed, table)
        cases = [_case(judge.model, opened, painting) for judge, painting in in_turn(judges)[: plan.slow]]
        stages, sanity, beyond = parameter_randomisation(cases, seed)
        _add_beyond(table, "random_network", cases, beyond)
        others, labels = taught_random_labels(run, opened, one.run, one.model, retrain, weights)
        if others:
            own = [_case(one.model, opened, painting) for painting in one.paintings[: plan.slow]]
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
        score_cam=_score_cam(judges[0].model),
        substrates=table.substrates(),
        minutes=(time.monotonic() - began) / 60,
    )
    write_json(run.folder / TRUST, found.to_dict())
    return found


def _case(model: StyleClassifier, collection: Collection, painting: Painting) -> Case:
    picture = input_of(model, collection, painting)
    told = attribute(model, picture)
    return Case(painting, model, picture, int(told.target[0]), int(told.against[0]))


def _score_cam(model: StyleClassifier) -> str:
    """That Score-CAM reads another layer than the rest, where it would need too many passes; empty otherwise."""
    channels = model.head.in_features
    if channels <= MANY_CHANNELS:
        return ""
    return (
        f"Score-CAM reads the trunk's own last map, not the {channels} channels that the others read, each of which it would "
        "have to show to the network by itself."
    )


def _costly_maps(model: StyleClassifier, picture: Tensor, target: int, seed: int) -> dict[str, Tensor]:
    """The maps (H, W) or (h, w) of methods that look many times, of those that apply to the model."""
    found = {}
    for method in COSTLY:
        layer = layer_of(model.trunk, None, picture) if method == "score-cam" and _score_cam(model) else None
        try:
            found[method] = attribute(model, picture, method, target, layer, masks=MASKS, seed=seed).maps[0].detach()
        except UserError:  # guided Grad-CAM of a network without ReLUs
            continue
    return found


def _pictures(judges: Sequence[Judge], collection: Collection, plan: Plan, seed: int, table: Table) -> dict[str, str]:
    """Measure every picture; returns for each method the first one that is always the same."""
    index = {painting.id: k for k, (_, painting) in enumerate(in_turn(judges))}
    extra: dict[str, dict[str, Tensor]] = {}  # by painting, made before any thread looks at the models
    few = in_turn(judges)[: plan.costly]
    with progress(len(few), "pictures looked at often") as advance:
        for k, (judge, painting) in enumerate(few, 1):
            case = _case(judge.model, collection, painting)
            extra[painting.id] = _costly_maps(judge.model, case.picture, case.target, seed)
            advance(k)
    same: list[dict[str, str]] = []
    done = 0
    with progress(len(index), "pictures") as advance:
        for judge in judges:
            jobs = [(painting, extra.get(painting.id, {})) for painting in judge.paintings]

            def work(
                model: StyleClassifier, job: tuple[Painting, dict[str, Tensor]]
            ) -> tuple[Painting, Values, dict[str, str]]:
                painting, looked_often = job
                picture = input_of(model, collection, painting)
                told = attribute_all(model, picture, QUICK)  # of the verdict
                target, against = int(told["evidence"].target[0]), int(told["evidence"].against[0])
                small = {name: one.maps[0] for name, one in told.items()} | looked_often
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
