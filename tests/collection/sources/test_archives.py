"""Pictures are read out of archives as they are, and what is no whole archive is said to be none."""

import contextlib
import gzip
import io
import os
import pickle
import tarfile
import uuid
import zipfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brushwork.collection.sources.archives import RATIO, is_inside, span_bytes, tar_spans, zip_bytes, zip_members
from brushwork.errors import PictureError, UserError
from brushwork.images import Limits
from tests.conftest import encoded, noise_picture

FILES = {f"train/{n}.jpg": encoded(noise_picture(n, 40, 32), "JPEG") for n in range(1, 5)}


def zipped(path: Path, files: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def tarred(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        folder = tarfile.TarInfo("pictures")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zips_files_are_read_unchanged_also_after_pickling(tmp_path: Path, compression: int) -> None:
    path = zipped(tmp_path / "train.zip", FILES, compression)
    assert set(zip_members(path)) == set(FILES)
    for name, data in FILES.items():
        assert pickle.loads(pickle.dumps(partial(zip_bytes, path, name)))() == data


def test_folders_and_what_macos_adds_are_no_files(tmp_path: Path) -> None:
    extra = {"train/": b"", "__MACOSX/train/._1.jpg": b"\0\5\26\7", "__MACOSX/": b""}
    assert set(zip_members(zipped(tmp_path / "train.zip", FILES | extra))) == set(FILES)


ESCAPING = [
    "../x.jpg",
    "/abs.jpg",
    "C:\\x.jpg",
    "C:/x.jpg",
    "c:x.jpg",
    "a/../../x.jpg",
    "..\\x.jpg",
    "\\\\host\\x.jpg",
    "..",
]


@pytest.mark.parametrize("name", ESCAPING)
def test_a_name_that_leads_out_of_its_archive_is_left_out(tmp_path: Path, name: str) -> None:
    files = FILES | {name: b"x"}
    assert not is_inside(name)
    assert set(zip_members(zipped(tmp_path / "a.zip", files))) == set(FILES)
    assert {member for member, _, _ in tar_spans(tarred(tmp_path / "a.tar", files))} == set(FILES)


def test_a_member_without_a_name_is_none(tmp_path: Path) -> None:
    """Python's zipfile (3.11) raises IndexError when it is asked whether such a member is a folder."""
    path = zipped(tmp_path / "train.zip", FILES)
    path.write_bytes(path.read_bytes().replace(b"train/1.jpg", b"\0rain/1.jpg"))
    assert set(zip_members(path)) == set(FILES) - {"train/1.jpg"}


@pytest.mark.parametrize("name", ["a/b.jpg", "Monet: Lilies.jpg", "..a/b.jpg", "a/b..jpg", "a/c:/b.jpg"])
def test_a_strange_name_that_stays_inside_is_kept(name: str) -> None:
    assert is_inside(name)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = zipped(tmp_path / "train.zip", {"train/1.jpg": bytes(50_000_000)}, zipfile.ZIP_DEFLATED)
    info = zip_members(path)["train/1.jpg"]
    assert info.file_size > RATIO * info.compress_size
    with pytest.raises(PictureError, match=r"archive bomb: train/1\.jpg unpacks from .* to 50,000,000 bytes"):
        zip_bytes(path, "train/1.jpg")


def test_a_member_that_claims_to_be_larger_than_a_picture_may_is_refused(tmp_path: Path) -> None:
    """The size in the header is enough: nothing of that size is needed here."""
    path = zipped(tmp_path / "train.zip", {"train/1.jpg": b"x" * 1000})
    zip_members(path)["train/1.jpg"].file_size = Limits().bytes + 1  # the archive is open once, and its table shared
    with pytest.raises(PictureError, match="archive bomb"):
        zip_bytes(path, "train/1.jpg")


def test_a_member_that_unpacks_to_more_than_it_claims_gives_no_more(tmp_path: Path) -> None:
    path = zipped(tmp_path / "train.zip", {"train/1.jpg": bytes(range(200)) * 100}, zipfile.ZIP_DEFLATED)
    data = path.read_bytes()
    claimed = (20_000).to_bytes(4, "little")
    assert data.count(claimed) == 2  # in the local header and in the table
    path.write_bytes(data.replace(claimed, (100).to_bytes(4, "little")))
    with pytest.raises(zipfile.BadZipFile, match="CRC"):
        zip_bytes(path, "train/1.jpg")


def test_an_encrypted_member_says_so(tmp_path: Path) -> None:
    data = bytearray(zipped(tmp_path / "train.zip", {"train/1.jpg": b"secret"}).read_bytes())
    for flags in (6, data.index(b"PK\1\2") + 8):  # the lowest bit in the file's own header and in the table
        data[flags] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    assert list(zip_members(tmp_path / "locked.zip")) == ["train/1.jpg"]
    with pytest.raises(PictureError, match=r"encrypted.*unpack the archive with its password first"):
        zip_bytes(tmp_path / "locked.zip", "train/1.jpg")


def test_a_damaged_member_is_not_taken_for_a_picture(tmp_path: Path) -> None:
    path = zipped(tmp_path / "train.zip", FILES)
    data = bytearray(path.read_bytes())
    data[data.index(FILES["train/2.jpg"]) + 300] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(zipfile.BadZipFile):
        zip_bytes(path, "train/2.jpg")
    assert zip_bytes(path, "train/3.jpg") == FILES["train/3.jpg"]


def test_an_archive_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    path = zipped(tmp_path / "train.zip", {"train/1.jpg": b"old"})
    assert zip_bytes(path, "train/1.jpg") == b"old"
    path.unlink()
    zipped(path, {"train/1.jpg": b"newer"})
    os.utime(path, (1, 1))  # the clock of files may be too coarse to tell the two apart
    assert zip_bytes(path, "train/1.jpg") == b"newer"


@pytest.mark.parametrize("data", [b"", b"<html>please log in</html>", b"PK\3\4 and no more", encoded(noise_picture(1))])
def test_what_is_no_archive_is_said_to_be_none(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "train.zip"
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"train\.zip is not a whole zip .*; download it again\."):
        zip_members(path)
    with pytest.raises(
        UserError, match=r"train\.zip is not a whole, uncompressed tar .*; gunzip it or download it again\."
    ):
        list(tar_spans(path))


def test_a_zip_cut_short_is_said_to_be_none(tmp_path: Path) -> None:
    path = zipped(tmp_path / "train.zip", FILES)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UserError, match="is not a whole zip"):
        zip_members(path)


def test_an_archive_that_is_not_there_is_a_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a whole zip"):
        zip_members(tmp_path / "none.zip")
    with pytest.raises(UserError, match="is not a whole, uncompressed tar"):
        list(tar_spans(tmp_path / "none.tar"))


def test_spans_are_the_files_exact_bytes(tmp_path: Path) -> None:
    long = {"pictures/" + "x" * 180 + ".jpg": b"a long name takes a header of its own", "pictures/empty.jpg": b""}
    path = tarred(tmp_path / "a.tar", FILES | long)
    spans = list(tar_spans(path))
    assert {name for name, _, _ in spans} == set(FILES | long)
    for name, offset, size in spans:
        assert span_bytes(path, offset, size) == (FILES | long)[name]


def test_links_are_no_pictures(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        link = tarfile.TarInfo("passwords.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    assert list(tar_spans(tmp_path / "a.tar")) == []


def test_a_span_beyond_the_end_is_an_error(tmp_path: Path) -> None:
    path = tarred(tmp_path / "a.tar", FILES)
    with pytest.raises(OSError, match=r"a\.tar ends early"):
        span_bytes(path, path.stat().st_size - 10, 11)


def test_a_tar_that_is_compressed_is_to_be_unpacked_first(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    path.write_bytes(gzip.compress(tarred(tmp_path / "a.tar", FILES).read_bytes()))
    with pytest.raises(UserError, match="gunzip it or download it again"):
        list(tar_spans(path))


def test_every_tar_cut_short_is_found_out_unless_only_its_empty_end_is_missing(tmp_path: Path) -> None:
    whole = tarred(tmp_path / "a.tar", FILES)
    data, spans = whole.read_bytes(), list(tar_spans(whole))
    # Headers begin where the members before them, filled up to 512 bytes, end; a cut there can be told only by a count.
    starts = [0, 512, *(offset + -(-size // 512) * 512 for _, offset, size in spans)]
    cut = tmp_path / "cut.tar"
    for length in range(1, len(data.rstrip(b"\0")), 97):
        cut.write_bytes(data[:length])
        if length not in starts:
            with pytest.raises(UserError, match="is not a whole, uncompressed tar"):
                list(tar_spans(cut))


def test_a_damaged_header_is_not_taken_for_the_end(tmp_path: Path) -> None:
    path = tarred(tmp_path / "a.tar", FILES)
    _, offset, _ = list(tar_spans(path))[2]
    data = bytearray(path.read_bytes())
    data[offset - 512 + 10] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(UserError, match="damaged at byte"):
        list(tar_spans(path))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_damage_anywhere_is_a_sentence_or_leaves_spans_within_the_file(tmp_path: Path, data: st.DataObject) -> None:
    for path in (zipped(tmp_path / "a.zip", FILES), tarred(tmp_path / "a.tar", FILES)):
        content = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            where = data.draw(
                st.integers(0, len(content) - 1) | st.integers(max(0, len(content) - 400), len(content) - 1)
            )
            content[where] = data.draw(st.integers(0, 255))
        damaged = tmp_path / f"{uuid.uuid4().hex}{path.suffix}"
        damaged.write_bytes(content)
        with contextlib.suppress(UserError):  # anything else is a fault
            if path.suffix == ".zip":
                zip_members(damaged)
            else:
                assert all(offset + size <= len(content) for _, offset, size in tar_spans(damaged))
