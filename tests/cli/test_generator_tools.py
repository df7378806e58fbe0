"""The tools for trained generators as a user types them: what they write and say, and one sentence for what is wrong."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from brushwork.checkpoint import CHECKPOINT, save_state
from brushwork.cli import cli
from brushwork.collection import Collection
from brushwork.generator.networks import checkpoint_about, networks_of, save_generator
from brushwork.run import open_run
from tests.generator.painters import painter
from tests.generator.test_provenance import told_by


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


def found(*arguments: object) -> dict[str, Any]:
    """What a command says as JSON."""
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    value: dict[str, Any] = json.loads(result.stdout)
    return value


@pytest.fixture(scope="module")
def runs(schools: Collection, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run of each kind, as training leaves it, but for the training."""
    folders = {}
    for name in ("dcgan-torch", "stylegan2"):
        folders[name] = tmp_path_factory.mktemp("runs") / name
        own = painter(name)
        settings = {"kind": "gan", "preset": asdict(own.preset), "collection": schools.fingerprint, "seed": 0}
        opened = open_run(folders[name], settings)
        save_generator(opened, own)
        judge = networks_of(own.preset, 1, 2)[1]
        state = {"step": 1, "task": {"discriminator": dict(judge.state_dict())}}
        save_state(folders[name] / CHECKPOINT, state, checkpoint_about(opened))
    return folders


