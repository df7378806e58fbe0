"""A generator is compared with paintings of the same styles in the same shares, and what was found is kept while it holds."""

import errno
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from brushwork.collection import Collection
from brushwork.collection.collection import Pixels
from brushwork.generator import evaluation as module
from brushwork.generator.evaluation import (
    LOOKALIKES,
    QUALITY,
    evaluate_generator,
    read_quality,
    small_pixels,
)
from brushwork.generator.features import Features
from brushwork.generator.networks import load_generator
from brushwork.generator.presets import preset_with
from brushwork.generator.quality import Quality, quality_of
from brushwork.generator.sample import painted_like, sample
from brushwork.generator.sides import sides_of
from brushwork.generator.train import train_generator
from brushwork.run import Run, not_written


@pytest.fixture(scope="module")
def run(schools: Collection, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A stylegan2 that has hardly learned anything of both schools."""
    out = tmp_path_factory.mktemp("runs") / "toy"
    return train_generator(schools, out, preset_with("stylegan2", 32, 4, 8), [], 0.02, device="cpu", sheets=1)


def test_a_network_told_styles_paints_them_in_the_paintings_shares(run: Run) -> None:
    painter = load_generator(run)
    made = painted_like(painter, {"Alder": 5, "Kessel": 3}, seed=1)
    assert np.array_equal(made[:5], sample(painter, 5, 1, 0, "Alder"))
    assert np.array_equal(made[5:], sample(painter, 3, 1, 5, "Kessel"))


def test_an_evaluation_is_kept_and_done_again_when_something_else_is_asked(
    run: Run, schools: Collection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert read_quality(run) is None
    found = evaluate_generator(run, schools, device="cpu")
    assert "measuring toy: 12/12" in capsys.readouterr().err  # three of the seeds, eight of the space, and copying
    assert found.seeds == [1, 2, 3]
    assert found.n == sum(sides_of(schools, schools.styles).counts(1000).values())
    assert all(one.samples.low is not None for one in found.measures)
    assert {one.space for one in found.memorisation} == {"random network", "pixels at 16 x 16"}
    assert all(one.painting in schools.by_id for told in found.memorisation for one in told.lookalikes)
    painter = load_generator(run)
    like = found.memorisation[1].lookalikes[0]
    picture = sample(painter, 1, like.seed, like.sample, like.style)
    (again,), (mirrored,) = small_pixels(picture), small_pixels(picture[:, :, ::-1])
    (painting,) = small_pixels(schools.squares(32, [schools.by_id[like.painting]]))
    unseen = small_pixels(schools.squares(32, sides_of(schools, schools.styles).held_out))
    away = min(np.linalg.norm(way - unseen, axis=1).min() for way in (again, mirrored))
    near = np.linalg.norm((mirrored if like.mirrored else again) - painting)
    assert near / away == pytest.approx(like.ratio, rel=1e-3), "it can be painted again"
    assert (run.folder / LOOKALIKES).exists()
    assert read_quality(run) == found
    called: list[int] = []

    def counted(*arguments: Any) -> Quality:
        called.append(1)
        return quality_of(*arguments)

    monkeypatch.setattr(module, "quality_of", counted)
    assert evaluate_generator(run, schools, device="cpu") == found
    assert not called
    judge = Features("a judge", small_pixels, "it averages")
    again = evaluate_generator(run, schools, [judge], device="cpu")
    assert called
    assert [space.name for space in again.spaces] == ["random network", "a judge"]
    assert again.measures[: len(found.measures)] == found.measures  # nothing else has changed
    evaluate_generator(run, schools, [replace(judge, known_as="another state of it")], device="cpu")
    assert len(called) == 2
    data = json.loads((run.folder / QUALITY).read_text())
    data["asked"]["generator"] = "0" * 12
    (run.folder / QUALITY).write_text(json.dumps(data))
    assert read_quality(run) is None
    (run.folder / QUALITY).write_text(json.dumps(data | {"format": 0}))
    assert read_quality(run) is None
    (run.folder / QUALITY).unlink()


def test_where_nothing_may_be_written_it_is_measured_all_the_same(
    run: Run, schools: Collection, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(path: Path, *_: Any) -> None:
        raise not_written(path, PermissionError(errno.EACCES, "Permission denied"))

    monkeypatch.setattr(module, "write_json", full)
    assert evaluate_generator(run, schools, device="cpu").n > 0
    assert "could not be written (Permission denied)" in capsys.readouterr().err
    assert read_quality(run) is None


def test_results_have_one_seed_and_say_where_the_collection_was(run: Run, schools: Collection) -> None:
    results = run.results or {}
    assert results["quality"]["seeds"] == [1]
    assert results["quality"]["measures"][0]["floor"]["value"] > 0
    assert results["collection"] == str(schools.folder.resolve())


def test_a_generator_that_copies_is_told_so(
    run: Run, schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = schools.squares(32, sides_of(schools, schools.styles).trained_on)

    def copies(painter: object, counts: dict[str, int], seed: int) -> Pixels:
        return learned[np.random.default_rng(seed).permutation(len(learned))[: sum(counts.values())]]

    monkeypatch.setattr(module, "painted_like", copies)
    found = evaluate_generator(run, schools, device="cpu")
    (run.folder / QUALITY).unlink()
    assert all(one.copies for one in found.memorisation)
    assert all(one.against_new.value < 0.01 for one in found.memorisation)
    precision = found.measured("precision", "random network")
    assert precision.samples.value == pytest.approx(precision.floor.value, abs=0.1)  # no other measure notices


def test_small_pixels_are_averages() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3), np.uint8)
    found = small_pixels(pixels).reshape(2, 16, 16, 3)
    assert found[1, 3, 5] == pytest.approx(pixels[1, 6:8, 10:12].mean((0, 1)) / 255)
