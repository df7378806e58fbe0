"""Paintings from IIIF manifests and collections, of a museum's server or in files."""

import hashlib
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

from brushwork.collection.artists import QUALIFIERS
from brushwork.collection.sources.entry import Entry, Request
from brushwork.collection.sources.fetch import FetchError, get_bytes, listing_lost, with_pictures
from brushwork.collection.sources.files import absent, tidy_year
from brushwork.collection.sources.iiif_json import (
    ARTIST,
    GENRE,
    STYLE,
    TITLE,
    YEAR,
    Canvas,
    Json,
    canvases,
    identity,
    kind,
    metadata,
    pages,
    parts,
    rights,
    text,
    under,
    whole,
)
from brushwork.errors import PictureError, UserError, nearest
from brushwork.painting import Painting
from brushwork.progress import say

DEPTH = 10  # collections in collections

Place = str | Path  # an address or a file
Listed = list[tuple[Painting, Place]]


@dataclass(frozen=True, slots=True)
class _Part:
    """A manifest or collection still to be read, or there already; `label` is that of the collection it is in."""

    place: Place
    document: Json | None
    label: str
    depth: int


@dataclass(frozen=True, slots=True)
class _Met:
    """A manifest with the labels of the collections that list it; or the reason why it could not be read."""

    place: Place
    document: Json
    labels: list[str]
    reason: str = ""

    @property
    def name(self) -> str:
        """What it calls itself, or where it is."""
        return identity(self.document) or str(self.place)


def entries(request: Request) -> Iterator[Entry]:
    """The paintings under the request's location, the file or address of a manifest or collection, pictures fetched.

    The style is what the metadata call style, movement, school or period, else the label of the collection. Raises
    `UserError` for what is not IIIF, a style that is not there and a server that stays away.
    """
    if not request.location:
        raise UserError("the source 'iiif' needs a manifest or collection: collect iiif MANIFEST --out DIR.")
    met = _manifests(request.location, request.rate)
    if not met:
        raise UserError(f"{request.location} lists no manifests; give a IIIF manifest or a collection that holds some.")
    listed = [row for manifest in met for row in _rows(manifest, 2 * request.short_side)]
    have = {painting.style for painting, _ in listed if painting.style}
    for style in request.styles:
        if style not in have:
            hint = f"the nearest names are {nearest(style, have)}" if have else "none of its paintings has one"
            raise UserError(f"{request.location} has no style {style!r}; {hint}.")
    wanted = [row for row in listed if not request.styles or row[0].style in request.styles]
    yield from with_pictures(wanted, request, "fetching pictures")


def _manifests(location: str, rate: float) -> list[_Met]:
    """Every manifest under the location once, in the order of the collections."""
    met: dict[Place, _Met] = {}
    seen: set[Place] = set()
    todo = deque([_Part(location if _is_address(location) else Path(location).resolve(), None, "", 0)])
    while todo:
        part = todo.popleft()
        if part.place in seen:
            if part.place in met and part.label not in met[part.place].labels:
                met[part.place].labels.append(part.label)
            continue
        seen.add(part.place)
        try:
            document = part.document or _read(part.place, rate)
        except PictureError as error:
            if part.depth == 0:
                raise UserError(
                    f"{location} {error}; give the file or address of a IIIF manifest or collection."
                ) from error
            met[part.place] = _Met(part.place, {}, [part.label], str(error))
            continue
        if kind(document) == "Manifest":
            met[part.place] = _Met(part.place, document, [part.label])
        else:
            if _is_address(name := identity(document)):
                seen.add(name)  # a collection in a file may be listed again by its address
            todo.extendleft(reversed(_inside(part, document)))
    return list(met.values())


def _inside(outer: _Part, collection: Json) -> list[_Part]:
    """What is still to be read of a collection: its parts, one deeper, and its next page."""
    label = text(collection.get("label")) or outer.label
    deeper = [(1, part) for part in parts(collection)]
    if deeper and outer.depth == DEPTH:
        say(f"{outer.place} lies {DEPTH} collections deep; what it lists is left out.")
        return []
    found = []
    for n, (step, part) in enumerate([*deeper, *((0, page) for page in pages(collection))]):
        try:
            place = _resolved(identity(part) or f"#{n}", outer.place)
        except PictureError as error:
            say(f"{outer.place} lists what is left out: {error}.")
            continue
        found.append(_Part(place, part if whole(part) and kind(part) else None, label, outer.depth + step))
    return found


