"""Any table, whatever its columns are called."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from brushwork.collection.sources import Entry, Request, entries_of, fetch
from brushwork.collection.sources.table import KNOWN
from brushwork.errors import UserError
from tests.conftest import encoded, noise_picture

PICTURE = encoded(noise_picture(0))
MUSEUM = {"file": "Image", "artist": "Maker", "style": "Movement", "year": "Date"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "Calm").mkdir()
    for n in range(3):
        (tmp_path / "Calm" / f"sea_{n}.png").write_bytes(encoded(noise_picture(n)))
    return tmp_path


def read(folder: Path, text: str, **options: object) -> list[Entry]:
    (folder / "table.csv").write_text(text, encoding="utf-8")
    return entries_of("csv", Request(str(folder / "table.csv"), **options))  # type: ignore[arg-type]


def test_columns_go_by_their_names_or_by_the_mapping(folder: Path) -> None:
    plain = read(folder, "file,artist,style,year\nCalm/sea_0.png,Ann Other,Calm,1901.0\n")
    mapped = read(folder, "Image,Maker,Movement,Date\nCalm/sea_0.png,Ann Other,Calm,1901.0\n", columns=MUSEUM)
    assert [e.painting for e in plain] == [e.painting for e in mapped]
    found = plain[0].painting
    assert (found.file, found.artist, found.style, found.year) == ("Calm/sea_0.png", "Ann Other", "Calm", "1901")
    assert (found.title, found.source, found.rights) == ("sea 0", "table", "not stated")
    assert plain[0].read() == PICTURE


def test_every_column_that_can_be_named_is_read(folder: Path) -> None:
    values = {name: f"its {name}" for name in KNOWN} | {"file": "Calm/sea_0.png"}
    mapping = {name: name.upper() for name in KNOWN}
    found = read(folder, ",".join(mapping.values()) + "\n" + ",".join(values.values()) + "\n", columns=mapping)
    assert {name: getattr(found[0].painting, name) for name in KNOWN} == values


def test_a_mapping_comes_before_a_column_of_that_name(folder: Path) -> None:
    text = "file,artist,style,Maker\nCalm/sea_0.png,wrong,Calm,Ann Other\n"
    assert read(folder, text, columns={"artist": "Maker"})[0].painting.artist == "Ann Other"


@pytest.mark.parametrize("text", ["file;artist;style\nCalm/sea_0.png;Other, Ann;Calm\n", "\ufefffile,style,artist\r\n"
                                  'Calm/sea_0.png,Calm,"Other, Ann"\r\n'])  # fmt: skip
def test_semicolons_and_what_spreadsheets_write_are_read(folder: Path, text: str) -> None:
    assert [e.painting.artist for e in read(folder, text)] == ["Other, Ann"]


@pytest.mark.parametrize("columns", [{}, {"file": "Image"}, {"style": "Movement"}, {"artist": "Maker"}])
def test_a_column_that_is_not_there_is_named(folder: Path, columns: dict[str, str]) -> None:
    lacking = next(iter(columns.values()), "style")
    header = "file,style,artist" if columns else "file,artist"
    with pytest.raises(UserError, match=f"lacks the column '{lacking}'; it has {header.replace(',', ', ')}"):
        read(folder, f"{header}\nCalm/sea_0.png,Calm,Ann Other\n", columns=columns)


def test_what_no_column_can_be_is_named(folder: Path) -> None:
    with pytest.raises(UserError, match=r"--column maker=… was given; what a column can be is id, file, title"):
        read(folder, "file,style\nCalm/sea_0.png,Calm\n", columns={"maker": "Maker"})


@pytest.mark.parametrize(
    "file", ["../secret.png", "/etc/passwd", "C:\\secret.png", "Calm/../../secret.png", "..\\x.png"]
)
def test_a_path_out_of_the_folder_is_refused_with_its_row(folder: Path, file: str) -> None:
    with pytest.raises(UserError, match=r"in row 3; names are relative to the table's folder") as refused:
        read(folder, f"file,style\nCalm/sea_0.png,Calm\n{file},Calm\n")
    assert repr(file) in str(refused.value)


def test_rows_without_a_file_a_style_or_a_picture_have_a_reason(folder: Path) -> None:
    text = "file,style,artist\n,Calm,Ann\nCalm/sea_0.png,,Ann\nCalm/gone.png,Calm,Ann\nCalm/sea_1.png,Calm,Ann\n"
    found = [e.painting for e in read(folder, text)]
    assert [p.reason for p in found] == [
        "no file: the row names none", "no style: the row names none", "no file: Calm/gone.png", "",
    ]  # fmt: skip
    assert len({p.id for p in found}) == 4


def test_styles_are_chosen_by_exact_name(folder: Path) -> None:
    text = "file,style\nCalm/sea_0.png,Calm\nCalm/sea_1.png,Wild\nCalm/sea_2.png,\n"
    assert [e.painting.file for e in read(folder, text, styles=("Wild",))] == ["Calm/sea_1.png"]
    with pytest.raises(UserError, match="no style 'Wil'; the nearest names are 'Wild'"):
        read(folder, text, styles=("Wil",))


def test_a_file_that_changed_has_another_stamp(folder: Path) -> None:
    text = "file,style\nCalm/sea_0.png,Calm\nCalm/sea_1.png,Calm\n"
    before = [e.stamp for e in read(folder, text)]
    (folder / "Calm" / "sea_1.png").write_bytes(b"changed")
    after = [e.stamp for e in read(folder, text)]
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)


@pytest.mark.parametrize("location", ["", "nowhere.csv"])
def test_no_table_is_a_users_error(location: str) -> None:
    with pytest.raises(UserError, match="the source 'csv' needs a table"):
        entries_of("csv", Request(location))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "lacks the column 'file', 'style'"), (b'file,style,"' + b"x" * 200_000, "is not a readable CSV"),
     (b"\xff\xfef\0i\0l\0", "lacks the column"), (b"\x89PNG\r\n\x1a\n\0\0", "lacks the column")],
)  # fmt: skip
def test_what_is_no_table_is_said_to_be_none(tmp_path: Path, data: bytes, sentence: str) -> None:
    (tmp_path / "table.csv").write_bytes(data)
    with pytest.raises(UserError, match=sentence):
        entries_of("csv", Request(str(tmp_path / "table.csv")))


ADDRESSES = (
    "file,style,artist,title\n"
    "https://example.org/a/The_Sea.png?size=1,Calm,Ann,\n"
    "HTTP://example.org/b.png,Calm,Ann,B\n"
    "Calm/sea_0.png,Calm,Ann,\n"
    "https://example.org/gone.png,Calm,Ann,\n"
    "https://example.org/nameless.png,,Ann,\n"
)


def test_addresses_are_fetched_only_when_asked_for(folder: Path) -> None:
    with pytest.raises(UserError, match=r"table\.csv names pictures by address; give --download"):
        read(folder, ADDRESSES)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were asked for; every picture is its address, and one is not to be had."""
    asked: list[str] = []

    def fetch_all(wanted: Sequence[tuple[str, str]], cache: Path, rate: float, label: str) -> dict[str, str]:
        cache.mkdir(parents=True, exist_ok=True)
        for name, url in wanted:
            asked.append(url)
            if "gone" not in url:
                (cache / name).write_bytes(url.encode())
        return {name: "not fetched: the server answered 404" if "gone" in url else "" for name, url in wanted}

    monkeypatch.setattr(fetch, "fetch_all", fetch_all)
    return asked


