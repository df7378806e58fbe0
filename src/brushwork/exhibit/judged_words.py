"""What a classifier made of generated pictures, in sentences and tables; each follows from the numbers by rule."""

from collections.abc import Sequence

from brushwork.classifier.document import Entry, Grid, Part, plain_text
from brushwork.classifier.scores import Interval
from brushwork.classifier.sentences import joined, number, percent, span
from brushwork.exhibit.judged import Apart, Compared, DialJudged, Judged, StyleJudged

TO_TRUST = 10  # of a style, below which intervals are rather too narrow
DISTANCES = {
    "log_odds": "log-odds (nats)",
    "place": "where the evidence lies (1 − correlation)",
    "strong": "what weighs most (kernel distance)",
    "weak": "what weighs least (kernel distance)",
}
GLOSSES: tuple[Entry, ...] = (
    Entry(
        "Called.",
        "The style that is the most probable, whether the classifier is sure of it or not. “Unsure” says how often it would "
        "have given no verdict.",
    ),
    Entry(
        "Real, as small.",
        "Paintings that the classifier has not seen, nor the generator where both learned from one collection, cut to their "
        "middle square and brought to the generator's size, as the paintings were from which it learned. Everything is then "
        "brought to the size at which the classifier judges. "
        "The comparison is with these; whole paintings show what the size alone costs.",
    ),
    Entry(
        "Log-odds.",
        "How much likelier the style is than the most probable other, in nats: 1 nat is 2.7 times, 2 nats are 7 times. They are "
        "the sum of the evidence map and the bias, which lies nowhere on the canvas and is the same for all pictures of two "
        "styles. The distance of two sets of log-odds is Wasserstein's: by how many nats they have to be moved on average.",
    ),
    Entry(
        "Concentration.",
        "The share of a map's evidence, for and against alike, that lies in the tenth of the canvas with most of it. Spread "
        "evenly it would be 10 %.",
    ),
    Entry(
        "Where the evidence lies.",
        "The mean map of all pictures, for and against alike, compared place by place: 1 less its correlation with that of "
        "the real ones. 0 is the same places, 1 unrelated ones.",
    ),
    Entry(
        "What weighs most, and least.",
        "What the classifier's last layer holds in the tenth of each canvas with most evidence, and in the tenth with least; "
        "compared as distributions by the maximum mean discrepancy under a Gaussian kernel (Gretton et al. 2012).",
    ),
    Entry(
        "The floor.",
        "The real paintings are divided in two halves at random, 200 times. A distance is that of generated pictures from one "
        "half; the floor is that of the other half from the same, with as many pictures. Ranges are those of 95 % of the halves, "
        "which spread as widely as what other paintings and pictures would have given.",
    ),
)


def basis(found: Judged) -> str:
    """What was compared with what."""
    each = f"{found.count} pictures" + (" of each style" if len(found.parts) > 1 else "")
    shared = (
        "Both learned from the same collection."
        if found.same_collection
        else "The two learned from different collections, so that the generator may have seen some of these paintings."
    )
    few = min(part.artists for part in found.parts) < TO_TRUST
    unseen = "neither network has seen" if found.same_collection else "the classifier has not seen"
    return (
        f"{each} by {found.run} ({found.preset}, {found.size} pixels, {_drawn(found)}), beside {found.paintings} "
        f"paintings by {found.artists} artists whom {unseen}. The judge is {found.classifier}, which never saw a "
        f"generated picture. {shared}"
        + (" With so few artists the intervals of real paintings are rather too narrow than too wide." if few else "")
    )


def _drawn(found: Judged) -> str:
    nearer = "" if found.truncation == 1 else f", truncation {found.truncation:g}: drawn towards their style's mean"
    return f"seed {found.seed}, unselected{nearer}"


def competence(found: Judged) -> str:
    """Whether the classifier can judge pictures as small at all."""
    chance = percent(1 / len(found.knows))
    told = (
        f"Can it judge pictures of {found.size} pixels? Real paintings made as small it tells rightly in "
        f"{percent(found.at_size.value)} of cases, counting each style equally ({span(found.at_size)}); whole ones in "
        f"{percent(found.whole.value)} ({span(found.whole)}); guessing reaches {chance}. "
    )
    if found.blind:
        return told + "At this size it may be guessing, so what follows says nothing of the generator."
    if found.at_size.high < found.whole.low:
        return told + "The size alone costs it much, so generated pictures are to be held against real ones as small."
    return told + "The size costs it little."