def test_mix(runs: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "mixed.png"
    value = found("mix", runs["stylegan2"], "--coarse", "0,1", "--fine", "5,6,7", "--upto", 8, "--out", out)
    assert (value["coarse"], value["fine"]) == ([0, 1], [5, 6, 7])
    assert told_by(out)["fine"] == [5, 6, 7]
    with Image.open(out) as image:
        assert image.width > 4 * 96


def test_walk_and_dial(runs: dict[str, Path], tmp_path: Path) -> None:
    value = found(
        "walk", runs["dcgan-torch"], "--through", "3,8", "--through", 5, "--frames", 2, "--out", tmp_path / "a.gif"
    )
    assert (value["through"], value["frames"]) == ([3, 8, 5], 6)
    assert told_by(tmp_path / "a.gif")["walk"] == [3, 8, 5]
    found("walk", runs["stylegan2"], "--dial", 3, "--frames", 4, "--truncation", 0.7, "--out", tmp_path / "b.mp4")
    told = told_by(tmp_path / "b.mp4")
    assert (told["dial"], told["truncation"], told["seed"], told["from"], told["to"]) == (3, 0.7, 0, "Calm", "Wild")
    back = found("walk", runs["stylegan2"], "--dial", 3, "--frames", 2, "--to", "Calm", "--out", tmp_path / "c.gif")
    assert (back["from"], back["to"]) == ("Wild", "Calm")


def test_arithmetic(runs: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "sum.png"
    terms = ["--plus", "1,5,9", "--minus", "2,3,7", "--plus", "4,8,12"]
    assert found("arithmetic", runs["dcgan-torch"], *terms, "--out", out)["plus"] == [[1, 5, 9], [4, 8, 12]]
    assert told_by(out)["minus"] == [[2, 3, 7]]


def test_project(runs: dict[str, Path], tmp_path: Path) -> None:
    assert run("sample", runs["dcgan-torch"], "--count", 1, "--out", tmp_path).exit_code == 0
    picture, out = tmp_path / "dcgan-torch" / "seed0-00000.png", tmp_path / "nearest"
    value = found("project", runs["dcgan-torch"], picture, "--steps", 5, "--out", out)
    assert value["nearest"]["pixels"] < 1  # for picture 0 of the seed is among those that the search begins from
    with Image.open(out / "target.png") as target, Image.open(picture) as wanted:
        assert np.array_equal(np.asarray(target), np.asarray(wanted))
    words = run(
        "project", runs["stylegan2"], picture, "--steps", 2, "--pixels-only", "--out", tmp_path / "other"
    ).stdout
    assert "grey levels of 255" in words
    assert "discriminator" not in words
    assert found("project", runs["dcgan-torch"], picture, "--steps", 1, "--out", out)["sha256"] == value["sha256"]
    Image.new("RGB", (32, 32)).save(tmp_path / picture.name)
    refused = run("project", runs["dcgan-torch"], tmp_path / picture.name, "--steps", 1, "--out", out)
    assert "holds the search for another picture; choose another --out" in refused.stderr
    refused = run("project", runs["dcgan-torch"], picture, "--steps", 100_000, "--out", picture)
    assert "is a file, and a folder is needed there" in refused.stderr  # and not after a search of an hour


@pytest.mark.parametrize(
    ("name", "option", "sentence"),
    [
        ("dcgan-torch", "--by-layer", "neither a point for each layer nor grain"),
        ("stylegan2", "--style=Tame", "does not know the style 'Tame'"),
    ],
)
def test_a_search_that_cannot_be_made_leaves_no_folder(
    runs: dict[str, Path], name: str, option: str, sentence: str, tmp_path: Path
) -> None:
    Image.new("RGB", (32, 32)).save(tmp_path / "black.png")
    refused = run("project", runs[name], tmp_path / "black.png", option, "--out", tmp_path / "out")
    assert refused.exit_code == 2
    assert sentence in refused.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_discriminator(runs: dict[str, Path], schools: Collection) -> None:
    words = run("discriminator", runs["dcgan-torch"], schools.folder).stdout
    assert "linear SVM on Alder or Kessel, learned from" in words
    rows = found("discriminator", runs["dcgan-torch"], schools.folder)["rows"]
    assert [row["features"] for row in rows] == ["discriminator", "untrained discriminator", "colours", "thumbnails"]
    assert rows[0]["dimensions"] == 16 * (4 + 8 + 16)
    assert rows[0]["balanced_accuracy"]["value"] > 0.5


@pytest.mark.slow
def test_export(runs: dict[str, Path], tmp_path: Path) -> None:
    value = found("export", runs["dcgan-torch"], "--out", runs["dcgan-torch"] / "generator.onnx")
    assert value["model"]["preset"] == "dcgan-torch"
    assert run("sample", runs["dcgan-torch"], "--count", 1, "--out", tmp_path).exit_code == 0  # the run is still one


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["mix", "dcgan-torch", "--out", "x.png"], "whose layers all begin from one noise and cannot be mixed"),
        (["mix", "stylegan2", "--upto", 5, "--out", "x.png"], "the layers of stylegan2 are divided at 4, 8, 16 pixels"),
        (["mix", "stylegan2", "--out", "x.gif"], "a sheet is written as .png"),
        (["walk", "stylegan2", "--out", "x.mov"], "what moves is written as .gif, .webp, .png, .mp4"),
        (["walk", "stylegan2", "--dial", 1, "--style", "Calm", "--out", "x.gif"], "give --from and --to"),
        (["walk", "stylegan2", "--dial", 1, "--through", "1,2", "--out", "x.gif"], "--through was given with --dial"),
        (["walk", "stylegan2", "--to", "Wild", "--out", "x.gif"], "--from and --to are the ends of a dial"),
        (["walk", "stylegan2", "--dial", 1, "--to", "Tame", "--out", "x.gif"], "does not know the style 'Tame'"),
        (["walk", "dcgan-torch", "--dial", 1, "--out", "x.gif"], "the dial needs a network that is told"),
        (["arithmetic", "dcgan-torch", "--minus", "1", "--out", "x.png"], "nothing was given to add"),
        (["project", "dcgan-torch", "none.jpg", "--out", "x"], "none.jpg cannot be searched for"),
        (["export", "dcgan-torch", "--out", "x.pt"], "an export is written as .onnx"),
        (["discriminator", "dcgan-torch", "nowhere"], "holds no catalogue"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    runs: dict[str, Path], arguments: list[object], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(arguments[0], runs[str(arguments[1])], *arguments[2:])
    assert result.exit_code == 2, result.output
    assert sentence in result.stderr
    assert result.stderr.startswith("brushwork: ")
    assert result.stderr.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_numbers_that_are_none_are_refused(runs: dict[str, Path]) -> None:
    result = run("mix", runs["stylegan2"], "--coarse", "1,x", "--out", "x.png")
    assert result.exit_code == 2
    assert "'1,x' is not a list of picture numbers such as 1,5,9" in result.stderr


def test_two_runs_of_one_name_do_not_take_each_other_s_place(runs: dict[str, Path], tmp_path: Path) -> None:
    result = run("sample", runs["dcgan-torch"], runs["dcgan-torch"], "--count", 1, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "two runs are called dcgan-torch" in result.stderr
    assert not (tmp_path / "out").exists()
