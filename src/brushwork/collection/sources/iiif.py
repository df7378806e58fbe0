"""Paintings from IIIF manifests and collections, of a museum's server or in files."""

import hashlib
import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

from brushwork.collection.sources import iiif_json as said
from brushwork.collection.sources.entry import Entry, Request
from brushwork.collection.sources.fetch import FetchError, get_bytes, listing_lost, with_pictures
from brushwork.collection.sources.files import absent, tidy_year
from brushwork.collection.sources.iiif_json import Canvas, Json
from brushwork.errors import PictureError, UserError, nearest
from brushwork.painting import Painting
from brushwork.progress import say

DEPTH = 10  # collections in collections

Place = str | Path  # an address or a file
Listed = list[tuple[Painting, Place]]


@dataclass(slots=True)
class _Met:
    """A manifest with where it is and the labels of the collections that list it; or why it could not be read."""

    place: Place
    document: Json
    labels: list[str] = field(default_factory=list)
    reason: str = ""


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
    start: Place = location if _is_address(location) else Path(location)
    met: dict[Place, _Met] = {}
    seen: set[Place] = set()
    todo: deque[tuple[Place, Json | None, str, int]] = deque([(start, None, "", 0)])
    while todo:
        place, document, label, depth = todo.popleft()
        if place in seen:
            if place in met and label not in met[place].labels:
                met[place].labels.append(label)
            continue
        seen.add(place)
        try:
            document = document or _read(place, rate)
        except PictureError as error:
            if depth == 0:
                raise UserError(
                    f"{location} {error}; give a IIIF manifest or collection, as file or address."
                ) from error
            met[place] = _Met(place, {}, [label], str(error))
            continue
        if said.kind(document) == "Manifest":
            met[place] = _Met(place, document, [label])
            continue
        if _is_address(name := said.identity(document)):
            seen.add(name)  # a collection in a file that is listed again by its address
        todo.extendleft(reversed(_inside(place, document, said.text(document.get("label")) or label, depth)))
    return list(met.values())


def _inside(place: Place, collection: Json, label: str, depth: int) -> list[tuple[Place, Json | None, str, int]]:
    """What is still to be read of a collection: its parts, one deeper, and its next page."""
    found: list[tuple[Place, Json | None, str, int]] = []
    for deeper, part in [(1, p) for p in said.parts(collection)] + [(0, p) for p in said.pages(collection)]:
        if depth + deeper > DEPTH:
            say(f"{place} lies {DEPTH} collections deep; what it lists is left out.")
            break
        try:
            where = _resolved(said.identity(part), place)
        except PictureError as error:
            say(f"{place} lists what is left out: {error}.")
            continue
        found.append((where, part if said.whole(part) and said.kind(part) else None, label, depth + deeper))
    return found


def _read(place: Place, rate: float) -> Json:
    """A document; raises `PictureError` for what is not one, and `UserError` when its server is away."""
    try:
        data = place.read_bytes() if isinstance(place, Path) else get_bytes(place, rate)
        document: Any = json.loads(data)
    except FetchError as error:
        if error.away:
            raise listing_lost(str(place), error) from error
        raise PictureError(f"was {error}") from error
    except OSError as error:
        raise PictureError(f"cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise PictureError("is no JSON") from error
    if not said.kind(document):
        raise PictureError("is no IIIF manifest or collection")
    return dict(document)


def _rows(met: _Met, needed: int) -> Listed:
    """The paintings of a manifest: its canvases where each is described, else the first, of which others are views."""
    own = said.identity(met.document) or str(met.place)
    if met.reason:
        return [(Painting(_short(own), str(met.place), style=met.labels[0], source="iiif", reason=met.reason), "")]
    found = list(said.canvases(met.document))
    if not found:
        return [(_painting(met, None, _short(own), "no picture in the manifest"), "")]
    if len(found) > 1 and all(canvas.metadata for canvas in found):
        ids = [_short(canvas.id or f"{own}#{n}") for n, canvas in enumerate(found)]
        return [_pictured(met, canvas, canvas, name, needed) for canvas, name in zip(found, ids, strict=True)]
    rows = [_pictured(met, found[0], None, _short(own), needed)]
    for n, view in enumerate(found[1:], 2):
        reason = f"another view of {_short(own)}"
        rows.append((_painting(met, None, _short(view.id or f"{own}#{n}"), reason), view.image.address))
    return rows


def _pictured(met: _Met, canvas: Canvas, described: Canvas | None, name: str, needed: int) -> tuple[Painting, Place]:
    """A painting and where its picture is."""
    image = canvas.image
    try:
        if isinstance(met.place, Path) and not _is_address(image.address) and image.address:
            path = _resolved(image.address, met.place)
            assert isinstance(path, Path)
            return _painting(met, described, name, absent(path, image.address), image.address), path
        return _painting(met, described, name), str(_resolved(image.at(needed), met.place))
    except PictureError as error:
        return _painting(met, described, name, str(error)), ""


def _painting(met: _Met, canvas: Canvas | None, name: str, reason: str = "", file: str = "") -> Painting:
    """What is said of a painting by its canvas, where that is described, and by its manifest."""
    pairs = (canvas.metadata if canvas else []) + said.metadata(met.document)
    own, label = said.said(pairs, said.STYLE), said.text(met.document.get("label"))
    if not reason and not own and len(met.labels) > 1:
        reason = f"listed in several collections: {', '.join(met.labels)}"
    style = own or met.labels[0]
    return Painting(
        id=name,
        file=file,
        title=(canvas.label if canvas else "") or label or said.said(pairs, said.TITLE),
        artist=said.said(pairs, said.ARTIST),
        style=style,
        year=tidy_year(said.said(pairs, said.YEAR)),
        genre=said.said(pairs, said.GENRE),
        source="iiif",
        rights=said.rights(met.document),
        url=said.identity(met.document) or str(met.place),
        reason=reason or ("" if style else "no style: neither its metadata nor a collection names one"),
    )


def _resolved(link: str, base: Place) -> Place:
    """Where a link in a document leads; raises `PictureError` for files outside the folder of the document's file."""
    if isinstance(base, str):
        return urljoin(base, link)  # what is not http after this is refused when it is fetched
    if _is_address(link):
        return link
    folder = base.parent.resolve()
    try:
        plain, decoded = ((folder / name).resolve() for name in (link, unquote(link.removeprefix("file://"))))
        path = plain if plain.is_file() else decoded
    except (OSError, ValueError) as error:
        raise PictureError(f"no file name: {link!r}") from error
    if not path.is_relative_to(folder):
        raise PictureError(f"outside the manifest's folder: {link}")
    return path


def _is_address(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def _short(identity: str) -> str:
    """A short id for what is named by a long address."""
    return f"iiif-{hashlib.sha1(identity.encode()).hexdigest()[:12]}"
