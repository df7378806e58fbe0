"""`judge` as a user types it, and the page of what it found: every picture there, generated ones marked as such."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.exhibit.build import _write
from brushwork.exhibit.generated import generated_page
from brushwork.exhibit.judged import RULES
from brushwork.run import Run
from tests.cli.test_cli import run
from tests.exhibit.conftest import SCHOOLS, Making

ASKED = ["--count", 6, "--dials", 2, "--device", "cpu"]
ABOUT: dict[str, Any] = {"version": "0", "model_card": True}


def test_what_was_judged_is_kept_and_read_back_in_words_and_as_json(
    classifier: Run, generator: Making, schools: Collection
) -> None:
    mixed, told = generator("dcgan-torch", SCHOOLS), generator("stylegan2", SCHOOLS)
    command = ["judge", classifier.folder, mixed.folder, told.folder, *ASKED]
    words = run(*command)
    assert words.exit_code == 0, words.output
    for promised in (
        "the classifier looks at",
        "called Alder (style accuracy)",
        "Turned from Alder to Kessel",
        "told no style",
    ):
        assert promised in words.output
    kept = told.folder / "judged.json"
    before = kept.stat().st_mtime_ns
    lines = run(*command, "--json").stdout.splitlines()
    assert [json.loads(line)["run"] for line in lines] == ["dcgan-torch", "stylegan2"]
    assert json.loads(lines[1]) == json.loads(kept.read_text())
    assert kept.stat().st_mtime_ns == before
    run(*command, "--again")
    assert kept.stat().st_mtime_ns != before
    for wrong in ((told.folder, mixed.folder), (classifier.folder, schools.folder)):
        refused = run("judge", *wrong)
        assert refused.exit_code == 2
        assert refused.stderr.startswith("brushwork: ")
        assert refused.stderr.count("\n") == 1


def test_the_page_shows_pictures_beside_real_ones_and_the_answer(
    classifier: Run, generator: Making, schools: Collection, tmp_path: Path
) -> None:
    told, other = generator("stylegan2", SCHOOLS), generator("dcgan-torch", ["Alder"])
    pictures = tmp_path / "site" / "pictures"
    pictures.mkdir(parents=True)
    assert generated_page(schools, [told, other], [], pictures) is None  # none was judged
    assert run("judge", classifier.folder, told.folder, *ASKED).exit_code == 0
    page = generated_page(schools, [told, other], ["elsewhere"], pictures)
    assert page is not None
    (section,) = page["generators"]
    assert section["elsewhere"]
    assert [part["title"] for part in section["parts"]] == SCHOOLS
    assert all(len(part["rows"]) == len(RULES) for part in section["parts"])
    _write(tmp_path / "site", "generated.html", page | ABOUT)
    text = (tmp_path / "site" / "generated.html").read_text()
    for promised in (
        section["conclusion"],
        "Most for Alder",
        "Least for Kessel",
        "The style dial",
        "by another classifier",
    ):
        assert promised in text
    assert "nan" not in text.split()
    named = [part.split('"')[0] for part in text.split('src="')[1:]]
    assert all((tmp_path / "site" / name).exists() for name in named)
    assert len(set(named)) == len(list(pictures.iterdir()))  # none is written in vain
    for name in named:
        if name.endswith(("picture.png", "map.png")) and "real" not in name:
            with Image.open(tmp_path / "site" / name) as image:
                assert "not a painting" in image.info["Description"]
    (told.folder / "generator.json").write_text((told.folder / "generator.json").read_text() + " ")
    with pytest.raises(UserError, match="is of an earlier state of the generator"):
        generated_page(schools, [told], [], pictures)
