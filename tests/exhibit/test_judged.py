"""What was found comes back as it was, and is not shown of a generator that has changed since."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from brushwork.classifier.scores import Interval
from brushwork.errors import UserError
from brushwork.exhibit.judged import DialJudged, Judged, judged_from, read_judged
from brushwork.explain.kept import FORMAT
from brushwork.generator.networks import fingerprint
from brushwork.run import write_json
from tests.exhibit.made import at, judged, part

DIAL = DialJudged("Calm", "Wild", 10, 7, at(0.9), at(0.9), at(0.5), [at(-1.0), at(1.0)])


def kept(folder: Path, found: Judged) -> Judged:
    """The same, kept in a folder that holds such a generator."""
    for name in ("generator.safetensors", "generator.json"):
        (folder / name).write_bytes(b"any")
    found = replace(found, generator=fingerprint(folder))
    write_json(folder / "judged.json", found.to_dict())
    return found


@pytest.mark.parametrize("dial", [None, DIAL])
def test_what_was_found_comes_back_as_it_was(tmp_path: Path, dial: DialJudged | None) -> None:
    assert read_judged(tmp_path) is None
    whole = kept(tmp_path, judged(part(), part(""), dial=dial))
    assert read_judged(tmp_path) == whole


def test_numbers_that_are_none_are_null_in_the_file() -> None:
    found = judged(replace(part(), counts_more=Interval(1.0, math.nan, math.nan)))
    data = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert data.pop("format") == FORMAT
    assert math.isnan(judged_from(data).parts[0].counts_more.low)


def test_another_generator_or_version_is_refused_in_a_sentence(tmp_path: Path) -> None:
    kept(tmp_path, judged(part()))
    (tmp_path / "generator.safetensors").write_bytes(b"other")
    with pytest.raises(UserError, match="is of an earlier state of the generator; run `brushwork judge CLASSIFIER"):
        read_judged(tmp_path)
    write_json(tmp_path / "judged.json", {"format": 0})
    with pytest.raises(UserError, match="is of another version of Brushwork"):
        read_judged(tmp_path)


def test_a_classifier_that_may_be_guessing_is_blind() -> None:
    assert judged(part(), at_size=at(0.52)).blind
    assert judged(part(), at_size=Interval(0.8, math.nan, math.nan)).blind  # nothing is known
    assert not judged(part(), at_size=at(0.6)).blind
