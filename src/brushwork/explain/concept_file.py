"""What `brushwork concepts` finds, as it is kept in a run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from brushwork.classifier.scores import Interval
from brushwork.explain.kept import fingerprints, found_again, interval, number, plain, read_kept
from brushwork.explain.tcav import Tcav
from brushwork.run import Run

FILE = "concepts.json"


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
class Firing:
    """Where in a painting a concept is: its strength in each cell of the network's map."""

    painting: str
    title: str
    artist: str
    style: str
    box: tuple[float, float, float, float]  # what of the painting the map is of, in pixels of the picture as it is kept
    map: list[list[float]]  # nowhere negative


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
    fires: Firing | None  # in the painting that has most of it; None where no painting has it


@dataclass(frozen=True, slots=True)
class ConceptReport:
    """All concepts of a network, between two styles, and the named ones."""

    run: str
    model: str  # its fingerprint
    models: int  # of the run
    fold: int  # whose model this is; 0 where there is one model
    pictures: int  # asked for
    styles: tuple[str, str]  # the log-odds are those of the first against the second
    others: list[str]  # styles of the collection that were left out
    seed: int
    paintings: int
    artists: dict[str, int]  # by style
    chance: float  # the stability of what is found where there are no concepts
    apart: float  # the difference of the two styles' mean log-odds, in nats
    explained: float  # what of it all concepts together account for, as a share
    concepts: list[Concept]
    layer: str  # at which named concepts were tried
    named: list[Tcav]

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return plain(asdict(self))


def read_concepts(folder: Path) -> ConceptReport | None:
    """The concepts in a run's folder, None where there are none; `UserError` when another version wrote them."""
    return read_kept(folder / FILE, _from_dict, "concepts")


def same_again(run: Run, count: int, pictures: int, seed: int) -> ConceptReport | None:
    """What was found before, if just this was asked of just this model; None otherwise."""
    asked = (count, pictures, seed)
    return found_again(
        read_concepts,
        run,
        lambda found: (len(found.concepts), found.pictures, found.seed) == asked and found.model in fingerprints(run),
    )


def _from_dict(data: Mapping[str, Any]) -> ConceptReport:
    concepts = [
        Concept(
            **one
            | {
                "nats": interval(one["nats"]),
                "patches": [Patch(**patch | {"box": tuple(patch["box"])}) for patch in one["patches"]],
                "fires": Firing(**one["fires"] | {"box": tuple(one["fires"]["box"])}) if one["fires"] else None,
            }
        )
        for one in data["concepts"]
    ]
    named = [Tcav(**one | {"p": number(one["p"]), "derivative": interval(one["derivative"])}) for one in data["named"]]
    return ConceptReport(**dict(data) | {"styles": tuple(data["styles"]), "concepts": concepts, "named": named})
