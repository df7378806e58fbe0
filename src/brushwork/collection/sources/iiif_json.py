"""What IIIF documents say: the Presentation API 2 and 3 as museums write it, brought to one form.

https://iiif.io/api/presentation/3.0/, https://iiif.io/api/presentation/2.1/, https://iiif.io/api/image/3.0/
"""

import html
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Metadata = list[tuple[set[str], str]]  # the labels in every language, and the value

TITLE = ("title", "titel", "titre")
ARTIST = ("artist", "creator", "maker", "painter", "author", "künstler", "künstlerin", "artiste", "auteur")
YEAR = ("date", "created", "date created", "creation date", "date made", "year", "datierung", "jahr")
STYLE = ("style", "movement", "school", "period", "stil", "mouvement")
TAGS = "a|b|br|div|em|i|img|li|ol|p|small|span|strong|sub|sup|u|ul"
GENRE = ("genre", "type", "object type")


@dataclass(frozen=True, slots=True)
class Image:
    """A picture, and the service that can make it smaller."""

    address: str  # of the picture as it is; may be relative or empty
    width: int  # pixels; 0 when not said
    height: int
    service: str = ""
    level: int = 1  # of compliance; 0 offers nothing but `sizes`
    version: int = 2  # of the Image API
    sizes: tuple[tuple[int, int], ...] = ()

    def at(self, needed: int) -> str:
        """The address of the smallest version whose short side has the pixels needed, or else of the largest."""
        if not self.service or (self.level == 0 and not self.sizes and self.address):
            return self.address
        quality = "native" if self.version == 1 else "default"
        return f"{self.service}/full/{self._size(needed)}/0/{quality}.jpg"

    def _size(self, needed: int) -> str:
        whole = "max" if self.version >= 3 else "full"
        if self.level == 0:
            if not self.sizes:
                return whole
            width, height = next((s for s in sorted(self.sizes) if min(s) >= needed), max(self.sizes))
            return f"{width},{height}" if self.version >= 3 else f"{width},"  # as each version writes it canonically
        short = min(self.width, self.height)
        if short <= needed:  # or unknown; many servers refuse to enlarge
            return whole
        # `w,` and not `!w,h`, which a server of level 1 need not understand.
        return f"{math.ceil(self.width * needed / short)},"


@dataclass(frozen=True, slots=True)
class Canvas:
    """One view with its picture."""

    id: str
    label: str
    metadata: Metadata
    rights: str  # '' when not stated
    image: Image


def kind(document: Any) -> str:
    """`Manifest`, `Collection`, or '' for what is neither."""
    named = _type(document).removeprefix("sc:") if isinstance(document, dict) else ""
    return named if named in ("Manifest", "Collection") else ""


def identity(thing: Json) -> str:
    """What a thing calls itself, or ''."""
    return str(thing.get("id") or thing.get("@id") or "")


def parts(collection: Json) -> list[Json]:
    """The manifests and collections in a collection: whole ones or references."""
    return [part for name in ("items", "manifests", "collections", "members") for part in things(collection.get(name))]


def pages(collection: Json) -> list[Json]:
    """Where a collection that is cut into pages goes on."""
    return [page for name in ("first", "next") for page in things(collection.get(name))]


def whole(part: Json) -> bool:
    """Whether a part of a collection is there in full, not as a reference."""
    names = ("items", "sequences", "manifests", "collections", "members", "first")
    return any(part.get(name) for name in names)


def canvases(manifest: Json) -> Iterator[Canvas]:
    """The canvases that have a picture."""
    sequences = things(manifest.get("sequences"))
    for canvas in things(sequences[0].get("canvases") if sequences else manifest.get("items")):
        image = next((_image(body, canvas) for body in _pictures(canvas)), None)
        if image and (image.address or image.service):
            yield Canvas(identity(canvas), text(canvas.get("label")), metadata(canvas), rights(canvas), image)


def metadata(thing: Json) -> Metadata:
    """The label and value pairs, the labels split into words for one thing, as in `Artist / Maker`."""
    pairs = [pair for pair in things(thing.get("metadata")) if text(pair.get("value"))]
    return [(_labels(pair.get("label")), text(pair["value"])) for pair in pairs]


def under(pairs: Metadata, names: Sequence[str]) -> str:
    """The value under the first of the names that is among the labels, or ''."""
    return next((value for name in names for labels, value in pairs if name in labels), "")


