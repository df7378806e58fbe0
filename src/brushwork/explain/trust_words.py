"""What tests of trust found, in plain words: a sentence for each method, made from its numbers, and one table."""

import math
from collections.abc import Sequence

from brushwork.classifier.document import Entry, Grid, Part, plain_text
from brushwork.classifier.scores import Interval
from brushwork.classifier.sentences import joined, number, percent
from brushwork.explain.trust import MethodTrust, Trust

RANDOM_ENOUGH = 0.1  # of a correlation beyond chance, below which a map is lost
LOCATED = 0.55  # the share of a map on the right pictures that one which finds nothing does not reach
TESTS = {
    "it stays when the network is made random": "random_network",
    "it stays when the network is taught random labels": "random_labels",
}
PLACES = {
    "it does not lie on the right pictures of mosaics": "focus",
    "it does not lie on the right half of canvases painted in both schools": "own_half",
}
KINDS = {  # of which every measure must be better than its best control
    "taking pixels away and showing them": ("deletion", "insertion", "road"),
    "hiding random parts": ("mu_fidelity",),
    "lying where it must": ("focus", "own_half"),
}
NEEDED = {"taking pixels away and showing them", "lying where it must", "random networks"}  # to be borne out by all
RANDOM = {"random networks": "random_network", "random labels": "random_labels"}
CANVASES = ("own_half", "ranked")  # measures whose intervals are over canvases
REMOVAL = {"deletion": "deletion", "insertion": "insertion", "road": "ROAD"}
COLUMNS = {
    "deletion": "deletion ↓",
    "insertion": "insertion ↑",
    "road": "ROAD ↑",
    "mu_fidelity": "mu-fidelity ↑",
    "infidelity": "infidelity ↓",
    "sensitivity": "sensitivity ↓",
    "focus": "Focus ↑",
    "own_half": "right half ↑",
    "random_network": "random network → 0",
    "random_labels": "random labels → 0",
}
MORE_COLUMNS = {
    "aopc": "AOPC ↑",
    "abpc": "ABPC ↑",
    "drop": "drop ↓",
    "gain": "gain ↑",
    "increase": "increase ↑",
    "ranked": "AUROC ↑",
}
CONTROLS = {
    "uniform": "the same everywhere (a random order)",
    "random": "random blobs",
    "centre": "a hill in the middle",
    "edges": "edges of the picture (Sobel)",
    "texture": "texture of the picture (local variance)",
    "empty": "nothing at all",
}
GLOSSES = (
    Entry(
        "Deletion:",
        "pixels are replaced by the mean colour, those first that a map calls important; area under the probability of the "
        "verdict, which should fall at once: less is better.",
    ),
    Entry(
        "Insertion:",
        "pixels are shown on a blurred picture, the important ones first; the probability should rise at once: more is better.",
    ),
    Entry(
        "ROAD:",
        "pixels are filled from their neighbours, so that holes do not show; half the difference between taking away the "
        "least and the most important ones: more is better, 0 is what a random order gets.",
    ),
    Entry(
        "Mu-fidelity:",
        "whether what a map has in random parts of the picture goes with what is lost without them (a rank correlation, 1 at "
        "best).",
    ),
    Entry(
        "Infidelity:",
        "what a map cannot account for when the picture is disturbed a little, as a share of all: 1 is what a map of nothing "
        "gets, and one that would have to be turned over.",
    ),
    Entry(
        "Sensitivity:",
        "how far a map moves, at most, when the picture moves by an imperceptible amount, as a share of the map's size.",
    ),
    Entry(
        "Focus:",
        "in mosaics of two pictures of each style, the share of the evidence for a style that lies on that style's pictures: "
        "half by chance.",
    ),
    Entry(
        "Random network, random labels:",
        "how alike a map stays (the size of a rank correlation, less what unrelated pictures have by chance) when all of the "
        "network is made random again, or was taught paintings with their styles dealt out at random; a map that stays shows the "
        "picture, not the network.",
    ),
)


def conclusion(found: Trust, one: MethodTrust) -> str:
    """One sentence on what a method's numbers say."""
    if one.same_as:
        return f"{one.name}: for this network always the same map as {one.same_as}, whose numbers are its own."
    points = [_removal(one), _focus(one), _own_half(one), _random(one)]
    return f"{one.name}: {_verdict(one)}; {'; '.join(filter(None, points))}."


