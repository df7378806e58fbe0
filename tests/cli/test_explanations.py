"""trust, interventions, concepts and their page in the exhibit, as a user types them."""

import json
from pathlib import Path

import pytest

from tests.cli.test_cli import run

KEPT = {"trust": "trust.json", "interventions": "interventions.json", "concepts": "concepts.json"}
ASKED = {
    "trust": ["--pictures", 4, "--costly", 0, "--steps", 2],
    "interventions": ["--pictures", 8],
    "concepts": ["--pictures", 16, "--count", 2],
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A two-schools collection and a classifier, asked all three questions."""
    root = tmp_path_factory.mktemp("explanations")
    steps = [
        ["collect", "two-schools", "--count", 96, "--short-side", 96, "--out", root / "schools"],
        ["train", "classifier", root / "schools", "--passes", 1, "--batch", 8, "--out", root / "classifier"],
        *([name, root / "classifier", *options] for name, options in ASKED.items()),
    ]
    for step in steps:
        result = run(*step)
        assert result.exit_code == 0, result.output
    return root


@pytest.mark.parametrize("name", list(ASKED))
def test_what_was_found_is_kept_and_read_back_in_words_and_as_json(study: Path, name: str) -> None:
    kept = study / "classifier" / KEPT[name]
    before = kept.stat().st_mtime_ns
    words = run(name, study / "classifier", *ASKED[name])
    assert words.exit_code == 0
    assert kept.stat().st_mtime_ns == before
    assert "Alder" in words.output
    assert "nan" not in words.output.split()
    data = json.loads(run(name, study / "classifier", *ASKED[name], "--json").stdout)
    assert data == json.loads(kept.read_text())
    assert data["run"] == "classifier"


@pytest.mark.parametrize("name", ["interventions", "concepts"])  # trust takes a minute, and has this in its own tests
def test_told_to_look_again_it_does_and_finds_the_same(study: Path, name: str) -> None:
    kept = study / "classifier" / KEPT[name]
    before, data = kept.stat().st_mtime_ns, json.loads(kept.read_text())
    run(name, study / "classifier", *ASKED[name], "--again")
    assert kept.stat().st_mtime_ns != before
    assert json.loads(kept.read_text()) | {"minutes": 0} == data | {"minutes": 0}


def test_the_exhibit_shows_all_three(study: Path) -> None:
    result = run("exhibit", study / "schools", study / "classifier", "--out", study / "site")
    assert result.exit_code == 0, result.output
    page = next(study.glob("site/**/explanations*.html")).read_text()
    for words in ("evidence:", "control: texture", "Had it been painted otherwise", "Concept 1"):
        assert words in page, words
    assert "nan" not in page.split()


@pytest.mark.parametrize("name", list(ASKED))
def test_what_is_no_run_or_too_little_is_refused_in_a_sentence(study: Path, name: str) -> None:
    missing = run(name, study / "schools")
    assert missing.exit_code == 2
    assert len(missing.output.strip().splitlines()) == 1
    assert run(name, study / "classifier", "--pictures", 1).exit_code == 2
