"""The exhibit's page on generated pictures as the classifier sees them: verdicts, evidence maps, and numbers beside real ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from PIL import Image

from brushwork.collection import Collection
from brushwork.collection.collection import Pixels
from brushwork.exhibit import charts, judged_words
from brushwork.exhibit.judged import RULES, DialJudged, Judged, Shown, StyleJudged, read_judged
from brushwork.explain.draw import Map, colour_bar, drawn_on, overlay, shared_limit
from brushwork.generator.networks import Painter, load_generator
from brushwork.generator.sample import grid, sample, save_picture
from brushwork.generator.walk import dials
from brushwork.images import write_image
from brushwork.run import Run

SIDE = 256  # pixels of a picture as it is shown, at least
DIALS = 3  # shown
LABELS = dict(zip(RULES, ("Typical: log-odds nearest to the median", "Most for {}", "Least for {}"), strict=True))
NAMES = {"generated": "generated", "real": "real, as small", "whole": "real, whole"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where pictures go, under names that begin alike."""

    pictures: Path
    prefix: str


def generated_page(
    collection: Collection, runs: Sequence[Run], models: Sequence[str], pictures: Path
) -> dict[str, Any] | None:
    """What the page shows of the runs that were judged; None when there are none. `models` are the exhibit's own classifier's.

    Raises `UserError` when a generator has changed since, or another version judged it.
    """
    told = [(run, found) for run in runs if (found := read_judged(run.folder))]
    if not told:
        return None
    write_image(colour_bar(240, 14), pictures / "judged-scale.png")
    write_image(colour_bar(240, 14, lowest=0), pictures / "judged-size-scale.png")
    sections = [
        _section(found, run, collection, models, Place(pictures, f"judged-{number}"))
        for number, (run, found) in enumerate(told)
    ]
    return {"generators": sections, "glosses": judged_words.GLOSSES}


def _section(found: Judged, run: Run, collection: Collection, models: Sequence[str], to: Place) -> dict[str, Any]:
    painter = load_generator(run)
    return {
        "run": found.run,
        "preset": found.preset,
        "conclusion": judged_words.conclusion(found),
        "basis": judged_words.basis(found),
        "competence": judged_words.competence(found),
        "elsewhere": bool(models) and found.model not in models,
        "classifier": f"{found.classifier} {found.model}",
        "parts": [_part(found, part, k, painter, collection, to) for k, part in enumerate(found.parts)],
        "dial": _dial(found, found.dial, painter, to) if found.dial else None,
    }


def _part(
    found: Judged, part: StyleJudged, number: int, painter: Painter, collection: Collection, to: Place
) -> dict[str, Any]:
    places, places_limit = _places(part, to, number)
    shown = [*part.generated_shown, *part.real_shown]
    limit = shared_limit([_map(one) for one in shown])  # of one style: another's evidence may be many times as strong
    rows: dict[str, list[list[dict[str, Any]]]] = {}
    for rule in RULES:
        made = [one for one in part.generated_shown if one.rule == rule]
        beside = [one for one in part.real_shown if one.rule == rule]
        rows[LABELS[rule].format(part.asked)] = [
            [
                _generated_card(found, part, ours, painter, limit, to, f"{number}-{rule}-{k}"),
                _real_card(part, theirs, collection, found.size, limit, to, f"{number}-{rule}-{k}-real"),
            ]
            for k, (ours, theirs) in enumerate(zip(made, beside, strict=False))
        ]
    return {
        "title": judged_words.title(found, part),
        "asked": part.asked,
        "sentences": judged_words.sentences(found, part),
        "means": judged_words.means(part),
        "distances": judged_words.distances(part),
        "halves": judged_words.halves(part),
        "chart": Markup(_cumulative(part)),
        "places": places,
        "places_limit": places_limit,
        "limit": limit,
        "rows": rows,
    }


def _map(one: Shown) -> Map:
    return np.array(one.map, np.float32)


