"""What would the verdict be, had it been painted otherwise? The change of log-odds by factor and style, in nats."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image

from brushwork.classifier.document import Grid, Part, plain_text
from brushwork.classifier.evaluate import collection_of
from brushwork.classifier.folding import folded
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.scores import Interval
from brushwork.classifier.sentences import joined, number
from brushwork.classifier.threads import in_threads
from brushwork.collection import Collection
from brushwork.explain.judges import judges_of
from brushwork.explain.kept import fingerprints, found_again, interval, plain, read_kept
from brushwork.explain.kept import number as number_of
from brushwork.explain.operations import OPERATIONS, Palette, in_palette, palette_of
from brushwork.explain.trust_table import Table
from brushwork.painting import Painting
from brushwork.progress import progress
from brushwork.randomness import stream_seed
from brushwork.run import Run, write_json
from brushwork.training import choose_device

INTERVENTIONS = "interventions.json"
PALETTE_FROM = 200  # paintings of a style from which its palette is taken, at most
OTHER, OWN = "palette of {}", "palette of its own style (control)"
TOP = "top cropped (control)"
CONTROLS = (TOP, "mirrored (control)", OWN)


@dataclass(frozen=True, slots=True)
class Effect:
    """By how much an operation changes the log-odds of a style for the paintings of that style, in nats, mean and interval."""

    factor: str
    style: str
    change: Interval
    beyond: Interval | None  # the change less that by the factor's own control, paired; None where it has none
    turned: float  # the share of verdicts that become others
    n: int
    artists: int

    @property
    def is_control(self) -> bool:
        """Whether nothing of a style lies in it."""
        return self.factor in CONTROLS

    @property
    def own(self) -> Interval:
        """What of the change is the factor's own: beyond its control where it has one."""
        return self.beyond or self.change


def control_of(factor: str) -> str | None:
    """The change that does as much to a picture without what the factor is about; None where there is none."""
    if factor == "signature zone cropped":
        return TOP
    return OWN if factor.startswith(OTHER.format("")) and factor not in CONTROLS else None


@dataclass(frozen=True, slots=True)
class Interventions:
    """All effects, and what the log-odds of a style are for its paintings as they are."""

    run: str
    models: list[str]  # fingerprints of the models asked
    styles: list[str]
    seed: int
    pictures: int
    before: dict[str, Interval]
    effects: list[Effect]

    def to_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return plain(asdict(self))


def intervene(
    run: Run, pictures: int, collection: Path | None = None, device: str = "auto", seed: int = 0
) -> Interventions:
    """Change one thing at a time in test paintings and ask again; the result is written to `RUN/interventions.json`.

    Log-odds are those of a painting's own style against all others, by the model that never saw its artist. Raises
    `UserError` when the run is unfinished, not split by artist, or its collection is elsewhere.
    """
    opened = collection_of(run, collection)
    judges = judges_of(run, opened, pictures, choose_device(device), seed)
    palettes = _palettes(opened, {p.group for judge in judges for p in judge.paintings}, seed)
    table, turned, done = Table(seed), Table(seed), 0
    with progress(sum(len(judge.paintings) for judge in judges), "interventions") as advance:
        for judge in judges:

            def work(model: StyleClassifier, painting: Painting) -> tuple[Painting, dict[str, tuple[float, bool]]]:
                return painting, _asked_again(
                    model, opened.picture(painting), painting.style, palettes, _own(seed, painting)
                )

            for painting, found in in_threads(folded(judge.model), judge.paintings, work):
                table.add(painting, {name: {painting.style: value} for name, (value, _) in found.items()})
                turned.add(painting, {name: {painting.style: float(other)} for name, (_, other) in found.items()})
                done += 1
                advance(done)
    effects = []
    for style, rows in table.values.items():
        for factor in rows:
            if factor == "as it is":
                continue
            one = table.measured(style, factor, [control] if (control := control_of(factor)) else [])
            share = turned.measured(style, factor, []).mean.value
            effects.append(Effect(factor, style, one.mean, one.ahead, share, one.n, one.artists))
    before = {style: table.measured(style, "as it is", []).mean for style in table.values}
    result = Interventions(run.folder.name, fingerprints(run), opened.styles, seed, pictures, before, effects)
    write_json(run.folder / INTERVENTIONS, result.to_dict())
    return result


def _own(seed: int, painting: Painting) -> int:
    """A seed of the painting's own, so that no two are shuffled alike."""
    return stream_seed(seed, "operations", painting.id) % 2**31


