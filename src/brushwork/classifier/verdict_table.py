"""A file of verdicts that grows picture by picture, and is gone on with after a kill."""

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from brushwork.classifier.predict import picture_bytes
from brushwork.classifier.verdict import Verdict, columns, row
from brushwork.errors import PictureError, UserError
from brushwork.run import not_written

ENDINGS = (".csv", ".jsonl")
JSON_START = '{"file": "'  # of every line


@dataclass(frozen=True, slots=True)
class VerdictTable:
    """A CSV or JSON-lines file of one model's verdicts; made or gone on with by `open_table`, `close`d at the end."""

    path: Path
    styles: list[str]
    judged: dict[str, str]  # of files that were in it already, the SHA-256 of what was judged
    refused: dict[str, str]  # of others that were, the reason why not

    def settled(self, path: Path) -> bool:
        """Whether what the file holds now has its verdict; one that could not be read is worth another try.

        A file that was judged and cannot be read now keeps its verdict.
        """
        if (known := self.judged.get(str(path))) is None:
            return False
        try:
            return known == sha256(picture_bytes(path)).hexdigest()
        except PictureError:
            return True

    def add(self, verdict: Verdict) -> None:
        """Append one verdict, unless it is the reason that stands there already; raises `UserError` when the disk is full."""
        if verdict.reason and verdict.reason == self.refused.get(verdict.file):
            return
        text = csv_line(row(verdict, self.styles)) if self.path.suffix == ".csv" else json_line(verdict)
        _append(self.path, text)

    def close(self) -> None:
        """Of files that got a second row, now or before a kill, take out the first, by writing the table anew."""
        if not self.judged and not self.refused:  # nothing was there before
            return
        last = {name: place for place, (name, _) in enumerate(self._rows())}
        if len(last) == sum(1 for _ in self._rows()):
            return
        aside = self.path.with_name(f".{self.path.name}.tmp")
        try:
            with aside.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
                file.writelines(text for place, (name, text) in enumerate(self._rows()) if last[name] == place)
            aside.replace(self.path.resolve())
        except OSError as error:
            raise not_written(self.path, error) from error

    def _rows(self) -> Iterator[tuple[str, str]]:
        """Every row, and the heading, as the file it is on and as it is written."""
        if self.path.suffix == ".csv":
            return ((cells[0], csv_line(cells)) for cells in csv.reader(_text_lines(self.path)))
        return ((str(json.loads(line)["file"]), line) for line in _text_lines(self.path))


def open_table(path: Path, styles: Sequence[str], model: str) -> VerdictTable:
    """The file of verdicts at `path`, begun if it is not there; a last line cut short by a kill is dropped.

    Raises `UserError` for another ending than .csv or .jsonl, other columns, or verdicts of another model.
    """
    if path.suffix not in ENDINGS:
        raise UserError(f"--out {path} ends neither in .csv nor in .jsonl; name a file of one of these kinds.")
    start = csv_line(columns(styles)) if path.suffix == ".csv" else JSON_START
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        size = path.stat().st_size if path.exists() else 0
        _need_begun_here(path, start)
        rows = (_rows_csv if path.suffix == ".csv" else _rows_jsonl)(path, styles, model)
        last = {one.file: one for one in rows}
        whole = sum(len(line) for line in _whole_lines(path))
        if whole < size:
            os.truncate(path, whole)
    except OSError as error:
        raise not_written(path, error) from error
    if not whole:
        _append(path, start if path.suffix == ".csv" else "")
    judged = {file: one.sha256 for file, one in last.items() if not one.reason}
    return VerdictTable(path, list(styles), judged, {file: one.reason for file, one in last.items() if one.reason})


def csv_line(cells: Sequence[str]) -> str:
    """The cells as one line of a CSV file, its end included."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def json_line(verdict: Verdict) -> str:
    """The verdict as one line of JSON, its end included."""
    return json.dumps(verdict.to_dict(), ensure_ascii=False) + "\n"


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
    except OSError as error:
        raise not_written(path, error) from error


def _whole_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file that have an end; nothing of one that is not there."""
    if path.exists():
        with path.open("rb") as file:
            yield from (line for line in file if line.endswith(b"\n"))


def _text_lines(path: Path) -> Iterator[str]:
    return (line.decode("utf-8", "surrogateescape") for line in _whole_lines(path))


def _need_begun_here(path: Path, start: str) -> None:
    """A file that holds less than one line is cut off and begun anew, so it must be one that began here."""
    if path.exists():
        with path.open("rb") as file:
            there = file.read(len(start.encode()))
        if not start.encode().startswith(there):
            raise _foreign(path, "has other columns than this model's verdicts")


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row that is there says of its file."""

    file: str
    sha256: str
    reason: str


def _rows_csv(path: Path, styles: Sequence[str], model: str) -> Iterator[_Row]:
    wanted = columns(styles)
    rows = csv.reader(_text_lines(path))
    next(rows, None)
    for cells in rows:
        if len(cells) != len(wanted):
            raise _foreign(path, f"has a row of {len(cells)} cells in line {rows.line_num}")
        said = dict(zip(wanted, cells, strict=True))
        _need_same(path, said["model"], model)
        yield _Row(said["file"], said["sha256"], said["reason"])


def _rows_jsonl(path: Path, styles: Sequence[str], model: str) -> Iterator[_Row]:
    for number, line in enumerate(_text_lines(path), 1):
        try:
            said = json.loads(line)
            there, shares = str(said["model"]), list(said["probabilities"])
            one = _Row(str(said["file"]), str(said.get("sha256", "")), str(said.get("reason", "")))
        except (ValueError, KeyError, TypeError) as error:
            raise _foreign(path, f"holds something that is no verdict in line {number}") from error
        _need_same(path, there, model)
        if shares and shares != list(styles):
            raise _foreign(path, "has other columns than this model's verdicts")
        if not one.sha256 and not one.reason:
            raise _foreign(path, "has verdicts of before they said which file's bytes they are of")
        yield one


def _need_same(path: Path, there: str, model: str) -> None:
    """Models are the same when their fingerprints are, whatever the run is called now."""
    if there.rpartition(" ")[2] != model.rpartition(" ")[2]:
        raise _foreign(path, f"holds verdicts of another model ({there}; this one is {model})")


def _foreign(path: Path, what: str) -> UserError:
    return UserError(f"{path} {what}; name another file for --out, or remove that one.")
