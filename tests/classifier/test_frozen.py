"""What a frozen trunk saw is computed once for a content of pixels, and never taken for something else."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from brushwork.classifier import frozen as module
from brushwork.classifier.data import pooled_features
from brushwork.classifier.frozen import frozen_features
from brushwork.classifier.model import StyleClassifier
from brushwork.collection import Collection
from tests.classifier.test_model import small_model
from tests.conftest import made_collection

CPU = torch.device("cpu")
WORKS = {("Calm", "Ada Berg"): [1, 2, 3], ("Wild", "Ben Berg"): [4, 5], ("Wild", "Cleo Berg"): [6]}


@pytest.fixture
def few(tmp_path: Path) -> Collection:
    """Six paintings."""
    return made_collection(tmp_path / "few", WORKS)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many paintings the trunk had to see, call by call."""
    numbers: list[int] = []
    real = pooled_features

    def counting(*given: Any) -> object:
        numbers.append(len(given[2]))
        return real(*given)

    monkeypatch.setattr(module, "pooled_features", counting)
    return numbers


def test_what_was_seen_is_not_looked_at_again_and_is_what_is_computed_afresh(
    few: Collection, computed: list[int]
) -> None:
    first = frozen_features(small_model(), few, few.paintings, CPU)
    assert computed == [6]
    again = frozen_features(small_model(), few, few.paintings, CPU)
    assert computed == [6]
    assert np.array_equal(first, again)
    assert np.allclose(first, pooled_features(small_model(), few, few.paintings, CPU), atol=1e-5)


def test_rows_follow_the_paintings_asked_for_in_any_order_and_number(few: Collection, computed: list[int]) -> None:
    model, paintings = small_model(), few.paintings
    part = frozen_features(model, few, paintings[4:1:-1], CPU)
    whole = frozen_features(model, few, paintings, CPU)
    assert computed == [3, 3]
    assert np.array_equal(part, whole[4:1:-1])
    assert np.array_equal(frozen_features(model, few, [paintings[2]] * 2, CPU), whole[[2, 2]])
    shutil.rmtree(few.folder / "features")
    assert np.allclose(frozen_features(model, few, paintings[::-1], CPU), whole[::-1], atol=1e-5)


def test_a_centred_model_sees_the_same(few: Collection) -> None:
    plain, model = frozen_features(small_model(), few, few.paintings, CPU), small_model()
    model.centre_(torch.from_numpy(plain.mean(0)))
    shutil.rmtree(few.folder / "features")
    assert np.allclose(frozen_features(model, few, few.paintings, CPU), plain, atol=1e-5)


def test_only_a_changed_picture_is_seen_again(few: Collection, tmp_path: Path, computed: list[int]) -> None:
    old = frozen_features(small_model(), few, few.paintings, CPU)
    changed = made_collection(tmp_path / "changed", WORKS | {("Wild", "Cleo Berg"): [7]})
    shutil.copytree(few.folder / "features", changed.folder / "features")
    new = frozen_features(small_model(), changed, changed.paintings, CPU)
    assert computed == [6, 1]
    same = [p.artist != "Cleo Berg" for p in changed.paintings]
    assert np.array_equal(old[same], new[same])
    assert not np.allclose(old[~np.array(same)], new[~np.array(same)], atol=1e-3)


def test_another_trunk_or_size_is_another_matter_and_another_head_is_not(few: Collection, computed: list[int]) -> None:
    def asked(model: StyleClassifier) -> None:
        frozen_features(model, few, few.paintings, CPU)

    asked(small_model())
    other = small_model()
    torch.nn.init.zeros_(other.head.weight)
    other.unsure_below = 0.7
    asked(other)
    assert len(computed) == 1
    moved = small_model()
    with torch.no_grad():
        next(moved.trunk.parameters()).view(-1)[0].add_(1e-3)
    asked(moved)
    asked(small_model(seed=1))
    smaller = small_model()
    smaller.preprocessing = type(smaller.preprocessing)(48, 16, (0.5,) * 3, (0.25,) * 3)
    asked(smaller)
    elsewhere = small_model()
    elsewhere.reads = "Another layer."
    asked(elsewhere)
    assert computed == [6] * 5
    asked(small_model())
    assert len(computed) == 5


@pytest.mark.parametrize("damage", ["cut", "noise", "empty", "other"])
def test_a_damaged_cache_is_made_anew(few: Collection, computed: list[int], damage: str) -> None:
    first = frozen_features(small_model(), few, few.paintings, CPU)
    (path,) = (few.folder / "features").iterdir()
    whole = path.read_bytes()
    bad = {
        "cut": whole[:-9],
        "noise": bytes(range(256)),
        "empty": b"",
        "other": whole.replace(b"pictures", b"picturez"),
    }
    path.write_bytes(bad[damage])
    assert np.array_equal(frozen_features(small_model(), few, few.paintings, CPU), first)
    assert computed == [6, 6]
    frozen_features(small_model(), few, few.paintings, CPU)
    assert len(computed) == 2


def test_where_nothing_can_be_written_it_works_all_the_same(
    few: Collection, computed: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    (few.folder / "features").symlink_to(few.folder / "gone")  # a folder without leave to write would not stop root
    first, second = (frozen_features(small_model(), few, few.paintings, CPU) for _ in range(2))
    assert np.array_equal(first, second)
    assert computed == [6, 6]
    assert "not kept for the next time" in capsys.readouterr().err
