"""The competition's folder with its quirks (painter-by-numbers.md)."""

import csv
import io
import zipfile
from pathlib import Path

import pytest

from brushwork.collection.sources.painter_by_numbers import COLUMNS, painter_by_numbers
from brushwork.errors import UserError
from tests.conftest import encoded, noise_picture

ROWS: list[tuple[str, ...]] = [
    (" Claude Monet", "1875.0", "landscape", "Impressionism", "Dawn, again", "True", "1.jpg"),
    ("Claude Monet\xa0", "c.1880", "", "Impressionism", "", "False", "2.jpg"),
    ("Edvard Munch", "", "portrait", "Expressionism", "Évening", "True", "3.jpg"),
    ("Mark Rothko", "1950.0", "abstract", "Abstract Expressionism", "No. 3", "True", "4.jpg"),
    ("Paul Signac", "1900.0", "landscape", "Post-Impressionism", "Port", "True", "5.jpg"),
    ("kiri nichol", "", "", "Expressionism", "made up", "False", "6.jpg"),
]


def table(rows: list[tuple[str, ...]] = ROWS, columns: tuple[str, ...] = COLUMNS) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    for artist, date, genre, style, title, in_train, name in rows:
        writer.writerow({"artist": artist, "date": date, "genre": genre, "pixelsx": "80.0", "pixelsy": "64.0",
                         "size_bytes": "9.0", "source": "wikiart", "style": style, "title": title,
                         "artist_group": "train_only", "in_train": in_train, "new_filename": name})  # fmt: skip
    return text.getvalue()


@pytest.fixture
def competition(tmp_path: Path) -> Path:
    (tmp_path / "train").mkdir()
    (tmp_path / "test").mkdir()
    for *_, in_train, name in ROWS:
        folder = tmp_path / ("train" if in_train == "True" else "test")
        (folder / name).write_bytes(encoded(noise_picture(int(name[0])), "JPEG"))
    (tmp_path / "all_data_info.csv").write_text(table(), encoding="utf-8")
    return tmp_path


def test_styles_are_chosen_by_exact_name(competition: Path) -> None:
    files = [e.painting.file for e in painter_by_numbers(competition)]
    assert files == ["train/1.jpg", "test/2.jpg", "train/3.jpg", "test/6.jpg"]
    only = [e.painting.style for e in painter_by_numbers(competition, ["Post-Impressionism"])]
    assert only == ["Post-Impressionism"]


def test_an_unknown_style_names_the_nearest(competition: Path) -> None:
    with pytest.raises(
        UserError, match="no painting has the style 'Impresionism'; the nearest names are 'Impressionism'"
    ):
        list(painter_by_numbers(competition, ["Impresionism"]))


def test_dates_lose_the_floats_tail_and_the_hosts_pictures_are_left_out(competition: Path) -> None:
    found = {e.painting.id: e.painting for e in painter_by_numbers(competition)}
    assert found["pbn-1"].year == "1875"
    assert found["pbn-2"].year == "c.1880"
    assert "host" in found["pbn-6"].reason


def test_a_row_without_a_file_has_a_reason(competition: Path) -> None:
    (competition / "train" / "3.jpg").unlink()
    found = {e.painting.id: e.painting for e in painter_by_numbers(competition)}
    assert found["pbn-3"].reason == "no file: train/3.jpg"


def test_the_zip_is_read_by_the_members_name(competition: Path) -> None:
    (competition / "all_data_info.csv").unlink()
    with zipfile.ZipFile(competition / "all_data_info.csv.zip", "w") as archive:
        archive.writestr("__MACOSX/._all_data_info.csv", b"\0\5\26\7")
        archive.writestr("all_data_info.csv", table())
    assert len(list(painter_by_numbers(competition))) == 4


@pytest.mark.parametrize("zipped", [False, True])
def test_replacements_take_the_place_of_corrupted_files(competition: Path, zipped: bool) -> None:
    (competition / "train" / "1.jpg").write_bytes(b"corrupt")
    better = encoded(noise_picture(77), "JPEG")
    name = "replacements_for_corrupted_files"
    if zipped:
        with zipfile.ZipFile(competition / f"{name}.zip", "w") as archive:
            archive.writestr("__MACOSX/train/._1.jpg", b"junk")
            archive.writestr("train/1.jpg", better)
    else:
        (competition / name / "train").mkdir(parents=True)
        (competition / name / "train" / "1.jpg").write_bytes(better)
    entries = {e.painting.id: e for e in painter_by_numbers(competition)}
    assert entries["pbn-1"].read() == better


def test_missing_tables_folders_and_columns_are_named(competition: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a folder"):
        list(painter_by_numbers(tmp_path / "nowhere"))
    short = tuple(c for c in COLUMNS if c != "style")
    (competition / "all_data_info.csv").write_text(table(columns=short))
    with pytest.raises(UserError, match="lacks the column 'style'"):
        list(painter_by_numbers(competition))
    (competition / "all_data_info.csv").unlink()
    with pytest.raises(UserError, match=r"neither all_data_info\.csv nor"):
        list(painter_by_numbers(competition))
    (competition / "all_data_info.csv.zip").write_bytes(b"not a zip")
    with pytest.raises(UserError, match="cannot be read"):
        list(painter_by_numbers(competition))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings_keep_their_accents(competition: Path, encoding: str) -> None:
    (competition / "all_data_info.csv").write_text(table(), encoding=encoding)
    found = {e.painting.id: e.painting for e in painter_by_numbers(competition)}
    assert found["pbn-3"].title == "Évening"
