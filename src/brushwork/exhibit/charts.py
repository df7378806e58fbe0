"""Charts of the exhibit, as SVG text that goes into the page."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

BLUE, ORANGE, GREY = "#2b6c9e", "#d1650f", "#777777"
Series = Mapping[str, tuple[Sequence[float], Sequence[float]]]


def lines(series: Series, x: str, y: str, mark: tuple[float, str] | None = None) -> str:
    """Named lines over x, with a dashed horizontal mark and its name if there is one; the first two in blue and orange."""
    figure, axes = _axes(x, y)
    for (name, (xs, ys)), colour in zip(series.items(), (BLUE, ORANGE, GREY), strict=False):
        axes.plot(xs, ys, color=colour, label=name, linewidth=1.6)
    if mark:
        axes.axhline(mark[0], color=GREY, linestyle="--", linewidth=1)
        axes.annotate(mark[1], (0.99, mark[0]), xycoords=("axes fraction", "data"), ha="right", va="bottom", color=GREY)
    if len(series) > 1:
        axes.legend(frameon=False)
    return _svg(figure)


def intervals(
    rows: Sequence[tuple[str, float, float, float]], x: str, chance: float, highest: float | None = 1.005
) -> str:
    """A dot with its 95 % interval for every named row, and a line at chance; the axis ends at `highest` or the last end."""
    figure, axes = _axes(x, "", height=0.6 + 0.42 * len(rows))
    for i, (_, value, low, high) in enumerate(reversed(rows)):
        axes.plot([low, high], [i, i], color=BLUE, linewidth=2)
        axes.plot(value, i, "o", color=BLUE)
    axes.set_yticks(range(len(rows)), [name for name, *_ in reversed(rows)])
    axes.axvline(chance, color=GREY, linestyle="--", linewidth=1)
    ends = [chance, *(end for _, _, *both in rows for end in both)]
    room = 0.02 if highest else 0.04 * (max(ends) - min(ends))
    axes.set_xlim(min(ends) - room, highest or max(ends) + room)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    return _svg(figure)


def band(
    points: Sequence[tuple[float, float, float, float]], x: str, y: str, mark: tuple[float, str] | None = None
) -> str:
    """A line over x with its interval as a band, from (x, value, low, high), and a named vertical mark if there is one."""
    figure, axes = _axes(x, y)
    xs, values, lows, highs = zip(*points, strict=True)
    axes.fill_between(xs, lows, highs, color=BLUE, alpha=0.18, linewidth=0)
    axes.plot(xs, values, color=BLUE, linewidth=1.6)
    if mark:
        axes.axvline(mark[0], color=ORANGE, linestyle="--", linewidth=1)
        near_end = mark[0] > (min(xs) + max(xs)) / 2
        axes.annotate(
            mark[1],
            (mark[0], 0.02),
            xycoords=("data", "axes fraction"),
            xytext=(-4 if near_end else 4, 0),
            textcoords="offset points",
            ha="right" if near_end else "left",
            va="bottom",
            color=ORANGE,
        )
    return _svg(figure)


def against_diagonal(points: Sequence[tuple[float, float]], x: str, y: str) -> str:
    """Dots of what is (y) over what was said (x), both shares, with the line on which they agree."""
    figure, axes = _axes(x, y, height=3.4)
    least = min(0.5, *(min(point) for point in points))
    axes.plot([least, 1], [least, 1], color=GREY, linestyle="--", linewidth=1)
    axes.plot(*zip(*points, strict=True), "o", color=BLUE, markersize=5)
    axes.set_xlim(least - 0.02, 1.02)
    axes.set_ylim(least - 0.02, 1.02)
    return _svg(figure)


def _axes(x: str, y: str, height: float = 2.7) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, height), layout="constrained")  # narrow, so that a telephone shows its letters large
    axes = figure.subplots()
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Any) -> str:
    import matplotlib

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "brushwork", "font.family": "sans-serif"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    text = buffer.getvalue()
    return text[text.index("<svg") :]
