"""An evaluation in plain words and tables, for a terminal."""

from collections.abc import Sequence

from brushwork.classifier import sentences
from brushwork.classifier.analyses import MEASURES
from brushwork.classifier.evaluate import Abstention, Evaluation, Row, Table
from brushwork.classifier.scores import Interval, Scores

HEADINGS = {
    "random": "random split",
    "artist": "ARTISTS NEVER SEEN",
    "within-artist": "within artist",
    "cross-source": "cross-source",
}


def in_words(found: Evaluation) -> str:
    """The whole evaluation: the numbers, the baselines, leakage, calibration, abstention, genres and artists."""
    parts = [_numbers(found), _baselines(found), _leakage(found), _trust(found), _genres(found), _artists(found)]
    return "\n\n".join(part for part in parts if part)


def _main(table: Table) -> Row | None:
    return table.rows[-1] if table.rows else None


def _numbers(found: Evaluation) -> str:
    tables = [table for table in found.tables if table.rows]
    columns = [[HEADINGS[table.protocol] for table in tables]]
    rows = [_main(table) for table in tables]
    told = [row.scores for row in rows if row]
    names = [""]
    for key, name in MEASURES.items():
        names.append(name)
        columns.append([str(getattr(one, key)) for one in told])
    names += ["paintings", "artists"]
    columns += [[f"{one.n:,}" for one in told], [f"{one.artists:,}" for one in told]]
    lines = [f"{found.run}: {', '.join(found.styles)}; the headline is the column of artists never seen."]
    lines += _aligned([[name, *cells] for name, cells in zip(names, columns, strict=True)])
    lines.append("In brackets 95 % intervals that resample artists, then their paintings. Guessing: "
                 f"{1 / len(found.styles):.3f}. The random split is for comparison with the literature only.")  # fmt: skip
    lines += [f"{HEADINGS[table.protocol]}: {table.reason}" for table in found.tables if table.reason]
    lines += [f"{HEADINGS[t.protocol]}: {one.caution}" for t, one in zip(tables, told, strict=True) if one.caution]
    if found.elsewhere:
        lines.append(f"cross-source: {found.elsewhere}.")
    else:
        lines.append("cross-source: not asked for; give another collection with --on COLLECTION.")
    return "\n".join(lines)


def _baselines(found: Evaluation) -> str:
    table = found.table("artist")
    random = found.table("random")
    if table is None:
        return ""
    seen = {row.name: row.scores for row in random.rows} if random else {}
    cells = [["", "reads", "artists never seen", "AUC", "random split", "this run is ahead by"]]
    for row in table.rows:
        cells.append(
            [
                f"{'*' if row.must_beat else ' '} {row.name}",
                row.reads if len(row.reads) < 44 else row.reads[:42] + "…",
                str(row.scores.balanced_accuracy),
                _auc(row),
                f"{seen[row.name].balanced_accuracy.value:.3f}" if row.name in seen else "",
                str(row.ahead) if row.ahead else "",
            ]
        )
    lines = ["Balanced accuracy beside the baselines, on the same folds:", *_aligned(cells)]
    rivals = [(row.name, row.ahead) for row in table.rows if row.must_beat and row.ahead]
    lost = ", ".join(name for name, ahead in rivals if ahead.high < 0)
    unclear = ", ".join(name for name, ahead in rivals if ahead.low <= 0 <= ahead.high)
    said = [f"it loses to {lost}"] if lost else []
    said += [f"not shown for {unclear}, whose interval reaches 0"] if unclear else []
    lines.append("* a network that reads the picture must beat these rows on artists never seen to mean anything: "
                 + f"{'; '.join(said) or 'this one is ahead of all those marked here, beyond the interval'}.")  # fmt: skip
    lines.append(
        "  Artist lookup reads no picture: what it reaches on the random split is what knowing the artist gives away."
    )
    return "\n".join(lines)


def _auc(row: Row) -> str:
    # Answers that do not differ within a fold rank nothing; pooled over folds their order is the folds' own.
    return "0.500" if row.name in ("majority", "artist lookup") else f"{row.scores.auc.value:.3f}"


def _leakage(found: Evaluation) -> str:
    if not found.leakage:
        return ""
    lines = ["Artist leakage (random split minus artists never seen):"]
    lines += _aligned(
        [[f"  {name}", f"{100 * gap.value:+.1f} points {_points(gap)}"] for name, gap in found.leakage.items()]
    )
    return "\n".join([*lines, *sentences.leakage(found)])


def _points(gap: Interval) -> str:
    return f"[{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]"


def _trust(found: Evaluation) -> str:
    table, kept = found.table("artist"), found.abstention
    row = _main(table) if table else None
    if row is None:
        return ""
    whole = found.coverage[0].balanced_accuracy
    lines = [
        f"How sure: calibration error {found.calibration_before.value:.3f} before scaling, "
        f"{row.scores.calibration_error} after.",
        f'"Unsure" was set where at most {kept.risk:.0%} of verdicts on artists kept back would be wrong; on artists never '
        f"seen {_kept(kept)}.",
        "The surest verdicts only (share kept, threshold, balanced accuracy):",
    ]
    for one in found.coverage[:11:2]:
        gain = ""
        if one.balanced_accuracy and whole:
            gain = f"{one.balanced_accuracy}  {100 * (one.balanced_accuracy.value - whole.value):+.1f} points"
        lines.append(f"  {one.share:4.0%}  {one.threshold:.4f}  {gain or 'one style is left with none'}")
    return "\n".join(lines)


def _kept(found: Abstention) -> str:
    if not found.share_given:
        return "every answer was unsure"
    return f"{found.share_given:.1%} of verdicts were given and {found.share_wrong:.1%} of those were wrong"


def _genres(found: Evaluation) -> str:
    if not found.genres:
        return ""
    cells = [["Within one genre", "balanced accuracy", "AUC", "paintings", "artists"]]
    cells += [_genre(one) for one in found.genres]
    return "\n".join(_aligned(cells))


def _genre(one: Scores) -> list[str]:
    name = one.protocol.removeprefix("genre ")
    return [f"  {name}", str(one.balanced_accuracy), f"{one.auc.value:.3f}", f"{one.n:,}", str(one.artists)]


def _artists(found: Evaluation) -> str:
    worst = sentences.told_worst(found.artists)
    if not worst:
        return ""
    cells = [
        [
            f"Artists told worst (of those with {sentences.LEAST_PAINTINGS} paintings or more)",
            "style",
            "told rightly",
            "of",
        ]
    ]
    cells += [[f"  {one.artist or 'unknown'}", one.style, f"{one.right:.0%}", str(one.n)] for one in worst]
    return "\n".join([*_aligned(cells), "All artists: evaluation.json in the run, or --json."])


def _aligned(cells: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