def _read(place: Place, rate: float) -> Json:
    """A document; raises `PictureError` for what is not one, and `UserError` when its server is away."""
    try:
        document: Any = json.loads(place.read_bytes() if isinstance(place, Path) else get_bytes(place, rate))
    except FetchError as error:
        if error.away:
            raise listing_lost(str(place), error) from error
        raise PictureError(f"was {error}") from error
    except OSError as error:
        raise PictureError(f"cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise PictureError("is not JSON") from error
    if not kind(document):
        raise PictureError("is not a IIIF manifest or collection")
    return dict(document)


def _rows(met: _Met, needed: int) -> Listed:
    """The paintings of a manifest: its canvases where each is described, else the first, of which others are views."""
    name = _short(met.name)
    if met.reason:
        reason = f"its manifest {met.reason}"
        return [(Painting(name, met.name, style=met.labels[0], source="iiif", url=met.name, reason=reason), "")]
    found = list(canvases(met.document))
    if not found:
        return [(_painting(met, None, name, "no picture in the manifest"), "")]
    names = [_short(canvas.id or f"{met.name}#{n}") for n, canvas in enumerate(found)]
    if len(found) > 1 and all(canvas.metadata for canvas in found):
        return [_pictured(met, canvas, each, needed) for canvas, each in zip(found, names, strict=True)]
    if len(found) > 1:
        found = [replace(canvas, metadata=[]) for canvas in found]  # what views say of themselves is not the work
    views: Listed = [
        (_painting(met, canvas, each, f"another view of {name}"), "")
        for canvas, each in zip(found[1:], names[1:], strict=True)
    ]
    return [_pictured(met, found[0], name, needed), *views]


def _pictured(met: _Met, canvas: Canvas, name: str, needed: int) -> tuple[Painting, Place]:
    """A painting and where its picture is."""
    try:
        if isinstance(met.place, Path) and (link := _beside(met.place, canvas.image.address, met.name)):
            path = _file(link, met.place.parent)
            return _painting(met, canvas, name, absent(path, link), link), path
        return _painting(met, canvas, name), str(_resolved(canvas.image.at(needed), met.place))
    except PictureError as error:
        return _painting(met, canvas, name, str(error)), ""


def _painting(met: _Met, canvas: Canvas | None, name: str, reason: str = "", file: str = "") -> Painting:
    """What is said of a painting by its canvas, where that is described, and by its manifest."""
    described = canvas.metadata if canvas else []
    pairs = [*described, *metadata(met.document)]
    own, label = under(pairs, STYLE), text(met.document.get("label"))
    style = own or met.labels[0]
    if not own and len(met.labels) > 1:
        reason = reason or f"listed in several collections: {', '.join(met.labels)}"
    return Painting(
        id=name,
        file=file,
        title=(canvas.label if canvas and described else "") or label or under(pairs, TITLE),
        artist=_attributed(under(pairs, ARTIST), under(pairs, ("attribution",))),
        style=style,
        year=tidy_year(under(pairs, YEAR)),
        genre=under(pairs, GENRE),
        source="iiif",
        rights=(canvas.rights if canvas else "") or rights(met.document) or "not stated",
        url=met.name,
        reason=reason or ("" if style else "no style: neither its metadata nor a collection names one"),
    )


def _attributed(artist: str, attribution: str) -> str:
    """The artist as a label would put him, `after Claude Monet`, where the metadata say how far he is from the work."""
    return f"{attribution} {artist}" if artist and attribution.lower() in QUALIFIERS else artist


def _beside(manifest: Path, link: str, name: str) -> str:
    """The name of a picture beside a manifest's file, where the link is one; '' where it leads to a server.

    A manifest made to be served names pictures beside it by address; those that are there need no server.
    """
    if not _is_address(link):
        return link
    here = urljoin(name, ".")
    inside = unquote(link.removeprefix(here)) if _is_address(here) and link.startswith(here) else ""
    return inside if inside and (manifest.parent / inside).is_file() else ""


def _resolved(link: str, base: Place) -> Place:
    """Where a link in a document leads; raises `PictureError` for what no document may link to."""
    if _is_address(link):
        return link
    if isinstance(base, Path):
        return _file(link, base.parent)
    try:
        return urljoin(base, link)  # what is not http after this is refused when it is fetched
    except ValueError as error:
        raise PictureError(f"no address: {link!r}") from error


def _file(link: str, folder: Path) -> Path:
    """The file of that name; raises `PictureError` when it is outside the folder."""
    try:
        written, decoded = ((folder / n).resolve() for n in (link, unquote(link.removeprefix("file://"))))
        path = written if written.is_file() else decoded
    except (OSError, ValueError) as error:
        raise PictureError(f"no file name: {link!r}") from error
    if not path.is_relative_to(folder.resolve()):
        raise PictureError(f"outside the manifest's folder: {link}")
    return path


def _is_address(link: str) -> bool:
    return link.lower().startswith(("http://", "https://"))


def _short(name: str) -> str:
    """A short id for what is named by a long address."""
    return f"iiif-{hashlib.sha1(name.encode()).hexdigest()[:12]}"
