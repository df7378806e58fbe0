"""A plain folder, with and without a table."""

from pathlib import Path

import pytest

from brushwork.collection.artists import normalised_artist
from brushwork.collection.sources import Request, entries_of
from brushwork.collection.sources.folder import folder
from brushwork.errors import UserError


def test_without_a_table_the_artist_is_read_from_the_name(style_folder: Path) -> None:
    found = [e.painting for e in folder(style_folder)]
    assert {normalised_artist(p.artist)[0] for p in found if p.style == "Calm"} == {
        f"Calm Artist {letter}" for letter in "ABCD"
    }


def test_the_table_describes_and_rows_without_files_are_kept_as_dropped(style_folder: Path) -> None:
    (style_folder / "paintings.csv").write_text(
        "file,artist,title,year\nCalm/calm-artist-a_work_0.png,Ann Other,Sea,1901.0\nCalm/gone.png,Ann Other,Lost,\n"
    )
    found = {p.file: p for p in (e.painting for e in folder(style_folder))}
    assert (found["Calm/calm-artist-a_work_0.png"].artist, found["Calm/calm-artist-a_work_0.png"].year) == (
        "Ann Other",
        "1901",
    )
    assert found["Calm/gone.png"].reason == "no file: Calm/gone.png"
    assert found["Calm/calm-artist-b_work_0.png"].artist == ""


def test_a_style_that_is_not_there_names_the_nearest_and_an_empty_one_gives_nothing(style_folder: Path) -> None:
    (style_folder / "Empty").mkdir()
    with pytest.raises(UserError, match="no style 'Wil'; the nearest names are 'Wild'"):
        list(folder(style_folder, ["Wil"]))
    assert list(folder(style_folder, ["Empty"])) == []


def test_missing_folders_pictures_and_columns_are_named(tmp_path: Path, style_folder: Path) -> None:
    with pytest.raises(UserError, match="is not a folder"):
        entries_of("folder", Request(str(tmp_path / "nowhere")))
    (tmp_path / "bare").mkdir()
    with pytest.raises(UserError, match="holds no pictures"):
        list(folder(tmp_path / "bare"))
    (style_folder / "paintings.csv").write_text("name,artist\nx,y\n")
    with pytest.raises(UserError, match="lacks the column 'file'; it has name, artist"):
        list(folder(style_folder))


def test_a_count_is_even_and_a_larger_one_only_adds(style_folder: Path) -> None:
    six = [e.painting for e in entries_of("folder", Request(str(style_folder), count=6))]
    ten = [e.painting for e in entries_of("folder", Request(str(style_folder), count=10))]
    assert [p.style for p in six].count("Calm") == 3
    assert len(six) == 6
    assert {p.id for p in six} < {p.id for p in ten}
    assert six == sorted(six, key=lambda p: p.id)  # in the source's own order
    with pytest.raises(UserError, match="--count 0"):
        entries_of("folder", Request(str(style_folder), count=0))


@pytest.mark.parametrize("written", ["./Calm/calm-artist-a_work_0.png", "Calm\\calm-artist-a_work_0.png"])
def test_a_file_is_met_once_however_the_table_writes_it(style_folder: Path, written: str) -> None:
    (style_folder / "paintings.csv").write_text(f"file,artist\n{written},Ann Other\n")
    found = [e.painting for e in folder(style_folder)]
    assert len(found) == 24
    assert [p.artist for p in found if p.file == "Calm/calm-artist-a_work_0.png"] == ["Ann Other"]


def test_a_table_may_not_name_files_outside(style_folder: Path) -> None:
    (style_folder / "paintings.csv").write_text("file,artist\n../secret.png,Ann Other\n")
    with pytest.raises(UserError, match="relative to the table's folder"):
        list(folder(style_folder))


def test_semicolons_are_read_and_pictures_without_rows_are_counted(
    style_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (style_folder / "paintings.csv").write_text("file;artist\nCalm/calm-artist-a_work_0.png;Ann Other\n")
    found = {p.file: p.artist for p in (e.painting for e in folder(style_folder))}
    assert found["Calm/calm-artist-a_work_0.png"] == "Ann Other"
    assert "23 of 24 pictures have no row" in capsys.readouterr().err
