"""What a classifier made of a generator's pictures beside real paintings, kept in the generator's run and read back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from brushwork.classifier.scores import Interval
from brushwork.errors import UserError
from brushwork.explain.kept import interval, plain, read_kept
from brushwork.generator.networks import fingerprint

JUDGED = "judged.json"
RULES = ("typical", "most", "least")  # nearest to the median log-odds, the highest, the lowest


@dataclass(frozen=True, slots=True)
class Compared:
    """A mean over generated pictures and over real ones as small, how much `more` the first is, and the mean over whole ones."""

    generated: Interval
    real: Interval
    more: Interval
    whole: Interval | None = None


@dataclass(frozen=True, slots=True)
class Apart:
    """How far generated pictures are from half of the real ones, and the other half (the floor) from the same, at equal n.

    `beyond` is the difference of the two. Values are means over random halves, ends the 95 % range over them.
    """

    generated: Interval
    floor: Interval
    beyond: Interval

    @property
    def times(self) -> float:
        """How many times as far as real paintings are from one another; infinite where those do not differ."""
        return self.generated.value / self.floor.value if self.floor.value > 0 else float("inf")


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture chosen by rule, with its evidence map (h, w) in nats a cell."""

    rule: str
    place: int  # the picture of the seed; -1 for a painting
    painting: str  # its id; empty for a generated picture
    told: str  # the most probable style
    log_odds: float
    map: list[list[float]]


@dataclass(frozen=True, slots=True)
class StyleJudged:
    """Generated pictures of one style, or of several mixed (`style` is empty), beside real paintings of the same.

    Log-odds, in nats, are those of `asked` against the most probable other style. What of a map speaks for it and what against
    it (below 0) add up, with the mean `bias`, to them. Concentration is the share of a map's evidence, without its sign, in
    the tenth of its cells that has most.
    """

    style: str
    asked: str
    n: int
    real: int
    artists: int
    halves: str  # artists or paintings: what is divided to have a floor
    half: int  # pictures on each side of a distance, on average
    called: dict[str, Compared]  # by style, the share for which it is the most probable
    others: Interval | None  # the share of real paintings of other styles, as small, that are called `style`
    unsure: Compared
    means: dict[str, Compared]  # log_odds, for_it, against_it, concentration
    spread: dict[str, float]  # the deviation of the log-odds: generated, real, whole
    bias: float
    distances: dict[str, Apart]  # log_odds (nats), place (1 - correlation), strong and weak (kernel distances)
    counts_more: Interval  # by how many floors more what is weighed most is off than what is weighed least
    every: dict[str, list[float]]  # all log-odds: generated, real, whole
    places: dict[str, list[list[float]]]  # mean evidence without its sign (h, w): generated, real
    generated_shown: list[Shown]
    real_shown: list[Shown]

    @property
    def as_often(self) -> bool:
        """Whether its pictures are not called its style less often than real ones; of mixed styles, each as often."""
        if self.style:
            return self.called[self.style].more.high >= 0
        return all(one.more.low <= 0 <= one.more.high for one in self.called.values())

    @property
    def same_features(self) -> bool:
        """Whether what weighs most in its pictures is no farther from real paintings than these are from one another.

        As far as chance lets one tell, which is farther the fewer the paintings.
        """
        return self.distances["strong"].beyond.low <= 0


@dataclass(frozen=True, slots=True)
class DialJudged:
    """Log-odds of the last style against the first along the style dial, for `seeds` pictures in `steps` steps.

    Shares with their 95 % intervals (Wilson): `monotone` those in which it never falls, `ranked` those whose rank correlation
    with the dial is 0.9 or more, `turned` those called the first style at the start and the last at the end.
    """

    first: str
    last: str
    seeds: int
    steps: int
    monotone: Interval
    ranked: Interval
    turned: Interval
    along: list[Interval]  # by step: the mean, and the range of 95 % of the seeds

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Judged:
    """All that a classifier made of a generator's pictures."""

    run: str
    preset: str
    size: int
    styles: list[str]
    generator: str  # fingerprint of the weights
    classifier: str  # the run's name
    model: str  # fingerprint of the model that judged
    knows: list[str]  # its styles
    same_collection: bool  # whether both learned from one collection
    seed: int
    count: int  # pictures of each style that were asked for
    dials: int  # seeds of the dial that were asked for
    paintings: int  # real ones, by artists whom neither network saw
    artists: int
    at_size: Interval  # balanced accuracy on real paintings as small
    whole: Interval  # the same on whole ones
    parts: list[StyleJudged]
    dial: DialJudged | None
    truncation: float = 1.0  # of its pictures

    @property
    def blind(self) -> bool:
        """Whether the classifier, at this size, tells real paintings no better than guessing does, as far as is known."""
        return not self.at_size.low > 1 / len(self.knows)

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return plain(asdict(self))


def read_judged(folder: Path) -> Judged | None:
    """What was found of a generator's run, None where it was not judged.

    Raises `UserError` when another version wrote it, or the generator has been another since.
    """
    found = read_kept(folder / JUDGED, judged_from, "judge CLASSIFIER")
    if found and found.generator != fingerprint(folder):
        raise UserError(
            f"{folder / JUDGED} is of an earlier state of the generator; run `brushwork judge CLASSIFIER {folder}` again."
        )
    return found


def judged_from(data: Mapping[str, Any]) -> Judged:
    """What `Judged.to_dict` gave, as it was."""
    ends = {name: interval(data[name]) for name in ("at_size", "whole")}
    dial = data["dial"] and DialJudged(
        **data["dial"]
        | {name: interval(data["dial"][name]) for name in ("monotone", "ranked", "turned")}
        | {"along": [interval(one) for one in data["dial"]["along"]]}
    )
    return Judged(**dict(data) | ends | {"parts": [_part(one) for one in data["parts"]], "dial": dial})


def _part(data: Mapping[str, Any]) -> StyleJudged:
    shown = ("generated_shown", "real_shown")
    return StyleJudged(
        **dict(data)
        | {name: {key: _compared(one) for key, one in data[name].items()} for name in ("called", "means")}
        | {"distances": {name: _apart(one) for name, one in data["distances"].items()}}
        | {"unsure": _compared(data["unsure"]), "counts_more": interval(data["counts_more"])}
        | {"others": interval(data["others"]) if data["others"] else None}
        | {name: [Shown(**one) for one in data[name]] for name in shown}
    )


def _compared(data: Mapping[str, Any]) -> Compared:
    generated, real, more = (interval(data[name]) for name in ("generated", "real", "more"))
    return Compared(generated, real, more, interval(data["whole"]) if data["whole"] else None)


def _apart(data: Mapping[str, Any]) -> Apart:
    return Apart(interval(data["generated"]), interval(data["floor"]), interval(data["beyond"]))
