"""Every painting met has a row; a bad file has a reason; nothing is done twice; nobody moves between splits."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from brushwork.collection import Collection, collect, open_collection, readers, shards
from brushwork.collection import ingest as module
from brushwork.collection.shards import Facts, Reading, facts_of, write_shard
from brushwork.collection.sources import Request, entries_of
from brushwork.collection.sources.entry import Entry
from brushwork.errors import UserError
from brushwork.images import open_picture
from tests.conftest import encoded, noise_picture

Make = Callable[..., Collection]


def test_a_bad_file_gets_a_row_with_its_reason_and_stops_nothing(style_folder: Path, collected: Make) -> None:
    calm = style_folder / "Calm"
    (calm / "x_empty_1.png").write_bytes(b"")
    (calm / "x_text_1.jpg").write_text("not a picture")
    (calm / "x_cut_1.jpg").write_bytes(encoded(noise_picture(7), "JPEG")[:-800])
    (calm / "x_tiny_1.png").write_bytes(encoded(noise_picture(8, 20, 20)))
    frames = [noise_picture(i, mode="P") for i in range(2)]
    (calm / "x_moving_1.gif").write_bytes(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    (calm / "x_grey_1.png").write_bytes(encoded(Image.fromarray(np.full((64, 64), 40000, np.uint16))))
    (calm / "x_ink_1.jpg").write_bytes(encoded(noise_picture(9, mode="CMYK"), "JPEG"))
    collection = collected(style_folder)
    reasons = {p.file.split("/")[1]: p.reason.split(":")[0] for p in collection.rows if not p.kept}
    assert reasons == {
        "x_empty_1.png": "empty file",
        "x_text_1.jpg": "not a picture Pillow can read",
        "x_cut_1.jpg": "damaged picture",
        "x_tiny_1.png": "too small",
        "x_moving_1.gif": "animated",
        "x_grey_1.png": "no colour",
    }
    assert len(collection.rows) == 24 + 7
    assert all(not p.split for p in collection.rows if not p.kept)


def test_the_pixels_are_those_of_the_picture(style_folder: Path, collected: Make) -> None:
    collection = collected(style_folder, short_side=40)
    for painting in collection.paintings:
        wanted = open_picture((style_folder / painting.file).read_bytes(), 40)
        assert np.array_equal(collection.pixels(painting), np.asarray(wanted))
        assert min(painting.width, painting.height) == 40


def test_exact_duplicates_are_merged_and_contested_ones_dropped(style_folder: Path, collected: Make) -> None:
    calm, wild = style_folder / "Calm", style_folder / "Wild"
    shutil.copy(calm / "calm-artist-a_work_0.png", calm / "calm-artist-a_copy_0.png")
    shutil.copy(calm / "calm-artist-b_work_0.png", calm / "calm-artist-c_copy_0.png")
    shutil.copy(calm / "calm-artist-d_work_0.png", wild / "calm-artist-d_copy_0.png")
    rows = {p.file: p for p in collected(style_folder).rows}
    assert rows["Calm/calm-artist-a_copy_0.png"].kept
    assert rows["Calm/calm-artist-a_work_0.png"].reason == "exact duplicate of Calm/calm-artist-a_copy_0.png"
    for file in ("Calm/calm-artist-b_work_0.png", "Calm/calm-artist-c_copy_0.png"):
        assert rows[file].reason.startswith("same picture under 2 artists")
    for file in ("Calm/calm-artist-d_work_0.png", "Wild/calm-artist-d_copy_0.png"):
        assert rows[file].reason.startswith("same picture under 2 styles")


def test_paintings_added_later_move_nobody_and_are_all_that_is_read(
    style_folder: Path, collected: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = collected(style_folder)
    stood = {path.name: hash(path.read_bytes()) for path in (before.folder / "pictures").iterdir()}
    for n, artist in enumerate("efghijkl"):
        noise_picture(500 + n).save(style_folder / "Wild" / f"new-artist-{artist}_work_1.png")
    read: list[str] = []

    def noted(entry: Entry, *others: Any) -> tuple[Facts, bytes]:
        read.append(entry.painting.id)
        return facts_of(entry, *others)

    monkeypatch.setattr(shards, "facts_of", noted)
    after = collected(style_folder)
    split = {p.id: p.split for p in after.paintings}
    assert all(split[p.id] == p.split for p in before.paintings)
    assert len(read) == 8
    assert all(hash((before.folder / "pictures" / name).read_bytes()) == data for name, data in stood.items())


def test_a_changed_file_is_read_again(style_folder: Path, collected: Make) -> None:
    collected(style_folder)
    changed = style_folder / "Calm" / "calm-artist-a_work_0.png"
    noise_picture(999, 90, 70).save(changed)
    collection = collected(style_folder)
    assert collection.by_id["Calm/calm-artist-a_work_0.png"].width == 90


def test_a_killed_ingest_goes_on(style_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARD", 5)
    entries = entries_of("folder", Request(str(style_folder)))
    calls = []

    def dies_at_the_third(*arguments: Any) -> int:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return write_shard(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(readers, "write_shard", dies_at_the_third)
        with pytest.raises(KeyboardInterrupt):
            collect(entries, tmp_path / "out", "folder", workers=0)
    collect(entries, tmp_path / "out", "folder", workers=0)
    collect(entries, tmp_path / "straight", "folder", workers=0)
    resumed, straight = open_collection(tmp_path / "out"), open_collection(tmp_path / "straight")
    assert resumed.fingerprint == straight.fingerprint
    for painting in straight.paintings:
        assert np.array_equal(straight.pixels(painting), resumed.pixels(resumed.by_id[painting.id]))


def test_processes_and_a_single_worker_agree(
    style_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHARD", 8)
    entries = entries_of("folder", Request(str(style_folder)))
    for workers in (1, 2):
        collect(entries, tmp_path / str(workers), "folder", workers=workers)
    assert open_collection(tmp_path / "1").fingerprint == open_collection(tmp_path / "2").fingerprint


def test_a_full_disk_is_said_so_and_what_was_done_stays(
    style_folder: Path, collected: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = collected(style_folder)
    noise_picture(1234).save(style_folder / "Calm" / "calm-artist-a_work_9.png")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(UserError, match="No space left on device"):
            collected(style_folder)
    assert open_collection(before.folder).fingerprint == before.fingerprint


def test_a_collection_with_nothing_usable_says_why(tmp_path: Path, collected: Make) -> None:
    (tmp_path / "source" / "Calm").mkdir(parents=True)
    (tmp_path / "source" / "Calm" / "a_b.jpg").write_bytes(b"")
    with pytest.raises(UserError, match="none of the 1 paintings could be used, the first because: empty file"):
        collected(tmp_path / "source")


def test_another_short_side_is_another_collection(style_folder: Path, collected: Make) -> None:
    collected(style_folder, short_side=40)
    with pytest.raises(UserError, match="short_side is 40 there and 50 here"):
        collected(style_folder, short_side=50)


def test_a_missing_or_damaged_catalogue_or_shard_is_said_so(
    style_folder: Path, collected: Make, tmp_path: Path
) -> None:
    collection = collected(style_folder)
    with pytest.raises(UserError, match=r"holds no catalogue\.parquet"):
        open_collection(tmp_path)
    next((collection.folder / "pictures").glob("*.rgb")).unlink()
    with pytest.raises(UserError, match="missing or damaged"):
        collection.pixels(collection.paintings[0])
    (collection.folder / "catalogue.parquet").write_bytes(b"PAR1 broken")
    with pytest.raises(UserError, match="is damaged"):
        open_collection(collection.folder)


def test_squares_are_cut_from_the_middle_and_cached(style_folder: Path, collected: Make) -> None:
    collection = collected(style_folder)
    first = collection.squares(32, collection.paintings)
    assert first.shape == (24, 32, 32, 3)
    assert np.array_equal(first, collection.squares(32, collection.paintings))
    with pytest.raises(UserError, match="'Clam'; the nearest names are 'Calm'"):
        collection.select(["Clam"])


def test_copies_by_unknown_artists_leave_the_known_one(style_folder: Path, collected: Make) -> None:
    calm = style_folder / "Calm"
    for name in ("copy1.png", "copy2.png"):  # no underscore: nobody can tell whose
        shutil.copy(calm / "calm-artist-b_work_0.png", calm / name)
    rows = {p.file: p for p in collected(style_folder).rows}
    assert rows["Calm/calm-artist-b_work_0.png"].kept
    assert rows["Calm/copy1.png"].reason == "exact duplicate of Calm/calm-artist-b_work_0.png"


def test_a_style_collected_later_extends_what_stands(style_folder: Path, tmp_path: Path) -> None:
    for style in ("Calm", "Wild"):
        entries = entries_of("folder", Request(str(style_folder), (style,)))
        collect(entries, tmp_path / "out", "folder", workers=0)
    assert open_collection(tmp_path / "out").styles == ["Calm", "Wild"]
    both = entries_of("folder", Request(str(style_folder)))
    collect(both, tmp_path / "both", "folder", workers=0)
    assert open_collection(tmp_path / "both").fingerprint == open_collection(tmp_path / "out").fingerprint


def test_an_id_met_twice_counts_once(style_folder: Path, tmp_path: Path) -> None:
    entries = entries_of("folder", Request(str(style_folder)))
    collect([*entries, entries[0]], tmp_path / "out", "folder", workers=0)
    assert len(open_collection(tmp_path / "out").paintings) == len(entries)


def test_another_seed_paints_two_schools_anew(tmp_path: Path) -> None:
    found = []
    for seed in (0, 1):
        collect(
            entries_of("two-schools", Request(count=2, seed=seed)),
            tmp_path / "out",
            "two-schools",
            Reading(48),
            workers=0,
        )
        found.append([p.sha256 for p in open_collection(tmp_path / "out").paintings])
    assert not set(found[0]) & set(found[1])
