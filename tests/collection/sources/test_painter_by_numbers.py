"""The competition's folder with its quirks (painter-by-numbers.md)."""

import csv
import io
import shutil
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from brushwork.collection import collect, open_collection
from brushwork.collection.sources import Request, entries_of
from brushwork.collection.sources import painter_by_numbers as source
from brushwork.collection.sources.painter_by_numbers import COLUMNS, DOWNLOADS, painter_by_numbers
from brushwork.collection.sources.tables import read_table
from brushwork.collection.years import year_range
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


def zipped(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)


@pytest.fixture
def unopened(competition: Path) -> Path:
    """The competition as it comes: nothing is unpacked, and macOS has been at the zips."""
    for part in ("train", "test"):
        files = {f"{part}/{path.name}": path.read_bytes() for path in sorted((competition / part).iterdir())}
        zipped(competition / f"{part}.zip", {f"__MACOSX/{part}/._1.jpg": b"\0\5\26\7", f"{part}/": b""} | files)
        shutil.rmtree(competition / part)
    about = {"__MACOSX/._all_data_info.csv": b"\0\5\26\7", "all_data_info.csv": table().encode()}
    zipped(competition / "all_data_info.csv.zip", about)
    (competition / "all_data_info.csv").unlink()
    return competition


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


def test_the_unopened_competition_is_the_unpacked_one(competition: Path, request: pytest.FixtureRequest) -> None:
    unpacked = {e.painting: e.read() for e in painter_by_numbers(competition, ["*"])}
    assert unpacked == {e.painting: e.read() for e in painter_by_numbers(request.getfixturevalue("unopened"), ["*"])}
    assert not (competition / "train").exists()
    assert len(unpacked) == len(ROWS)


def test_the_unopened_competition_makes_a_collection(unopened: Path, tmp_path: Path) -> None:
    out = tmp_path / "collection"
    collect(entries_of("painter-by-numbers", Request(str(unopened))), out, "painter-by-numbers", workers=0)
    artists = {p.id: p.artist for p in open_collection(out).paintings if p.kept}
    assert artists == {"pbn-1": "Claude Monet", "pbn-2": "Claude Monet", "pbn-3": "Edvard Munch"}  # NBSP and all


def test_a_file_that_changed_has_another_stamp(unopened: Path) -> None:
    before = {e.painting.id: e.stamp for e in painter_by_numbers(unopened)}
    zipped(unopened / "test.zip", {"test/2.jpg": b"changed", "test/6.jpg": encoded(noise_picture(6), "JPEG")})
    after = {e.painting.id: e.stamp for e in painter_by_numbers(unopened)}
    assert {name for name in before if before[name] != after[name]} == {"pbn-2"}
    assert all(before.values())


@pytest.mark.parametrize("folder", ["", "train/", "train_1/", "data/train/"])
def test_an_archive_may_name_its_pictures_in_several_ways(unopened: Path, folder: str) -> None:
    with zipfile.ZipFile(unopened / "train.zip") as archive:
        files = {f"{folder}{n}.jpg": archive.read(f"train/{n}.jpg") for n in (1, 3, 4, 5)}
    zipped(unopened / "train.zip", files)
    assert [e.painting.reason for e in painter_by_numbers(unopened, ["*"])].count("") == len(ROWS) - 1


def test_the_training_pictures_may_come_in_nine_parts(unopened: Path) -> None:
    with zipfile.ZipFile(unopened / "train.zip") as archive:
        for n in (1, 3, 4, 5):
            zipped(unopened / f"train_{n}.zip", {f"train_{n}/{n}.jpg": archive.read(f"train/{n}.jpg")})
    (unopened / "train.zip").unlink()
    assert [e.painting.reason for e in painter_by_numbers(unopened, ["*"])].count("") == len(ROWS) - 1


def test_of_two_copies_the_one_in_train_zip_is_read(unopened: Path) -> None:
    zipped(unopened / "train_1.zip", {"train_1/1.jpg": b"copy"})
    assert next(iter(painter_by_numbers(unopened))).read() != b"copy"


def test_replacements_come_before_archives(unopened: Path) -> None:
    better = {"train/3.jpg": b"better 3", "test/2.jpg": b"better 2", "__MACOSX/train/._3.jpg": b"junk"}
    zipped(unopened / "replacements_for_corrupted_files.zip", better)
    entries = {e.painting.id: e for e in painter_by_numbers(unopened)}
    assert (entries["pbn-3"].read(), entries["pbn-2"].read()) == (b"better 3", b"better 2")
    assert entries["pbn-1"].read()[:2] == b"\xff\xd8"


def test_an_extract_of_the_table_may_lie_beside_all_replacements(unopened: Path) -> None:
    zipped(unopened / "replacements_for_corrupted_files.zip", {"train/3917.jpg": b"of a painting not in the table"})
    assert len(list(painter_by_numbers(unopened))) == 4