def _verdict(one: MethodTrust) -> str:
    """What it comes to: refuted by a test it failed, borne out by all or some of those it was put to, or by none."""
    refuted = [what for what, name in TESTS.items() if _stays(one, name) is True]
    refuted += [where for where, name in PLACES.items() if (m := one.measures.get(name)) and m.mean.high < LOCATED]
    if refuted:
        return f"not to be believed, since {joined(refuted)}"
    outcomes = _outcomes(one)
    passed = [kind for kind, outcome in outcomes.items() if outcome is True]
    failed = [kind for kind, outcome in outcomes.items() if outcome is not True]
    if passed and not failed and set(outcomes) >= NEEDED:
        return f"borne out by all that it was put to: {joined(passed)}"
    if passed and not failed:
        return f"borne out by {joined(passed)}, all other tests being open for want of artists; to be used with care"
    if passed:
        return f"borne out by {joined(passed)}, not by {joined(failed)}; to be used with care"
    return "not refuted and not borne out; to be used with care"


def _outcomes(one: MethodTrust) -> dict[str, bool | None]:
    """By kind of test whether it was passed: better than every control, or lost where it must be; None where it is open."""
    found: dict[str, bool | None] = {}
    for kind, names in KINDS.items():
        ahead = [m.ahead for name in names if (m := one.measures.get(name)) and m.ahead and not math.isnan(m.ahead.low)]
        if ahead:
            found[kind] = True if all(a.low > 0 for a in ahead) else False if any(a.high < 0 for a in ahead) else None
    for kind, name in RANDOM.items():
        if name in one.measures and not math.isnan(one.measures[name].mean.low):
            stays = _stays(one, name)
            found[kind] = None if stays is None else not stays
    return found


def _stays(one: MethodTrust, measure: str) -> bool | None:
    """Whether a map stays alike beyond chance once what it should show is gone; None where it cannot be told."""
    found = one.measures.get(measure)
    if found is None or math.isnan(found.mean.low):
        return None
    if found.mean.low > 0 and found.mean.value >= RANDOM_ENOUGH:
        return True
    return False if found.mean.high < RANDOM_ENOUGH else None


def _removal(one: MethodTrust) -> str:
    """How it fares beside the best control when pixels are taken away or shown."""
    told: dict[str, list[str]] = {"better than": [], "worse than": [], "not to be told from": []}
    for name, words in REMOVAL.items():
        measured = one.measures.get(name)
        if measured is None or measured.ahead is None or math.isnan(measured.ahead.low):
            continue
        side = (
            "better than"
            if measured.ahead.low > 0
            else "worse than"
            if measured.ahead.high < 0
            else "not to be told from"
        )
        told[side].append(f"{words} ({measured.control}, n = {measured.n})")
    sides = [f"{side} the best control in {joined(names)}" for side, names in told.items() if names]
    return ", ".join(sides) or "tried on too few pictures to weigh it against controls"


def _focus(one: MethodTrust) -> str:
    measured = one.measures.get("focus")
    if measured is None or math.isnan(measured.mean.low):
        return ""
    best = "" if measured.ahead is None else f", best control {percent(measured.mean.value - measured.ahead.value)}"
    return (
        f"{_shared(measured.mean)} of it, in half of the mosaics {percent(measured.median)} or more, lies on the right pictures "
        f"of mosaics (chance 50\u00a0%{best})"
    )


def _own_half(one: MethodTrust) -> str:
    measured = one.measures.get("own_half")
    if measured is None or math.isnan(measured.mean.low):
        return ""
    return f"{_shared(measured.mean)} on the right half of canvases painted in both schools"


def _shared(mean: Interval) -> str:
    return f"{percent(mean.value)} [{percent(mean.low)} to {percent(mean.high)}]"


def _random(one: MethodTrust) -> str:
    """What is left of it once the network, or what it was taught, is random."""
    said = []
    for words, name in (("made random", "random_network"), ("taught random labels", "random_labels")):
        found, stays = one.measures.get(name), _stays(one, name)
        if found is None or stays is None:
            continue
        amount = f"{number(found.mean)} beyond chance, n = {found.n}"
        said.append(f"{'still alike' if stays else 'lost, as it must be,'} when the network is {words} ({amount})")
    return "; ".join(said)


