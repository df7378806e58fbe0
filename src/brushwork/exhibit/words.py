"""The exhibit's sentences, made from its numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

from brushwork.classifier.sentences import percent
from brushwork.generator.quality import PATCHES, SWD, Quality

Numbers = Mapping[str, Any]


def score(found: Numbers) -> str:
    """What a balanced accuracy with its interval means."""
    accuracy, styles = found["balanced_accuracy"], found["styles"]
    chance = 1 / len(styles)
    sure = (
        "so guessing is ruled out"
        if accuracy["low"] > chance
        else "which includes what guessing would reach, so nothing is shown yet"
    )
    few = ""
    if found["artists"] / len(styles) < 10:
        few = " With so few artists in the test the interval is itself uncertain, and rather too narrow than too wide."
    return (
        f"Shown {found['n']} paintings by {found['artists']} artists of whom it had never seen a picture, the network named "
        f"the right style for {percent(accuracy['value'])} of them, counting each style equally (guessing: "
        f"{percent(chance)}). Had other artists been drawn for the test, the figure would most likely lie between "
        f"{percent(accuracy['low'])} and {percent(accuracy['high'])}, {sure}.{few}"
    )


def ranking(found: Numbers) -> str:
    """What the area under the ROC curve means."""
    area = found["auc"]
    return (
        f"Shown one painting of each style, it ranks the pair rightly in {percent(area['value'])} of cases "
        f"({percent(area['low'])} to {percent(area['high'])}; the area under the ROC curve)."
    )


def localisation(found: Numbers) -> str:
    """What the half-and-half canvases say about the maps."""
    by_style = ", ".join(f"{percent(value)} for {style}" for style, value in found["by_style"].items())
    good = found["share"] >= 0.85
    verdict = "The maps point where the evidence is." if good else "The maps point only roughly where the evidence is."
    return (
        f"Do the maps tell the truth? {found['canvases']} canvases were painted half in one school and half in the other, "
        f"which no network was told. On average {percent(found['share'])} of the evidence for a school lies on the half "
        f"painted in it ({by_style}; chance is about 50 %). {verdict} (The painters of these canvases are typical ones, and "
        "some of them are among those it learned from.)"
    )


def generator(run: Numbers, quality: Quality) -> str:
    """How near a generator came, between the floor and noise."""
    patches = quality.measured(SWD, PATCHES)
    samples, floor, noise = patches.samples.value, patches.floor.value, patches.noise.value
    told = (
        f"After {run['kimg']:g} thousand paintings shown ({run['paintings']} different ones), the distance of patches of its "
        f"pictures to those of {quality.n} paintings it never saw is {samples:.2f}; for coloured noise it is {noise:.2f}, for "
        f"the training paintings themselves {floor:.2f}. "
    )
    if samples <= floor:
        return told + (
            "It is as near as paintings by other artists are. That is the limit of this measure, which sees colours and "
            "textures and no composition: look at the pictures for what is still missing."
        )
    way = max(0.0, (noise - samples) / (noise - floor)) if noise > floor else 0.0
    return told + f"By this measure it has come {percent(way)} of the way from noise to paintings."


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
            kept = "keeps" if made / true > 0.5 else "loses most of" if made / true > 0 else "loses"
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
        told = (
            f"Style can be told from the picture alone, without knowing the painter: {percent(accuracy['value'])}."
            if accuracy["low"] > 1 / len(styles)
            else "Whether style can be told from the picture alone is not shown: the score may be a guesser's."
        )
        lines.append(
            f"{told} The style missed most often is {styles[worst]}, recognised in {percent(shares[worst])} of cases."
            if min(shares) < 1
            else f"{told} None of the test paintings was missed."
        )
    if generators:
        best = min(generators, key=lambda run: run["quality"].measured(SWD, PATCHES).samples.value)
        patches = best["quality"].measured(SWD, PATCHES)
        samples, noise, floor = patches.samples.value, patches.noise.value, patches.floor.value
        near = samples < noise / 2
        lines.append(
            f"By the distance of patches, the generators have learned {'much of the colour and texture' if near else 'little'}: "
            f"the nearest, {best['preset']} on {best['style']}, stands at {samples:.2f} where noise stands at "
            f"{noise:.2f} and paintings at {floor:.2f}. The distance does not see composition; compare "
            "the generated pictures with the real squares above them for what is missing."
        )
    if classifier and generators:
        lines.append(
            "Neither reading proves what a style is. The maps say where this network found evidence, the samples what "
            "another one could repeat; both know only these paintings."
        )
    return lines
