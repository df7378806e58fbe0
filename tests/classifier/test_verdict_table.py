"""A table of verdicts goes on where it stopped, whatever byte the kill fell on, and takes nothing foreign."""

import hashlib
from pathlib import Path

import pytest

from brushwork.classifier.verdict import Verdict, no_verdict
from brushwork.classifier.verdict_table import open_table
from brushwork.errors import UserError
from tests.classifier.test_verdict import told

STYLES = ["Wild", "Calm"]


def some() -> list[Verdict]:
    one, other = (told(file=file, sha256="f" * 64) for file in ("a, b.png", 'c"d.png'))
    return [one, no_verdict("ü.png", "m 123", "empty file"), other]


@pytest.mark.parametrize("name", ["v.csv", "v.jsonl"])
def test_a_table_cut_anywhere_ends_the_same(tmp_path: Path, name: str) -> None:
    whole = tmp_path / "whole" / name
    table = open_table(whole, STYLES, "m 123")
    for one in some():
        table.add(one)
    data = whole.read_bytes()
    for length in [*range(0, len(data), 9), len(data) - 1, len(data)]:
        cut = tmp_path / name
        cut.write_bytes(data[:length])
        again = open_table(cut, STYLES, "renamed 123")
        for one in some():
            if one.file not in again.judged and one.file not in again.refused:
                again.add(one)
        assert cut.read_bytes() == data
    table = open_table(whole, STYLES, "m 123")
    assert table.judged == dict.fromkeys(["a, b.png", 'c"d.png'], "f" * 64)
    assert table.refused == {"ü.png": "empty file"}


@pytest.mark.parametrize("name", ["v.csv", "v.jsonl"])
def test_another_model_or_other_columns_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    open_table(path, STYLES, "m 123").add(told())
    before = path.read_bytes()
    with pytest.raises(UserError, match="another model"):
        open_table(path, STYLES, "m 456")
    with pytest.raises(UserError, match="other columns"):
        open_table(path, ["Calm", "Wild", "Third"], "m 123")
    assert path.read_bytes() == before
    for foreign in ("something else\n", "my notes, without an end", '{"file": "x"}\n'):
        path.write_text(foreign)
        with pytest.raises(UserError, match=r"other columns|no verdict"):
            open_table(path, STYLES, "m 123")
        assert path.read_text() == foreign


@pytest.mark.parametrize("name", ["v.csv", "v.jsonl"])
def test_a_picture_that_could_not_be_read_is_worth_another_try(tmp_path: Path, name: str) -> None:
    table = open_table(tmp_path / name, STYLES, "m 123")
    for one in some():
        table.add(one)
    before = table.path.read_bytes()
    again = open_table(table.path, STYLES, "m 123")
    again.add(no_verdict("ü.png", "m 123", "empty file"))  # as before
    assert table.path.read_bytes() == before
    again.add(told(file="ü.png", sha256="e" * 64))
    killed = open_table(table.path, STYLES, "m 123")  # before it was closed
    assert killed.judged["ü.png"] == "e" * 64
    killed.close()
    assert sum("ü.png" in line for line in table.path.read_text(encoding="utf-8").splitlines()) == 1
    again = open_table(table.path, STYLES, "m 123")
    assert again.judged == {"a, b.png": "f" * 64, 'c"d.png': "f" * 64, "ü.png": "e" * 64}
    assert again.refused == {}


@pytest.mark.parametrize("name", ["v.csv", "v.jsonl"])
def test_a_verdict_is_of_what_the_file_held(tmp_path: Path, name: str) -> None:
    """A picture worked over, or another folder's of the same name, is judged again; one gone keeps its verdict."""
    picture = tmp_path / "a.png"
    picture.write_bytes(b"first")
    digest = hashlib.sha256(b"first").hexdigest()
    open_table(tmp_path / name, STYLES, "m 123").add(told(file=str(picture), sha256=digest))
    table = open_table(tmp_path / name, STYLES, "m 123")
    assert table.settled(picture)
    picture.write_bytes(b"second")
    assert not table.settled(picture)
    picture.unlink()
    assert table.settled(picture)
    assert not table.settled(tmp_path / "b.png")


def test_verdicts_that_do_not_say_what_was_judged_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    open_table(path, STYLES, "m 123").add(told())
    with pytest.raises(UserError, match="of before they said which file's bytes"):
        open_table(path, STYLES, "m 123")


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"neither in \.csv nor in \.jsonl"):
        open_table(tmp_path / "v.txt", STYLES, "m 123")
    assert not (tmp_path / "v.txt").exists()
