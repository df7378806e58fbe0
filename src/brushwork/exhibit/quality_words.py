"""What was measured of a generator's pictures, in plain words: one table, what each row means, whether it copies."""

import math

from brushwork.classifier.document import Entry, Grid, Part, plain_text
from brushwork.classifier.sentences import joined, percent
from brushwork.generator.memorisation import COPIES, Memorisation
from brushwork.generator.quality import KINDS, Measured, Quality, Space
from brushwork.generator.spread import Spread

FEW_DIRECTIONS = 10  # below which a space of features has collapsed
FEW_PICTURES = 50  # of which the directions say nothing of the space
GLOSSES = {
    "sliced Wasserstein distance": "how unlike small patches are (7 x 7 pixels at several scales), with no network's opinion. It "
    "sees brushwork and colours, and no composition.",
    "spectrum gap": "how far the amounts of coarse and of fine detail are off. 10 dB are ten times too much or too little; blur, "
    "noise and the checkerboards that some networks leave all show.",
    "palette distance": "how far the colours of all pictures together are off; about 2 Delta E is what an eye just sees.",
    "kernel distance": "how unlike the two sets are in all that the space sees; about 0 where they cannot be told apart, and by "
    "chance often a little below.",
    "Fréchet distance": "the same by means and variances alone. Few pictures make it larger for everybody, the floor included.",
    "precision": "the share of its pictures that might be paintings, being as near to one as paintings are to one another.",
    "recall": "the share of paintings that it might have painted, being as near to one of its pictures as these are to one "
    "another: variety.",
    "density": "how thick its pictures lie where paintings are; like precision, but not fooled by a single odd painting. It may "
    "pass 1.",
    "coverage": "the share of paintings with one of its pictures near by: variety, not fooled by odd pictures.",
}
PUBLISHED = {
    "FID": "the Fréchet distance in the standard Inception network's space. Published ones are of 10,000 to 50,000 pictures; of "
    "fewer it is larger, so compare it with the floor alone.",
    "KID": "the kernel distance there, as published: the mean over 100 subsets of at most 1,000 pictures.",
}


def in_words(found: Quality) -> str:
    """The whole of it for a terminal."""
    return plain_text(parts(found))


def parts(found: Quality) -> list[Part]:
    """Lead, table, summary, meanings, spaces and memorisation."""
    seeds = "one seed" if len(found.seeds) == 1 else f"{len(found.seeds)} seeds"
    interval = f" In brackets: {found.interval}." if len(found.seeds) > 1 else ""
    lead = (
        f"Its pictures (of {seeds}) against {found.n} paintings by artists whom it never saw. The floor is what as many of the "
        "paintings that it learned from get in their place: no generator need be nearer. Noise has the paintings' mean colours "
        f"and their spread.{interval}"
    )
    return [lead, table(found), summary(found), *glosses(found), *spaces(found), *copying(found)]


def table(found: Quality) -> Grid:
    """A row a measure."""
    header = ("measure", "seen by", f"its pictures (n = {found.n})", "floor", "noise", "better is")
    return Grid(header, tuple(_row(one) for one in found.measures))


def _row(one: Measured) -> tuple[str, ...]:
    unit = f", {one.kind.unit}" if one.kind.unit in ("dB", "Delta E") else ""
    return (
        f"{one.name}{unit}",
        one.space,
        spread(one.samples),
        figure(one.floor.value),
        figure(one.noise.value),
        "larger" if one.kind.larger_is_better else "smaller",
    )


def summary(found: Quality) -> str:
    """By which measures its pictures are as good as paintings, and by which they fall short."""
    near = [one for one in found.measures if _behind(one, one.samples.value) <= 0]
    short = [one for one in found.measures if _best(one) > 0]
    open_ = [one for one in found.measures if one not in near and one not in short]
    if len(near) == len(found.measures):
        return (
            "By all of these measures its pictures are as near as paintings are; look at them for what no measure sees."
        )
    if len(short) == len(found.measures):
        return "By none of these measures are its pictures as near as paintings are."
    parts = [
        f"{words} {joined([_named(one) for one in some])}."
        for words, some in (
            (f"As near as paintings are by {len(near)} of {len(found.measures)}:", near),
            ("Farther, but not beyond what three seeds leave open, by", open_),
            ("Short of them by", short),
        )
        if some
    ]
    return " ".join(parts)


def _named(one: Measured) -> str:
    return f"{one.name} ({one.space})"


