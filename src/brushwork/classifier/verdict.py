"""A verdict and how it is said: as plain data, as a card, as a line, as a row of a table."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from brushwork.classifier.gallery import Neighbour

UNSURE = "unsure"
BAR, LISTED, EVEN = 24, 6, 1.25  # characters of a full bar, styles of a card, odds up to which a verdict is about even
NO_TEST = "this picture, or a copy of it, was learned from: the verdict is no test"
NUMBERS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A classifier's calibrated answer for one picture, or the `reason` why there is none."""

    file: str
    style: str  # "unsure" where the most probable style is less probable than the model's threshold
    probabilities: dict[str, float]
    log_odds: float  # nats, of the most probable style against the runner-up
    most_probable: str
    runner_up: str
    model: str  # the run's name and the fingerprint of its weights
    reason: str = ""
    unlike: str = ""  # in plain words why the picture is unlike the collection's paintings
    nearest: dict[str, list[Neighbour]] = field(default_factory=dict)  # by style
    learned_from: bool = False  # the picture, or a near-identical one, is among those learned from
    sha256: str = ""  # of the file that was judged

    def to_dict(self) -> dict[str, object]:
        """The verdict as plain data; `log_odds` is None where there is no verdict."""
        return asdict(self) | {"log_odds": None if self.reason else self.log_odds}

    @property
    def probability(self) -> float:
        """Of the most probable style."""
        return self.probabilities[self.most_probable]

    @property
    def told(self) -> str:
        """The style, or that it is unsure and of which it thinks first."""
        return f"unsure, leaning to {self.most_probable}" if self.style == UNSURE else self.style

    def warned(self, why: bool = True) -> str:
        """What there is to know before the verdict is believed, with or without the reason; mostly nothing."""
        unlike = f"; unlike the collection{f': {self.unlike}' if why else ''}" if self.unlike else ""
        return unlike + ("; learned from, so no test" if self.learned_from else "")

    def in_words(self) -> str:
        """The verdict as one line."""
        if self.reason:
            return f"{self.file}: no verdict, {self.reason}"
        odds = ", ".join(f"{style} {p:.1%}" for style, p in _listed(self.probabilities))
        return f"{self.file}: {self.told} ({odds}; {odds_in_words(self.log_odds)}){self.warned()}"

    def card(self, threshold: str = "", rate: str = "") -> str:
        """The verdict as a card of several lines; what "unsure" and "unlike" mean for the run can be given in words."""
        if self.reason:
            return f"{self.file}\n  no verdict: {self.reason}"
        lines = [self.file]
        if self.style == UNSURE:
            lines.append(f"  {self.told}{', ' + threshold if threshold else ''}")
        lines.append(f"  {self.most_probable} rather than {self.runner_up}, {odds_in_words(self.log_odds)}")
        if self.unlike:
            lines.append(f"  unlike the collection: {self.unlike}{' (' + rate + ')' if rate else ''}")
        if self.learned_from:
            lines.append(f"  {NO_TEST}")
        shown = _listed(self.probabilities)
        wide = max(len(style) for style, _ in shown)
        lines += [f"    {style:{wide}}  {_bar(p)} {p:6.1%}" for style, p in shown]
        for style, _ in shown:
            near = self.nearest.get(style, [])
            if near:
                lines.append(f"  nearest in {style}:")
                lines += [f"    {n.in_words()}, likeness {n.similarity:.2f}" for n in near]
        return "\n".join(lines)


def no_verdict(file: str, model: str, reason: str) -> Verdict:
    """The verdict on a picture that cannot be read."""
    return Verdict(file, "", {}, math.nan, "", "", model, reason)


def odds_in_words(log_odds: float) -> str:
    """Log-odds (nats) of the more probable of two as a bookmaker says them: "12 to 1 on", "about even"."""
    odds = math.exp(min(log_odds, 50.0))
    if odds < EVEN:
        return "about even"
    if odds > 1000:
        return "more than 1,000 to 1 on"
    return f"{odds:.1f} to 1 on" if odds < 3 else f"{float(f'{odds:.2g}'):.0f} to 1 on"


def threshold_in_words(unsure_below: float, risk: float | None) -> str:
    """What "unsure" means for a model: the probability below which it is said, and the risk chosen; over 1, always."""
    if unsure_below <= 0:
        return "never: this model has no threshold"
    if risk is None:
        return f"below {unsure_below:.0%}"
    once = round(1 / risk) if risk else 0
    counted = 2 <= once <= 12 and abs(once * risk - 1) < 0.01
    often = f"no more than {f'one time in {NUMBERS[once - 2]}' if counted else f'{risk:.1%} of the time'}"
    if unsure_below > 1:
        return (
            f"whatever the probability: no threshold was found above which verdicts on unseen artists are wrong {often}"
        )
    return f"below {unsure_below:.0%}; verdicts from there up are to be wrong on unseen artists {often}"


def rate_in_words(rate: float) -> str:
    """How often "unlike the collection" is said of the collection itself, a share of its paintings."""
    return f"said of {rate:.1%} of the collection's own paintings too, each judged as though its artist were not in it"


def columns(styles: Sequence[str]) -> list[str]:
    """The columns of a table of verdicts for these styles."""
    near = [f"nearest {what}:{style}" for style in styles for what in ("title", "artist")]
    said = ["file", "style", "most_probable", "probability", "log_odds", "unlike", "reason"]
    return [*said, *(f"p:{style}" for style in styles), *near, "learned_from", "sha256", "model"]


def row(verdict: Verdict, styles: Sequence[str]) -> list[str]:
    """The verdict as the cells of `columns`; what is not known is empty."""
    near: list[str] = []
    for style in styles:
        first = next(iter(verdict.nearest.get(style, [])), None)
        near += [first.title, first.artist] if first else ["", ""]
    numbers = ["", ""] if verdict.reason else [f"{verdict.probability:.6g}", f"{verdict.log_odds:.6g}"]
    shares = [f"{verdict.probabilities[style]:.6g}" if not verdict.reason else "" for style in styles]
    said = [verdict.file, verdict.style, verdict.most_probable, *numbers, verdict.unlike, verdict.reason]
    return [*said, *shares, *near, str(verdict.learned_from).lower(), verdict.sha256, verdict.model]


def _listed(probabilities: dict[str, float]) -> list[tuple[str, float]]:
    """The most probable styles, and what is left over for all others together."""
    ordered = sorted(probabilities.items(), key=lambda item: -item[1])
    rest = ordered[LISTED:]
    return ordered[:LISTED] + ([(f"{len(rest)} others", sum(p for _, p in rest))] if rest else [])


def _bar(share: float) -> str:
    full = round(share * BAR)
    return "█" * full + "░" * (BAR - full)
