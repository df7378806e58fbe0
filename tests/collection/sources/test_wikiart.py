"""WikiArt as the `datasets` library writes it: classes by number or plain strings, pictures in the rows."""

import pickle
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from brushwork.collection import collect, open_collection
from brushwork.collection.sources import Entry, Request, entries_of
from brushwork.collection.sources.wikiart import download, wikiart
from brushwork.errors import PictureError, UserError
from tests.conftest import encoded, noise_picture

datasets = pytest.importorskip("datasets")

ARTISTS = ["Unknown Artist", "boris-kustodiev", "vincent-van-gogh", "a.y.-jackson"]
GENRES = ["genre_painting", "landscape", "Unknown Genre"]
STYLES = ["Abstract_Expressionism", "Impressionism", "Post_Impressionism", "Naive_Art_Primitivism"]
PICTURES = [encoded(noise_picture(n, 40 + n, 40), "JPEG" if n % 2 else "PNG") for n in range(10)]


def written(path: Path, columns: dict[str, list[Any]], classes: dict[str, list[str]], group: int = 3) -> Path:
    """A Parquet file as the library writes it, `group` rows to a row group."""
    datasets.disable_progress_bars()
    table = datasets.Dataset.from_dict(columns).cast_column("image", datasets.Image())
    for column, names in classes.items():
        table = table.cast_column(column, datasets.ClassLabel(names=names))
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_parquet(path, batch_size=group)
    return path


def rows(numbers: range) -> dict[str, list[Any]]:
    """The columns of `huggan/wikiart`."""
    return {
        "image": [{"bytes": PICTURES[n], "path": f"{n}.jpg"} for n in numbers],
        "artist": [n % 4 for n in numbers],
        "genre": [n % 3 for n in numbers],
        "style": [n % 4 for n in numbers],
    }


@pytest.fixture
def by_number(tmp_path: Path) -> Path:
    """A folder shaped like `huggan/wikiart`: two files of seven and three rows."""
    classes = {"artist": ARTISTS, "genre": GENRES, "style": STYLES}
    written(tmp_path / "wikiart" / "data" / "train-00000-of-00002.parquet", rows(range(7)), classes)
    written(tmp_path / "wikiart" / "data" / "train-00001-of-00002.parquet", rows(range(7, 10)), classes)
    return tmp_path / "wikiart"


def by_string(path: Path, **changed: list[Any]) -> Path:
    """A file shaped like `Artificio/WikiArt`."""
    columns: dict[str, list[Any]] = {
        "title": ["Dawn", None], "artist": ["Claude Monet", "Edvard Munch"], "date": ["1875.0", None],
        "genre": ["landscape", None], "style": ["Impressionism", "Expressionism"], "description": ["long", None],
        "filename": ["1.jpg", "3.jpg"], "image": [{"bytes": data, "path": None} for data in PICTURES[:2]],
    }  # fmt: skip
    return written(path, columns | changed, {})


def test_classes_are_read_by_their_names(by_number: Path) -> None:
    found = [entry.painting for entry in wikiart(by_number)]
    names = ["Abstract Expressionism", "Impressionism", "Post-Impressionism", "Naive Art Primitivism"]
    assert [p.style for p in found] == [names[n % 4] for n in range(10)]
    assert [p.genre for p in found] == [["genre painting", "landscape", ""][n % 3] for n in range(10)]
    assert [p.artist for p in found] == [["", *ARTISTS[1:]][n % 4] for n in range(10)]


def test_every_row_has_its_own_picture_across_row_groups_and_files(by_number: Path) -> None:
    assert pq.ParquetFile(by_number / "data" / "train-00000-of-00002.parquet").num_row_groups == 3
    entries = list(wikiart(by_number))
    assert [pickle.loads(pickle.dumps(entry.read))() for entry in entries] == PICTURES
    assert [entry.read() for entry in reversed(entries)] == PICTURES[::-1]
    assert len({entry.painting.id for entry in entries}) == len({entry.stamp for entry in entries}) == 10


def test_the_clean_up_knows_the_unknown_artist_and_spells_out_the_others(by_number: Path, tmp_path: Path) -> None:
    entries = entries_of("wikiart", Request(str(by_number)))
    collect(entries, tmp_path / "out", "wikiart", workers=0, steps=["artist-names"])
    paintings = open_collection(tmp_path / "out").paintings
    artists = ["", "Boris Kustodiev", "Vincent van Gogh", "A.Y. Jackson"]
    assert [p.artist for p in paintings] == [artists[n % 4] for n in range(10)]
    unknown = [p.group for p in paintings if not p.artist]
    assert len(set(unknown)) == len(unknown) == 3


def test_plain_strings_are_read_as_they_are(tmp_path: Path) -> None:
    by_string(tmp_path / "data.parquet")
    first, second = (entry.painting for entry in wikiart(tmp_path))
    assert (first.title, first.artist, first.year, first.genre, first.style, first.file) == (
        "Dawn", "Claude Monet", "1875", "landscape", "Impressionism", "1.jpg",
    )  # fmt: skip
    assert (second.title, second.artist, second.year, second.genre) == ("", "Edvard Munch", "", "")
    assert [entry.read() for entry in wikiart(tmp_path)] == PICTURES[:2]


