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


def intervals(rows: Sequence[tuple[str, float, float, float]], x: str, chance: float) -> str:
    """A dot with its 95 % interval for every named row, and a line at chance."""
    figure, axes = _axes(x, "", height=0.6 + 0.42 * len(rows))
    for i, (_, value, low, high) in enumerate(reversed(rows)):
        axes.plot([low, high], [i, i], color=BLUE, linewidth=2)
        axes.plot(value, i, "o", color=BLUE)
    axes.set_yticks(range(len(rows)), [name for name, *_ in reversed(rows)])
    axes.axvline(chance, color=GREY, linestyle="--", linewidth=1)
    axes.set_xlim(min(chance, *(low for _, _, low, _ in rows)) - 0.02, 1.005)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    return _svg(figure)


def _axes(x: str, y: str, height: float = 2.7) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.2, height), layout="constrained")
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
