"""Chicago's API, as https://api.artic.edu/docs and those who measured it describe it."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from brushwork.collection.sources import Entry, Request, entries_of
from brushwork.errors import UserError
from tests.collection.sources.server import Answer, Site, Watch, site_fixture, watch_fixture
from tests.conftest import encoded, noise_picture

__all__ = ["site_fixture", "watch_fixture"]

Work = dict[str, Any]


def work(number: int, *styles: str, **changes: Any) -> Work:
    made = {
        "id": number, "title": f"Work {number}", "artist_title": "Claude Monet", "is_public_domain": True,
        "artist_display": "Claude Monet (French, 1840–1926)", "date_display": "1890/91", "date_start": 1890,
        "date_end": 1891, "style_titles": [*styles, "19th century"], "image_id": f"image-{number}",
        "artwork_type_title": "Painting", "classification_title": "oil on canvas",
        "thumbnail": {"lqip": "data:…", "width": 3000, "height": 2000, "alt_text": "A painting."},
    }  # fmt: skip
    return made | changes


class Museum:
    """The part of the API that is used, with its limits."""

    def __init__(self, site: Site, works: list[Work], counts_styles: bool = True) -> None:
        self.site, self.works, self.counts_styles = site, works, counts_styles
        site.answers["/api/v1/artworks/search"] = self.search
        for each in works:
            if each["image_id"]:
                picture = Answer(encoded(noise_picture(each["id"], width=9, height=6), "JPEG"))
                for width in (200, 400, 600, 843, 1686):
                    site.put(f"/iiif/2/{each['image_id']}/full/{width},/0/default.jpg", picture)

    def search(self, asked: str) -> Answer:
        query = json.loads(parse_qs(urlsplit(asked).query)["params"][0])
        found = [w for w in self.works if all(self.matches(w, term) for term in query["query"]["bool"]["filter"])]
        if query.get("sort") == [{"id": "asc"}]:
            found.sort(key=lambda w: w["id"])
        start, limit = (query.get("page", 1) - 1) * query["limit"], query["limit"]
        if limit > 100 or start + limit > 1000:
            return self.json({"status": 403, "error": "Invalid number of results"}, 403)
        data = [{name: w[name] for name in query["fields"]} for w in found[start : start + limit]]
        pages = -(-len(found) // limit) if limit else None
        answer = {
            "preference": None,
            "pagination": {"total": len(found), "limit": limit, "offset": start, "total_pages": pages},
            "data": data,
            "config": {"iiif_url": f"{self.site.address}/iiif/2", "website_url": "http://www.artic.edu"},
        }
        if "aggregations" in query and self.counts_styles:
            names = sorted({style for w in found for style in w["style_titles"]})
            answer["aggregations"] = {"styles": {"buckets": [{"key": name, "doc_count": 1} for name in names]}}
        return self.json(answer)

    @staticmethod
    def matches(each: Work, term: dict[str, Any]) -> bool:
        ((kind, condition),) = term.items()
        ((name, value),) = condition.items()
        if kind == "range":
            return bool(each[name] > value["gt"])
        assert kind == "term"
        held = each[name.removesuffix(".keyword")]
        return value in held if isinstance(held, list) else bool(value == held)

    @staticmethod
    def json(value: object, status: int = 200) -> Answer:
        return Answer(json.dumps(value).encode(), status, "application/json")


def collected(site: Site, cache: Path, **asked: Any) -> list[Entry]:
    request = Request(f"{site.address}/api/v1", ("Impressionism",), rate=1000, cache=cache)
    return entries_of("art-institute", replace(request, **asked))


def pictures(site: Site) -> list[str]:
    return [path for path in site.asked if path.startswith("/iiif/")]


def test_a_painting_is_described_and_its_picture_read(site: Site, tmp_path: Path) -> None:
    Museum(site, [work(16568, "Impressionism")])
    (entry,) = collected(site, tmp_path)
    painting = entry.painting
    assert (painting.id, painting.title, painting.artist) == ("aic-16568", "Work 16568", "Claude Monet")
    assert (painting.style, painting.year, painting.genre) == ("Impressionism", "1890/91", "Painting")
    assert (painting.source, painting.rights) == ("art-institute", "public domain (CC0)")
    assert (painting.url, painting.reason) == ("https://www.artic.edu/artworks/16568", "")
    assert entry.read() == encoded(noise_picture(16568, width=9, height=6), "JPEG")
    assert entry.stamp
    assert (tmp_path / painting.file).is_file()


def test_the_two_default_styles_and_only_what_was_asked_for(site: Site, tmp_path: Path) -> None:
    Museum(
        site,
        [
            work(1, "Impressionism"),
            work(2, "Expressionism"),
            work(3, "Abstract Expressionism"),
            work(4, "Impressionism", is_public_domain=False),
            work(5, "Impressionism", artwork_type_title="Print"),
            work(6, "Post-Impressionism"),
        ],
    )
    found = {e.painting.id: e.painting.style for e in collected(site, tmp_path, styles=())}
    assert found == {"aic-1": "Impressionism", "aic-2": "Expressionism"}
    assert len(pictures(site)) == 2


def test_an_api_that_overlooks_the_filter_still_gives_nothing_in_copyright(site: Site, tmp_path: Path) -> None:
    """The museum answers a query it cannot read with everything it has."""
    museum = Museum(
        site, [work(1, "Impressionism"), work(2, "Impressionism", is_public_domain=False), work(3, "Cubism")]
    )
    museum.matches = lambda *_: True  # type: ignore[method-assign]
    assert [e.painting.id for e in collected(site, tmp_path)] == ["aic-1"]


def test_more_than_the_api_pages_through_is_still_found(site: Site, tmp_path: Path) -> None:
    """Without a key no result past the 1,000th of a search is given, whatever the documents say."""
    works = [work(10_000 - 3 * n, "Impressionism", image_id=None) for n in range(1234)]
    Museum(site, works)
    found = collected(site, tmp_path)
    assert {e.painting.id for e in found} == {f"aic-{w['id']}" for w in works}
    assert len(site.asked) == 10 + 3


def test_a_second_run_asks_for_no_picture(site: Site, tmp_path: Path) -> None:
    Museum(site, [work(n, "Impressionism") for n in range(3)])
    first = collected(site, tmp_path)
    site.asked.clear()
    again = collected(site, tmp_path)
    assert [(e.painting, e.stamp) for e in again] == [(e.painting, e.stamp) for e in first]
    assert pictures(site) == []


def test_several_styles_and_no_picture_are_reasons(site: Site, tmp_path: Path) -> None:
    Museum(
        site,
        [work(1, "Expressionism", "Impressionism"), work(2, "Impressionism", image_id=None), work(3, "Expressionism")],
    )
    found = collected(site, tmp_path, styles=("Impressionism", "Expressionism"))
    assert [e.painting.id for e in found] == ["aic-1", "aic-2", "aic-3"]
    assert found[0].painting.reason == "carries several of the styles asked for: Impressionism, Expressionism"
    assert found[1].painting.reason.startswith("no picture")
    assert len(pictures(site)) == 1
    (single,) = collected(site, tmp_path, styles=("Expressionism",), count=1)
    assert single.painting.reason == ""


def test_only_as_many_pictures_as_are_needed_are_fetched(site: Site, tmp_path: Path) -> None:
    works = [work(n, "Impressionism" if n < 20 else "Expressionism") for n in range(40)]
    Museum(site, [*works, *(work(n, "Impressionism", image_id=None) for n in range(40, 60))])
    styles = ("Impressionism", "Expressionism")
    four = collected(site, tmp_path, styles=styles, count=4)
    assert sorted(e.painting.style for e in four) == ["Expressionism"] * 2 + ["Impressionism"] * 2
    assert len(pictures(site)) == 4
    assert all(e.read() for e in four)
    ten = collected(site, tmp_path, styles=styles, count=10)
    assert [e.painting.id for e in ten[:4]] == [e.painting.id for e in four]
    assert len(pictures(site)) == 10


@pytest.mark.parametrize(
    ("size", "short_side", "width"),
    [
        ((3000, 2000), 256, 843),  # 843 wide is 562 high; 600 wide only 400
        ((2000, 3000), 256, 600),
        ((2000, 3000), 100, 200),
        ((3000, 2000), 400, 1686),
        ((3000, 2000), 2000, 1686),
        ((1000, 900), 400, 843),  # nothing is enlarged
        ((150, 900), 256, 150),
        (None, 256, 843),
    ],
)
def test_the_picture_is_as_large_as_needed(
    site: Site, tmp_path: Path, size: tuple[int, int] | None, short_side: int, width: int
) -> None:
    thumbnail = {"width": size[0], "height": size[1]} if size else None
    Museum(site, [work(1, "Impressionism", thumbnail=thumbnail)])
    collected(site, tmp_path, short_side=short_side)
    assert pictures(site) == [f"/iiif/2/image-1/full/{width},/0/default.jpg"]


@pytest.mark.parametrize(
    ("changes", "artist"),
    [
        ({"artist_display": "Attributed to Claude Monet\nFrench, 1840–1926"}, "Attributed to Claude Monet"),
        ({"artist_display": "Claude Monet\nFrench, 1840–1926"}, "Claude Monet"),
        ({"artist_title": None, "artist_display": None}, ""),
    ],
)
def test_what_stands_before_a_name_is_kept(site: Site, tmp_path: Path, changes: Work, artist: str) -> None:
    Museum(site, [work(1, "Impressionism", **changes)])
    assert collected(site, tmp_path)[0].painting.artist == artist


@pytest.mark.parametrize(
    ("changes", "year"),
    [
        ({"date_display": None}, "1890-1891"),
        ({"date_display": None, "date_end": 1890}, "1890"),
        ({"date_display": "Dates unknown", "date_start": -1824528578, "date_end": 5000001}, "Dates unknown"),
        ({"date_display": None, "date_start": None, "date_end": None}, ""),
    ],
)
def test_the_date_is_the_one_shown_or_else_the_range(site: Site, tmp_path: Path, changes: Work, year: str) -> None:
    Museum(site, [work(1, "Impressionism", **changes)])
    assert collected(site, tmp_path)[0].painting.year == year


def test_a_style_no_one_has_names_the_nearest_where_the_api_counts(site: Site, tmp_path: Path) -> None:
    Museum(site, [work(1, "Impressionism"), work(2, "Cubism")])
    with pytest.raises(UserError, match="has the style 'impressionism'; the nearest names are 'Impressionism'"):
        collected(site, tmp_path, styles=("impressionism",))
    Museum(site, [work(1, "Impressionism")], counts_styles=False)
    with pytest.raises(UserError, match="has the style 'Kubism'; styles are written as the museum writes them"):
        collected(site, tmp_path, styles=("Kubism",))


def test_pictures_that_fail_have_reasons_and_the_rest_are_had(site: Site, tmp_path: Path, watch: Watch) -> None:
    Museum(site, [work(n, "Impressionism") for n in range(3)])
    url = "/iiif/2/image-{}/full/843,/0/default.jpg"
    site.put(url.format(0), Answer(b"gone", 404))
    site.put(url.format(1), Answer(b"wait", 429, headers={"Retry-After": "3"}), *site.answers[url.format(2)])  # type: ignore[misc]
    found = {e.painting.id: e for e in collected(site, tmp_path)}
    assert found["aic-0"].painting.reason == "not fetched: the server answered 404"
    assert [found[name].painting.reason for name in ("aic-1", "aic-2")] == ["", ""]
    assert max(watch.slept) == 3.0
    assert found["aic-1"].read()


def test_an_api_that_is_none_is_named(site: Site, tmp_path: Path) -> None:
    site.put_json("/api/v1/artworks/search", {"message": "hello"})
    with pytest.raises(UserError, match="did not answer with a list of artworks"):
        collected(site, tmp_path)