def test_dates_in_a_column_of_numbers_are_years_or_nothing(tmp_path: Path) -> None:
    by_string(tmp_path / "data.parquet", date=[1875.0, float("nan")])
    assert [entry.painting.year for entry in wikiart(tmp_path)] == ["1875", ""]


def test_bare_bytes_are_pictures_too(tmp_path: Path) -> None:
    pq.write_table(pa.table({"style": ["Fauvism"], "image": [PICTURES[0]]}), tmp_path / "data.parquet")
    assert next(wikiart(tmp_path)).read() == PICTURES[0]


def test_rows_without_a_picture_or_a_style_have_a_reason(tmp_path: Path) -> None:
    pictures = [None, {"bytes": PICTURES[1], "path": None}]
    by_string(tmp_path / "data.parquet", image=pictures, style=["Fauvism", None])
    without, nameless = wikiart(tmp_path)
    with pytest.raises(PictureError, match="no picture: the row holds none"):
        without.read()
    assert (without.painting.reason, nameless.painting.reason) == ("", "no style: the row names none")


def test_a_class_that_has_no_name_is_none(tmp_path: Path) -> None:
    columns: dict[str, list[Any]] = {"image": [{"bytes": PICTURES[0], "path": None}], "style": [-1]}
    written(tmp_path / "data.parquet", columns, {"style": STYLES})
    assert next(wikiart(tmp_path)).painting.reason == "no style: the row names none"


def test_styles_are_chosen_by_exact_name_and_an_unknown_one_names_the_nearest(by_number: Path) -> None:
    assert [entry.read() for entry in wikiart(by_number, ["Impressionism"])] == PICTURES[1::4]
    with pytest.raises(UserError, match="no style 'Impresionism'; the nearest names are 'Impressionism'"):
        list(wikiart(by_number, ["Impresionism"]))


def test_a_file_that_was_written_anew_has_other_stamps(by_number: Path) -> None:
    def stamps(entries: list[Entry]) -> list[str]:
        return [entry.stamp for entry in entries]

    before = stamps(list(wikiart(by_number)))
    path = by_number / "data" / "train-00001-of-00002.parquet"
    path.write_bytes(path.read_bytes())
    after = stamps(list(wikiart(by_number)))
    assert before[:7] == after[:7]
    assert not set(before[7:]) & set(after[7:])


@pytest.mark.parametrize("damage", ["cut", "empty", "page", "metadata"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    path = by_string(tmp_path / "data.parquet")
    data = path.read_bytes()
    if damage == "metadata":
        table = pq.read_table(path)
        pq.write_table(table.replace_schema_metadata({"huggingface": "{"}), path)
    else:
        path.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "page": b"<html>please log in</html>"}[damage])
    with pytest.raises(UserError, match=r"data\.parquet is damaged \(.*\); fetch it again\."):
        list(wikiart(tmp_path))


def test_damage_within_a_picture_is_the_pictures_alone(tmp_path: Path) -> None:
    path = by_string(tmp_path / "data.parquet")
    data = bytearray(path.read_bytes())
    data[data.index(PICTURES[1][100:140]) + 5] ^= 0xFF
    path.write_bytes(data)
    assert [entry.read() == picture for entry, picture in zip(wikiart(tmp_path), PICTURES, strict=False)] == [
        True,
        False,
    ]


@pytest.mark.parametrize("column", ["image", "style"])
def test_a_file_without_a_needed_column_says_which_it_has(tmp_path: Path, column: str) -> None:
    path = by_string(tmp_path / "data.parquet")
    pq.write_table(pq.read_table(path).drop_columns([column]), path)
    with pytest.raises(UserError, match=r"lacks the column 'image' or 'style'; it has artist, date,"):
        list(wikiart(tmp_path))


def test_a_folder_without_files_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no \.parquet file; .*--download"):
        entries_of("wikiart", Request(str(tmp_path)))


@pytest.mark.parametrize("error", [OSError("no network\nat all"), RuntimeError(), ConnectionError("refused")])
def test_a_hub_out_of_reach_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refused(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("huggingface_hub.snapshot_download", refused)
    with pytest.raises(UserError, match=r"huggan/wikiart could not be fetched .*; what has come is kept"):
        download("huggan/wikiart", tmp_path)


def test_only_parquet_files_are_fetched_and_into_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetched(repository: str, *, repo_type: str, allow_patterns: str, local_dir: Path) -> None:
        assert (repository, repo_type, allow_patterns) == ("huggan/wikiart", "dataset", "*.parquet")
        by_string(local_dir / "data" / "train.parquet")

    monkeypatch.delenv("BRUSHWORK_WIKIART", raising=False)
    monkeypatch.setattr("huggingface_hub.snapshot_download", fetched)
    assert len(entries_of("wikiart", Request(str(tmp_path / "new"), download=True))) == 2
