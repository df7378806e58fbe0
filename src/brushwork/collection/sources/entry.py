"""What a source is asked for and what it hands over: paintings' descriptions and a way to their bytes."""

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from brushwork.errors import UserError
from brushwork.painting import Painting


@dataclass(frozen=True, slots=True)
class Entry:
    """One painting met in a source; `read` is picklable and gives the picture file's bytes when called.

    A source that already knows why a painting cannot be used sets `painting.reason`, and `read` is never called.
    `stamp` changes when the bytes may have changed, so that a second ingest reads only what is new.
    """

    painting: Painting
    read: Callable[[], bytes]
    stamp: str = ""
    size: int = 0  # of the file in bytes, where the source knows it


@dataclass(frozen=True, slots=True)
class Request:
    """What a source is asked for."""

    location: str = ""  # a folder, a file or an address
    styles: tuple[str, ...] = ()  # exact names; none for the source's own choice
    count: int | None = None
    seed: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)  # what is in which column of a table
    download: bool = False  # whether to fetch what is not on this machine, for sources that need not
    cache: Path = Path("downloads")  # where what is fetched is kept
    rate: float = 1.0  # requests a second to any one server
    short_side: int = 256  # pixels needed, where a server can make pictures smaller

    def folder(self, source: str, what: str) -> Path:
        """The location as a folder; raises `UserError` when it is none. `what` says what it should hold."""
        if not self.location:
            raise UserError(f"the source {source!r} needs a folder: collect {source} FOLDER --out DIR.")
        if not Path(self.location).is_dir():
            raise UserError(f"{self.location} is not a folder; give {what}.")
        return Path(self.location).absolute()  # a cluster's workers are elsewhere


def evenly(entries: Iterable[Entry], count: int) -> list[Entry]:
    """Round the styles in turn, each in the order of its paintings' hashes, so that more only adds."""
    styles: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        styles[entry.painting.style].append(entry)
    for members in styles.values():
        members.sort(key=lambda entry: hashlib.sha1(entry.painting.id.encode()).digest())
    turns = itertools.zip_longest(*(styles[name] for name in sorted(styles)))
    return [entry for turn in turns for entry in turn if entry is not None][:count]
