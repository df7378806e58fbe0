"""The sources of collections, by name."""

import importlib
from collections.abc import Iterable

from brushwork.collection.sources.entry import Entry, Request, evenly
from brushwork.errors import UserError
from brushwork.painting import many_rows


def entries_of(source: str, request: Request) -> list[Entry]:
    """What a source holds: all of it, or `count` paintings spread evenly over the styles, the same at every call.

    Raises `UserError` for what the source cannot do with the request.
    """
    if request.count is not None and request.count < 1:
        raise UserError(f"--count {request.count} was given; it takes a positive number of paintings.")
    if source == "two-schools":
        return _two_schools(request)
    with many_rows():
        entries = list(_read(source, request))
    if request.count is None:
        return entries
    chosen = {id(entry) for entry in evenly(entries, request.count)}
    return [
        entry for entry in entries if id(entry) in chosen
    ]  # in the source's order, which reads archives through once


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


__all__ = ["Entry", "Request", "entries_of", "evenly"]
