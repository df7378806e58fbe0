"""Every painting met has a row; a bad file has a reason; nothing is done twice; nobody moves between splits."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import filelock
import numpy as np
import psutil
import pyarrow.parquet as pq
import pytest
from PIL import Image

from brushwork.collection import Collection, collect, open_collection, readers, shards
from brushwork.collection import ingest as module
from brushwork.collection.catalogue import FILE, read_catalogue
from brushwork.collection.shards import Facts, Reading, facts_of, write_shard
from brushwork.collection.sources import Request, entries_of
from brushwork.collection.sources.entry import Entry
from brushwork.collection.sources.files import file_stamp
from brushwork.collection.verify import verify
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


def test_a_collection_made_before_columns_came_is_read_and_extended_as_it_is(
    style_folder: Path, collected: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures, later = style_folder / "Calm", ("bytes", "jpeg_quality")
    collection = collected(style_folder)
    index = shards.index_file(collection.folder / "pictures", 0)
    older = [{key: value for key, value in row.items() if key not in later} for row in json.loads(index.read_text())]
    index.write_text(json.dumps(older))
    pq.write_table(pq.read_table(collection.folder / FILE).drop(later), collection.folder / FILE)
    stood = {path.name: path.read_bytes() for path in index.parent.iterdir()}
    assert {p.bytes for p in Collection(collection.folder).rows} == {0}

    with monkeypatch.context() as patch:
        patch.setattr(shards, "facts_of", None)  # nothing is read again
        again = collected(style_folder)
    assert again.fingerprint == collection.fingerprint
    assert {path.name: path.read_bytes() for path in index.parent.iterdir()} == stood

    noise_picture(77).save(pictures / "calm-artist-a_work_9.jpg", quality=61)
    found = {p.file: (p.bytes, p.jpeg_quality) for p in collected(style_folder).rows}
    new = pictures / "calm-artist-a_work_9.jpg"
    assert found.pop("Calm/calm-artist-a_work_9.jpg") == (new.stat().st_size, 61)
    assert set(found.values()) == {(0, 0)}


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


def test_of_the_same_paintings_the_order_stands_whatever_is_named_again(
    style_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = list(entries_of("folder", Request(str(style_folder))))
    collect(entries, tmp_path / "out", "folder", workers=0)
    before = [p.id for p in read_catalogue(tmp_path / "out")]
    for named in (entries[:2], entries[::-1]):  # those not named used to come first
        collect(named, tmp_path / "out", "folder", workers=0)
        assert [p.id for p in read_catalogue(tmp_path / "out")] == before
        stay = f"of the paintings collected before {len(entries) - len(named)} are not named now; they stay"
        assert (stay in capsys.readouterr().err) == (len(named) < len(entries))


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


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of a collection but the locks."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def test_collecting_again_changes_nothing(style_folder: Path, collected: Make) -> None:
    (style_folder / "Calm" / "x_broken_1.png").write_bytes(b"broken")
    before = files_of(collected(style_folder).folder)
    assert files_of(collected(style_folder).folder) == before


def test_a_file_that_comes_back_is_read_and_one_that_stays_away_adds_nothing(
    style_folder: Path, collected: Make
) -> None:
    away = style_folder / "Calm" / "calm-artist-a_work_0.png"
    away.chmod(0)
    stamp = file_stamp(away)
    entries = [
        replace(e, read=broken_disk) if e.painting.file.endswith("calm-artist-a_work_0.png") else e
        for e in entries_of("folder", Request(str(style_folder)))
    ]
    out = style_folder.parent / "out"
    collect(entries, out, "folder", workers=0)
    first = files_of(out)
    collect(entries, out, "folder", workers=0)
    assert files_of(out) == first
    assert {p.id: p.reason for p in read_catalogue(out) if p.reason} == {
        "Calm/calm-artist-a_work_0.png": "unreadable file: the disk is away"
    }
    away.chmod(0o644)
    assert file_stamp(away) == stamp
    collect(entries_of("folder", Request(str(style_folder))), out, "folder", workers=0)
    assert all(p.kept for p in read_catalogue(out))


def broken_disk() -> bytes:
    raise OSError("the disk is away")


def test_parts_read_apart_and_a_last_call_make_the_same_collection(
    style_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHARD", 5)
    entries = entries_of("folder", Request(str(style_folder)))
    collect(entries, tmp_path / "whole", "folder", workers=0)
    for i in (2, 3, 1):
        collect(entries, tmp_path / "parts", "folder", workers=0, part=(i, 3))
        with pytest.raises(UserError, match=r"holds no catalogue\.parquet"):
            open_collection(tmp_path / "parts")
    with monkeypatch.context() as patch:  # everything is read: the last call only writes the catalogue
        patch.setattr(readers, "write_shard", None)
        collect(entries, tmp_path / "parts", "folder", workers=0)
    assert files_of(tmp_path / "parts") == files_of(tmp_path / "whole")


def test_two_collects_into_one_folder_are_refused(style_folder: Path, tmp_path: Path) -> None:
    entries = entries_of("folder", Request(str(style_folder)))
    out = tmp_path / "out"
    out.mkdir()
    for held, part in ((".collect.lock", None), (".part-1-of-2.lock", None), (".collect.lock", (1, 2))):
        with filelock.FileLock(out / held), pytest.raises(UserError, match="another `brushwork collect` is at work"):
            collect(entries, out, "folder", workers=0, part=part)
    collect(entries, out, "folder", workers=0)


def test_a_plan_is_void_once_the_source_has_changed(
    style_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHARD", 5)
    entries = entries_of("folder", Request(str(style_folder)))
    collect(entries, tmp_path / "out", "folder", workers=0, part=(1, 2))
    noise_picture(77).save(style_folder / "Calm" / "a-first_work_0.png")
    more = entries_of("folder", Request(str(style_folder)))
    collect(more, tmp_path / "out", "folder", workers=0)
    collection = open_collection(tmp_path / "out")
    assert len(collection.paintings) == len(entries) + 1
    for painting in collection.paintings:
        wanted = np.asarray(open_picture((style_folder / painting.file).read_bytes()))
        assert np.array_equal(collection.pixels(painting), wanted)


def test_a_cut_short_picture_is_kept_and_marked(style_folder: Path, collected: Make) -> None:
    data = encoded(noise_picture(9, 300, 300), "JPEG", quality=95)
    (style_folder / "Calm" / "calm-artist-a_cut_1.jpg").write_bytes(data[:-30])
    painting = collected(style_folder).by_id["Calm/calm-artist-a_cut_1.jpg"]
    assert painting.repaired.startswith("cut short")


def test_pictures_that_are_no_longer_in_the_source_stand(style_folder: Path, collected: Make) -> None:
    rows = [("file", "artist")] + [
        (p.relative_to(style_folder).as_posix(), p.name[:13]) for p in style_folder.rglob("*.png")
    ]
    with (style_folder / "paintings.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    before = collected(style_folder)
    for path in style_folder.rglob("*.png"):
        path.unlink()
    after = collected(style_folder)
    assert after.fingerprint == before.fingerprint
    assert all(np.array_equal(before.pixels(p), after.pixels(after.by_id[p.id])) for p in before.paintings)


def test_an_artist_who_is_away_for_a_while_comes_back_to_his_split(style_folder: Path, collected: Make) -> None:
    before = {p.group: p.split for p in collected(style_folder).paintings}
    noise = {path: path.read_bytes() for path in style_folder.rglob("*artist-a*")}
    for path in noise:
        path.write_bytes(b"broken")
    away = collected(style_folder)
    assert {p.group for p in away.paintings} < before.keys()
    for path, data in noise.items():
        path.write_bytes(data)
    assert {p.group: p.split for p in collected(style_folder).paintings} == before


def test_a_damaged_catalogue_and_a_lost_shard_are_made_anew(style_folder: Path, collected: Make) -> None:
    before = collected(style_folder)
    splits = {p.id: p.split for p in before.paintings}
    (before.folder / "catalogue.parquet").write_bytes(b"PAR1 broken")
    assert {p.id: p.split for p in collected(style_folder).paintings} == splits
    (before.folder / "pictures" / "00000.rgb").unlink()
    again = collected(style_folder)
    assert verify(again) == []
    for painting in again.paintings:
        wanted = np.asarray(open_picture((style_folder / painting.file).read_bytes()))
        assert np.array_equal(again.pixels(painting), wanted)


def test_paintings_whose_shard_was_deleted_are_dropped_until_their_source_is_named_again(
    style_folder: Path, tmp_path: Path
) -> None:
    calm, wild = (entries_of("folder", Request(str(style_folder), (style,))) for style in ("Calm", "Wild"))
    out = tmp_path / "out"
    collect(calm, out, "folder", workers=0)
    collect(wild, out, "folder", workers=0)
    (out / "pictures" / "00000.rgb").unlink()
    (out / "pictures" / "00000.json").unlink()
    collect(wild, out, "folder", workers=0)
    lost = {p.style: p.reason.split(":")[0] for p in read_catalogue(out) if p.reason}
    assert lost == {"Calm": "lost"}
    collect(calm, out, "folder", workers=0)
    assert all(p.kept for p in read_catalogue(out))
    assert verify(open_collection(out)) == []


def test_a_folder_of_something_else_is_refused_before_the_source_is_asked(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("letters")

    def never() -> list[Entry]:
        raise AssertionError("the source was asked")

    with pytest.raises(UserError, match="is not empty and holds no collection"):
        collect(never, tmp_path, "folder", workers=0)
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["mine.txt"]


def test_parts_that_start_together_do_not_refuse_each_other(style_folder: Path, tmp_path: Path) -> None:
    entries = entries_of("folder", Request(str(style_folder)))
    with ThreadPoolExecutor(8) as threads:
        parts = [
            threads.submit(collect, entries, tmp_path / "out", "folder", workers=0, part=(i, 8)) for i in range(1, 9)
        ]
    assert [part.exception() for part in parts] == [None] * 8


def test_rows_that_name_a_picture_again_are_said(
    style_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = entries_of("folder", Request(str(style_folder)))
    collect([*entries, entries[0]], tmp_path / "out", "folder", workers=0)
    assert "1 row names a picture again, such as Calm/calm-artist-a_work_0.png" in capsys.readouterr().err


def test_more_shards_than_files_may_be_open(
    style_folder: Path, collected: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SHARD", 1)
    monkeypatch.setattr("brushwork.collection.collection.OPEN_SHARDS", 3)
    collection = collected(style_folder)
    for painting in collection.paintings * 2:
        wanted = np.asarray(open_picture((style_folder / painting.file).read_bytes()))
        assert np.array_equal(collection.pixels(painting), wanted)


@pytest.mark.slow
def test_killed_at_any_instant_it_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """Twenty times: the program, or all its processes, killed at a random instant; then run to its end."""
    for style in ("Calm", "Wild"):
        (tmp_path / "source" / style).mkdir(parents=True)
        for n in range(130):
            name = f"{style.lower()}-artist-{'abcdefgh'[n % 8]}_work_{n}.jpg"
            noise_picture(n + 1000 * (style == "Wild"), 320, 240).save(tmp_path / "source" / style / name)
    command = [sys.executable, "-m", "brushwork", "collect", "folder", str(tmp_path / "source"), "--out"]

    def run(out: Path, seconds: float | None, whole_group: bool) -> bool:
        process = subprocess.Popen([*command, str(out)], stdout=-3, stderr=-3, start_new_session=True)
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            readers = psutil.Process(process.pid).children(recursive=True)
            (os.killpg if whole_group else os.kill)(process.pid, signal.SIGKILL)
            process.wait()
            assert psutil.wait_procs(readers, 30)[1] == []  # nobody waits for work for ever
            return False

    began = time.monotonic()
    assert run(tmp_path / "straight", None, True)
    lasts = time.monotonic() - began
    wanted, instants, killed = files_of(tmp_path / "straight"), np.random.default_rng(0), 0
    for attempt in range(60):
        out = tmp_path / f"killed-{attempt}"
        began = time.monotonic()
        if run(out, float(instants.uniform(0.15, 0.9)) * lasts, attempt % 2 == 0):
            lasts = time.monotonic() - began  # the first had the machine less to itself
        else:
            killed += 1
        while not run(out, None, True):  # an orphaned reader may hold the folder for a moment
            time.sleep(0.2)
        assert files_of(out) == wanted
        if killed == 20:
            break
    assert killed == 20


@pytest.mark.slow
def test_a_thousand_damaged_files_are_kept_repaired_or_dropped_with_a_reason(tmp_path: Path, collected: Make) -> None:
    """Good pictures of every format, damaged at random: a row for each, no crash, no hang, the rest unharmed."""
    choose = np.random.default_rng(0)
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        ("jpg", "JPEG", {}), ("jpg", "JPEG", {"progressive": True}), ("png", "PNG", {}), ("gif", "GIF", {}),
        ("tif", "TIFF", {"compression": "tiff_lzw"}), ("tif", "TIFF", {"compression": "jpeg"}), ("tif", "TIFF", {}),
        ("webp", "WEBP", {}), ("webp", "WEBP", {"lossless": True}), ("bmp", "BMP", {}),
    ]  # fmt: skip
    (tmp_path / "source" / "Calm").mkdir(parents=True)
    for n in range(1000):
        ending, kind, options = kinds[n % len(kinds)]
        data = bytearray(encoded(noise_picture(n, 96, 80), kind, **options))
        _damage(data, choose, n // len(kinds) % 5)
        (tmp_path / "source" / "Calm" / f"a{n % 9}_{n:04d}.{ending}").write_bytes(bytes(data))
    for n in range(20):
        noise_picture(5000 + n).save(tmp_path / "source" / "Calm" / f"good{n}_1.png")
    out = tmp_path / "out"
    collect(entries_of("folder", Request(str(tmp_path / "source"))), out, "folder", Reading(32, seconds=20), workers=2)
    collection = open_collection(out)
    assert len(collection.rows) == 1020
    assert sum(p.file.startswith("Calm/good") for p in collection.paintings) == 20
    outcome = Counter("repaired" if p.repaired else "kept" if p.kept else "dropped" for p in collection.rows)
    assert outcome["kept"] > 100
    assert outcome["repaired"] >= 3
    assert outcome["dropped"] > 200
    assert all(p.reason for p in collection.rows if p.shard < 0)
    assert verify(collection) == []


def _damage(data: bytearray, choose: np.random.Generator, how: int) -> None:
    size = len(data)
    if how == 0:
        del data[int(choose.integers(size)) if choose.random() < 0.5 else -int(choose.integers(1, 40)) :]
    elif how == 1:
        for place in choose.integers(0, size, 10):
            data[place] ^= int(choose.integers(1, 256))
    elif how == 2:
        place = int(choose.integers(size))
        data[place : place + 64] = bytes(64)
    elif how == 3:
        data[: int(choose.integers(1, 60))] = choose.bytes(8)
    else:
        place = int(choose.integers(size))
        data[place:place] = choose.bytes(int(choose.integers(1, 500)))