def title(found: Judged, part: StyleJudged) -> str:
    """What a part is of."""
    return part.style or f"{joined(found.styles)}, mixed"


def sentences(found: Judged, part: StyleJudged) -> list[str]:
    """Verdicts, certainty, place of the evidence and what weighs most, of one style."""
    return [_called(found, part), _certainty(part), _places(part), _features(part)]


def _called(found: Judged, part: StyleJudged) -> str:
    if part.style:
        own = part.called[part.style]
        whole = f", of whole ones {percent(own.whole.value)}" if own.whole else ""
        others = (
            f" (Of real paintings of other styles as small it calls {percent(part.others.value)} so.)"
            if part.others
            else ""
        )
        return (
            f"The classifier calls {_of(own.generated, part.n)} generated pictures {part.style} ({span(own.generated)}), of real "
            f"ones of the same size {percent(own.real.value)} ({span(own.real)}){whole}: {_more(own)}.{others}"
        )
    generated = joined([f"{round(part.called[style].generated.value * part.n)} {style}" for style in found.styles])
    real = joined([f"{percent(part.called[style].real.value)} {style}" for style in found.styles])
    return (
        f"The network is told no style. Of {part.n} generated pictures the classifier calls {generated}, of {part.real} "
        f"real ones of the same size, mixed as those that it learned from, {real}: {part.asked} {_more(part.called[part.asked])}."
    )


def _of(share: Interval, n: int) -> str:
    return f"{round(share.value * n)} of {n}"


def _more(found: Compared) -> str:
    more = found.more
    ends = f"{100 * more.value:+.1f} points, {100 * more.low:+.1f} to {100 * more.high:+.1f}"
    if more.low <= 0 <= more.high:
        return f"no difference beyond chance ({ends})"
    return f"{'more' if more.value > 0 else 'less'} often ({ends})"


def _certainty(part: StyleJudged) -> str:
    own, gap = part.means["log_odds"], part.distances["log_odds"]
    told = (
        f"On average the log-odds for {part.asked} are {own.generated.value:+.2f} nats, those of real ones as small "
        f"{own.real.value:+.2f}. The two sets lie {gap.generated.value:.2f} nats apart, halves of the real ones "
        f"{gap.floor.value:.2f}: {_beyond(gap)}"
    )
    if not part.style or gap.beyond.low <= 0:
        return told
    if own.more.low > 0:
        return f"{told} It is surer of the generated pictures than of real ones: the style is overdone."
    if own.more.high < 0:
        return f"{told} It is less sure of the generated pictures than of real ones."
    return told


def _beyond(found: Apart) -> str:
    return "more than chance." if found.beyond.low > 0 else "no more than chance may do."


def _places(part: StyleJudged) -> str:
    own, place = part.means["concentration"], part.distances["place"]
    how = "as" if own.more.low <= 0 <= own.more.high else "more" if own.more.value > 0 else "less"
    than = "as" if how == "as" else "than"
    same = "not in the same places" if place.beyond.low > 0 else "in the same places, as far as can be told"
    return (
        f"The tenth of the canvas with most evidence holds {percent(own.generated.value)} of it, in real ones "
        f"{percent(own.real.value)}: it is {how} concentrated {than} there. On average it lies {same}: the correlation of the "
        f"mean maps is {1 - place.generated.value:.2f}, between halves of the real ones {1 - place.floor.value:.2f}."
    )


def _features(part: StyleJudged) -> str:
    strong, weak = part.distances["strong"], part.distances["weak"]
    told = (
        f"What weighs most in them is {strong.times:.1f} times as far from real paintings as these are from one another, what "
        f"weighs least {weak.times:.1f} times: "
    )
    if part.counts_more.low > 0:
        return told + "it paints what counts worse than what does not."
    if part.counts_more.high < 0:
        return told + "it paints what counts better than what does not."
    return told + "no difference between the two can be told from chance."


def conclusion(found: Judged) -> str:
    """Whether the generator reproduces what the classifier looks at, in a sentence or one a style."""
    if found.blind:
        return (
            f"Whether {found.run} paints what the classifier looks at cannot be said: of real paintings of {found.size} pixels "
            "it may be guessing."
        )
    if len(found.parts) == 1:
        return f"Does {found.run} paint what the classifier looks at? {_first_up(_answer(found.parts[0]))}."
    said = ". ".join(f"Of {part.style}, {_answer(part)}" for part in found.parts)
    return f"Does {found.run} paint what the classifier looks at? {said}."


