"""What would the verdict be, had it been painted otherwise? The change of log-odds by factor and style, in nats."""

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
CONTROLS = ("top cropped (control)", "mirrored (control)", OWN)


@dataclass(frozen=True, slots=True)
class Effect:
    """By how much an operation changes the log-odds of a style for the paintings of that style, in nats, mean and interval."""

    factor: str
    style: str
    change: Interval
    turned: float  # the share of verdicts that become others
    n: int
    artists: int

    @property
    def is_control(self) -> bool:
        """Whether nothing of a style lies in it."""
        return self.factor in CONTROLS


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
            one = table.measured(style, factor, [])
            share = turned.measured(style, factor, []).mean.value
            effects.append(Effect(factor, style, one.mean, share, one.n, one.artists))
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
    effects = [Effect(**one | {"change": interval(one["change"])}) for one in data["effects"]]
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
        own = [one for one in found.effects if one.style == style and not one.is_control]
        moved = [one for one in own if one.change.low > 0 or one.change.high < 0]
        still = [one.factor for one in own if one not in moved]
        if not own:
            continue
        parts = [
            f"{one.factor} {'weakens' if one.change.value < 0 else 'strengthens'} it by {_nats(one.change)} "
            f"({one.turned:.0%} of verdicts turn)"
            for one in sorted(moved, key=lambda one: -abs(one.change.value))
        ]
        text = f"{style} (as painted {found.before[style].value:+.2f} nats for it): " + (
            "; ".join(parts) or "nothing moves it"
        )
        said.append(text + (f"; not to be told from nothing: {joined(still)}." if still else "."))
    return said


def _nats(change: Interval) -> str:
    low, high = sorted((abs(change.low), abs(change.high)))
    return f"{abs(change.value):.2f} nats [{low:.2f} to {high:.2f}]"


def grid(found: Interventions) -> Grid:
    """The change of log-odds by factor and style, in nats."""
    by_key = {(one.factor, one.style): one for one in found.effects}
    factors = list(dict.fromkeys(one.factor for one in found.effects))
    rows = [
        (factor, *(number(by_key[factor, style].change) if (factor, style) in by_key else "" for style in found.styles))
        for factor in sorted(factors, key=lambda factor: factor in CONTROLS)
    ]
    return Grid(("nats, 95 % interval over artists", *(f"{style} paintings" for style in found.styles)), tuple(rows))


def parts(found: Interventions) -> Sequence[Part]:
    """Everything, for the terminal and pages."""
    return [
        "Had it been painted otherwise: by how much the log-odds of a painting's own style change, in nats (1 nat less divides "
        "its odds by 2.7). Controls say how far changes move a verdict in which no style lies: another crop, "
        "the mirror, colours brought to the mean of the painting's own style.",
        *sentences(found),
        grid(found),
    ]


def in_words(found: Interventions) -> str:
    """All of it as text for a terminal."""
    return plain_text(parts(found), 120)
