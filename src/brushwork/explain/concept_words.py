"""What was found of concepts, in plain words."""

import math
from collections.abc import Sequence

from brushwork.classifier.document import Grid, Part, plain_text
from brushwork.classifier.sentences import joined, number
from brushwork.explain.concept_file import Concept, ConceptReport
from brushwork.explain.tcav import SIGNIFICANT, Tcav


def parts(found: ConceptReport) -> Sequence[Part]:
    """Everything, for the terminal and pages."""
    unstable = [str(one.number) for one in found.concepts if not one.stable]
    return [
        f"{len(found.concepts)} concepts in {found.paintings} paintings by artists whom the network never saw "
        f"({joined([f'{count} of {style}' for style, count in found.artists.items()])}), "
        f"most important first. Between {found.styles[0]} and {found.styles[1]} its mean log-odds differ by {found.apart:.2f} "
        f"nats: {found.explained * found.apart:.2f} of these lie in the concepts and "
        f"{(1 - found.explained) * found.apart:.2f} in what they leave over. Importance is a concept's share of what all do to "
        "verdicts, whichever way; what parts the styles is its part in the difference between them. What a concept shows must be "
        "read off its patches; numbers name nothing.",
        whose(found),
        *(titled(found, one) + f". Strongest in {_artists(found, k)}." for k, one in enumerate(found.concepts)),
        "Stability is how far a concept, found anew from another beginning, is in the same places (a correlation, 1 is the "
        f"same); where nothing recurs it is {found.chance:.2f}.",
        f"Found otherwise from another beginning, so not to be relied on: {joined(unstable)}." if unstable else "",
        f"Named concepts, made by changing pictures, at {found.layer}: the share of paintings whose log-odds for their own style "
        "rise in the direction of the concept, beside random directions; p says whether they rise or fall more than along random "
        "directions, over artists, after Bonferroni's correction; the nats are those of one step of the change made.",
        *named_sentences(found),
        named(found),
    ]


def whose(found: ConceptReport) -> str:
    """Of which of the run's networks and which styles this is, where there are more; empty otherwise."""
    parts = [f"of the network of fold {found.fold}, of {found.models}"] if found.models > 1 else []
    parts += [f"between two styles, without {joined(found.others)}"] if found.others else []
    return f"This is {joined(parts)}." if parts else ""


def _artists(found: ConceptReport, k: int) -> str:
    names = [f"{patch.artist or 'unknown'} ({patch.style})" for patch in found.concepts[k].patches[:3]]
    return joined(names) or "no painting"


def titled(found: ConceptReport, concept: Concept) -> str:
    """A concept in one line: what it is worth, for which style, and whether it is there to stay."""
    other = next(style for style in found.styles if style != concept.speaks_for)
    own, its = concept.strength[concept.speaks_for], concept.strength[other]
    stronger = concept.speaks_for if own > its else other
    low, high = sorted((abs(concept.nats.low), abs(concept.nats.high)))
    if math.isnan(concept.nats.low):
        sure = "(by too few artists to tell)"
    else:
        sure = f"[{low:.2f} to {high:.2f}]" if concept.nats.low * concept.nats.high > 0 else "(may be nothing)"
    way = "parts the styles" if concept.nats.value > 0 else "draws the styles together"
    times = f"{_times(max(own, its) / min(own, its))} times as strong" if min(own, its) > 0 else "present only"
    likeness = f"{concept.stability:.2f}"
    return (
        f"Concept {concept.number}: speaks for {concept.speaks_for}, {times} in paintings of {stronger}; "
        f"importance {concept.importance:.0%}; {way} by {abs(concept.nats.value):.2f} nats {sure}; "
        + (f"stability {likeness}" if concept.stable else f"UNSTABLE ({likeness}): not to be relied on")
    )


def _times(ratio: float) -> str:
    return f"{ratio:.2g}" if ratio < 10 else f"{ratio:.0f}"


def named_sentences(found: ConceptReport) -> list[str]:
    """For each style the named concepts that speak for it and against it."""
    said = []
    for style in found.styles:
        own = [one for one in found.named if one.style == style and one.p < SIGNIFICANT]
        sides = {
            "for": [o for o in own if o.derivative.value > 0],
            "against": [o for o in own if o.derivative.value <= 0],
        }
        words = [
            f"{joined([_one(o) for o in rows])} speak{'s' if len(rows) == 1 else ''} {side} it"
            for side, rows in sides.items()
            if rows
        ]
        untold = all(math.isnan(one.p) for one in found.named if one.style == style)
        nothing = "by too few artists to tell" if untold else "no named concept is told from random directions"
        steps = [one for one in found.named if one.style == style]
        largest = max(steps, key=lambda one: abs(one.derivative.value)) if steps else None
        step = f" The largest step is {largest.concept}, {number(largest.derivative)} nats." if largest else ""
        said.append(f"{style}: {'; '.join(words) or nothing}.{step}")
    return said


def _one(found: Tcav) -> str:
    return f"{found.concept} ({found.score:.2f})"


def named(found: ConceptReport) -> Grid:
    """Named concepts by style."""
    rows = [
        (
            one.concept,
            one.style,
            f"{one.score:.2f} ± {one.spread:.2f}",
            f"{one.random:.2f} ± {one.random_spread:.2f}",
            "–" if math.isnan(one.p) else f"{one.p:.2g}",
            number(one.derivative),
            f"{one.n} by {one.artists}",
        )
        for one in found.named
    ]
    return Grid(("concept", "paintings of", "TCAV", "random", "p", "nats a step", "paintings by artists"), tuple(rows))


def in_words(found: ConceptReport) -> str:
    """All of it as text for a terminal."""
    return plain_text([part for part in parts(found) if part], 120)