def test_addresses_and_files_may_be_mixed(folder: Path, fetched: list[str]) -> None:
    found = read(folder, ADDRESSES, download=True, cache=folder / "cache")
    assert fetched == [
        "https://example.org/a/The_Sea.png?size=1", "HTTP://example.org/b.png", "https://example.org/gone.png",
    ]  # fmt: skip
    assert [e.read() for e in found[:3]] == [*(url.encode() for url in fetched[:2]), PICTURE]
    assert [e.painting.title for e in found[:3]] == ["The Sea", "B", "sea 0"]
    assert [e.painting.url for e in found[:3]] == [*fetched[:2], ""]
    reasons = ["", "", "", "not fetched: the server answered 404", "no style: the row names none"]
    assert [e.painting.reason for e in found] == reasons
    assert all(e.stamp for e in found[:3])


def test_only_as_many_as_are_counted_are_fetched(folder: Path, fetched: list[str]) -> None:
    rows = "".join(f"https://example.org/{n}.png,{'Calm' if n % 2 else 'Wild'}\n" for n in range(40))
    four = read(folder, f"file,style\n{rows}", download=True, cache=folder / "cache", count=4)
    assert [e.painting.style for e in four].count("Calm") == 2
    assert len(fetched) == 4


def test_two_rows_of_one_name_keep_their_own_pictures(folder: Path, fetched: list[str]) -> None:
    text = "id,file,style\nx,https://example.org/1.png,Calm\nx,https://example.org/2.png,Calm\n"
    found = read(folder, text, download=True, cache=folder / "cache")
    assert [e.read() for e in found] == [url.encode() for url in fetched]
