"""What an evaluation says, in sentences for people who are no statisticians; for the model card and the exhibit."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brushwork.classifier.evaluate import Abstention, Evaluation, Table
    from brushwork.classifier.scores import ArtistScore, Interval, Scores

LOOKUP = "artist lookup"
LEAST_PAINTINGS, WORST = 5, 8  # of an artist to be listed; artists listed
PRESETS = {
    "scratch": "a small network that learned from nothing but this collection",
    "transfer": "a ready-made network that had learned from other pictures before, taught these styles here",
    "frozen trunk": "the ready-made network as it came, with a simple statistical rule (logistic regression) on top",
}


def percent(value: float) -> str:
    """A share as a percentage without needless digits; the space does not break."""
    return f"{100 * value:.1f}".removesuffix(".0") + "\u00a0%"


def number(found: "Interval") -> str:
    """A number with its 95 % interval, or that there is none; its spaces do not break."""
    if math.isnan(found.value):
        return "cannot be told"
    if math.isnan(found.low):
        return f"{found.value:.3f}, no interval"
    return str(found).replace(" ", "\u00a0")


def span(found: "Interval") -> str:
    """The ends of an interval of shares."""
    return f"{percent(found.low)} to {percent(found.high)}"


def joined(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def preset_of(row: str) -> str:
    """How the network of a row came to be, in plain words; empty for a row that is none."""
    return next((words for name, words in PRESETS.items() if row == name or row.startswith(f"{name} (")), "")


def plainly(preset: str) -> str:
    """A preset's name with what it means."""
    return f"{preset}: {preset_of(preset)}" if preset_of(preset) else preset


def headline(found: "Scores") -> str:
    """The balanced accuracy as a sentence that fits any protocol."""
    accuracy, chance = found.balanced_accuracy, 1 / len(found.styles)
    return (
        f"{_first_up(found.protocol)}: of {found.n:,} paintings by {found.artists:,} artists it names the right style for "
        f"{percent(accuracy.value)}, counting each style equally (95 % interval {span(accuracy)}; guessing reaches "
        f"{percent(chance)})."
    )


def must_beat(table: "Table") -> str:
    """Whether the evaluated run is ahead of what it must beat to mean anything, on artists never seen."""
    rivals = [(row.name, row.ahead) for row in table.rows if row.must_beat and row.ahead]
    if not rivals:
        return "There is nothing beside it that it must beat."
    beaten = [name for name, ahead in rivals if ahead.low > 0]
    better = [name for name, ahead in rivals if ahead.high < 0]
    open_ = [name for name, ahead in rivals if name not in beaten and name not in better]
    told = ["A network that looks at the picture means something only if it does better than what hardly looks at it."]
    if not better and not open_:
        return (
            f"{told[0]} This one does: it is ahead of {joined(beaten)}, and in each case the whole interval is above 0."
            + _missing(table)
        )
    if beaten:
        told.append(f"It is ahead of {joined(beaten)}.")
    if open_:
        told.append(f"Against {joined(open_)} that is not shown: the interval of the difference reaches 0.")
    if higher := [name for name, ahead in rivals if name in open_ and ahead.value < 0]:
        told.append(f"Here {joined(higher)} did better.")
    if better:
        told.append(f"It falls behind {joined(better)}.")
    return " ".join([*told, "So what it adds is not established."]) + _missing(table)


def _missing(table: "Table") -> str:
    if any(row.name == "frozen trunk" for row in table.rows):
        return ""
    return " A ready-made network as it comes was not measured beside it; evaluate it together with a transfer run."


def leakage(found: "Evaluation") -> list[str]:
    """What artists seen before give away: for the run, and for a table that knows names alone; empty if not measured."""
    random = found.table("random")
    if not found.leakage or random is None or not random.rows:
        return []
    name = random.rows[-1].name
    gap, reached = found.leakage[name], random.rows[-1].scores.balanced_accuracy.value
    points = f"{100 * abs(gap.value):.1f} points {'more' if gap.value > 0 else 'less'}"
    ends = f"95 % interval of the difference {100 * gap.low:+.1f} to {100 * gap.high:+.1f} points"
    if gap.low > 0:
        said = "That much is gained where the artists were seen; recognising painters, and near-copies, would do it."
    elif gap.value > 0:
        said = "Recognising painters may be the reason, but the interval reaches 0, so it is not shown here."
    else:
        said = "Recognising painters gained nothing that can be seen here."
    told = [
        "Most published figures divide the paintings at random, so that the same artists are learned from and tested on. "
        f"Measured that way the same training reaches {percent(reached)}, {points} ({ends}). {said} Its knowledge of style "
        "shows only on artists it has never met, and that figure is the headline."
    ]
    lookup = next((row for row in random.rows if row.name == LOOKUP), None)
    if lookup:
        share = percent(lookup.scores.balanced_accuracy.value)
        told.append(
            f"How much a random split gives away: a table of artists' names that never looks at a picture reaches {share} on it."
        )
    return told


def abstention(found: "Abstention") -> str:
    """What the threshold for "unsure" promised and what it kept, on artists never seen."""
    promised = (
        f"A verdict is given only where it is sure enough that, among artists kept back, at most {percent(found.risk)} of "
        "the verdicts given were wrong; otherwise the answer is “unsure”."
    )
    if not found.share_given:
        return f"{promised} On artists never seen it was never sure enough: every answer was “unsure”."
    return (
        f"{promised} On artists never seen {percent(found.share_given)} of the paintings got a verdict, and "
        f"{percent(found.share_wrong)} of those verdicts were wrong, counting each style equally. (The threshold is "
        "that of the model that judged: with folds each has its own, and the coverage below, with one for all, differs a little.)"
    )


def withholding(found: "Evaluation", share: float = 0.8) -> str:
    """What giving only the surest verdicts gains; empty where a style is left with none."""
    whole = found.coverage[0].balanced_accuracy
    part = next((one for one in found.coverage if math.isclose(one.share, share)), None)
    if part is None or part.balanced_accuracy is None or whole is None:
        return ""
    gain = 100 * (part.balanced_accuracy.value - whole.value)
    return (
        f"If only the surest {percent(share)} of the verdicts are given, balanced accuracy goes from {percent(whole.value)} to "
        f"{percent(part.balanced_accuracy.value)} ({gain:+.1f} points)."
    )


def calibration(found: "Evaluation") -> str:
    """Whether stated probabilities are what they say; empty without a score on artists never seen."""
    table = found.table("artist")
    if table is None or not table.rows:
        return ""
    after, before = table.rows[-1].scores.calibration_error, found.calibration_before
    return (
        "Of verdicts stated at 80 % sure, 80 % should be right. Over all verdicts on artists never seen the two differ by "
        f"{percent(after.value)} on average (the calibration error; 95 % interval {span(after)}); before the probabilities "
        f"were scaled they differed by {percent(before.value)}."
    )


def told_worst(artists: Sequence["ArtistScore"]) -> list["ArtistScore"]:
    """The artists whose style was missed most often, of those with enough paintings, worst first."""
    many = [one for one in artists if one.n >= LEAST_PAINTINGS and one.right < 1]
    return sorted(many, key=lambda one: (one.right, -one.n, one.artist))[:WORST]


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]
