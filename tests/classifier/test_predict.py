"""A verdict for every file, or the reason why there is none."""

from pathlib import Path

import pytest

from brushwork.classifier.predict import picture_files, predict
from tests.classifier.test_model import small_model
from tests.conftest import noise_picture


def test_probabilities_add_up_and_log_odds_are_theirs(tmp_path: Path) -> None:
    noise_picture(1).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"broken")
    (tmp_path / ".hidden").write_bytes(b"")
    model = small_model()
    first, second = predict(model, picture_files([tmp_path]), "m")
    assert sum(first.probabilities.values()) == pytest.approx(1)
    odds = first.probabilities[first.most_probable] / first.probabilities[first.runner_up]
    assert odds == pytest.approx(2.718281828**first.log_odds, rel=1e-4)
    assert second.reason == "not a picture Pillow can read"
    assert "no verdict" in second.in_words()


def test_a_verdict_below_the_threshold_is_unsure(tmp_path: Path) -> None:
    noise_picture(1).save(tmp_path / "a.png")
    model = small_model()
    model.scale_(1e4)
    (verdict,) = predict(model, [tmp_path / "a.png"], "m")
    assert verdict.style == "unsure"
    assert "leaning to" in verdict.in_words()


def test_a_file_that_is_not_there_has_a_reason(tmp_path: Path) -> None:
    (verdict,) = predict(small_model(), [tmp_path / "none.png"], "m")
    assert verdict.reason.startswith("unreadable file")
