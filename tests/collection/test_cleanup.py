"""Every rule can be left out, says what it did, and drops nothing in silence."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from brushwork.collection import Collection
from brushwork.collection.cleanup import ARTISTS, DEFAULT_STEPS, DUPLICATES, RULES, clean, grouped
from brushwork.errors import UserError
from brushwork.painting import Painting
from tests.conftest import noise_picture

Make = Callable[..., Collection]


def cloudy(seed: int) -> Image.Image:
    """A picture with structure of its own, which survives resizing as noise does not."""
    return noise_picture(seed, 40, 30).resize((320, 240)).filter(ImageFilter.GaussianBlur(2))


@pytest.fixture
def dirty_folder(tmp_path: Path) -> Path:
    """One flaw for every rule, among good pictures."""
    rows = [("file", "artist", "year", "genre", "style")]

    def add(name: str, image: Image.Image, artist: str, year: str = "1900", genre: str = "landscape") -> None:
        path = tmp_path / "dirty" / "Calm" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)
        rows.append((f"Calm/{name}", artist, year, genre, "Calm"))

    for n in range(6):
        add(f"good-{n}.png", cloudy(n), f"Painter {n}")
    add("spelled.png", cloudy(10), "MONET, Claude")
    add("monet.png", cloudy(11), "Claude Monet", "c.1880")
    add("monet2.png", cloudy(12), "Claude Monet", "unknown")
    add("after.png", cloudy(13), "after Claude Monet", "late 19th century")
    add("poster.png", cloudy(14), "Painter 1", genre="poster")
    add("grey.png", cloudy(15).convert("L"), "Painter 2")
    add("again.png", cloudy(0), "Painter 0")
    add("smaller.png", cloudy(1).resize((200, 150)), "Painter 1")
    add("stolen.jpg", cloudy(2), "Somebody Else")
    with (tmp_path / "dirty" / "paintings.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return tmp_path / "dirty"


def reasons(collection: Collection) -> dict[str, str]:
    return {p.id.removeprefix("Calm/"): p.reason for p in collection.rows if p.reason}


def test_every_rule_finds_its_flaw_and_only_that(dirty_folder: Path, collected: Make) -> None:
    assert reasons(collected(dirty_folder)) == {
        "poster.png": "not a painting by its genre: poster",
        "grey.png": "no colour: 100% of it is grey",
        "good-0.png": "exact duplicate of Calm/again.png",  # the first met of two equal ones stays
        "smaller.png": "near duplicate of Calm/good-1.png",
        "good-2.png": "same picture under 2 artists: Painter 2, Somebody Else",
        "stolen.jpg": "same picture under 2 artists: Painter 2, Somebody Else",
    }


@pytest.mark.parametrize("step", DEFAULT_STEPS)
def test_a_rule_left_out_does_nothing_and_says_so(step: str, dirty_folder: Path, collected: Make) -> None:
    whole, without = (
        collected(dirty_folder, "whole"),
        collected(dirty_folder, "without", steps=[name for name in DEFAULT_STEPS if name != step]),
    )
    done = {str(part["step"]): part for part in without.cleanup}
    assert (done[step]["on"], done[step]["count"]) == (False, 0)
    assert all(part["on"] for name, part in done.items() if name != step)
    before = {str(part["step"]): part["count"] for part in whole.cleanup}
    assert int(str(before[step])) > 0
    assert whole.rows != without.rows


def test_steps_change_without_reading_a_picture_again(dirty_folder: Path, collected: Make) -> None:
    first = collected(dirty_folder, steps=[])
    shards = {path.name: path.read_bytes() for path in (first.folder / "pictures").iterdir()}
    second = collected(dirty_folder)
    assert len(first.paintings) > len(second.paintings)
    assert {path.name: path.read_bytes() for path in (second.folder / "pictures").iterdir()} == shards


def test_spellings_are_merged_and_listed_and_copies_after_an_artist_stay_in_his_group(
    dirty_folder: Path, collected: Make
) -> None:
    collection = collected(dirty_folder)
    monets = {p.id: p for p in collection.rows if p.group == "claude monet"}
    assert set(monets) == {"Calm/spelled.png", "Calm/monet.png", "Calm/monet2.png", "Calm/after.png"}
    assert {p.artist for p in monets.values()} == {"Claude Monet"}
    assert monets["Calm/after.png"].attribution == "after"
    assert monets["Calm/spelled.png"].artist_given == "MONET, Claude"
    assert len({p.split for p in monets.values()}) == 1
    with (collection.folder / ARTISTS).open() as file:
        listed = {row["spelling"]: int(row["paintings"]) for row in csv.DictReader(file)}
    assert listed == {"Claude Monet": 2, "MONET, Claude": 1, "after Claude Monet": 1}


def test_years_are_ranges(dirty_folder: Path, collected: Make) -> None:
    found = {p.id: (p.year_from, p.year_to) for p in collected(dirty_folder).rows}
    assert found["Calm/monet.png"] == (1875, 1885)
    assert found["Calm/monet2.png"] == (0, 0)
    assert found["Calm/after.png"] == (1867, 1900)


def test_two_artists_on_one_picture_are_quarantined_listed_and_not_merged(dirty_folder: Path, collected: Make) -> None:
    collection = collected(dirty_folder)
    rows = {p.id: p for p in collection.rows}
    assert rows["Calm/stolen.jpg"].group != rows["Calm/good-2.png"].group
    with (collection.folder / DUPLICATES).open() as file:
        listed = {frozenset((row["painting"], row["other"])): row for row in csv.DictReader(file)}
    contested = listed[frozenset(("Calm/stolen.jpg", "Calm/good-2.png"))]
    assert (contested["kind"], contested["done"]) == ("near", "all dropped")
    near = listed[frozenset(("Calm/smaller.png", "Calm/good-1.png"))]
    assert near["done"] == "one kept"
    assert float(near["likeness"]) > 0.8
    assert len(listed) == 3


def test_a_chain_of_copies_ties_no_artists_together() -> None:
    rows = [grouped(Painting(str(i), str(i), artist=f"Artist {i}", sha256=str(i // 2))) for i in range(8)]
    cleaned, _ = clean(rows, {}, Path(), ["artist-names", "exact-duplicates"])
    assert len({row.group for row in cleaned}) == 8
    assert all(row.reason.startswith("same picture under 2 artists") for row in cleaned)


def test_an_unknown_step_is_named() -> None:
    with pytest.raises(UserError, match="no clean-up step 'near-duplicate'; the nearest are 'near-duplicates'"):
        clean([], {}, Path(), ["near-duplicate"])


def test_altering_a_painting_changes_that_and_nothing_else() -> None:
    values = {
        name: (i if isinstance(v, int) else str(i)) for i, (name, v) in enumerate(Painting("", "").to_dict().items())
    }
    painting = Painting(**{**values, "grey": 0.5})  # type: ignore[arg-type]
    assert painting.altered() == painting
    assert painting.altered(title="new").to_dict() == {**painting.to_dict(), "title": "new"}


def test_every_rule_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "collections.md").read_text()
    assert all(f"`{name}`" in text for name in RULES)
