"""An evaluation comes back from its file as it was."""

from pathlib import Path
from typing import Any

import pytest

from brushwork.classifier.evaluate import EVALUATION
from brushwork.classifier.evaluation_file import read_evaluation
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.run import read_json, write_json
from tests.classifier.made import evaluation


def test_what_is_written_is_read(schools: Collection, tmp_path: Path) -> None:
    assert read_evaluation(tmp_path) is None
    found = evaluation(schools)
    write_json(tmp_path / EVALUATION, found.to_dict())
    again = read_evaluation(tmp_path)
    assert again == found


def test_the_file_of_another_version_is_refused_in_a_sentence(schools: Collection, tmp_path: Path) -> None:
    write_json(tmp_path / EVALUATION, evaluation(schools).to_dict())
    changes: list[dict[str, Any]] = [{"tables": None}, {"novelty": 1}, {"coverage": [{"share": 1}]}, {"artists": [{}]}]
    for broken in changes:
        data = read_json(tmp_path / EVALUATION)
        write_json(tmp_path / EVALUATION, data | broken)
        with pytest.raises(UserError, match="another version"):
            read_evaluation(tmp_path)
        write_json(tmp_path / EVALUATION, data)
