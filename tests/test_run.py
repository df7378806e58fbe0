"""Runs are atomic, compare their settings and say what differs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from brushwork.errors import UserError
from brushwork.run import load_run, open_run, read_json, write_atomically, write_json


def test_of_another_preset_only_the_name_is_told(tmp_path: Path) -> None:
    open_run(tmp_path / "run", {"kind": "gan", "preset": {"name": "a", "width": 4}})
    with pytest.raises(UserError, match="preset name is 'a' there and 'b' here"):
        open_run(tmp_path / "run", {"kind": "gan", "preset": {"name": "b", "width": 8}})
    with pytest.raises(UserError, match=r"[^;]*preset width is 4 there and 8 here"):
        open_run(tmp_path / "run", {"kind": "gan", "preset": {"name": "a", "width": 8}})


def test_equal_settings_open_the_run_again_and_unequal_ones_are_named(tmp_path: Path) -> None:
    out = tmp_path / "run"
    open_run(out, {"kind": "gan", "seed": 1, "betas": (0.5, 0.9)})
    assert open_run(out, {"kind": "gan", "seed": 1, "betas": (0.5, 0.9)}).kind == "gan"
    with pytest.raises(UserError, match="seed is 1 there and 2 here"):
        open_run(out, {"kind": "gan", "seed": 2, "betas": (0.5, 0.9)})
    with pytest.raises(UserError, match="is of kind 'gan' and cannot take a 'classifier'; choose another --out"):
        open_run(out, {"kind": "classifier", "backbone": "resnet18"})


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("x")
    with pytest.raises(UserError, match="not empty"):
        open_run(tmp_path, {"kind": "gan"})


def test_what_starts_beside_is_no_stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process makes the same run while this one looks into its folder."""
    settings, listed = {"kind": "toy"}, Path.iterdir

    def meanwhile(folder: Path) -> Iterator[Path]:
        before = list(listed(folder))
        write_json(folder / "settings.json", settings)
        (folder / "pictures").mkdir(exist_ok=True)
        return iter(before)

    monkeypatch.setattr(Path, "iterdir", meanwhile)
    assert open_run(tmp_path, settings).settings == settings


def test_the_log_is_rewound_to_the_checkpoint(tmp_path: Path) -> None:
    run = open_run(tmp_path / "run", {"kind": "gan"})
    for step in (1, 2, 3):
        run.log({"step": step})
    with (run.folder / "log.jsonl").open("a") as file:
        file.write('{"step": 4, "cut sh')
    assert [r["step"] for r in run.records()] == [1, 2, 3]
    run.rewind_log(2)
    assert [r["step"] for r in run.records()] == [1, 2]


def test_a_failed_write_leaves_what_stood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "results.json"
    write_atomically(path, b"before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match="No space left on device"):
        write_atomically(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_and_foreign_folders_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no run"):
        load_run(tmp_path)
    run = open_run(tmp_path / "run", {"kind": "gan"})
    with pytest.raises(UserError, match="needs one of kind 'classifier'"):
        load_run(run.folder, "classifier")
    for foreign in ("[]", "{}", '"a run"'):
        (tmp_path / "other").mkdir(exist_ok=True)
        (tmp_path / "other" / "settings.json").write_text(foreign)
        with pytest.raises(UserError, match="is of no Brushwork run or collection"):
            load_run(tmp_path / "other", "gan")
        with pytest.raises(UserError, match="is of no Brushwork run or collection"):
            open_run(tmp_path / "other", {"kind": "gan"})
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="is a file, and a folder is needed there"):
        open_run(tmp_path / "file", {"kind": "gan"})
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read as JSON"):
        read_json(tmp_path / "bad.json")