def _generated_card(
    found: Judged, part: StyleJudged, one: Shown, painter: Painter, limit: float, to: Place, name: str
) -> dict[str, Any]:
    style = part.style if len(painter.styles) > 1 and part.style else None
    picture = _enlarged(sample(painter, 1, found.seed, first=one.place, style=style, truncation=found.truncation)[0])
    files = {}
    for kind, image in (("picture", picture), ("map", drawn_on(picture, _map(one), limit=limit))):
        path = to.pictures / f"{to.prefix}-{name}-{kind}.png"
        save_picture(image, path, painter, found.seed, str(one.place), style=style, truncation=found.truncation)
        files[kind] = f"pictures/{path.name}"
    return files | {"said": f"Generated, picture {one.place}: {_told(one, part)}", "title": "Generated"}


def _real_card(
    part: StyleJudged, one: Shown, collection: Collection, size: int, limit: float, to: Place, name: str
) -> dict[str, Any]:
    painting = collection[one.painting]
    picture = _enlarged(collection.squares(size, [painting])[0])
    files = {}
    for kind, image in (("picture", picture), ("map", drawn_on(picture, _map(one), limit=limit))):
        path = to.pictures / f"{to.prefix}-{name}-{kind}.png"
        write_image(image, path)
        files[kind] = f"pictures/{path.name}"
    credit = f"{painting.title or 'Untitled'}, {painting.artist or 'unknown artist'}"
    return files | {
        "said": f"Real, as small: {_told(one, part)}",
        "title": f"{credit}. Rights: {painting.rights or 'not stated'}",
    }


def _told(one: Shown, part: StyleJudged) -> str:
    return f"called {one.told}, {one.log_odds:+.2f} nats for {part.asked}"


def _enlarged(pixels: Pixels) -> Image.Image:
    """A picture (S, S, 3) at least `SIDE` pixels wide, unsmoothed."""
    side = len(pixels) * -(-SIDE // len(pixels))
    return Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST)


def _places(part: StyleJudged, to: Place, number: int) -> tuple[dict[str, str], float]:
    """Where evidence lies on average, for and against alike, drawn over white on one scale; and that scale's end."""
    maps = {name: np.array(values, np.float32) for name, values in part.places.items()}
    limit = shared_limit(list(maps.values()))
    files = {}
    for name, values in maps.items():
        path = to.pictures / f"{to.prefix}-{number}-where-{name}.png"
        laid = overlay(values, (SIDE, SIDE), (0, 0, SIDE, SIDE), limit)
        write_image(Image.alpha_composite(Image.new("RGBA", laid.size, "white"), laid).convert("RGB"), path)
        files[NAMES[name]] = f"pictures/{path.name}"
    return files, limit


def _cumulative(part: StyleJudged) -> str:
    """For every log-odds the share of pictures that have no more; the area between two lines is their distance."""
    series: Mapping[str, tuple[list[float], list[float]]] = {
        f"{NAMES[name]} ({len(values)})": (
            [x for x in values for _ in (0, 1)],
            [k / len(values) for i in range(len(values)) for k in (i, i + 1)],
        )
        for name, values in part.every.items()
    }
    return charts.lines(series, f"log-odds for {part.asked} (nats)", "share with no more")


def _dial(found: Judged, turned: DialJudged, painter: Painter, to: Place) -> dict[str, Any]:
    strips = []
    few = range(min(DIALS, turned.seeds))
    for place, pixels in zip(few, dials(painter, few, turned.steps, found.seed, found.truncation), strict=True):
        path = to.pictures / f"{to.prefix}-dial-{place}.png"
        sheet = grid(pixels, turned.steps, scale=-(-SIDE // 2 // pixels.shape[1]))
        way = {"dial": place, "from": turned.first, "to": turned.last, "frames": turned.steps}
        save_picture(sheet, path, painter, found.seed, str(place), truncation=found.truncation, **way)
        strips.append(f"pictures/{path.name}")
    points = [(float(k), one.value, one.low, one.high) for k, one in enumerate(turned.along, 1)]
    chart = charts.band(points, f"steps of the dial, from {turned.first} to {turned.last}", f"nats for {turned.last}")
    return {
        "said": judged_words.dial(turned),
        "chart": Markup(chart),
        "strips": strips,
        "first": turned.first,
        "last": turned.last,
    }