def _answer(part: StyleJudged) -> str:
    times = f"{part.distances['strong'].times:.1f} times"
    far = f"what weighs most in them is {times} as far from real paintings as these are from one another"
    near = f"that what weighs most in them is farther from real paintings than these are from one another is not shown ({times})"
    more = part.style and part.called[part.style].more.low > 0
    often = (
        f"called {part.style} {'more' if more else 'as'} often {'than' if more else 'as'} real ones are"
        if part.style
        else "called each style as often as real ones are"
    )
    seldom = f"called {part.style} less often than real ones are" if part.style else f"not {often}"
    if part.as_often and part.same_features:
        return f"yes, as far as {part.n} pictures can tell: its pictures are {often}, and {near}"
    if part.as_often:
        return f"its verdict only: its pictures are {often}, but {far}"
    if part.same_features:
        return f"in part at most: its pictures are {seldom}; {near}"
    return f"no: its pictures are {seldom}, and {far}"


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def means(part: StyleJudged) -> Grid:
    """Shares and means of generated pictures beside real ones."""
    names = {
        "log_odds": f"log-odds for {part.asked}, mean (nats)",
        "for_it": "evidence for it (nats)",
        "against_it": "evidence against it (nats)",
        "concentration": "concentration of the evidence",
    }
    own = {part.style: f"called {part.style} (style accuracy)"}
    rows = [(own.get(style, f"called {style}"), *_cells(one)) for style, one in part.called.items()]
    rows.append(("unsure", *_cells(part.unsure)))
    rows += [(words, *_cells(part.means[name])) for name, words in names.items()]
    spread = part.spread
    rows.append(
        ("log-odds, deviation", f"{spread['generated']:.3f}", f"{spread['real']:.3f}", "", f"{spread['whole']:.3f}")
    )
    # Of more than two styles the rival differs from picture to picture, and the bias with it.
    others = f"{part.bias:+.3f}" if len(part.called) == 2 else ""
    rows.append(("bias (nats), of the head", f"{part.bias:+.3f}", others, "", others))
    header = (
        "mean, 95 % interval",
        f"generated ({part.n})",
        f"real, as small ({part.real})",
        "difference",
        "real, whole",
    )
    return Grid(header, tuple(rows))


def _cells(one: Compared) -> tuple[str, str, str, str]:
    return number(one.generated), number(one.real), number(one.more), number(one.whole) if one.whole else ""


def distances(part: StyleJudged) -> Grid:
    """How far generated pictures are from real ones, beside the floor."""
    rows = tuple(
        (words, number(one.generated), number(one.floor), f"{one.times:.2f}", number(one.beyond))
        for name, words in DISTANCES.items()
        if (one := part.distances[name])
    )
    return Grid(("mean, 95 % of halves", "generated to real", "floor: real to real", "times", "beyond the floor"), rows)


def halves(part: StyleJudged) -> str:
    """How the floor was had."""
    by = "artist" if part.halves == "artists" else "painting, for of artists there are too few"
    return (
        f"The {part.real} real paintings are by {part.artists} artists. They are halved by {by}; on average {part.half} pictures "
        "stand on each side of a distance."
    )


def dial(found: DialJudged) -> str:
    """Whether the style dial turns the verdict."""
    monotone, ranked, turned = (
        f"{_of(one, found.seeds)} pictures ({span(one)})" for one in (found.monotone, found.ranked, found.turned)
    )
    return (
        f"Turned from {found.first} to {found.last} in {found.steps} steps, all else the same, the log-odds of {found.last} "
        f"never fall for {monotone}; their rank correlation with the dial is 0.9 or more for {ranked}. For {turned} the verdict "
        f"turns from {found.first} to {found.last}."
    )


def parts(found: Judged) -> Sequence[Part]:
    """Everything, for the terminal."""
    said: list[Part] = [conclusion(found), basis(found), competence(found)]
    for part in found.parts:
        said += [f"{title(found, part)}:", *sentences(found, part), means(part), distances(part), halves(part)]
    return [*said, *([dial(found.dial)] if found.dial else [])]


def in_words(found: Judged) -> str:
    """All of it as text for a terminal."""
    return plain_text(parts(found), 120)
