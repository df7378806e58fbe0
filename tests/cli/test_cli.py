"""The commands as a user types them: answers, exit statuses, and one sentence for what is wrong."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from brushwork.cli import COMMANDS, cli
from tests.conftest import noise_picture


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-schools collection with a classifier and a generator, made by the commands themselves."""
    root = tmp_path_factory.mktemp("study")
    steps = [
        ["collect", "two-schools", "--count", 96, "--short-side", 96, "--out", root / "schools"],
        ["train", "classifier", root / "schools", "--passes", 1, "--batch", 8, "--out", root / "classifier"],
        ["train", "gan", root / "schools", "--styles", "Alder", "--size", 32, "--width", 4, "--batch", 4, "--kimg", 0.1,
         "--sheets", 2, "--out", root / "gan"],
    ]  # fmt: skip
    for step in steps:
        result = run(*step)
        assert result.exit_code == 0, result.output
    return root


@pytest.mark.parametrize("command", [[name] for name in COMMANDS] + [["train", "classifier"], ["train", "gan"]])
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    if command != ["train"]:
        assert f"brushwork {' '.join(command)}" in result.output


def test_show_prints_counts_and_writes_a_contact_sheet(small_study: Path) -> None:
    result = run("show", small_study / "schools")
    assert "96 paintings in use of 96 met" in result.output
    assert "Alder: 48 paintings by 12 artists" in result.output
    assert (small_study / "schools" / "contact-sheet.png").exists()
    assert json.loads(run("show", small_study / "schools", "--json").stdout)["kept"] == 96


def test_a_finished_command_repeated_does_nothing_and_says_the_same(small_study: Path) -> None:
    before = (small_study / "classifier" / "model.safetensors").stat().st_mtime_ns
    again = run(
        "train", "classifier", small_study / "schools", "--passes", 1, "--batch", 8, "--out", small_study / "classifier"
    )
    assert again.exit_code == 0
    assert (small_study / "classifier" / "model.safetensors").stat().st_mtime_ns == before
    assert "balanced accuracy" in again.output
    assert again.stdout == run("show", small_study / "classifier").stdout


def test_explain_writes_a_panel_and_the_maps(small_study: Path, tmp_path: Path) -> None:
    noise_picture(1, 300, 200).save(tmp_path / "a.png")
    result = run(
        "explain", small_study / "classifier", tmp_path / "a.png", "--out", tmp_path / "out", "--style", "Kessel"
    )
    assert result.exit_code == 0, result.output
    assert "evidence for Kessel against Alder" in result.output
    found = json.loads((tmp_path / "out" / "000-a.json").read_text())
    total = sum(map(sum, found["maps"]["evidence"])) + found["bias"]
    assert total == pytest.approx(found["log_odds"], rel=1e-4, abs=1e-5)
    assert (tmp_path / "out" / "000-a.png").exists()
    predicted = json.loads(run("predict", small_study / "classifier", tmp_path / "a.png", "--json").stdout)
    assert found["verdict"] == predicted
    if predicted["unlike"]:
        assert "unlike the collection" in result.stdout


def test_a_panel_takes_the_place_of_none_that_answers_to_something_else(small_study: Path, tmp_path: Path) -> None:
    panels = []
    for folder, method in (("one", "evidence"), ("two", "evidence"), ("one", "cam"), ("one", "evidence")):
        (tmp_path / folder).mkdir(exist_ok=True)
        noise_picture(len(folder) + ord(folder[0]), 64, 64).save(tmp_path / folder / "a.png")
        asked = ("explain", small_study / "classifier", tmp_path / folder / "a.png", "--method", method, "--json")
        panels.append(json.loads(run(*asked, "--out", tmp_path / "out").stdout)["panel"])
    assert [Path(panel).name for panel in panels] == ["000-a.png", "000-a-2.png", "000-a-3.png", "000-a.png"]
    (tmp_path / "out" / "000-a.json").unlink()  # whose panel it is is no longer known
    assert Path(json.loads(run(*asked, "--out", tmp_path / "out").stdout)["panel"]).name == "000-a-4.png"


