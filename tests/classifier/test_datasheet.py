"""The datasheet counts what the catalogue holds, and says of the rest that it is not recorded."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from brushwork.classifier.datasheet import FILE, UNKNOWN, datasheet, write_datasheet
from brushwork.classifier.document import Card, Entry, Grid, markdown
from brushwork.collection import Collection
from brushwork.collection.catalogue import write_catalogue
from brushwork.collection.splits import SPLITS
from brushwork.collection.summary import summary_of
from tests.conftest import encoded, noise_picture

SECTIONS = (
    "Motivation", "Composition", "Collection process", "Preprocessing, cleaning, labelling", "Uses", "Distribution",
    "Maintenance",
)  # fmt: skip


@pytest.fixture
def mixed(style_folder: Path, collected: Callable[..., Collection]) -> Collection:
    """Two styles with a duplicate, a grey picture and a file that is no picture; no years, genres or rights."""
    (style_folder / "Calm" / "calm-artist-b_same.png").write_bytes(
        (style_folder / "Calm" / "calm-artist-a_work_0.png").read_bytes()
    )
    (style_folder / "Wild" / "wild-artist-b_grey.png").write_bytes(encoded(noise_picture(77, mode="L")))
    (style_folder / "Wild" / "wild-artist-c_text.png").write_bytes(b"no picture at all")
    return collected(style_folder)


def grids(card: Card) -> list[Grid]:
    return [part for section in card.sections for part in section.parts if isinstance(part, Grid)]


def grid(card: Card, first: str) -> Grid:
    """The table whose first column has this heading, of several the first."""
    return next(found for found in grids(card) if found.header[0] == first)


def counts(card: Card, first: str) -> dict[str, str]:
    """The second column of that table by its first."""
    return {row[0]: row[1] for row in grid(card, first).rows}


def answer(card: Card, question: str) -> str:
    entries = [part for section in card.sections for part in section.parts if isinstance(part, Entry)]
    return next(entry.words for entry in entries if question in entry.term)


def test_the_sections_are_gebrus_in_their_order(mixed: Collection) -> None:
    assert tuple(section.title for section in datasheet(mixed).sections) == SECTIONS


def test_what_was_dropped_and_done_is_counted(mixed: Collection) -> None:
    card, summary = datasheet(mixed), summary_of(mixed)
    assert summary.dropped
    assert counts(card, "reason") == {reason: f"{n}" for reason, n in summary.dropped.items()}
    steps = grid(card, "step")
    assert [row[0] for row in steps.rows] == [step["step"] for step in summary.steps]
    assert f"{summary.kept} of the {summary.met} met" in answer(card, "How many")
    (mixed.folder / "cleanup.json").unlink()
    assert "older version" in answer(datasheet(mixed), "What was done")


def test_styles_and_split_are_the_catalogues(mixed: Collection) -> None:
    card = datasheet(mixed)
    by_style, split = (found for found in grids(card) if found.header[0] == "style")
    for row in by_style.rows:
        own = mixed.select([row[0]])
        assert row[1:3] == (str(len(own)), str(len({p.group for p in own})))
        assert "not recorded" in row[5]
    for row in split.rows:
        for name, cell in zip(SPLITS, row[1:], strict=True):
            own = mixed.select([row[0]], name)
            assert cell.startswith(f"{len(own)} by {len({p.group for p in own})} artist")


def test_what_is_missing_is_counted_and_what_is_not_is_not_listed(mixed: Collection, schools: Collection) -> None:
    missing = counts(datasheet(mixed), "lacking")
    assert missing["year"] == missing["genre"] == str(len(mixed.paintings))
    assert "artist" not in missing
    assert set(counts(datasheet(schools), "lacking")) == {"address of its page"}
    addressed = [replace(row, url="https://example.org") for row in schools.rows]
    whole = Collection(schools.folder)
    whole.__dict__["rows"] = addressed
    assert answer(datasheet(whole), "What is missing").startswith("Nothing")


def test_rights_are_repeated_and_counted(mixed: Collection, schools: Collection) -> None:
    assert counts(datasheet(mixed), "statement") == {"not stated": str(len(mixed.paintings))}
    assert counts(datasheet(schools), "statement") == {r: str(n) for r, n in summary_of(schools).rights.items()}


def test_what_the_source_does_not_say_is_not_invented(mixed: Collection, schools: Collection) -> None:
    for question in ("Who made it", "Who looks after it", "Who may get it", "How were they photographed"):
        assert answer(datasheet(mixed), question) == UNKNOWN
    assert "paints it again" in answer(datasheet(schools), "Who may get it")


def test_a_broken_split_is_not_recommended(mixed: Collection) -> None:
    assert answer(datasheet(mixed), "recommended division").startswith("Yes")
    one = mixed.select(split="train")[0]
    write_catalogue(mixed.folder, [replace(row, split="test") if row.id == one.id else row for row in mixed.rows])
    told = answer(datasheet(Collection(mixed.folder)), "recommended division")
    assert "broken" in told
    assert one.group in told


def test_the_file_in_the_run_is_the_sheet_of_this_state(mixed: Collection, tmp_path: Path) -> None:
    write_datasheet(tmp_path / "run", mixed)
    text = (tmp_path / "run" / FILE).read_text(encoding="utf-8")
    assert text == markdown(datasheet(mixed))
    assert mixed.fingerprint in text
