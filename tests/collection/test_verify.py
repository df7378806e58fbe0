"""Verification: what changed on the disk is found and named, and what is said to be done about it helps."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from brushwork.cli import cli
from brushwork.collection import Collection, ingest
from brushwork.collection import verify as module
from brushwork.collection.catalogue import write_catalogue
from brushwork.collection.verify import Problem, verify
from brushwork.errors import UserError
from tests.conftest import noise_picture

Make = Callable[..., Collection]


@pytest.fixture
def collection(style_folder: Path, collected: Make, monkeypatch: pytest.MonkeyPatch) -> Collection:
    """24 paintings in shards of ten, and two that the clean-up dropped as copies."""
    monkeypatch.setattr(ingest, "SHARD", 10)
    for n in range(2):
        shutil.copy(
            style_folder / "Wild" / f"wild-artist-a_work_{n}.png", style_folder / "Wild" / f"wild-artist-a_copy_{n}.png"
        )
    return collected(style_folder)


def fresh(collection: Collection) -> Collection:
    return Collection(collection.folder)


def shard(collection: Collection, number: int, ending: str = "rgb") -> Path:
    return collection.folder / "pictures" / f"{number:05d}.{ending}"


def test_an_untouched_collection_is_all_right(collection: Collection, schools: Collection) -> None:
    assert len({p.shard for p in collection.rows}) == 3
    assert sum(not p.kept and p.shard >= 0 for p in collection.rows) == 2
    assert verify(collection) == []
    assert verify(schools) == []


@pytest.mark.parametrize("kept", [True, False])
def test_one_flipped_bit_is_found_and_named(
    collection: Collection, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BLOCK", 1000)  # a painting is read in many blocks
    painting = [p for p in collection.rows if p.kept == kept][-1]
    path = shard(collection, painting.shard)
    data = bytearray(path.read_bytes())
    data[painting.offset + painting.width * painting.height * 3 - 1] ^= 1
    path.write_bytes(data)
    (problem,) = verify(fresh(collection))
    assert (problem.file, problem.painting) == (f"pictures/{path.name}", painting.id)
    assert "its pixels have changed" in problem.what


def test_what_is_said_to_be_done_helps(collection: Collection, style_folder: Path, collected: Make) -> None:
    before = {p.id: collection.pixels(p).copy() for p in collection.paintings}
    for damage in ("flip", "index"):
        if damage == "flip":
            shard(collection, 1).write_bytes(bytes(shard(collection, 1).stat().st_size))
        else:
            shard(collection, 2, "json").write_text("[{")
        number = 1 if damage == "flip" else 2
        problems = verify(fresh(collection))
        assert problems
        assert all(f"delete pictures/{number:05d}.rgb and .json and run" in problem.what for problem in problems)
        shard(collection, number).unlink()
        shard(collection, number, "json").unlink()
        mended = collected(style_folder)
        assert verify(mended) == []
    assert all(np.array_equal(mended.pixels(p), before[p.id]) for p in mended.paintings)
    assert before.keys() == mended.by_id.keys()


def test_a_shard_cut_short_and_a_missing_one_are_found(collection: Collection) -> None:
    path = shard(collection, 0)
    last = max((p for p in collection.rows if p.shard == 0), key=lambda p: p.offset)
    path.write_bytes(path.read_bytes()[:-1])
    shard(collection, 2).unlink()
    short, missing = verify(fresh(collection))
    assert (short.file, missing.file) == ("pictures/00000.rgb", "pictures/00002.rgb")
    assert f"cut short at byte {path.stat().st_size}; paintings lost: 1, such as {last.id}" in short.what
    assert "missing; paintings lost: 6;" in missing.what


def test_shards_nobody_refers_to_are_found(collection: Collection) -> None:
    for name in ("00007.rgb", "00001 copy.rgb"):
        (collection.folder / "pictures" / name).write_bytes(b"stray")
    (collection.folder / "pictures" / ".00008.rgb.0.tmp").write_bytes(b"the next collect removes it")
    what = "no index and no painting of the catalogue belongs to it; delete it."
    assert verify(fresh(collection)) == [
        Problem("pictures/00001 copy.rgb", "", what),
        Problem("pictures/00007.rgb", "", what),
    ]


def test_a_painting_read_again_leaves_its_old_shard_in_order(
    collection: Collection, style_folder: Path, collected: Make
) -> None:
    noise_picture(77).save(style_folder / "Calm" / "calm-artist-a_work_0.png")
    again = collected(style_folder)
    assert {p.shard for p in again.rows} == {0, 1, 2, 3}
    assert verify(again) == []


def test_an_index_that_disagrees_with_the_catalogue_is_found(collection: Collection) -> None:
    path = shard(collection, 1, "json")
    rows: list[dict[str, Any]] = json.loads(path.read_text())
    rows[3]["crc32"] += 1
    gone = rows.pop(5)
    path.write_text(json.dumps(rows))
    different, lacking = verify(fresh(collection))
    assert different.painting == rows[3]["id"]
    assert "another crc32" in different.what
    assert lacking.painting == gone["id"]
    path.unlink()
    (missing,) = verify(fresh(collection))
    assert (missing.file, missing.what[:13]) == ("pictures/00001.json", "it is missing")


def test_a_catalogue_older_than_the_shards_is_found(collection: Collection) -> None:
    write_catalogue(collection.folder, [p for p in collection.rows if p.shard != 2])
    (problem,) = [p for p in verify(fresh(collection)) if p.file.endswith("json")]
    assert "newer than the catalogue; paintings not there yet: 6" in problem.what
    assert "run the same `brushwork collect` again" in problem.what


def test_a_catalogue_without_checksums_is_refused(collection: Collection) -> None:
    write_catalogue(collection.folder, [replace(p, crc32=0) for p in collection.rows])
    with pytest.raises(UserError, match="kept no checksums"):
        verify(fresh(collection))


def test_the_command_says_so_and_fails(collection: Collection) -> None:
    def run(*arguments: str) -> Any:
        return CliRunner().invoke(cli, ["show", str(collection.folder), "--verify", *arguments])

    size = sum(p.width * p.height * 3 for p in collection.rows)
    right = run()
    assert (right.exit_code, right.stdout) == (0, f"26 paintings, {size} bytes: every checksum is right.\n")
    assert json.loads(run("--json").stdout) == {"paintings": 26, "bytes": size, "problems": []}
    shard(collection, 1).unlink()
    wrong = run()
    assert wrong.exit_code == 1
    assert wrong.stdout.startswith("pictures/00001.rgb: it is missing")
    assert run("--json").exit_code == 1
    assert len(json.loads(run("--json").stdout)["problems"]) == 1