def _palettes(collection: Collection, tested: set[str], seed: int) -> dict[str, Palette]:
    """Every style's palette, from paintings by artists that are not among those tested where there are any."""
    found = {}
    for style in collection.styles:
        every = collection.select([style])
        own = [p for p in every if p.group not in tested] or every
        found[style] = palette_of(collection.picture(p) for p in own[:: -(-len(own) // PALETTE_FROM)])
    return found


def _asked_again(
    model: StyleClassifier, image: Image.Image, style: str, palettes: Mapping[str, Palette], seed: int
) -> dict[str, tuple[float, bool]]:
    """By operation the change of the log-odds of a style, and whether the verdict becomes another; "as it is" themselves."""
    seen = model.preprocessing.seen(image)
    versions = {"as it is": seen} | {name: change(seen, seed) for name, change in OPERATIONS.items()}
    versions |= {OTHER.format(other): in_palette(seen, palettes[other]) for other in palettes if other != style}
    versions[OWN] = in_palette(seen, palettes[style])
    told = {name: _log_odds(model, version, style) for name, version in versions.items()}
    base, verdict = told["as it is"]
    return {
        name: (value if name == "as it is" else value - base, first != verdict) for name, (value, first) in told.items()
    }


@torch.inference_mode()
def _log_odds(model: StyleClassifier, image: Image.Image, style: str) -> tuple[float, int]:
    """Of a style against all others, and the most probable style."""
    pictures = model.preprocessing.tensor([model.preprocessing.canvas(image)]).to(next(model.parameters()).device)
    logs = model.head(model.pooled(pictures)).cpu().double().log_softmax(1)[0]
    own = model.styles.index(style)
    others = torch.cat([logs[:own], logs[own + 1 :]]).logsumexp(0)
    return float(logs[own] - others), int(logs.argmax())


def read_interventions(folder: Path) -> Interventions | None:
    """The interventions in a run's folder, None where there are none; `UserError` when another version wrote them."""
    return read_kept(folder / INTERVENTIONS, _from_dict, "interventions")


def _from_dict(data: Mapping[str, Any]) -> Interventions:
    effects = [
        Effect(
            **one
            | {
                "change": interval(one["change"]),
                "beyond": interval(one["beyond"]) if one["beyond"] else None,
                "turned": number_of(one["turned"]),
            }
        )
        for one in data["effects"]
    ]
    before = {style: interval(value) for style, value in data["before"].items()}
    return Interventions(**dict(data) | {"effects": effects, "before": before})


def same_again(run: Run, pictures: int, seed: int) -> Interventions | None:
    """What was found before, if just this was asked of just these models; None otherwise."""
    return found_again(
        read_interventions,
        run,
        lambda found: (found.pictures, found.seed, found.models) == (pictures, seed, fingerprints(run)),
    )


def sentences(found: Interventions) -> list[str]:
    """For each style, which changes move its verdicts and by how much, strongest first, and which do not."""
    said = []
    for style in found.styles:
        effects = [one for one in found.effects if one.style == style and not one.is_control]
        if not effects:
            continue
        untold = [one for one in effects if math.isnan(one.own.low)]
        moved = [one for one in effects if one.own.low > 0 or one.own.high < 0]
        still = [one for one in effects if one not in untold and one not in moved]
        rests_on = f"{max(one.n for one in effects)} paintings by {max(one.artists for one in effects)} artists"
        words = [_moves(one) for one in sorted(moved, key=lambda one: -abs(one.own.value))]
        words += [f"not to be told from nothing: {joined([_named(one) for one in still])}"] if still else []
        words += [f"by too few artists to tell: {joined([one.factor for one in untold])}"] if untold else []
        said.append(
            f"{style} ({rests_on}, as painted {found.before[style].value:+.2f} nats for it): {'; '.join(words)}."
        )
    return said


def _moves(one: Effect) -> str:
    turned = f"({one.turned:.0%} of verdicts turn)"
    if one.beyond:
        way = "lower" if one.beyond.value < 0 else "higher"
        return f"{one.factor} leaves it {_nats(one.beyond)} {way} than {control_of(one.factor)} does {turned}"
    return f"{one.factor} {'weakens' if one.change.value < 0 else 'strengthens'} it by {_nats(one.change)} {turned}"


def _named(one: Effect) -> str:
    return f"{one.factor} (beside {control_of(one.factor)})" if one.beyond else one.factor


def _nats(change: Interval) -> str:
    low, high = sorted((abs(change.low), abs(change.high)))
    return f"{abs(change.value):.2f} nats [{low:.2f} to {high:.2f}]"


def grid(found: Interventions) -> Grid:
    """The change of log-odds by factor and style, in nats."""
    by_key = {(one.factor, one.style): one for one in found.effects}
    factors = list(dict.fromkeys(one.factor for one in found.effects))
    rows = [
        (factor, *(_cell(by_key.get((factor, style))) for style in found.styles))
        for factor in sorted(factors, key=lambda factor: factor in CONTROLS)
    ]
    return Grid(("nats, 95 % interval over artists", *(f"{style} paintings" for style in found.styles)), tuple(rows))


def _cell(one: Effect | None) -> str:
    if one is None:
        return ""
    return number(one.change) + (f"; {number(one.beyond)} beyond its control" if one.beyond else "")


def parts(found: Interventions) -> Sequence[Part]:
    """Everything, for the terminal and pages."""
    return [
        "Had it been painted otherwise: by how much the log-odds of a painting's own style change, in nats (1 nat less divides "
        "its odds by 2.7). Controls say how far changes move a verdict in which no style lies: another crop, "
        "the mirror, colours brought to the mean of the painting's own style; what has a control of its own is weighed against "
        "it, painting by painting. Intervals are 95 % over artists, each for itself: of twenty changes that do nothing, one "
        "seems to do something.",
        *sentences(found),
        grid(found),
    ]


def in_words(found: Interventions) -> str:
    """All of it as text for a terminal."""
    return plain_text(parts(found), 120)
