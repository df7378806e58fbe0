"""A verdict for every file in its order, or the reason why there is none; the same alone and among others."""

import math
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from brushwork.classifier import predict as module
from brushwork.classifier.data import pooled_features
from brushwork.classifier.gallery import Gallery, load_gallery, write_gallery
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.predict import WINDOW, picture_bytes, picture_files, predict, verdict
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.explain.panels import explain
from brushwork.images import open_picture
from tests.classifier.test_model import small_model
from tests.conftest import noise_picture


@pytest.fixture
def hung(schools: Collection, tmp_path: Path) -> tuple[StyleClassifier, Gallery]:
    """A random model of the two schools with its gallery."""
    model = small_model(("Alder", "Kessel"))
    pooled = pooled_features(model, schools, schools.paintings, torch.device("cpu"))
    learned = {p.id for p in schools.paintings if p.split == "train"}
    write_gallery(tmp_path / "run", model, schools, schools.paintings, learned, pooled, 0)
    gallery = load_gallery(tmp_path / "run")
    assert gallery is not None
    return model, gallery


def test_probabilities_add_up_and_log_odds_are_theirs(tmp_path: Path) -> None:
    noise_picture(1).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"broken")
    (tmp_path / ".hidden").write_bytes(b"")
    model = small_model()
    first, second = predict(model, picture_files([tmp_path]), "m")
    assert sum(first.probabilities.values()) == pytest.approx(1)
    odds = first.probabilities[first.most_probable] / first.probabilities[first.runner_up]
    assert odds == pytest.approx(math.exp(first.log_odds), rel=1e-4)
    assert second.reason == "not a picture Pillow can read"
    assert "no verdict" in second.in_words()


def test_a_verdict_below_the_threshold_is_unsure(tmp_path: Path) -> None:
    noise_picture(1).save(tmp_path / "a.png")
    model = small_model()
    model.scale_(1e4)
    model.unsure_below = 0.6
    (verdict,) = predict(model, [tmp_path / "a.png"], "m")
    assert verdict.style == "unsure"
    assert "leaning to" in verdict.in_words()


def test_a_file_that_is_not_there_has_a_reason(tmp_path: Path) -> None:
    (verdict,) = predict(small_model(), [tmp_path / "none.png"], "m")
    assert verdict.reason.startswith("unreadable file")


def test_verdicts_come_in_the_order_of_files_and_are_those_of_each_alone_and_explained(
    hung: tuple[StyleClassifier, Gallery], tmp_path: Path
) -> None:
    model, gallery = hung
    sizes = ((80, 64), (64, 80), (64, 64), (130, 64), (700, 600))
    for i in range(WINDOW + 9):
        path = tmp_path / "in" / f"{i:03d}.png"
        path.parent.mkdir(exist_ok=True)
        if i % 11 == 7:
            path.write_bytes(b"broken")
        else:
            noise_picture(i, *sizes[i % 5]).save(path)
    files = list(picture_files([tmp_path / "in"]))
    found = list(predict(model, iter(files), "m", gallery))
    assert [one.file for one in found] == [str(path) for path in files]
    assert {one.file for one in found if one.reason} == {str(path) for i, path in enumerate(files) if i % 11 == 7}
    for path, one in list(zip(files, found, strict=True))[:12]:
        if one.reason:
            continue
        image = open_picture(picture_bytes(path), model.preprocessing.detail)
        alone = verdict(model, image, str(path), "m", gallery)
        assert one.log_odds == pytest.approx(alone.log_odds, rel=1e-4, abs=1e-5)
        assert (one.most_probable, one.unlike, one.learned_from) == (
            alone.most_probable,
            alone.unlike,
            alone.learned_from,
        )
        assert [n.id for n in one.nearest["Alder"]] == [n.id for n in alone.nearest["Alder"]]
        assert one.log_odds == pytest.approx(explain(model, image).log_odds, rel=1e-4, abs=1e-5)


def test_what_was_learned_from_is_no_test_and_its_nearest_is_itself(
    hung: tuple[StyleClassifier, Gallery], schools: Collection
) -> None:
    model, gallery = hung
    learned = next(p for p in schools.paintings if p.split == "train")
    unseen = next(p for p in schools.paintings if p.split == "test")
    told = verdict(model, schools.picture(learned), "f", "m", gallery)
    assert told.learned_from
    assert told.nearest[learned.style][0].id == learned.id
    assert "no test" in told.card()
    assert not verdict(model, schools.picture(unseen), "f", "m", gallery).learned_from


def test_only_two_windows_a_thread_are_ever_taken_ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many files there are, and though the caller stops in the middle; memory follows from it."""
    noise_picture(1).save(tmp_path / "a.png")
    asked = 0
    alive: list[int] = []
    lock, held = threading.Lock(), 0

    def files() -> Iterator[Path]:
        nonlocal asked
        while True:
            asked += 1
            yield tmp_path / "a.png"

    real = module._ready

    def counting(*arguments: object) -> module.Ready:
        nonlocal held
        with lock:
            held += 1
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_ready", counting)
    verdicts = predict(small_model(), files(), "m")
    for given in range(1, 5 * WINDOW):
        next(verdicts)
        alive.append(asked - given)
    verdicts.close()  # type: ignore[attr-defined]
    ahead = 2 * torch.get_num_threads() * WINDOW
    assert max(alive) <= ahead
    assert held <= asked <= 5 * WINDOW + ahead


def test_files_are_listed_by_name_folder_by_folder_without_the_hidden_ones(tmp_path: Path) -> None:
    for name in ("b/2.png", "b/1.png", "a.png", "c.png", ".git/x.png", "b/.x.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "loop").symlink_to(tmp_path)
    found = picture_files([tmp_path, tmp_path / "c.png"])
    assert isinstance(found, Iterator)
    names = [str(path.relative_to(tmp_path)).replace(os.sep, "/") for path in found]
    assert names == ["a.png", "b/1.png", "b/2.png", "c.png", "c.png"]


def test_a_collection_is_no_folder_of_pictures(schools: Collection) -> None:
    with pytest.raises(UserError, match="is a collection"):
        list(picture_files([schools.folder]))


def test_a_blank_and_a_grey_picture_get_a_verdict_too(hung: tuple[StyleClassifier, Gallery]) -> None:
    model, gallery = hung
    blank = noise_picture(1).point(lambda _: 255)
    told = verdict(model, blank, "f", "m", gallery)
    assert told.unlike
    assert np.isfinite(told.log_odds)
    assert f"unlike the collection: {told.unlike}" in told.card()
