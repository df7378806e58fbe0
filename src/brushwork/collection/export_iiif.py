"""A collection in the words of IIIF's Presentation API 3 (iiif.io/api/presentation/3.0): one manifest, a canvas a painting."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from PIL import Image

from brushwork.errors import UserError
from brushwork.images import encoded, shrink
from brushwork.painting import Painting
from brushwork.progress import say

JsonDict = dict[str, object]

CONTEXT = "http://iiif.io/api/presentation/3/context.json"
THUMBNAIL = 120  # pixels on the short side
_CREATIVE_COMMONS = re.compile(
    r"https?://(?:www\.)?(creativecommons\.org/(?:licenses|publicdomain)/[a-z+-]+/\d\.\d(?:/(?:igo|[a-z]{2})\b)?)",
    re.IGNORECASE,
)
_RIGHTS_STATEMENTS = re.compile(
    r"https?://(?:www\.)?rightsstatements\.org/(?:vocab|page)/([A-Z]+(?:-[A-Z]+)*/\d\.\d)", re.IGNORECASE
)
PAIRS = (  # what a canvas says of its painting, in this order
    ("Artist", "artist"),
    ("Attribution", "attribution"),
    ("Year", "year"),
    ("Style", "style"),
    ("Genre", "genre"),
    ("Source", "source"),
    ("Page", "url"),
    ("Split", "split"),
    ("Identifier", "id"),
)


class Views(NamedTuple):
    """A painting's picture and a smaller one, as JPEG files."""

    picture: bytes
    thumbnail: bytes
    thumbnail_size: tuple[int, int]  # width, height


def views(image: Image.Image) -> Views:
    """The picture's files; no colour is thinned out, as JPEG encoders else do."""
    small = shrink(image, THUMBNAIL)
    picture, thumbnail = (encoded(view, "JPEG", quality=95, subsampling=0) for view in (image, small))
    return Views(picture, thumbnail, small.size)


def served_from(base: str, name: str) -> str:
    """`base` without a slash at its end, or, when none is given, an address that only serves as an example.

    Raises `UserError` when it is no http(s) address.
    """
    if not base:
        base = f"https://example.org/{quote(name)}"
        say(f"the addresses in the manifest begin with {base}; give --base with the one it will be served from.")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment or " " in base:
        raise UserError(
            f"--base {base} is no address a manifest can be served from; give one like https://museum.org/paintings."
        )
    return base.rstrip("/")


def write_manifest(
    folder: Path,
    base: str,
    name: str,
    summary: str,
    rights: Iterable[str],
    pictures: Iterable[tuple[Painting, str, Views]],
) -> None:
    """Write `manifest.json`, canvas by canvas, and beside it the pictures, each under its key."""
    for kind in ("pictures", "thumbnails"):
        (folder / kind).mkdir()
    with (folder / "manifest.json").open("w", encoding="utf-8") as file:
        head = json.dumps(manifest(base, name, summary, rights), ensure_ascii=False)
        file.write(head.removesuffix("}") + ', "items": [')
        comma = "\n"
        for painting, key, views in pictures:
            (folder / "pictures" / f"{key}.jpg").write_bytes(views.picture)
            (folder / "thumbnails" / f"{key}.jpg").write_bytes(views.thumbnail)
            file.write(comma + json.dumps(canvas(painting, base, key, views.thumbnail_size), ensure_ascii=False))
            comma = ",\n"
        file.write("\n]}\n")


def manifest(base: str, name: str, summary: str, rights: Iterable[str]) -> JsonDict:
    """The manifest without its canvases; it has a licence only if all the paintings have the same."""
    uris = {rights_uri(text) for text in rights}
    return {
        "@context": CONTEXT,
        "id": f"{base}/manifest.json",
        "type": "Manifest",
        "label": {"none": [name]},
        "summary": {"en": [_plain(summary)]},
        **({"rights": uris.pop()} if len(uris) == 1 and "" not in uris else {}),
    }


def canvas(painting: Painting, base: str, key: str, thumbnail: tuple[int, int]) -> JsonDict:
    """One painting, its picture at `pictures/KEY.jpg` and a smaller one, of size `thumbnail`, in `thumbnails/`."""
    here = f"{base}/canvas/{key}"
    size = (painting.width, painting.height)
    licence = rights_uri(painting.rights)
    facts = painting.to_dict()
    annotation = {
        "id": f"{here}/annotation",
        "type": "Annotation",
        "motivation": "painting",
        "body": _image(f"{base}/pictures/{key}.jpg", size),
        "target": here,
    }
    return {
        "id": here,
        "type": "Canvas",
        "label": {"none": [painting.title or painting.id]},
        "width": painting.width,
        "height": painting.height,
        "metadata": [_pair(label, str(facts[name])) for label, name in PAIRS if facts[name]],
        "requiredStatement": _pair("Rights", painting.rights or "not stated"),
        **({"rights": licence} if licence else {}),
        "thumbnail": [_image(f"{base}/thumbnails/{key}.jpg", thumbnail)],
        "items": [{"id": f"{here}/page", "type": "AnnotationPage", "items": [annotation]}],
    }


def rights_uri(text: str) -> str:
    """The licence's or rights statement's URI in a text, in the `http` form the API asks for; empty when there is none.

    Nothing is concluded from words: a text that says "CC0" without the URI has none.
    """
    if found := _CREATIVE_COMMONS.search(text):
        return f"http://{found[1].lower()}/"
    if found := _RIGHTS_STATEMENTS.search(text):
        return f"http://rightsstatements.org/vocab/{found[1]}/"
    return ""


def _image(address: str, size: tuple[int, int]) -> Mapping[str, object]:
    return {"id": address, "type": "Image", "format": "image/jpeg", "width": size[0], "height": size[1]}


def _pair(label: str, value: str) -> Mapping[str, object]:
    return {"label": {"en": [label]}, "value": {"none": [_plain(value)]}}


def _plain(text: str) -> str:
    """Viewers take a value from `<` to `>` for HTML; a space behind it makes it text again."""
    return f"{text} " if text.startswith("<") and text.endswith(">") else text
