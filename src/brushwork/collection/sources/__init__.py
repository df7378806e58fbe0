"""The sources of collections, by name."""

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from brushwork.collection.sources.entry import Entry
from brushwork.errors import UserError


def entries_of(source: str, location: Path | None, styles: Sequence[str], count: int | None, seed: int) -> list[Entry]:
    """What a source holds: all of it, or `count` paintings spread evenly over the styles, the same at every call."""
    if count is not None and count < 1:
        raise UserError(f"--count {count} was given; it takes a positive number of paintings.")
    if source == "two-schools":
        return _two_schools(location, styles, 720 if count is None else count, seed)
    if location is None:
        raise UserError(
            f"the source {source!r} needs the folder where its files are: collect {source} FOLDER --out DIR."
        )
    from brushwork.collection.sources.folder import folder
    from brushwork.collection.sources.painter_by_numbers import painter_by_numbers

    read = {"painter-by-numbers": painter_by_numbers, "folder": folder}[source]
    entries = list(read(location, styles))
    return entries if count is None else _evenly(entries, count)


def _two_schools(location: Path | None, styles: Sequence[str], count: int, seed: int) -> list[Entry]:
    from brushwork.collection.sources.two_schools import STYLES, two_schools

    if location is not None:
        raise UserError(
            f"two-schools is painted here and takes no folder, but {str(location)!r} was given; leave it out."
        )
    for style in styles:
        if style not in STYLES:
            raise UserError(f"two-schools has no style {style!r}; its schools are {' and '.join(STYLES)}.")
    return [entry for entry in two_schools(count, seed) if not styles or entry.painting.style in styles]


def _evenly(entries: Iterable[Entry], count: int) -> list[Entry]:
    """Round the styles in turn, each in the order of its paintings' hashes, so that more only adds."""
    styles: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        styles[entry.painting.style].append(entry)
    for members in styles.values():
        members.sort(key=lambda entry: hashlib.sha1(entry.painting.id.encode()).digest())
    turns = itertools.zip_longest(*(styles[name] for name in sorted(styles)))
    return [entry for turn in turns for entry in turn if entry is not None][:count]
