"""ArtBench-10's table with its tar and its folder of pictures."""

import csv
import io
import os
import pickle
import tarfile
from pathlib import Path

import pytest

from brushwork.collection.artists import normalised_artist
from brushwork.collection.sources import Request, entries_of
from brushwork.collection.sources.artbench import STYLES, TABLE, artbench
from brushwork.errors import UserError
from tests.conftest import encoded, noise_picture

HEADER = ("name", "artist", "url", "is_public_domain", "length", "width", "label", "split", "cifar_index")
ROWS = [
    ("claude-monet_water-lilies-1916.jpg", "claude-monet", "https://example.org/1", "True", "impressionism"),
    ("edvard-munch_the-scream.jpg", "edvard-munch", "https://example.org/2", "False", "expressionism"),
    ("hiroshige_rain.jpg", "hiroshige", "", "True", "ukiyo_e"),
]
PICTURES = {f"{label}/{name}": encoded(noise_picture(n), "JPEG") for n, (name, *_, label) in enumerate(ROWS)}


def tarred(path: Path, files: dict[str, bytes]) -> None:
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.fixture
def location(tmp_path: Path) -> Path:
    with (tmp_path / TABLE).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(
            (name, artist, url, free, 256, 256, label, "train", 0) for name, artist, url, free, label in ROWS
        )
    return tmp_path


@pytest.mark.parametrize("layout", ["artbench-10-imagefolder", "artbench-10-imagefolder-split/train"])
@pytest.mark.parametrize("packed", [True, False])
def test_pictures_are_found_packed_and_unpacked_split_or_not(location: Path, layout: str, packed: bool) -> None:
    if packed:
        tarred(location / "artbench-10-imagefolder.tar", {f"{layout}/{name}": data for name, data in PICTURES.items()})
    else:
        for name, data in PICTURES.items():
            (location / layout / name).parent.mkdir(parents=True)
            (location / layout / name).write_bytes(data)
    entries = entries_of("artbench", Request(str(location)))
    assert [pickle.loads(pickle.dumps(e.read))() for e in entries] == list(PICTURES.values())
    assert [e.painting.reason for e in entries] == [""] * 3
    assert len({e.stamp for e in entries} - {""}) == 3


def test_the_table_describes(location: Path) -> None:
    tarred(location / "pictures.tar", PICTURES)
    monet, munch, hiroshige = (entry.painting for entry in artbench(location))
    assert (monet.title, monet.style, monet.url) == ("water lilies 1916", "Impressionism", "https://example.org/1")
    assert normalised_artist(monet.artist) == ("Claude Monet", "")
    assert [p.style for p in (munch, hiroshige)] == ["Expressionism", "Ukiyo-e"]
    assert [p.rights.startswith("public domain") for p in (monet, munch, hiroshige)] == [True, False, True]


def test_pictures_without_a_row_are_left_out_and_counted(location: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tarred(location / "pictures.tar", PICTURES | {"impressionism/a_b.jpg": b"x", "impressionism/c_d.jpg": b"x"})
    assert len(list(artbench(location))) == 3
    assert "2 of 5 pictures have no row in ArtBench-10.csv, such as impressionism/a_b.jpg" in capsys.readouterr().err


def test_rows_without_a_picture_have_a_reason(location: Path) -> None:
    tarred(location / "pictures.tar", dict(list(PICTURES.items())[1:]))
    reasons = [entry.painting.reason for entry in artbench(location)]
    assert reasons == ["no file: impressionism/claude-monet_water-lilies-1916.jpg", "", ""]


def test_a_tar_that_was_replaced_has_other_stamps(location: Path) -> None:
    tarred(location / "pictures.tar", PICTURES)
    before = {entry.stamp for entry in artbench(location)}
    tarred(location / "pictures.tar", {name: data[::-1] for name, data in PICTURES.items()})
    os.utime(location / "pictures.tar", (1, 1))
    assert not before & {entry.stamp for entry in artbench(location)}


def test_styles_are_chosen_by_exact_name(location: Path) -> None:
    tarred(location / "pictures.tar", PICTURES)
    assert [entry.painting.style for entry in artbench(location, ["Ukiyo-e"])] == ["Ukiyo-e"]
    with pytest.raises(UserError, match="no style 'ukiyo_e'; the nearest names are 'Ukiyo-e'"):
        list(artbench(location, ["ukiyo_e"]))
    assert len(set(STYLES.values())) == 10


@pytest.mark.parametrize("files", [{}, {"cats/1.jpg": b"x"}])
def test_no_pictures_or_others_pictures_are_a_users_error(location: Path, files: dict[str, bytes]) -> None:
    tarred(location / "pictures.tar", files)
    with pytest.raises(UserError, match=r"holds none of the pictures in ArtBench-10\.csv"):
        list(artbench(location))


def test_a_missing_table_or_column_and_a_damaged_tar_are_named(location: Path) -> None:
    (location / "artbench.tar").write_bytes(b"no tar at all" * 100)
    with pytest.raises(UserError, match=r"artbench\.tar is not a whole, uncompressed tar"):
        list(artbench(location))
    (location / TABLE).write_text("name,artist\nx,y\n")
    with pytest.raises(UserError, match="lacks the column 'url', 'is_public_domain', 'label'"):
        list(artbench(location))
    (location / TABLE).unlink()
    with pytest.raises(UserError, match=r"holds no ArtBench-10\.csv"):
        list(artbench(location))