def conclusions(found: Trust) -> list[str]:
    """A sentence for every method, in the order of the table."""
    return [conclusion(found, one) for one in found.methods if not one.is_control]


def grid(found: Trust, columns: dict[str, str] = COLUMNS) -> Grid:
    """The table: methods, then controls, means without their intervals."""
    kept = {m: label for m, label in columns.items() if any(m in one.measures for one in found.methods)}
    header = ("method", *kept.values())
    rows = []
    for one in found.methods:
        cells = [_figure(one.measures[m].mean.value) if m in one.measures else "" for m in kept]
        if any(cells):
            rows.append((f"{'control: ' if one.is_control else ''}{one.name}", *cells))
    return Grid(header, tuple(rows))


def _figure(value: float, digits: int = 3) -> str:
    """A number, or a dash where there is none."""
    return "–" if math.isnan(value) else f"{value:.{digits}f}"


def intervals(found: Trust, measure: str) -> Grid:
    """One measure of every method and control with its interval and how many pictures and artists it rests on."""
    rows = []
    for one in found.methods:
        if m := one.measures.get(measure):
            undefined = f", {m.undefined} undefined" if m.undefined else ""
            ahead = f"{number(m.ahead)} before {m.control}" if m.ahead else ""
            rests_on = f"{m.n} of {m.artists} canvases" if measure in CANVASES else f"{m.n} by {m.artists}"
            rows.append((one.name, number(m.mean), _figure(m.median), rests_on + undefined, ahead))
    return Grid(
        ("method", "mean, 95 % interval", "median", "pictures, artists", "ahead of the best control"), tuple(rows)
    )


def basis(found: Trust) -> str:
    """On what all of it rests."""
    left = [
        f"{style} {told['blurred']:.2f} and {told['empty']:.2f}"
        for style, told in found.substrates.items()
        if "blurred" in told
    ]
    canvases = max((one.measures["own_half"].artists for one in found.methods if "own_half" in one.measures), default=0)
    planted = f"; {canvases} canvases painted half in each school, over which their intervals are" if canvases else ""
    return (
        f"{found.paintings} paintings by {found.artists} artists whom the network that explains them never saw; deletion and "
        f"insertion on {_n(found, 'deletion')} of them in {found.plan.steps} steps, ROAD on {_n(found, 'road')}, mu-fidelity, "
        f"infidelity, sensitivity and random networks on {_n(found, 'mu_fidelity')}, methods that need many looks on "
        f"{found.plan.costly}; {_n(found, 'focus')} mosaics, whose single squares the network tells rightly in "
        f"{percent(found.mosaics_right)} of cases{planted}. Intervals are 95 %, each for itself, over artists, of whom a style "
        f"must have three. {' '.join(filter(None, (found.score_cam, found.labels)))} "
        "What is put in place of a picture is not neutral: once all of a picture is blurred, and once it is empty, the style "
        f"told is still given on average {'; '.join(left)}, which deletion and insertion cannot do away with. {_beaten(found)}"
    ).rstrip()


def _beaten(found: Trust) -> str:
    """Of which ways to take pixels away no map does better than the best control; empty where some map does in all."""
    ahead = {
        words: [m.ahead for one in found.methods if not one.is_control and (m := one.measures.get(name)) and m.ahead]
        for name, words in REMOVAL.items()
    }
    none = [words for words, every in ahead.items() if every and not any(one.low > 0 for one in every)]
    return f"In {joined(none)} no map here does better than the best control." if none else ""


def _n(found: Trust, measure: str) -> int:
    return max((one.measures[measure].n for one in found.methods if measure in one.measures), default=0)


def parts(found: Trust) -> Sequence[Part]:
    """Everything, for the terminal."""
    return [
        f"Can the maps of {found.run} be believed? {basis(found)}",
        *conclusions(found),
        grid(found),
        grid(found, MORE_COLUMNS),
        "Drop, gain and increase alone mean nothing: a map that keeps everything (uniform) has the least drop there is.",
        *GLOSSES,
    ]


def in_words(found: Trust) -> str:
    """All of it as text for a terminal."""
    return plain_text(parts(found), 120)
