"""What was found of concepts, in plain words."""

from collections.abc import Sequence

from brushwork.classifier.document import Grid, Part, plain_text
from brushwork.classifier.sentences import joined
from brushwork.explain.concept_report import ConceptReport, titled
from brushwork.explain.tcav import SIGNIFICANT, Tcav


def parts(found: ConceptReport) -> Sequence[Part]:
    """Everything, for the terminal and pages."""
    unstable = [str(one.number) for one in found.concepts if not one.stable]
    return [
        f"{len(found.concepts)} concepts in {found.paintings} paintings by {found.artists} artists whom the network never saw, "
        f"most important first. Between {found.styles[0]} and {found.styles[1]} its mean log-odds differ by {found.apart:.2f} "
        f"nats; all concepts together make {found.explained:.0%} of that, some pulling one way and some the other. What a "
        "concept shows must be read off its patches; numbers name nothing.",
        *(titled(found, one) + f". Strongest in {_artists(found, k)}." for k, one in enumerate(found.concepts)),
        f"Found otherwise from another beginning, so not to be relied on: {joined(unstable)}." if unstable else "",
        f"Named concepts, made by changing pictures, at {found.layer}: the share of paintings whose log-odds for their own style "
        "rise in the direction of the concept (0.5 is what random directions have), p after Bonferroni's correction.",
        *named_sentences(found),
        named(found),
    ]


def _artists(found: ConceptReport, k: int) -> str:
    names = [f"{patch.artist or 'unknown'} ({patch.style})" for patch in found.concepts[k].patches[:3]]
    return joined(names) or "no painting"


def named_sentences(found: ConceptReport) -> list[str]:
    """For each style the named concepts that speak for it and against it."""
    said = []
    for style in found.styles:
        own = [one for one in found.named if one.style == style and one.p < SIGNIFICANT]
        sides = {"for": [o for o in own if o.score > o.random], "against": [o for o in own if o.score <= o.random]}
        words = [
            f"{joined([_one(o) for o in rows])} speak{'s' if len(rows) == 1 else ''} {side} it"
            for side, rows in sides.items()
            if rows
        ]
        said.append(f"{style}: {'; '.join(words) or 'no named concept is told from random directions'}.")
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
            f"{one.random:.2f}",
            f"{one.p:.3g}",
            f"{one.derivative:+.3f}",
            str(one.n),
        )
        for one in found.named
    ]
    return Grid(("concept", "paintings of", "TCAV", "random", "p", "nats a step", "n"), tuple(rows))


def in_words(found: ConceptReport) -> str:
    """All of it as text for a terminal."""
    return plain_text([part for part in parts(found) if part], 120)
