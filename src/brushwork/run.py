"""A run: the folder made by one training; settings in, log, checkpoints and results out; atomic and resumable."""

import errno
import json
import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from brushwork.errors import UserError

JsonDict = dict[str, Any]


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file aside, sync it and rename it into place, so that a reader never meets half of it.

    Raises `UserError` when the disk is full or the folder cannot be written; what stood before still stands.
    """
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise not_written(path, error) from error


def make_folder(folder: Path) -> None:
    """Make a folder if it is not there; raises `UserError` where there can be none, such as in a file's place."""
    check_no_file(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(folder, error) from error


def check_no_file(folder: Path) -> None:
    """Raises `UserError` where a file stands in a folder's place."""
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder} is a file, and a folder is needed there; choose another name.")


def not_written(path: Path, error: OSError) -> UserError:
    """The error for a file that could not be written, such as on a full disk."""
    remedy = "free some space" if error.errno == errno.ENOSPC else "see whether it may be written"
    return UserError(
        f"{path} could not be written ({error.strerror or error}); what was there before is untouched: "
        f"{remedy} or choose another folder, then run the same command again."
    )


def write_json(path: Path, value: object, indent: int | None = 2) -> None:
    """Write `value` as JSON, atomically."""
    write_atomically(path, (json.dumps(value, indent=indent, ensure_ascii=False) + "\n").encode())


def read_json(path: Path) -> Any:
    """The JSON value in a file; raises `UserError` when it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist; check the folder's name.") from error
    except (OSError, ValueError) as error:
        raise UserError(f"{path} cannot be read as JSON ({error}); restore it or make the folder again.") from error


@dataclass(frozen=True, slots=True)
class Run:
    """A folder with `settings.json`, `log.jsonl`, checkpoints and `results.json`."""

    folder: Path

    @property
    def settings(self) -> JsonDict:
        """What the run was made with."""
        settings: JsonDict = read_json(self.folder / "settings.json")
        if not isinstance(settings, dict) or "kind" not in settings:
            raise UserError(
                f"{self.folder / 'settings.json'} is of no Brushwork run or collection; choose another folder."
            )
        return settings

    @property
    def kind(self) -> str:
        """`classifier`, `folds` or `gan`."""
        return str(self.settings["kind"])

    @property
    def results(self) -> JsonDict | None:
        """What came out, or None while the run is unfinished."""
        path = self.folder / "results.json"
        return read_json(path) if path.exists() else None

    def finish(self, results: Mapping[str, Any]) -> None:
        """Write the results, which marks the run as finished."""
        write_json(self.folder / "results.json", results)

    def log(self, record: Mapping[str, Any]) -> None:
        """Append one record to the log."""
        try:
            with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
        except OSError as error:
            raise UserError(
                f"the log in {self.folder} could not be written ({error.strerror}); free some space."
            ) from error

    def records(self) -> list[JsonDict]:
        """The log; a last line cut short by a crash is left out."""
        return list(self._records())

    def _records(self) -> Iterator[JsonDict]:
        path = self.folder / "log.jsonl"
        if not path.exists():
            return
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                yield json.loads(line)
            except ValueError:
                return

    def rewind_log(self, step: int) -> None:
        """Drop what was logged after `step`, so that a resumed run logs each step once."""
        kept = [json.dumps(record) for record in self._records() if record["step"] <= step]
        write_atomically(self.folder / "log.jsonl", "".join(line + "\n" for line in kept).encode())


def open_run(folder: Path, settings: Mapping[str, Any]) -> Run:
    """The run in `folder` with these settings, made if there is none.

    Raises `UserError` that names the differences when the folder holds a run with other settings.
    """
    check_settings(folder, settings)
    if not (folder / "settings.json").exists():
        write_json(folder / "settings.json", dict(settings))
    return Run(folder)


def check_settings(folder: Path, settings: Mapping[str, Any]) -> None:
    """Raises `UserError` when `folder` holds a run with other settings, or something that is no run; writes nothing."""
    wanted: JsonDict = json.loads(json.dumps(dict(settings)))
    thing = "collection" if wanted.get("kind") == "collection" else "run"
    check_no_file(folder)
    # Looked at before: what another process that starts beside this one puts there comes after its settings.
    visible = folder.exists() and any(not entry.name.startswith(".") for entry in folder.iterdir())
    if (folder / "settings.json").exists():
        there = Run(folder).settings
        if there.get("kind") != wanted.get("kind"):
            raise UserError(
                f"{folder} is of kind {there.get('kind')!r} and cannot take a {wanted.get('kind')!r}; choose another --out."
            )
        differing = sorted(key for key in there.keys() | wanted.keys() if there.get(key) != wanted.get(key))
        if differing:
            what = "; ".join(_difference(key, there.get(key), wanted.get(key)) for key in differing)
            raise UserError(f"{folder} holds a {thing} with other settings: {what}. Use those, or another --out.")
    elif visible:
        raise UserError(f"{folder} is not empty and holds no {thing}; choose an empty or new folder for --out.")


def _difference(key: str, there: Any, here: Any) -> str:
    """In what a setting differs; of a setting that has settings itself, those alone that do."""
    if isinstance(there, dict) and isinstance(here, dict):
        names = sorted(name for name in there.keys() | here.keys() if there.get(name) != here.get(name))
        if own := [name for name in ("name", "preset") if name in names]:  # all else follows from that
            names = own
        return "; ".join(_difference(f"{key} {name}", there.get(name), here.get(name)) for name in names)
    return f"{key} is {there!r} there and {here!r} here"


@contextmanager
def held(run: Run) -> Iterator[None]:
    """Keeps a run to this process; the system lets go of it however the process ends. `UserError` while another has it."""
    lock = filelock.FileLock(run.folder / ".training.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise UserError(
            f"another process is training in {run.folder}; wait until it has ended, or choose another --out."
        ) from error
    try:
        yield
    finally:
        lock.release()


def load_run(folder: Path, *kinds: str) -> Run:
    """The run in `folder`; raises `UserError` when there is none or it is of another kind."""
    run = Run(folder)
    if not (folder / "settings.json").exists():
        raise UserError(f"{folder} holds no run; give a folder made by `brushwork train`.")
    if kinds and run.kind not in kinds:
        raise UserError(
            f"{folder} is a {run.kind!r} run; this command needs one of kind {' or '.join(map(repr, kinds))}."
        )
    return run
