"""`evaluate` on a generator: measures, judges and FID as asked, and one sentence for what is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result

from brushwork.classifier.model import save_model
from brushwork.cli import cli
from brushwork.collection import Collection
from brushwork.generator import inception
from brushwork.generator.features import Features
from brushwork.generator.presets import preset_with
from brushwork.generator.quality import KINDS
from brushwork.generator.train import train_generator
from brushwork.run import Run, read_json, write_json
from tests.classifier.test_model import small_model


def evaluate(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *(str(a) for a in arguments)])


@pytest.fixture(scope="module")
def generator(schools: Collection, tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("runs") / "gan"
    return train_generator(schools, out, preset_with("dcgan-torch", 32, 4, 8), ["Alder"], 0.02, device="cpu", sheets=1)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of a classifier with random weights, of another collection."""
    folder = tmp_path_factory.mktemp("runs") / "judge"
    torch.manual_seed(0)
    recipe = {"preset": "scratch", "passes": 1}
    write_json(folder / "settings.json", {"kind": "classifier", "collection": "another", "recipe": recipe})
    save_model(folder, small_model(), {})
    return folder


def test_a_generator_is_measured_once_and_told_in_words_and_json(generator: Run) -> None:
    words = evaluate(generator.folder, "--device", "cpu")
    assert words.exit_code == 0, words.output
    for promised in ("95 % interval", "floor", "noise", *KINDS, "random network", "effective rank", "Does it copy?"):
        assert promised in " ".join(words.stdout.split()), promised
    assert "FID" not in words.stdout
    kept = (generator.folder / "quality.json").stat().st_mtime_ns
    data = json.loads(evaluate(generator.folder, "--device", "cpu", "--json").stdout)
    assert (generator.folder / "quality.json").stat().st_mtime_ns == kept
    assert data["finished"]
    assert data["quality"]["seeds"] == [1, 2, 3]
    assert data["quality"] == read_json(generator.folder / "quality.json")["quality"]
    assert {"low", "high", "value"} == set(data["quality"]["measures"][0]["samples"])


def test_judges_and_inception_are_spaces_of_their_own(
    generator: Run, judge: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def small(weights: Path, device: object) -> Features:
        from brushwork.generator.evaluation import small_pixels

        return Features("Inception v3", small_pixels, known_as="checked", published=inception.NAMES)

    monkeypatch.setattr(inception, "inception_features", small)
    found = evaluate(generator.folder, "--judge", judge, "--inception", tmp_path / "weights", "--device", "cpu")
    assert found.exit_code == 0, found.output
    text = " ".join(found.stdout.split())
    assert "trunk of judge, trained to tell 2 styles" in text
    assert "another collection than the generator" in text
    assert "FID" in text
    assert "KID" in text


def damaged(run: Run, change: dict[str, Any], tmp_path: Path) -> Path:
    """A copy of what `evaluate` reads of a run, its results changed."""
    folder = tmp_path / "copy"
    for name in ("settings.json", "generator.json"):
        write_json(folder / name, read_json(run.folder / name))
    (folder / "generator.safetensors").write_bytes((run.folder / "generator.safetensors").read_bytes())
    write_json(folder / "results.json", (run.results or {}) | change)
    return folder


@pytest.mark.parametrize(
    ("change", "options", "sentence"),
    [
        ({"quality": {"samples": 1.0, "floor": 0.5, "noise": 2.0, "n": 3, "levels": {}}}, [], "train it again"),
        ({"collection": "/nowhere/at/all"}, [], "say where it is: --collection DIR"),
        ({}, ["--on", "elsewhere"], "is a generator, and --on can only be given for classifiers"),
        ({}, ["--judge", "nowhere"], "holds no run"),
        ({}, ["--inception", "nowhere"], "cannot be read"),
    ],
)
def test_what_is_wrong_gets_one_sentence(
    generator: Run, change: dict[str, Any], options: list[str], sentence: str, tmp_path: Path
) -> None:
    found = evaluate(damaged(generator, change, tmp_path), *options, "--device", "cpu")
    assert found.exit_code == 2, found.output
    assert sentence in found.stderr
    assert found.stderr.count("\n") == 1


def test_an_unfinished_generator_is_refused_and_shown(generator: Run, tmp_path: Path) -> None:
    folder = damaged(generator, {}, tmp_path)
    (folder / "results.json").unlink()
    found = evaluate(folder, "--device", "cpu")
    assert found.exit_code == 2
    assert "is unfinished, at step" in found.stderr
    assert "is unfinished, at step" in CliRunner().invoke(cli, ["show", str(folder)]).stdout


def test_a_judge_is_for_generators_alone(judge: Path) -> None:
    found = evaluate(judge, "--judge", judge)
    assert found.exit_code == 2
    assert "leave that out" in found.stderr


def test_a_moved_collection_is_found_where_it_is_said_to_be(
    generator: Run, schools: Collection, tmp_path: Path
) -> None:
    lost = damaged(generator, {"collection": "/nowhere/at/all"}, tmp_path)
    found = evaluate(lost, "--collection", schools.folder, "--device", "cpu")
    assert found.exit_code == 0, found.output