def rights(thing: Json) -> str:
    """The licence and the statement a museum wants shown, or ''."""
    statements = things(thing.get("requiredStatement"))
    asked = text(statements[0].get("value")) if statements else text(thing.get("attribution"))
    stated = [text(thing.get("rights") or thing.get("license")), asked]
    return "; ".join(part for part in stated if part)


def text(value: Any) -> str:
    """A string however it is written, in English, in no language or in the first of its languages, without HTML."""
    found = {language: words for language, words in _languages(value).items() if words}
    best = found.get("en") or found.get("none") or next(iter(found.values()), [])
    return "; ".join(dict.fromkeys(best))


def things(value: Any) -> list[Json]:
    """The objects in a list or alone; a bare address is one."""
    listed = value if isinstance(value, list) else [value]
    found = [{"id": thing} if isinstance(thing, str) and thing else thing for thing in listed]
    return [thing for thing in found if isinstance(thing, dict)]


def _type(thing: Json) -> str:
    return str(thing.get("type") or thing.get("@type") or "")


def _languages(value: Any) -> dict[str, list[str]]:
    """The strings by language: of a language map, of `@value` objects, or of plain strings."""
    found: dict[str, list[str]] = {}
    for one in value if isinstance(value, list) else [value]:
        by_language = one if isinstance(one, dict) else {"none": one}
        if "@value" in by_language:
            by_language = {by_language.get("@language"): by_language["@value"]}
        for language, words in by_language.items():
            plain = [_plain(word) for word in (words if isinstance(words, list) else [words])]
            found.setdefault(str(language or "none").split("-")[0], []).extend(word for word in plain if word)
    return found


def _plain(written: Any) -> str:
    """A string without the HTML that is allowed in one; `<Untitled>` is none."""
    spaced = re.sub(r"<br\b[^<>]*>|</(?:p|li|div)>", " ", "" if written is None else str(written))
    return " ".join(html.unescape(re.sub(rf"</?(?:{TAGS})\b[^<>]*>", "", spaced)).split())


def _labels(label: Any) -> set[str]:
    words = [word for words in _languages(label).values() for word in words]
    single = {part.strip(" :.") for word in words for part in re.split(r"[/|,&]", word.casefold())}
    return single | {re.sub(r"(\(s\)|s)$", "", part) for part in single}


def _pictures(canvas: Json) -> Iterator[Json]:
    """The pictures painted on a canvas."""
    for page in things(canvas.get("items")):
        for annotation in things(page.get("items")):
            if "painting" in str(annotation.get("motivation", "painting")):
                yield from _bodies(annotation.get("body"))
    for annotation in things(canvas.get("images")):
        yield from _bodies(annotation.get("resource"))


def _bodies(value: Any) -> Iterator[Json]:
    for body in things(value):
        named = _type(body).split(":")[-1]
        if named == "Choice":
            yield from _bodies([*things(body.get("default")), *things(body.get("item")), *things(body.get("items"))])
        elif named == "SpecificResource":
            yield from _bodies(body.get("source") or body.get("full"))
        elif named in ("", "Image"):
            yield body


def _image(body: Json, canvas: Json) -> Image:
    service = next((service for service in things(body.get("service")) if _marks(service)), {})
    marks = _marks(service)
    level = re.search(r"level(\d)", marks)
    version = re.search(r"(?:ImageService|/image(?:-api)?/)(\d)", marks)
    width, height = next((size for size in map(_size, (service, body, canvas)) if size), (0, 0))
    return Image(
        address=identity(body),
        width=width,
        height=height,
        service=identity(service).removesuffix("/info.json").rstrip("/"),
        level=int(level[1]) if level else 1,
        version=int(version[1]) if version else 2,
        sizes=tuple(size for size in map(_size, things(service.get("sizes"))) if size),
    )


def _marks(service: Json) -> str:
    """What says that a service is one for images, which version and which level; '' for another service."""
    marks = " ".join(str(service.get(name, "")) for name in ("type", "@type", "@context", "profile"))
    return marks if re.search(r"ImageService|/image|level\d", marks) else ""


def _size(thing: Json) -> tuple[int, int] | None:
    width, height = thing.get("width"), thing.get("height")
    return (width, height) if isinstance(width, int) and isinstance(height, int) and min(width, height) > 0 else None
