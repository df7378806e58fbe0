"""`brushwork train classifier` and `evaluate` as a user types them: what they answer, and one sentence for what is wrong."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from safetensors.torch import load_file, save_file

from brushwork.cli import cli
from brushwork.collection import Collection
from brushwork.run import read_json, write_json
from tests.conftest import made_collection, noise_picture, toy_works

LEARNED = ["--preset", "transfer", "--backbone", "test_efficientnet", "--set", "short_side=64"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def train(collection: Collection, out: Path, *options: object) -> Result:
    return run("train", "classifier", collection.folder, "--out", out, "--device", "cpu", *options)


def refused(result: Result) -> str:
    """The one sentence of a command that was refused, exit status 2."""
    assert result.exit_code == 2, result.output
    said = [line for line in result.stderr.splitlines() if line.startswith("brushwork: ")]
    assert len(said) == 1
    assert said[0] == result.stderr.splitlines()[-1]
    assert result.stdout == ""
    return said[0]


@pytest.fixture(scope="module")
def classifier(toy: Collection, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the toy collection with a frozen trunk of random weights."""
    out = tmp_path_factory.mktemp("runs") / "run"
    assert train(toy, out, *LEARNED, "--weights", weights).exit_code == 0
    return out


def old(classifier: Path, tmp_path: Path, name: str, **changes: object) -> Path:
    """A copy of the run of which a file lacks what is named, or has another value."""
    shutil.copytree(classifier, tmp_path / "old")
    found = read_json(tmp_path / "old" / name)
    for key, value in changes.items():
        found.pop(key)
        if value is not None:
            found[key] = value
    write_json(tmp_path / "old" / name, found)
    return tmp_path / "old"


@pytest.mark.slow
def test_a_run_is_trained_and_evaluated_in_words_and_in_json(classifier: Path) -> None:
    words = run("evaluate", classifier, "--device", "cpu")
    assert words.exit_code == 0, words.output
    assert "The headline is the column of artists never seen" in words.stdout
    found = json.loads(run("evaluate", classifier, "--device", "cpu", "--json").stdout)
    assert found == read_json(classifier / "evaluation.json")
    assert {table["protocol"] for table in found["tables"]} == {"random", "artist", "within-artist"}
    told = run(
        "predict", classifier, *many_pictures(classifier.parent / "pictures"), "--device", "cpu"
    ).stdout.splitlines()[0]
    assert "evaluate found on artists never seen" in told


def many_pictures(folder: Path) -> list[Path]:
    """More than get a card each."""
    folder.mkdir()
    paths = [folder / f"{k}.png" for k in range(21)]
    for k, path in enumerate(paths):
        noise_picture(k, 60, 50).save(path)
    return paths


def test_one_artist_in_a_style_and_fewer_artists_than_folds_are_said_so(toy: Collection, tmp_path: Path) -> None:
    works = {key: seeds for key, seeds in toy_works().items() if key[0] == "Calm" and "Ruiz" not in key[1]}
    lonely = made_collection(tmp_path / "lonely", works | {("Wild", "Max Berg"): [7001, 7002, 7003]})
    for options in ([], ["--folds", 5]):
        said = refused(train(lonely, tmp_path / "run", *options))
        assert "the style 'Wild' has 1 artist, but " in said
        assert "add paintings by others or leave the style out" in said
    assert "the style 'Wild' has 8 artists, but 9 folds need at least 9" in refused(
        train(toy, tmp_path / "run", "--folds", 9)
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("folds", [[], ["--folds", 2]])
def test_a_trunk_that_is_not_known_leaves_no_trace_and_its_name_is_guessed(
    toy: Collection, weights: Path, tmp_path: Path, folds: list[object]
) -> None:
    given = ["--preset", "transfer", "--backbone", "mobilenet-v2", "--weights", weights, *folds]
    said = refused(train(toy, tmp_path / "run", *given))
    assert "timm has no trunk 'mobilenet-v2'; the nearest names are 'mobilenetv2_" in said
    assert not (tmp_path / "run").exists()


def test_weights_that_do_not_fit_are_refused_by_their_keys(toy: Collection, weights: Path, tmp_path: Path) -> None:
    whole, path = load_file(weights), tmp_path / "w.safetensors"
    lost, other = [name for name, value in whole.items() if value.ndim == 4][:2]
    save_file({k: v for k, v in whole.items() if k != lost} | {other: whole[other][:1].clone()}, path)
    said = refused(train(toy, tmp_path / "run", *LEARNED, "--weights", path))
    assert f"1 parameters are missing and 1 have another shape ({lost}, {other})" in said
    assert "cannot be read" in refused(train(toy, tmp_path / "run", *LEARNED, "--weights", tmp_path / "none"))
    path.write_bytes(b"\x80\x04pickle")
    assert "is not a safetensors file" in refused(train(toy, tmp_path / "run", *LEARNED, "--weights", path))
    assert not (tmp_path / "run").exists()


def test_no_passes_over_an_empty_head_are_refused_and_the_folder_stays_free(toy: Collection, tmp_path: Path) -> None:
    for folds in ([], ["--folds", 2]):
        said = refused(train(toy, tmp_path / "run", "--passes", 0, *folds))
        assert "--passes 0 was given with --preset scratch" in said
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("field", ["preprocessing", "unsure_below", "options"])
def test_a_model_of_another_version_is_said_so(classifier: Path, tmp_path: Path, field: str) -> None:
    folder = old(classifier, tmp_path, "model.json", **{field: None})
    said = refused(run("predict", folder, tmp_path / "a.png"))
    assert f"was not written by this version of Brushwork ('{field}')" in said


def test_results_of_another_version_are_said_so(classifier: Path, tmp_path: Path) -> None:
    scores = {"protocol": "p", "n": 3, "artists": 2, "auc": {"value": 0.5, "low": 0.4, "high": 0.6}}
    folder = old(classifier, tmp_path, "results.json", scores=scores)
    assert "old was made by another version of Brushwork" in refused(run("evaluate", folder))
    shutil.rmtree(folder)
    folder = old(classifier, tmp_path, "settings.json", split=None)
    assert "old was made by another version of Brushwork" in refused(run("evaluate", folder))


def test_an_unknown_setting_and_an_unknown_split_are_said_so(toy: Collection, tmp_path: Path) -> None:
    assert "no setting 'emma'; the nearest are 'ema'" in refused(train(toy, tmp_path / "run", "--set", "emma=0"))
    assert "there is no split 'artits'" in refused(train(toy, tmp_path / "run", "--split", "artits"))
    assert "there are no folds by 'artits'" in refused(train(toy, tmp_path / "run", "--split", "artits", "--folds", 2))
    assert not (tmp_path / "run").exists()
