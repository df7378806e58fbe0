"""An evaluation as tables in plain words, for the model card, the exhibit and the terminal."""

from typing import TYPE_CHECKING

from brushwork.classifier import sentences
from brushwork.classifier.document import Entry, Grid, Part
from brushwork.classifier.scores import Scores
from brushwork.classifier.sentences import number, percent

if TYPE_CHECKING:
    from brushwork.classifier.evaluate import Evaluation

MEASURES = {
    "balanced_accuracy": "balanced accuracy",
    "auc": "AUC",
    "macro_f1": "macro-F1",
    "log_loss": "log-loss, nats",
    "calibration_error": "calibration error",
}
GLOSSES = (
    Entry(
        "Balanced accuracy:",
        "the share of paintings told rightly within each style, averaged over styles, so that a style with many paintings "
        "does not drown the others. Guessing reaches one half with two styles.",
    ),
    Entry(
        "AUC:",
        "shown one painting of a style and one of another style, how often the first gets the higher score for its own (area "
        "under the ROC curve, each style against the rest, averaged). It does not depend on where the line is drawn.",
    ),
    Entry(
        "Macro-F1:",
        "for each style a balance between missing its paintings and giving its name to others, averaged over styles.",
    ),
    Entry(
        "Log-loss:",
        "how surprised it is by the right answer, in nats: 0 is never surprised, 0.69 is what even guessing between two costs.",
    ),
    Entry(
        "Calibration error:",
        "how far stated probabilities are from how often they come true, on average over 15 groups of equally many verdicts.",
    ),
)
INTERVALS = (
    "In brackets stand 95 % intervals: the 2.5th to 97.5th percentile of 1,000 repetitions with artists drawn anew, then "
    "their paintings, since twenty paintings by one hand are not twenty witnesses. Chance alone makes a calibration error, the "
    "more the fewer paintings there are; its interval is therefore turned round its value, and lies mostly below it."
)
PROTOCOLS = {
    "artist": "artists never seen (the headline)",
    "random": "random split (artists seen)",
    "within-artist": "artists who carry several styles",
    "cross-source": "another collection",
}


def of_scores(columns: dict[str, Scores]) -> Grid:
    """All measures, one column a protocol, with the number of paintings and artists."""
    rows = [(name, *(number(getattr(one, key)) for one in columns.values())) for key, name in MEASURES.items()]
    rows.append(("paintings", *(f"{one.n:,}" for one in columns.values())))
    rows.append(("artists", *(f"{one.artists:,}" for one in columns.values())))
    return Grid(("measure", *columns), tuple(rows))


def confusion(found: Scores) -> Grid:
    """The paintings by true style and verdict."""
    rows = zip(found.styles, found.confusion, strict=True)
    return Grid(
        ("true style", *(f"told as {style}" for style in found.styles)),
        tuple((style, *map(str, row)) for style, row in rows),
    )


def four_numbers(found: "Evaluation") -> Grid:
    """The evaluated run's measures, one column for each protocol it could be judged by, the headline first."""
    told = {table.protocol: table.rows[-1].scores for table in found.tables if table.rows}
    return of_scores({PROTOCOLS[name]: told[name] for name in PROTOCOLS if name in told})


def not_judged(found: "Evaluation") -> list[str]:
    """Why a protocol has no number, and what the intervals of the others cannot show."""
    told = [f"{PROTOCOLS[t.protocol]}: {t.reason}" for t in found.tables if t.reason]
    if found.table("cross-source") is None:
        told.append("another collection: not asked for; “brushwork evaluate RUN --on COLLECTION” adds it.")
    if found.elsewhere:
        told.append(f"another collection: {found.elsewhere}.")
    cautions = [(t.protocol, t.rows[-1].scores.caution) for t in found.tables if t.rows]
    return told + [f"{PROTOCOLS[protocol]}: {caution}." for protocol, caution in cautions if caution]


