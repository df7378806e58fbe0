"""What is written about a picture is true of it; a worker's shard is the same whoever writes it."""

import json
import zlib
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brushwork.collection.shards import ENDED, Reading, facts_of, index_file, pixel_file, read_facts, write_shard
from brushwork.collection.sources.entry import Entry
from brushwork.collection.sources.files import file_bytes, file_stamp
from brushwork.errors import UserError
from brushwork.images import Limits, open_picture
from brushwork.painting import Painting
from tests.conftest import encoded, noise_picture

READING = Reading(32)


def entry(path: Path) -> Entry:
    return Entry(Painting(path.name, path.name), partial(file_bytes, path), file_stamp(path))


@pytest.fixture
def entries(tmp_path: Path) -> list[Entry]:
    (tmp_path / "whole.png").write_bytes(encoded(noise_picture(1, 90, 60)))
    (tmp_path / "other.jpg").write_bytes(encoded(noise_picture(2, 70, 90), "JPEG", quality=83))
    (tmp_path / "empty.png").write_bytes(b"")
    return [entry(tmp_path / name) for name in ("whole.png", "empty.png", "gone.png", "other.jpg")]


def test_facts_are_those_of_the_pixels(entries: list[Entry], tmp_path: Path) -> None:
    assert write_shard(entries, tmp_path, 7, READING) == 4
    facts = read_facts(tmp_path)
    data = pixel_file(tmp_path, 7).read_bytes()
    for name in ("whole.png", "other.jpg"):
        found = facts[name]
        wanted = np.asarray(open_picture((tmp_path / name).read_bytes(), 32))
        pixels = data[found.offset : found.offset + wanted.size]
        assert pixels == wanted.tobytes()
        assert (found.height, found.width) == wanted.shape[:2]
        assert found.crc32 == zlib.crc32(pixels)
    assert (facts["other.jpg"].original_width, facts["other.jpg"].original_height) == (70, 90)
    assert (facts["whole.png"].jpeg_quality, facts["other.jpg"].jpeg_quality) == (0, 83)
    assert facts["other.jpg"].bytes == (tmp_path / "other.jpg").stat().st_size
    assert facts["empty.png"].reason == "empty file"
    assert facts["gone.png"].reason.startswith("unreadable file")


def test_a_shard_is_the_same_whoever_writes_it_and_leaves_nothing_aside(entries: list[Entry], tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        write_shard(entries, tmp_path / place, 0, READING)
    files = [{p.name: p.read_bytes() for p in (tmp_path / place).iterdir()} for place in ("a", "b")]
    assert files[0] == files[1]
    assert set(files[0]) == {"00000.rgb", "00000.json"}


def test_a_picture_that_ends_its_reader_is_not_touched(entries: list[Entry], tmp_path: Path) -> None:
    write_shard(entries, tmp_path, 0, READING, frozenset({"whole.png"}))
    facts = read_facts(tmp_path)
    assert facts["whole.png"].reason.startswith(ENDED)
    assert facts["other.jpg"].offset == 0


def test_a_picture_too_large_for_the_memory_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "large.png").write_bytes(encoded(Image.new("RGB", (4000, 3000))))
    monkeypatch.setitem(__import__("sys").modules, "pyvips", None)
    facts, pixels = facts_of(entry(tmp_path / "large.png"), 0, 0, Reading(32, limits=Limits(memory=46_000_000)))
    assert facts.reason == (
        "too large for the memory: 4000 x 3000 PNG needs 48 MB, limit 46 MB; raise --memory or `pip install pyvips[binary]`"
    )
    assert pixels == b""


def test_borders_are_cut_when_asked_for(tmp_path: Path) -> None:
    framed = noise_picture(1, 200, 160)
    framed.paste((250, 250, 250), (0, 0, 200, 20))
    framed.paste((250, 250, 250), (0, 140, 200, 160))
    (tmp_path / "framed.png").write_bytes(encoded(framed))
    plain, _ = facts_of(entry(tmp_path / "framed.png"), 0, 0, Reading(400))
    cut, _ = facts_of(entry(tmp_path / "framed.png"), 0, 0, Reading(400, trim_borders=True))
    assert (plain.width, plain.height) == (200, 160)
    assert (cut.width, cut.height) == (200, 120)
    assert cut.original_height == 160


def test_a_full_disk_leaves_what_stood(entries: list[Entry], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_shard(entries, tmp_path, 0, READING)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match="No space left on device"):
        write_shard(entries[:1], tmp_path, 0, READING)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    assert json.loads(index_file(tmp_path, 0).read_text())
