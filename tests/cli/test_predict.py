"""`brushwork predict` as a user types it: cards, lines, rows, a file that is gone on with, and what is wrong."""

import csv
import json
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner, Result

from brushwork.classifier.data import pooled_features
from brushwork.classifier.gallery import write_gallery
from brushwork.classifier.model import fingerprint, save_model
from brushwork.cli import cli
from brushwork.collection import Collection
from brushwork.run import open_run
from tests.classifier.test_model import small_model
from tests.conftest import noise_picture


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def runs(schools: Collection, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier run and a folds run with their galleries, and a run of before there were galleries."""
    root = tmp_path_factory.mktemp("runs")
    model = small_model(("Alder", "Kessel"))
    pooled = pooled_features(model, schools, schools.paintings, torch.device("cpu"))
    learned = {p.id for p in schools.paintings if p.split == "train"}
    for name, kind in (("one", "classifier"), ("all", "folds"), ("old", "classifier")):
        open_run(root / name, {"kind": kind})
        save_model(root / name, model, {})
        if name != "old":
            write_gallery(root / name, model, schools, schools.paintings, learned, pooled, 0)
    return root


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Three pictures and a broken one."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i, name in enumerate(("a.png", "c.png", "d.png")):
        noise_picture(i, 300, 200).save(folder / name)
    (folder / "b.jpg").write_bytes(b"broken")
    return folder


def test_every_file_is_answered_in_json(runs: Path, pictures: Path) -> None:
    result = run("predict", runs / "one", pictures, "--json")
    assert result.exit_code == 0
    first, second, *_ = (json.loads(line) for line in result.stdout.splitlines())
    assert {"file", "style", "probabilities", "log_odds", "model", "unlike", "nearest", "learned_from"} <= set(first)
    assert first["sha256"] == sha256((pictures / "a.png").read_bytes()).hexdigest()
    assert set(first["probabilities"]) == set(first["nearest"]) == {"Alder", "Kessel"}
    assert second["reason"]
    assert second["log_odds"] is None
    assert "1 could not be read" in result.stderr
    assert "1 not a picture Pillow can read" in result.stderr


def test_few_pictures_get_cards_and_many_get_lines(runs: Path, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = run("predict", runs / "all", pictures)
    assert cards.exit_code == 0
    assert cards.stdout.count(fingerprint(runs / "all")) == 1
    assert cards.stdout.count("nearest in Alder:") == 3
    assert cards.stdout.count("no verdict") == 1
    monkeypatch.setattr("brushwork.cli.predict.CARDS", 3)
    lines = run("predict", runs / "all", pictures)
    assert len(lines.stdout.splitlines()) == 5  # the model, and one for each
    assert run("predict", runs / "all", pictures, "--cards").stdout == cards.stdout


def test_the_rows_printed_are_the_rows_filed(runs: Path, pictures: Path, tmp_path: Path) -> None:
    printed = run("predict", runs / "one", pictures, "--csv")
    out = tmp_path / "verdicts.csv"
    assert run("predict", runs / "one", pictures, "--out", out).exit_code == 0
    assert out.read_text(encoding="utf-8") == printed.stdout
    rows = list(csv.DictReader(printed.stdout.splitlines()))
    assert [Path(row["file"]).name for row in rows] == ["a.png", "b.jpg", "c.png", "d.png"]
    assert float(rows[0]["p:Alder"]) + float(rows[0]["p:Kessel"]) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_a_stopped_command_goes_on_with_what_is_missing(runs: Path, pictures: Path, ending: str) -> None:
    out = pictures / f"verdicts.{ending}"  # among the pictures, and none of them
    assert run("predict", runs / "one", pictures, "--out", out).exit_code == 0
    whole = out.read_bytes()
    out.write_bytes(whole[: -len(whole.splitlines()[-1]) - 20])  # in the middle of the last line but one
    again = run("predict", runs / "one", pictures, "--out", out)
    assert again.exit_code == 0
    assert "1 of 4 pictures had their verdict" in again.stderr  # and one its reason why not, which is tried again
    assert out.read_bytes() == whole
    assert "3 of 4" in run("predict", runs / "one", pictures, "--out", out).stderr
    assert out.read_bytes() == whole
    noise_picture(7, 300, 200).save(pictures / "a.png")
    changed = run("predict", runs / "one", pictures, "--out", out).stderr
    assert "2 of 4" in changed
    assert "1 had changed since their verdict" in changed
    judged = sha256((pictures / "a.png").read_bytes()).hexdigest().encode()
    assert judged in out.read_bytes()
    assert judged not in whole
    assert len(out.read_bytes().splitlines()) == len(whole.splitlines())
    (pictures / "a.png").unlink()
    gone = run("predict", runs / "one", pictures / "a.png", pictures, "--out", out)
    assert "3 of 4 pictures had their verdict" in gone.stderr  # among them the one that is gone
    assert judged in out.read_bytes()


def test_what_does_not_go_together_is_said(runs: Path, pictures: Path, tmp_path: Path) -> None:
    both = run("predict", runs / "one", pictures, "--csv", "--json")
    assert both.exit_code == 2
    assert "give one of them" in both.stderr
    out = tmp_path / "v.csv"
    out.write_text("mine\n")
    foreign = run("predict", runs / "one", pictures, "--out", out)
    assert foreign.exit_code == 2
    assert "other columns" in foreign.stderr
    assert out.read_text() == "mine\n"


def test_a_run_without_a_gallery_answers_and_says_what_is_missing(runs: Path, pictures: Path) -> None:
    result = run("predict", runs / "old", pictures / "a.png", "--json")
    assert result.exit_code == 0
    assert "has no gallery" in result.stderr
    assert json.loads(result.stdout)["nearest"] == {}


def test_it_fails_when_nothing_could_be_read(runs: Path, tmp_path: Path) -> None:
    assert run("predict", runs / "one", tmp_path / "none.png").exit_code == 1
    empty = run("predict", runs / "one", tmp_path)
    assert empty.exit_code == 2
    assert "holds no file" in empty.stderr
