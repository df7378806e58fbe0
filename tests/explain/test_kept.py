"""What is kept is strict JSON, comes back as it was, and is not taken for what another version measured."""

import json
import math
from pathlib import Path

import pytest

from brushwork.errors import UserError
from brushwork.explain.kept import FORMAT, interval, plain, read_kept


def test_numbers_that_are_none_are_null_and_come_back() -> None:
    data = plain({"a": {"value": 1.0, "low": math.nan, "high": math.nan}, "b": [math.nan, 2, "x", None], "c": (1, 2)})
    text = json.dumps(data, allow_nan=False)
    a, b = {"value": 1.0, "low": None, "high": None}, [None, 2, "x", None]
    assert json.loads(text) == {"format": FORMAT, "a": a, "b": b, "c": [1, 2]}
    back = interval(data["a"])
    assert back.value == 1
    assert math.isnan(back.low)


def test_another_version_is_refused_and_nothing_is_nothing(tmp_path: Path) -> None:
    assert read_kept(tmp_path / "no.json", dict, "trust") is None
    path = tmp_path / "run" / "trust.json"
    path.parent.mkdir()
    for content in ('{"a": 1}', '{"format": 1, "a": 1}'):
        path.write_text(content)
        with pytest.raises(UserError, match=r"run `brushwork trust .*run` again"):
            read_kept(path, dict, "trust")
    path.write_text(json.dumps({"format": FORMAT, "a": 1}))
    assert read_kept(path, dict, "trust") == {"a": 1}
