"""The evaluation that `brushwork evaluate` left in a run, read back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from brushwork.classifier.evaluate import EVALUATION, Abstention, Evaluation, Row, Table
from brushwork.classifier.scores import ArtistScore, Bin, Coverage, Interval, Scores
from brushwork.errors import UserError
from brushwork.run import read_json


def read_evaluation(folder: Path) -> Evaluation | None:
    """The evaluation in a run's folder, None where there is none; `UserError` when another version wrote it."""
    path = folder / EVALUATION
    if not path.exists():
        return None
    try:
        return evaluation_from(read_json(path))
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path} is of another version of Brushwork ({error}); run `brushwork evaluate {folder}` again."
        ) from error


def evaluation_from(data: Mapping[str, Any]) -> Evaluation:
    """What `Evaluation.to_dict` gave, as an evaluation again."""
    return Evaluation(
        **dict(data)
        | {
            "tables": [_table(table) for table in data["tables"]],
            "leakage": {name: Interval(**gap) for name, gap in data["leakage"].items()},
            "calibration_before": Interval(**data["calibration_before"]),
            "abstention": Abstention(**data["abstention"]),
            "coverage": [
                Coverage(**one | {"balanced_accuracy": _interval(one["balanced_accuracy"])}) for one in data["coverage"]
            ],
            "bins": [Bin(**one) for one in data["bins"]],
            "genres": [Scores.from_dict(one) for one in data["genres"]],
            "artists": [ArtistScore(**one) for one in data["artists"]],
        }
    )


def _table(data: Mapping[str, Any]) -> Table:
    rows = [
        Row(**row | {"scores": Scores.from_dict(row["scores"]), "ahead": _interval(row["ahead"])})
        for row in data["rows"]
    ]
    return Table(**dict(data) | {"rows": rows})


def _interval(data: Mapping[str, Any] | None) -> Interval | None:
    return None if data is None else Interval(**data)