def test_another_archive_in_the_place_of_the_pictures_is_named(unopened: Path) -> None:
    zipped(unopened / "train.zip", {"train/999.jpg": b"x", "cats/1.jpg": b"x"})
    with pytest.raises(UserError, match=r"train\.zip holds none of the pictures in all_data_info\.csv"):
        list(painter_by_numbers(unopened))
    (unopened / "train.zip").write_bytes(b"<html>")
    with pytest.raises(UserError, match=r"train\.zip is not a whole zip"):
        list(painter_by_numbers(unopened))


def test_the_competitions_other_zips_are_no_pictures(unopened: Path) -> None:
    for name in ("train_info.csv", "submission_info.csv", "titles"):
        zipped(unopened / f"{name}.zip", {name: b"filename,artist\n"})
    assert len(list(painter_by_numbers(unopened))) == 4


def test_a_star_stands_for_all_styles_and_a_row_without_one_keeps_its_place_with_the_reason(competition: Path) -> None:
    nameless = ("Nobody", "", "", "", "", "True", "1.jpg")
    (competition / "all_data_info.csv").write_text(table([*ROWS, nameless]), encoding="utf-8")
    found = [e.painting for e in painter_by_numbers(competition, ["*"])]
    assert Counter(p.style for p in found if p.style) == Counter(row[3] for row in ROWS)
    assert [p.reason for p in found if not p.style] == ["no style: the table names none"]


def test_only_what_is_not_there_packed_or_unpacked_is_fetched(
    competition: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(source, "download_competition", lambda name, files, folder: asked.append((name, list(files))))
    (competition / "replacements_for_corrupted_files").mkdir()
    list(source.entries(Request(str(competition), download=True)))
    shutil.rmtree(competition / "test")
    list(source.entries(Request(str(competition), download=True)))
    list(source.entries(Request(str(competition))))
    assert asked == [("painter-by-numbers", []), ("painter-by-numbers", ["test.zip"])]
    assert "train.zip" in DOWNLOADS
    assert "train_1.zip" not in DOWNLOADS


def test_an_encrypted_table_is_a_users_error(unopened: Path) -> None:
    data = bytearray((unopened / "all_data_info.csv.zip").read_bytes())
    for header, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.rindex(header) + flags] |= 1
    (unopened / "all_data_info.csv.zip").write_bytes(data)
    with pytest.raises(UserError, match=r"all_data_info\.csv\.zip cannot be read .*encrypted"):
        list(painter_by_numbers(unopened))


@pytest.mark.real
def test_the_whole_table_is_read_as_it_was_counted(real_data: Path) -> None:
    """The counts of painter-by-numbers.md, which were made with another reader."""
    rows = read_table(real_data / "painter-by-numbers-metadata" / "all_data_info.csv.zip", COLUMNS, "all_data_info.csv")
    styles = Counter(row["style"] for row in rows)
    assert len(rows) == 103_250
    assert {row["new_filename"] for row in rows} == {f"{n}.jpg" for n in range(103_250)}
    counted = {
        "Impressionism": 10_643, "Expressionism": 7_013, "Post-Impressionism": 5_778, "Abstract Expressionism": 2_074,
        "Neo-Expressionism": 420, "Cubo-Expressionism": 22, "Figurative Expressionism": 19, "Fauvism": 731,
        "Pointillism": 501, "Divisionism": 338, "Luminism": 385, "": 986,
    }  # fmt: skip
    assert {style: styles[style] for style in counted} == counted
    assert len(styles) - 1 == 136
    assert Counter(row["in_train"] for row in rows) == {"True": 79_433, "False": 23_817}
    groups = {"train_and_test": 86_150, "train_only": 14_164, "test_only": 2_936}
    assert Counter(row["artist_group"] for row in rows) == groups
    missing = {"date": 26_363, "genre": 1_254, "style": 986, "source": 167, "title": 122, "artist": 0}
    assert {column: sum(not row[column] for row in rows) for column in missing} == missing
    years = [year_range(row["date"]) for row in rows]
    assert sum(years_of == (0, 0) for years_of in years) == 26_363 + 3  # 'ific', 'rain', 'rver'
    exact = [(first, last) for first, last in years if first == last > 0]
    assert (min(exact)[0], max(exact)[0]) == (187, 2013)
    assert sum(last - first == 10 for first, last in years) == 8_777  # "c.1917"


@pytest.mark.real
def test_the_extract_is_read_with_its_pictures(real_data: Path) -> None:
    styles = ["Impressionism", "Post-Impressionism", "Expressionism"]
    entries = list(painter_by_numbers(real_data / "painter-by-numbers", styles))
    assert Counter(e.painting.style for e in entries) == {
        "Impressionism": 1_766, "Post-Impressionism": 1_244, "Expressionism": 789,
    }  # fmt: skip
    assert not [e.painting.id for e in entries if e.painting.reason]
    assert entries[0].read()[:2] == b"\xff\xd8"
