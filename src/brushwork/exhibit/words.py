"""The exhibit's sentences, made from its numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

Numbers = Mapping[str, Any]


def percent(value: float) -> str:
    """A share as a percentage without needless digits; the space does not break."""
    return f"{100 * value:.1f}".removesuffix(".0") + "\u00a0%"


def score(found: Numbers) -> str:
    """What a balanced accuracy with its interval means."""
    accuracy, styles = found["balanced_accuracy"], found["styles"]
    chance = 1 / len(styles)
    sure = (
        "so guessing is ruled out"
        if accuracy["low"] > chance
        else "which includes what guessing would reach, so nothing is shown yet"
    )
    return (
        f"Shown {found['n']} paintings by {found['artists']} artists of whom it had never seen a picture, the network named "
        f"the right style for {percent(accuracy['value'])} of them, counting each style equally (guessing: "
        f"{percent(chance)}). Had other artists been drawn for the test, the figure would most likely lie between "
        f"{percent(accuracy['low'])} and {percent(accuracy['high'])}, {sure}."
    )


def ranking(found: Numbers) -> str:
    """What the area under the ROC curve means."""
    area = found["auc"]
    return (
        f"Shown one painting of each style, it ranks the pair rightly in {percent(area['value'])} of cases "
        f"({percent(area['low'])} to {percent(area['high'])}; the area under the ROC curve)."
    )


def leakage(unseen: Numbers, random: Numbers) -> str:
    """Why the score on a random split is not the headline, with the gap."""
    ours, theirs = unseen["balanced_accuracy"]["value"], random["balanced_accuracy"]["value"]
    gap = theirs - ours
    if gap > 0.0005:
        size = f"{100 * gap:.1f} points higher"
        reading = "The difference is no skill: it is what the network gained by recognising painters."
        if random["balanced_accuracy"]["low"] < unseen["balanced_accuracy"]["high"]:
            reading += " (With so few painters part of it may be chance: the two intervals overlap.)"
    elif gap < -0.0005:
        size = f"{-100 * gap:.1f} points lower"
        reading = (
            "Here recognising painters gained nothing that can be seen: the difference is within the intervals, and the "
            "two tests hold different pictures."
        )
    else:
        size = "the same"
        reading = "Here recognising painters gained nothing that can be seen."
    return (
        f"Most published figures divide the pictures at random instead, so that the same painters are learned from and "
        f"tested on. That way the same network reaches {percent(theirs)}, {size}. {reading} A painter's habits (a ground, a "
        "pet colour, a way of turning the brush) go along with his style, so a network can name the style by knowing the "
        "hand. What it knows about style itself shows only on painters it has never met."
    )


def localisation(found: Numbers) -> str:
    """What the half-and-half canvases say about the maps."""
    by_style = ", ".join(f"{percent(value)} for {style}" for style, value in found["by_style"].items())
    good = found["share"] >= 0.85
    verdict = "The maps point where the evidence is." if good else "The maps point only roughly where the evidence is."
    return (
        f"Do the maps tell the truth? {found['canvases']} canvases were painted half in one school and half in the other, "
        f"which no network was told. On average {percent(found['share'])} of the evidence for a school lies on the half "
        f"painted in it ({by_style}; chance is about 50 %). {verdict}"
    )


def generator(run: Numbers) -> str:
    """How near a generator came, between the floor and noise."""
    quality = run["quality"]
    samples, floor, noise = quality["samples"], quality["floor"], quality["noise"]
    way = (noise - samples) / (noise - floor) if noise > floor else 0.0
    return (
        f"After {run['kimg']:g} thousand paintings shown ({run['paintings']} different ones), the distance of its pictures to "
        f"{quality['n']} paintings it never saw is {samples:.2f}; for coloured noise it is {noise:.2f}, for the training "
        f"paintings themselves {floor:.2f}. It has come {percent(max(0.0, min(1.0, way)))} of the way from noise to paintings."
    )


def palettes(real: Mapping[str, Numbers], generated: Sequence[tuple[str, str, Numbers]]) -> list[str]:
    """Whether the generators keep the difference in saturation and lightness between two styles."""
    if len(real) != 2:
        return []
    first, second = real
    lines = []
    presets = dict.fromkeys(preset for preset, _, _ in generated)
    for preset in presets:
        own = {style: colours for p, style, colours in generated if p == preset}
        if set(own) != {first, second}:
            continue
        for what in ("saturation", "lightness"):
            true = real[second][what] - real[first][what]
            made = own[second][what] - own[first][what]
            if abs(true) < 0.02:
                continue
            kept = "keeps" if true * made > 0 else "loses"
            more = "more" if true > 0 else "less"
            kind = "saturated" if what == "saturation" else "light"
            lines.append(
                f"{second} is {abs(true):.2f} {more} {kind} than {first} on a scale of 0 to 1; what {preset} paints differs "
                f"by {made:+.2f}: it {kept} the difference."
            )
    return lines


def reading(classifier: Numbers | None, generators: Sequence[Numbers]) -> list[str]:
    """The two readings side by side: what the network sees, and whether it can paint."""
    lines = []
    if classifier:
        accuracy = classifier["balanced_accuracy"]
        confusion, styles = classifier["confusion"], classifier["styles"]
        shares = [row[i] / max(1, sum(row)) for i, row in enumerate(confusion)]
        worst = min(range(len(styles)), key=lambda i: shares[i])
        lines.append(
            f"Style can be told from the picture alone, without knowing the painter: {percent(accuracy['value'])}. The style "
            f"missed most often is {styles[worst]}, recognised in {percent(shares[worst])} of cases."
        )
    if generators:
        best = min(generators, key=lambda run: run["quality"]["samples"])
        quality = best["quality"]
        near = quality["samples"] < quality["noise"] / 2
        lines.append(
            f"The generators have learned {'colours and coarse forms' if near else 'little'}: the nearest, "
            f"{best['preset']} on {best['style']}, stands at {quality['samples']:.2f} where noise stands at "
            f"{quality['noise']:.2f} and paintings at {quality['floor']:.2f}. What they leave out (edges, objects, faces) is "
            "as telling as what "
            "they catch: none of it was needed to look like the style from afar."
        )
    if classifier and generators:
        lines.append(
            "Neither reading proves what a style is. The maps say where this network found evidence, the samples what "
            "another one could repeat; both know only these paintings."
        )
    return lines
