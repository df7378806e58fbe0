"""A run's answers for its test paintings, as a table."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.run import write_atomically

FILE = "predictions.csv"


def write_predictions(
    folder: Path,
    paintings: Sequence[Painting],
    probabilities: np.ndarray[Any, np.dtype[np.float64]],
    styles: list[str],
) -> None:
    """One row per painting: id, artist group, true style and the probability of each style."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "group", "style", *styles])
    for painting, row in zip(paintings, probabilities.tolist(), strict=True):
        writer.writerow([painting.id, painting.group, painting.style, *(f"{p:.9g}" for p in row)])
    write_atomically(folder / FILE, text.getvalue().encode())


def read_predictions(folder: Path) -> dict[str, list[float]]:
    """The probabilities of each painting by id."""
    path = folder / FILE
    if not path.exists():
        raise UserError(f"{path} is missing; run the same `brushwork train classifier` again.")
    with path.open(newline="", encoding="utf-8") as table:
        rows = list(csv.reader(table))
    return {row[0]: [float(value) for value in row[3:]] for row in rows[1:]}
