"""The exhibit's page on the maps themselves: whether they can be believed, what moves a verdict, what the network sees."""

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

from markupsafe import Markup

from brushwork.collection import Collection
from brushwork.exhibit import charts
from brushwork.explain import concept_words, interventions, trust_words
from brushwork.explain.concept_file import ConceptReport, Firing, Patch, read_concepts
from brushwork.explain.concept_sheet import firing_image, patch_image
from brushwork.explain.concept_words import titled
from brushwork.explain.interventions import Interventions, read_interventions
from brushwork.explain.trust import Trust
from brushwork.explain.trust_file import read_trust
from brushwork.images import write_image
from brushwork.painting import Painting

SHOWN = (
    "evidence",
    "eigen-cam",
    "guided-grad-cam",
)  # in the chart of random networks: one that must fall, two that must not
PATCH = 120  # pixels of a patch's longer side at least


def explanations_page(folder: Path, collection: Collection, pictures: Path) -> dict[str, Any] | None:
    """What the page shows of a run's tests, interventions and concepts, whichever there are; None if there are none."""
    trust, changed, concepts = read_trust(folder), read_interventions(folder), read_concepts(folder)
    if not (trust or changed or concepts):
        return None
    return {
        "run": folder.name,
        "trust": _trust(trust) if trust else None,
        "interventions": _interventions(changed) if changed else None,
        "concepts": _concepts(concepts, collection, pictures) if concepts else None,
    }


def headline(folder: Path) -> str:
    """What tests of trust found of the evidence map, in a sentence; empty where there were none."""
    found = read_trust(folder)
    evidence = found.method("evidence") if found else None
    return trust_words.conclusion(found, evidence) if found and evidence else ""


def _trust(found: Trust) -> dict[str, Any]:
    return {
        "basis": trust_words.basis(found),
        "conclusions": trust_words.conclusions(found),
        "table": trust_words.grid(found),
        "more": trust_words.grid(found, trust_words.MORE_COLUMNS),
        "glosses": trust_words.GLOSSES,
        "controls": [f"{name}: {words}" for name, words in trust_words.CONTROLS.items()],
        "focus": Markup(_focus(found)),
        "random": Markup(_random(found)),
        "details": [
            (label, trust_words.intervals(found, measure))
            for measure, label in {**trust_words.COLUMNS, **trust_words.MORE_COLUMNS}.items()
            if any(measure in one.measures for one in found.methods)
        ],
    }


def _focus(found: Trust) -> str:
    """Focus of every method that is no other, and of every control."""
    rows = [
        (f"{'control: ' if one.is_control else ''}{one.name}", mean.value, mean.low, mean.high)
        for one in found.methods
        if "focus" in one.measures
        and not one.same_as
        and (mean := one.measures["focus"].mean).low == mean.low  # no NaN
    ]
    return charts.intervals(rows, "share of a map on the right pictures of mosaics", 0.5) if rows else ""


def _random(found: Trust) -> str:
    """How alike maps stay as ever more of the network is random; unrelated maps are alike a little by chance."""
    series = {
        one.name: (range(1, len(found.stages) + 1), one.sanity.cascade["size of spearman"])
        for one in found.methods
        if one.sanity and one.name in SHOWN
    }
    return charts.lines(series, "parts made random, from the answer back", "likeness to the map (0 to 1)", (0, "lost"))


def _interventions(found: Interventions) -> dict[str, Any]:
    return {
        "sentences": interventions.sentences(found),
        "table": interventions.grid(found),
        "charts": [(style, Markup(_effects(found, style))) for style in found.styles],
    }


def _effects(found: Interventions, style: str) -> str:
    own = sorted(
        (one for one in found.effects if one.style == style), key=lambda one: (one.is_control, one.change.value)
    )
    rows = [(one.factor, *astuple(one.change)) for one in own if one.change.low == one.change.low]  # no NaN
    return charts.intervals(rows, f"nats, for {style}", 0, highest=None) if rows else ""


def _concepts(found: ConceptReport, collection: Collection, pictures: Path) -> dict[str, Any]:
    by_id = {painting.id: painting for painting in collection.paintings}
    cards = []
    for concept in found.concepts:
        patches: list[dict[str, str]] = []
        for k, patch in enumerate(concept.patches):
            painting = by_id[patch.painting]
            part = patch_image(collection, painting, patch)
            factor = max(1, -(-PATCH // max(part.size)))
            name = f"concept-{concept.number}-{k}.jpg"
            write_image(
                part.resize((part.width * factor, part.height * factor)), pictures / name, quality=90, subsampling=0
            )
            patches.append({"file": f"pictures/{name}", **_credit(patch, painting)})
        fires = None
        if concept.fires:
            name = f"concept-{concept.number}-fires.jpg"
            write_image(
                firing_image(collection, by_id[concept.fires.painting], concept.fires),
                pictures / name,
                quality=90,
                subsampling=0,
            )
            fires = {"file": f"pictures/{name}", **_credit(concept.fires, by_id[concept.fires.painting])}
        cards.append({"fires": fires, "title": titled(found, concept), "patches": patches, "stable": concept.stable})
    words: Sequence[Any] = [part for part in concept_words.parts(found) if part]
    return {
        "lead": words[0],
        "whose": concept_words.whose(found),
        "cards": cards,
        "named": concept_words.named(found),
        "layer": found.layer,
        "named_words": concept_words.named_sentences(found),
    }


def _credit(shown: Patch | Firing, painting: Painting) -> dict[str, str]:
    return {
        "said": f"{shown.title or 'Untitled'}, {shown.artist or 'unknown artist'}, {shown.style}",
        "rights": painting.rights or "not stated",
    }
