"""Paintings in the public domain from the Art Institute of Chicago (https://api.artic.edu/docs)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from brushwork.collection.sources.entry import Entry, Request
from brushwork.collection.sources.fetch import get_json, with_pictures
from brushwork.errors import UserError, nearest
from brushwork.painting import Painting

ROOT = "https://api.artic.edu/api/v1"
IIIF = "https://www.artic.edu/iiif/2"
DEFAULT_STYLES = ("Impressionism", "Expressionism")
TYPE = "Painting"
LIMIT = 100  # works on a page, at most
PAGES = 10  # the documents promise 10,000 works of a search, but without a key the server refuses those past 1,000
WIDTHS = (200, 400, 600, 843, 1686)  # pixels; the museum keeps these ready
FIELDS = (
    "id", "title", "artist_title", "artist_display", "date_display", "date_start", "date_end", "style_titles",
    "is_public_domain", "image_id", "artwork_type_title", "classification_title", "thumbnail",
)  # fmt: skip

Work = dict[str, Any]


def entries(request: Request) -> Iterator[Entry]:
    """The paintings of the request's styles (exact names), with their pictures fetched into its cache.

    The request's location, if any, stands in for the address of the API. Raises `UserError` for a style that no
    painting has and for a server that stays away.
    """
    root = (request.location or ROOT).rstrip("/")
    styles = tuple(dict.fromkeys(request.styles or DEFAULT_STYLES))
    listed: dict[str, tuple[Painting, str | Path]] = {}
    for style in styles:
        found = 0
        for work, iiif in _works(root, style, request.rate):
            painting = _painting(work, styles)
            listed[painting.id] = painting, _picture(work, iiif, 2 * request.short_side)
            found += 1
        if not found:
            raise _no_such_style(root, style, request.rate)
    yield from with_pictures(list(listed.values()), request, "fetching from Chicago")


def _works(root: str, style: str, rate: float) -> Iterator[tuple[Work, str]]:
    """The works of one style, each with the address of the picture server."""
    last = -1
    while True:  # as often as there are another 1,000 works, which are asked for by their numbers
        start = last
        for page in range(1, PAGES + 1):
            answer = _search(root, _query(style, last=start) | {"limit": LIMIT, "page": page}, rate)
            iiif = str((answer.get("config") or {}).get("iiif_url") or IIIF)
            for work in answer["data"]:
                last = max(last, int(work["id"]))
                if _asked_for(work, style):
                    yield work, iiif
            if page >= (answer["pagination"].get("total_pages") or 0):
                return
        if last <= start:
            return


def _asked_for(work: Work, style: str) -> bool:
    """Whether a work is what the search was for: an API that does not understand a query answers with all it has."""
    return (
        work.get("is_public_domain") is True
        and work.get("artwork_type_title") == TYPE
        and style in (work.get("style_titles") or [])
    )


def _query(style: str = "", last: int = -1) -> dict[str, Any]:
    """The search for paintings in the public domain, numbered from after `last`, in the order of their numbers."""
    terms: list[dict[str, Any]] = [
        {"term": {"is_public_domain": True}},
        {"term": {"artwork_type_title.keyword": TYPE}},
    ]
    if style:
        terms.append({"term": {"style_titles.keyword": style}})
    if last >= 0:
        terms.append({"range": {"id": {"gt": last}}})
    return {"query": {"bool": {"filter": terms}}, "sort": [{"id": "asc"}], "fields": FIELDS}


def _search(root: str, query: dict[str, Any], rate: float) -> dict[str, Any]:
    address = f"{root}/artworks/search"
    answer = get_json(f"{address}?params={quote(json.dumps(query, separators=(',', ':')))}", rate)
    works = answer.get("data") if isinstance(answer, dict) else None
    listing = isinstance(works, list) and all(isinstance(w, dict) and isinstance(w.get("id"), int) for w in works)
    if not listing or not isinstance(answer.get("pagination"), dict):
        raise UserError(f"{address} did not answer with a list of artworks; give the address of the museum's API.")
    found: dict[str, Any] = answer
    return found


def _no_such_style(root: str, style: str, rate: float) -> UserError:
    """The error that names the nearest styles, where the API counts them."""
    counts = {"styles": {"terms": {"field": "style_titles.keyword", "size": 1000}}}
    try:
        answer = _search(root, _query() | {"limit": 0, "aggregations": counts}, rate)
        names = [str(bucket["key"]) for bucket in answer["aggregations"]["styles"]["buckets"]]
    except (UserError, KeyError, TypeError):
        names = []
    hint = (
        f"the nearest names are {nearest(style, names)}"
        if names
        else "styles are written as the museum writes them, such as 'Impressionism' or 'Post-Impressionism'"
    )
    return UserError(
        f"no painting in the public domain at the Art Institute of Chicago has the style {style!r}; {hint}."
    )


def _painting(work: Work, styles: tuple[str, ...]) -> Painting:
    carried = [style for style in styles if style in work["style_titles"]]
    reason = "" if work.get("image_id") else "no picture: the museum has published none"
    if len(carried) > 1:
        reason = f"carries several of the styles asked for: {', '.join(carried)}"
    return Painting(
        id=f"aic-{work['id']}",
        file=str(work.get("image_id") or ""),
        title=str(work.get("title") or ""),
        artist=_artist(work),
        style=carried[0],
        year=_year(work),
        genre=str(work.get("artwork_type_title") or work.get("classification_title") or ""),
        source="art-institute",
        rights="public domain (CC0)",
        url=f"https://www.artic.edu/artworks/{work['id']}",
        reason=reason,
    )


def _artist(work: Work) -> str:
    """The artist with what stands before the name: `artist_title` alone makes a copy after Rembrandt a Rembrandt."""
    name = str(work.get("artist_title") or "")
    shown = str(work.get("artist_display") or "").split("\n", 1)[0].strip()
    return shown if name and shown.endswith(name) else name


def _year(work: Work) -> str:
    shown = str(work.get("date_display") or "")
    if re.search(r"\d", shown):
        return shown
    first, last = work.get("date_start"), work.get("date_end")
    # "Dates unknown" comes with years such as -1824528578.
    if not isinstance(first, int) or not isinstance(last, int) or not 0 < first <= last < 2100:
        return shown
    return str(first) if first == last else f"{first}-{last}"


def _picture(work: Work, iiif: str, needed: int) -> str:
    """The address of the smallest picture whose short side has the pixels needed, or of the largest there is."""
    image = quote(str(work.get("image_id") or ""), safe="")
    thumbnail = work.get("thumbnail") or {}
    width, height = thumbnail.get("width"), thumbnail.get("height")
    if not isinstance(width, int) or not isinstance(height, int) or min(width, height) < 1:
        return f"{iiif}/{image}/full/843,/0/default.jpg"
    offered = [w for w in WIDTHS if w <= width] or [width]  # the server refuses to enlarge
    chosen = next((w for w in offered if w * min(width, height) >= needed * width), offered[-1])
    return f"{iiif}/{image}/full/{chosen},/0/default.jpg"
