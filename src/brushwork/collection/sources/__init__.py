"""The sources of collections, by name."""

import hashlib
import importlib
import itertools
from collections import defaultdict
from collections.abc import Iterable

from brushwork.collection.sources.entry import Entry, Request
from brushwork.errors import UserError


def entries_of(source: str, request: Request) -> list[Entry]:
    """What a source holds: all of it, or `count` paintings spread evenly over the styles, the same at every call.

    Raises `UserError` for what the source cannot do with the request.
    """
    if request.count is not None and request.count < 1:
        raise UserError(f"--count {request.count} was given; it takes a positive number of paintings.")
    if source == "two-schools":
        return _two_schools(request)
    entries = list(_read(source, request))
    return entries if request.count is None else evenly(entries, request.count)


def _read(source: str, request: Request) -> Iterable[Entry]:
    """The entries of a source, whose module is loaded now."""
    where = f"brushwork.collection.sources.{source.replace('-', '_')}"
    module = importlib.import_module({"csv": "brushwork.collection.sources.table"}.get(source, where))
    entries: Iterable[Entry] = module.entries(request)
    return entries


def _two_schools(request: Request) -> list[Entry]:
    from brushwork.collection.sources.two_schools import STYLES, two_schools

    if request.location:
        raise UserError(
            f"two-schools is painted here and takes no folder, but {request.location!r} was given; leave it out."
        )
    for style in request.styles:
        if style not in STYLES:
            raise UserError(f"two-schools has no style {style!r}; its schools are {' and '.join(STYLES)}.")
    made = two_schools(720 if request.count is None else request.count, request.seed)
    return [entry for entry in made if not request.styles or entry.painting.style in request.styles]


def evenly(entries: Iterable[Entry], count: int) -> list[Entry]:
    """Round the styles in turn, each in the order of its paintings' hashes, so that more only adds."""
    styles: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        styles[entry.painting.style].append(entry)
    for members in styles.values():
        members.sort(key=lambda entry: hashlib.sha1(entry.painting.id.encode()).digest())
    turns = itertools.zip_longest(*(styles[name] for name in sorted(styles)))
    return [entry for turn in turns for entry in turn if entry is not None][:count]


__all__ = ["Entry", "Request", "entries_of", "evenly"]
