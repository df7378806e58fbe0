"""The exhibit's part on whether the verdicts can be believed: what `brushwork evaluate` found, drawn and in words."""

from dataclasses import dataclass

from markupsafe import Markup

from brushwork.classifier import analyses, sentences
from brushwork.classifier.document import Entry, Grid
from brushwork.classifier.evaluate import Evaluation
from brushwork.exhibit import charts


@dataclass(frozen=True, slots=True)
class Trust:
    """An evaluation as the page shows it: charts as SVG, sentences, tables; empty or None where nothing was found."""

    chart: Markup
    numbers: Grid
    glosses: tuple[Entry, ...]
    notes: list[str]
    must_beat: str
    baselines: Grid | None
    leakage: list[str]
    calibration: str
    abstention: str
    withholding: str
    coverage: Markup
    reliability: Markup
    genres: Grid | None
    artists: Grid | None


def trust(found: Evaluation) -> Trust:
    """What the page says of an evaluation."""
    table = found.table("artist")
    return Trust(
        chart=Markup(_four(found)),
        numbers=analyses.four_numbers(found),
        glosses=analyses.GLOSSES,
        notes=analyses.not_judged(found),
        must_beat=sentences.must_beat(table) if table else "",
        baselines=analyses.baselines(found),
        leakage=sentences.leakage(found),
        calibration=sentences.calibration(found),
        abstention=sentences.abstention(found.abstention),
        withholding=sentences.withholding(found),
        coverage=Markup(_coverage(found)),
        reliability=Markup(_reliability(found)),
        genres=analyses.genres(found),
        artists=analyses.artists_told_worst(found),
    )


def _four(found: Evaluation) -> str:
    told = {table.protocol: table.rows[-1].scores.balanced_accuracy for table in found.tables if table.rows}
    rows = [
        (label.replace(" (", "\n("), told[name].value, told[name].low, told[name].high)
        for name, label in analyses.PROTOCOLS.items()
        if name in told
    ]
    return charts.intervals(rows, "balanced accuracy", 1 / len(found.styles))


def _coverage(found: Evaluation) -> str:
    points = [
        (100 * one.share, one.balanced_accuracy.value, one.balanced_accuracy.low, one.balanced_accuracy.high)
        for one in found.coverage
        if one.balanced_accuracy
    ]
    given = found.abstention.share_given
    mark = (100 * given, f"{sentences.percent(given)} got a verdict".replace("\u00a0", " ")) if given else None
    return charts.band(points, "verdicts given, the surest first (%)", "balanced accuracy", mark)


def _reliability(found: Evaluation) -> str:
    points = [(one.confidence, one.right) for one in found.bins if one.n]
    return charts.against_diagonal(points, "how sure it said it was", "how often it was right")