def baselines(found: "Evaluation") -> Grid | None:
    """Every way of answering beside the run, its own row last; None without a score on artists never seen.

    Leakage is what the row gains where the artists were seen: the random split minus artists never seen.
    """
    table, random = found.table("artist"), found.table("random")
    if table is None or not table.rows:
        return None
    seen = {row.name: row.scores.balanced_accuracy for row in random.rows} if random else {}
    rows = []
    for row in table.rows:
        own = row is table.rows[-1]
        preset = sentences.preset_of(row.name)
        rows.append(
            (
                f"this run: {row.name}" if own else row.name,
                number(row.scores.balanced_accuracy),
                number(row.ahead) if row.ahead else "",
                number(seen[row.name]) if row.name in seen else "not measured",
                number(found.leakage[row.name]) if row.name in found.leakage else "not measured",
                "" if own else "must beat" if row.must_beat else "for comparison",
                f"{row.reads}; {preset}" if preset else row.reads,
            )
        )
    header = (
        "what answers",
        "artists never seen",
        "this run is ahead by",
        "random split",
        "leakage",
        "role",
        "what it reads",
    )
    return Grid(header, tuple(rows), words=True)


def coverage(found: "Evaluation") -> Grid:
    """Balanced accuracy where only the surest verdicts are given, from all of them to half."""
    rows = [
        (
            percent(one.share),
            f"{one.n:,}",
            f"{one.threshold:.4f}",
            number(one.balanced_accuracy) if one.balanced_accuracy else "a style is left with none",
        )
        for one in found.coverage
        if one.share >= 0.5 and round(100 * one.share) % 10 == 0
    ]
    return Grid(("verdicts given", "paintings", "least sure among them", "balanced accuracy"), tuple(rows))


def genres(found: "Evaluation") -> Grid | None:
    """The scores within single genres; None where none holds enough paintings of two styles."""
    rows = [
        (
            one.protocol.removeprefix("genre "),
            number(one.balanced_accuracy),
            number(one.auc),
            f"{one.n:,}",
            f"{one.artists:,}",
        )
        for one in found.genres
    ]
    return Grid(("genre", "balanced accuracy", "AUC", "paintings", "artists"), tuple(rows)) if rows else None


def artists_told_worst(found: "Evaluation") -> Grid | None:
    """The artists missed most often; None where none with enough paintings was missed."""
    rows = [
        (one.artist, one.style, percent(one.right), f"{one.n:,}", f"{one.probability:.2f}")
        for one in sentences.told_worst(found.artists)
    ]
    header = ("artist", "style", "told rightly", "of paintings", "mean probability given to that style")
    return Grid(header, tuple(rows)) if rows else None


def analyses(found: "Evaluation") -> tuple[Part, ...]:
    """Everything an evaluation found, in the order of a model card's quantitative analyses."""
    parts: list[Part | None] = [Entry("By protocol.", INTERVALS), four_numbers(found), *not_judged(found)]
    if (beside := baselines(found)) and (table := found.table("artist")):
        parts += [Entry("Beside what hardly looks at the picture.", sentences.must_beat(table)), beside]
    if told := sentences.leakage(found):
        parts += [Entry("Artist leakage.", told[0]), *told[1:]]
    parts += [
        Entry("How sure it is.", sentences.calibration(found)),
        Entry("“Unsure”.", sentences.abstention(found.abstention)),
        sentences.withholding(found) or None,
        coverage(found),
    ]
    within = genres(found)
    parts.append(
        Entry("Within one genre", "subjects cannot be what is told apart; genres with 20 paintings or more:")
        if within
        else Entry(
            "Within one genre:",
            "no genre, as far as genres are known, holds 20 paintings with two styles by two artists each.",
        )
    )
    worst = artists_told_worst(found)
    parts += [within, Entry("Artists told worst", f"of those with {sentences.LEAST_PAINTINGS} paintings or more:")]
    parts.append(worst or "Nobody was missed.")
    return tuple(part for part in parts if part is not None)
