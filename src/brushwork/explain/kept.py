"""What commands found of a run's explanations, kept in the run as JSON and read back."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from brushwork.classifier.evaluate import models_of
from brushwork.classifier.model import fingerprint
from brushwork.classifier.scores import Interval
from brushwork.errors import UserError
from brushwork.run import Run, read_json

FORMAT = 4  # counted up when what is measured changes, so that old numbers are not taken for new ones
Found = TypeVar("Found")


def plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Data as strict JSON has it: null where there is no number; with the format's number."""
    return {"format": FORMAT} | {key: _plain(value) for key, value in data.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def number(value: float | None) -> float:
    """A number as `plain` had it: NaN where there was none."""
    return math.nan if value is None else value


def interval(data: Mapping[str, float | None]) -> Interval:
    """An interval as `plain` had it."""
    return Interval(*(number(data[end]) for end in ("value", "low", "high")))


def read_kept(path: Path, make: Callable[[dict[str, Any]], Found], command: str) -> Found | None:
    """What was kept in a file, None where there is none; `UserError` when another version wrote it."""
    if not path.exists():
        return None
    try:
        data = read_json(path)
        if data.pop("format", None) != FORMAT:
            raise KeyError("format")
        return make(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{path} is of another version of Brushwork ({error}); run `brushwork {command} {path.parent}` again."
        ) from error


def fingerprints(run: Run) -> list[str]:
    """Of a run's models that judged its test paintings."""
    return [fingerprint(part.folder) for part in models_of(run)]


def found_again(read: Callable[[Path], Found | None], run: Run, asked: Callable[[Found], bool]) -> Found | None:
    """What was found before if it is just what is asked; None otherwise, also of another version's."""
    try:
        found = read(run.folder)
    except UserError:
        return None
    return found if found is not None and asked(found) else None