def test_explain_fails_where_nothing_could_be_explained(small_study: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    nothing = run("explain", small_study / "classifier", tmp_path / "empty", "--out", tmp_path / "out")
    assert nothing.exit_code == 2
    assert "holds no file" in nothing.stderr
    missing = run("explain", small_study / "classifier", tmp_path / "no.png", "--out", tmp_path / "out")
    assert missing.exit_code == 1
    assert "not explained" in missing.stdout


def test_sample_writes_single_pictures_and_a_sheet(small_study: Path, tmp_path: Path) -> None:
    for count, out in ((5, "five"), (2, "two")):
        assert run("sample", small_study / "gan", "--count", count, "--seed", 3, "--out", tmp_path / out).exit_code == 0
    assert len(list((tmp_path / "five" / "gan").iterdir())) == 5
    assert (tmp_path / "five" / "gan.png").exists()
    name = "gan/seed3-00001.png"
    assert (tmp_path / "five" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_exhibit_is_one_folder_that_asks_nothing_of_the_network(small_study: Path, tmp_path: Path) -> None:
    result = run("exhibit", *(small_study / n for n in ("schools", "classifier", "gan")), "--out", tmp_path / "site")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "site" / "index.html").read_text()
    addresses = page.replace("http://www.w3.org", "").replace("https://matplotlib.org", "")
    assert "http" not in addresses.split("<svg")[0]
    for part in page.split('src="')[1:]:
        assert (tmp_path / "site" / part.split('"')[0]).exists()
    for promised in ("Alder", "95 % interval", "Grad-CAM", "most confident", "floor"):
        assert promised.lower() in page.lower()
    again = run("exhibit", *(small_study / n for n in ("schools", "classifier", "gan")), "--out", tmp_path / "site")
    assert again.exit_code == 0
    assert (tmp_path / "site" / "index.html").read_text() == page


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["collect", "folder", "nowhere", "--out", "x"], "is not a folder"),
        (["collect", "folder", "--out", "x"], "needs a folder"),
        (["collect", "two-schools", "somewhere", "--out", "x"], "takes no folder"),
        (["collect", "two-schools", "--styles", "Aldr", "--out", "x"], "no style 'Aldr'"),
        (["show", "nowhere"], "holds no collection and no run"),
        (["train", "gan", "nowhere", "--out", "x"], r"holds no catalogue.parquet"),
        (["train", "gan", "nowhere", "--preset", "wgan", "--out", "x"], "no preset 'wgan'"),
        (["train", "classifier", "nowhere", "--weights", "w", "--out", "x"], "add --preset transfer"),
        (["predict", "nowhere", "a.png"], "holds no run"),
        (["sample", "nowhere", "--out", "x"], "holds no run"),
        (["exhibit", "nowhere", "--out", "x"], "holds no collection and no run"),
    ],
)
def test_a_bad_argument_gets_one_sentence_and_status_two(
    arguments: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert result.stderr.startswith("brushwork: ")
    assert result.stderr.count("\n") == 1


def test_a_style_with_nothing_usable_is_named(tmp_path: Path) -> None:
    (tmp_path / "source" / "Calm").mkdir(parents=True)
    (tmp_path / "source" / "Empty").mkdir()
    noise_picture(1).save(tmp_path / "source" / "Calm" / "a_b.png")
    result = run("collect", "folder", tmp_path / "source", "--styles", "Empty", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "the source has no painting" in result.stderr


def test_an_exhibit_of_a_folder_of_something_else_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text("{}")
    result = run("exhibit", tmp_path, "--out", tmp_path / "site")
    assert result.exit_code == 2
    assert result.stderr.startswith("brushwork: ")


def test_an_exhibit_never_touches_a_folder_with_something_else(small_study: Path, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "wedding.jpg").write_text("precious")
    (tmp_path / "index.html").write_text("my page")
    result = run("exhibit", small_study / "schools", "--out", tmp_path)
    assert result.exit_code == 2
    assert (tmp_path / "pictures" / "wedding.jpg").read_text() == "precious"
    assert (tmp_path / "index.html").read_text() == "my page"


def test_ctrl_c_is_status_130_and_no_word_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("brushwork.run.load_run", pressed)
    result = run("sample", "any", "--out", "any")
    assert (result.exit_code, result.output) == (130, "")