def _behind(one: Measured, value: float) -> float:
    """How far a value of the samples' falls short of the floor; 0 or less where it does not."""
    return (one.floor.value - value) if one.kind.larger_is_better else (value - one.floor.value)


def _best(one: Measured) -> float:
    """The same at the best end of the interval, where there is one."""
    ends = (one.samples.value, one.samples.low, one.samples.high)
    return min(_behind(one, end) for end in ends if end is not None)


def glosses(found: Quality) -> list[Entry]:
    """What each measure in the table means, and what is good of it."""
    measures = dict.fromkeys(one.measure for one in found.measures if one.name == one.measure)
    published = dict.fromkeys(one.name for one in found.measures if one.name != one.measure)
    entries = []
    for name in measures:
        good = "Larger is better" if KINDS[name].larger_is_better else "Smaller is nearer"
        entries.append(Entry(f"{name[0].upper()}{name[1:]}:", f"{GLOSSES[name]} {good}."))
    return entries + [Entry(f"{name}:", PUBLISHED[name]) for name in published]


def spaces(found: Quality) -> list[Entry]:
    """Whose the features are, and in how many directions they spread: a collapsed space is warned of."""
    return [Entry(f"Seen by {one.name}:", _directions(one, found.n)) for one in found.spaces]


def _directions(one: Space, n: int) -> str:
    words = (
        f"{one.about}. Of its {one.dimensions} features the held-out paintings use {one.effective_rank:.0f} directions "
        "(effective rank)."
    )
    if one.effective_rank >= FEW_DIRECTIONS:
        return words
    if n <= FEW_PICTURES:
        return f"{words} So few paintings, {n}, cannot use many."
    return (
        f"{words} Those are few: the features have collapsed onto what it was taught to tell apart, and pictures that differ in "
        "all else are alike to it. Give a judge that was taught many styles, and believe the other spaces first."
    )


def copying(found: Quality) -> list[Entry]:
    """Whether it copies, by every space in which that was tested."""
    return [Entry(f"Does it copy? By {one.space}:", _copying(one)) for one in found.memorisation]


def _copying(one: Memorisation) -> str:
    own, new = figure(one.control), one.against_new
    below = [
        f"the {name} ratio, {figure(found.value)}, is below what new pictures may have ({figure(bound)})"
        for name, found, bound in (("plain", one.ratio, one.bound), ("other", new, COPIES))
        if found.value < bound
    ]
    reached = all((found.high or 0) >= bound for found, bound in ((one.ratio, one.bound), (new, COPIES)))
    verdict = f"it {'may copy' if reached else 'copies'}, for {' and '.join(below)}" if below else "no sign of it"
    if below and reached:
        verdict += "; so few are compared that chance may have done it, as its interval says"
    if one.alike:
        verdict = "that cannot be asked, for all its pictures are alike"
    if one.ratio.value < COPIES and not one.copies:
        verdict += f" (the plain ratio is below {COPIES:g}, but so it is for new pictures by the same artists)"
    words = (
        f"{verdict}. Its pictures are {spread(new)} times as far from the paintings that it learned from as new pictures by the "
        f"same artists would be: 0 where all are copies, 1 where none is. Plainly, they are {spread(one.ratio)} times as far "
        f"from the nearest of {one.references} paintings that it learned from as from the nearest of as many that it never "
        f"saw, and new pictures by the same artists {own} times. {percent(one.nearer)} are nearer to a painting learned from "
        f"than any other of these is to that one (of paintings never seen, {percent(one.nearer_held_out)})."
    )
    if not one.lookalikes:
        return words
    nearest = one.lookalikes[0]
    mirrored = ", mirrored," if nearest.mirrored else ""
    style = f" in {nearest.style}" if nearest.style else ""
    return (
        f"{words} The most alike: picture {nearest.sample} of seed {nearest.seed}{style}{mirrored} and painting "
        f"{nearest.painting}."
    )


def spread(found: Spread) -> str:
    """A value with its interval, if it has one; the spaces do not break."""
    if found.low is None or found.high is None:
        return figure(found.value)
    return f"{figure(found.value)} [{figure(found.low)}, {figure(found.high)}]".replace(" ", "\u00a0")


def figure(value: float) -> str:
    """A number to three digits, but never more than four after the point."""
    if value == 0:
        return "0"
    digits = 2 - math.floor(math.log10(abs(value)))
    return f"{value:,.{min(max(digits, 0), 4)}f}"
