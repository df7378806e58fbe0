"""Manifests and collections as the IIIF cookbook and museums write them, from a server and from files."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from brushwork.collection.sources import Entry, Request, entries_of
from brushwork.errors import UserError
from brushwork.painting import Painting
from tests.collection.sources.manifests import (
    SERVICE,
    V2,
    Json,
    a_collection,
    a_manifest,
    canvas3,
    collection3,
    image3,
    manifest2,
    manifest3,
    pairs,
)
from tests.collection.sources.server import Answer, Site, Watch, closed_port, site_fixture, watch_fixture
from tests.conftest import encoded, noise_picture

__all__ = ["site_fixture", "watch_fixture"]

PICTURE = encoded(noise_picture(1), "JPEG")


def collected(location: str | Path, cache: Path, **asked: Any) -> list[Entry]:
    return entries_of("iiif", replace(Request(str(location), cache=cache / "cache", rate=1000), **asked))


def painting_of(site: Site, cache: Path, manifest: Json) -> Painting:
    (entry,) = collected(site.put_json("/manifest.json", manifest), cache)
    return entry.painting


def written(folder: Path, document: Json, name: str = "manifest.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder / name


def test_a_manifest_of_version_3_is_described_and_its_picture_read(site: Site, tmp_path: Path) -> None:
    site.put("/1.jpg", Answer(PICTURE))
    manifest = manifest3(
        "HERE/manifest.json",
        canvas3("HERE/c1", image3()),
        metadata=[
            {"label": {"de": ["Künstler"], "en": ["Artist / Maker"]}, "value": {"none": ["Monet, Claude, 1840-1926"]}},
            {"label": {"de": ["Datierung"]}, "value": {"de": ["um 1875"]}},
            {"label": {"fr": ["Mouvement"], "en": ["Movements"]}, "value": {"en": ["<span>Impressionism</span>"]}},
            {"label": {"none": ["Object type:"]}, "value": {"none": ["landscape"]}},
        ],
        rights="http://creativecommons.org/publicdomain/zero/1.0/",
        requiredStatement={"label": {"en": ["Attribution"]}, "value": {"en": ["<p>Wellcome &amp; Sons</p>"]}},
    )
    (entry,) = collected(site.put_json("/manifest.json", manifest), tmp_path)
    painting = entry.painting
    assert (painting.title, painting.artist, painting.year) == ("Dawn", "Monet, Claude, 1840-1926", "um 1875")
    assert (painting.style, painting.genre, painting.source) == ("Impressionism", "landscape", "iiif")
    assert painting.rights == "http://creativecommons.org/publicdomain/zero/1.0/; Wellcome & Sons"
    assert (painting.url, painting.reason) == (f"{site.address}/manifest.json", "")
    assert entry.read() == PICTURE
    assert entry.stamp


def test_a_manifest_of_version_2_is_described_and_its_picture_read(site: Site, tmp_path: Path) -> None:
    site.put("/iiif/1/full/768,/0/default.jpg", Answer(PICTURE))
    service = {"@context": "http://iiif.io/api/image/2/context.json", "@id": "HERE/iiif/1",
               "profile": "http://iiif.io/api/image/2/level1.json"}  # fmt: skip
    resource = {"@id": "HERE/iiif/1/full/full/0/default.jpg", "@type": "dctypes:Image", "service": service}
    metadata = [
        {"label": [{"@value": "Auteur", "@language": "fr"}, {"@value": "Author", "@language": "en"}], "value": "Claude Monet"},
        {"label": "Date", "value": ["1875"]},
        {"label": "School", "value": [{"@value": "Impressionismus", "@language": "de"},
                                      {"@value": "Impressionism", "@language": "en-GB"}]},
    ]  # fmt: skip
    manifest = manifest2(
        "HERE/manifest.json",
        resource,
        metadata=metadata,
        label=[{"@value": "Dawn", "@language": "en"}, {"@value": "Morgen", "@language": "de"}],
        license="https://creativecommons.org/licenses/by/4.0/",
        attribution="Photograph: the museum",
    )
    (entry,) = collected(site.put_json("/manifest.json", manifest), tmp_path)
    painting = entry.painting
    assert (painting.title, painting.artist, painting.year) == ("Dawn", "Claude Monet", "1875")
    assert painting.style == "Impressionism"
    assert painting.rights == "https://creativecommons.org/licenses/by/4.0/; Photograph: the museum"
    assert entry.read() == PICTURE


def test_rights_that_are_not_stated_are_not_invented(site: Site, tmp_path: Path) -> None:
    assert painting_of(site, tmp_path, manifest3("m", canvas3("c", image3()))).rights == "not stated"


@pytest.mark.parametrize(
    "body",
    [
        [image3(service=[SERVICE])],
        {"type": "Choice", "items": [image3(service=[SERVICE]), image3("HERE/xray.jpg")]},
        {"type": "SpecificResource", "source": image3(service=[SERVICE])},
        image3(service={"@id": "HERE/iiif/1/", "@type": "ImageService2", "profile": "http://iiif.io/api/image/2/level2.json"}),
        image3(service=[{"@id": "HERE/login", "profile": "http://iiif.io/api/auth/1/login"}, SERVICE]),
    ],
)  # fmt: skip
def test_a_picture_is_found_in_whatever_holds_it(site: Site, tmp_path: Path, body: Any) -> None:
    site.put("/iiif/1/full/768,/0/default.jpg", Answer(PICTURE))  # 768 x 512: twice the 256 that are kept
    assert painting_of(site, tmp_path, manifest3("m", canvas3("c", body))).reason == ""


def test_a_choice_of_version_2_takes_the_default(site: Site, tmp_path: Path) -> None:
    site.put("/default.jpg", Answer(PICTURE))
    other = {"@id": "HERE/other.jpg", "@type": "dctypes:Image"}
    resource = {"@type": "oa:Choice", "item": [other], "default": other | {"@id": "HERE/default.jpg"}}
    metadata = [{"label": "Style", "value": "Calm"}]
    assert painting_of(site, tmp_path, manifest2("m", resource, metadata=metadata)).reason == ""
    assert "/other.jpg" not in site.asked


def test_the_collection_gives_the_style_where_the_metadata_do_not(site: Site, tmp_path: Path) -> None:
    site.put("/1.jpg", Answer(PICTURE))
    for name, metadata in {"a": [], "b": pairs(period="Rococo"), "c": []}.items():
        site.put_json(f"/{name}", manifest3(f"HERE/{name}", canvas3(f"{name}/c", image3()), metadata=metadata))
    site.put_json("/inner", collection3("HERE/inner", "Fauvism", a_manifest("HERE/c"), a_collection("HERE/top")))
    top = collection3("HERE/top", "Cubism", a_manifest("HERE/a"), a_manifest("HERE/b"), a_collection("HERE/inner"))
    found = [e.painting for e in collected(site.put_json("/top", top), tmp_path)]
    assert [p.style for p in found] == ["Cubism", "Rococo", "Fauvism"]
    assert site.asked.count("/top") == site.asked.count("/inner") == 1
    assert painting_of(site, tmp_path, manifest3("m", canvas3("c", image3()), metadata=[])).reason.startswith(
        "no style"
    )


def test_a_work_in_two_collections_has_no_one_style(site: Site, tmp_path: Path) -> None:
    site.put("/1.jpg", Answer(PICTURE))
    for name, metadata in {"a": [], "b": pairs(style="Rococo")}.items():
        site.put_json(f"/{name}", manifest3(f"HERE/{name}", canvas3(f"{name}/c", image3()), metadata=metadata))
    both = [a_manifest("HERE/a"), a_manifest("HERE/b")]
    inner = [collection3(f"HERE/{label}", label, *both) for label in ("Calm", "Wild")]
    found = [e.painting for e in collected(site.put_json("/top", collection3("HERE/top", "All", *inner)), tmp_path)]
    assert [(p.style, p.reason) for p in found] == [
        ("Calm", "listed in several collections: Calm, Wild"),
        ("Rococo", ""),
    ]


def test_collections_of_version_2_with_pages_members_and_whole_manifests(site: Site, tmp_path: Path) -> None:
    site.put("/1.jpg", Answer(PICTURE))
    resource = {"@id": "HERE/1.jpg", "@type": "dctypes:Image"}
    for name in "abc":
        site.put_json(f"/{name}", manifest2(f"HERE/{name}", resource))
    whole = manifest2("HERE/whole", resource)
    part = {"@context": V2, "@type": "sc:Collection"}
    site.put_json("/set", part | {"@id": "HERE/set", "label": "Calm", "first": "HERE/set?start=0", "total": 4})
    site.put_json(
        "/set?start=0", part | {"@id": "HERE/set?start=0", "manifests": ["HERE/a", whole], "next": "HERE/set?start=2"}
    )
    site.put_json("/set?start=2", part | {"@id": "HERE/set?start=2", "members": [{"@id": "b", "@type": "sc:Manifest"}],
                                          "collections": [{"@id": "HERE/sub", "@type": "sc:Collection"}]})  # fmt: skip
    site.put_json("/sub", part | {"@id": "HERE/sub", "label": "Wild", "manifests": [{"@id": "HERE/c"}]})
    found = [e.painting for e in collected(site.address + "/set", tmp_path)]
    assert [p.url.removeprefix(site.address) for p in found] == ["/a", "/whole", "/c", "/b"]
    assert [p.style for p in found] == ["Calm", "Calm", "Wild", "Calm"]
    assert "/whole" not in site.asked


def test_collections_without_end_are_followed_only_so_far(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def deeper(asked: str) -> Answer:
        number = int(asked.rsplit("/", 1)[1])
        inner = collection3(asked, "Calm", a_collection(f"{site.address}/deep/{number + 1}"))
        return Answer(json.dumps(inner).encode(), kind="application/json")

    for number in range(100):
        site.answers[f"/deep/{number}"] = deeper
    with pytest.raises(UserError, match="lists no manifests"):
        collected(site.address + "/deep/0", tmp_path)
    assert "10 collections deep" in capsys.readouterr().err
    assert len(site.asked) == 11


def test_other_canvases_are_views_unless_each_is_described(site: Site, tmp_path: Path) -> None:
    site.put("/1.jpg", Answer(PICTURE))
    views = [canvas3(f"HERE/c{n}", image3(), label={"en": [f"view {n}"]}) for n in range(3)]
    views[0]["metadata"] = pairs(date="photographed in 2011")
    found = [e.painting for e in collected(site.put_json("/views", manifest3("HERE/views", *views)), tmp_path)]
    assert [p.reason for p in found] == ["", *[f"another view of {found[0].id}"] * 2]
    assert (found[0].title, found[0].year) == ("Dawn", "1875")
    assert len({p.id for p in found}) == 3
    works = [
        canvas3(
            f"HERE/c{n}",
            image3(),
            label={"en": [f"work {n}"]},
            metadata=pairs(artist=f"Painter {n}"),
            rights=f"https://rights.org/{n}",
        )
        for n in range(3)
    ]
    manifest = manifest3("HERE/album", *works, rights="https://rights.org/album")
    found = [e.painting for e in collected(site.put_json("/album", manifest), tmp_path)]
    assert [(p.title, p.artist, p.style, p.year, p.rights, p.reason) for p in found] == [
        (f"work {n}", f"Painter {n}", "Impressionism", "1875", f"https://rights.org/{n}", "") for n in range(3)
    ]


def test_a_manifest_without_a_picture_and_one_that_is_gone_have_reasons(site: Site, tmp_path: Path) -> None:
    site.put_json("/sound", manifest3("HERE/sound", canvas3("c", {"id": "HERE/a.mp3", "type": "Sound"})))
    site.put("/broken", Answer(b"{", kind="application/json"))
    parts = [a_manifest(f"HERE/{name}") for name in ("sound", "gone", "broken")]
    found = [e.painting for e in collected(site.put_json("/top", collection3("HERE/top", "Calm", *parts)), tmp_path)]
    assert [p.reason for p in found] == [
        "no picture in the manifest",
        "its manifest was not fetched: the server answered 404",
        "its manifest is not JSON",
    ]
    assert {p.style for p in found[1:]} == {"Calm"}


def test_a_file_reads_pictures_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "album"
    names = ["a.jpg", "pictures/b%20c.jpg", "file://" + str(folder / "d.jpg"), "gone.jpg"]
    canvases = [canvas3(f"c{n}", image3(name), metadata=pairs(artist="X")) for n, name in enumerate(names)]
    location = written(folder, manifest3("m", *canvases))
    (folder / "pictures").mkdir()
    for name in ("a.jpg", "pictures/b c.jpg", "d.jpg"):
        (folder / name).write_bytes(PICTURE + name.encode())
    found = collected(location, tmp_path)
    assert [e.painting.reason for e in found] == ["", "", "", "no file: gone.jpg"]
    assert [e.read() for e in found[:3]] == [PICTURE + n for n in (b"a.jpg", b"pictures/b c.jpg", b"d.jpg")]
    assert [e.painting.file for e in found[:2]] == names[:2]
    assert found[0].stamp


def test_a_file_made_to_be_served_reads_the_pictures_beside_it(site: Site, tmp_path: Path) -> None:
    body = image3(f"{site.address}/album/pictures/a.jpg")
    location = written(tmp_path / "album", manifest3(f"{site.address}/album/manifest.json", canvas3("c", body)))
    (tmp_path / "album" / "pictures").mkdir()
    (tmp_path / "album" / "pictures" / "a.jpg").write_bytes(PICTURE)
    (entry,) = collected(location, tmp_path)
    assert entry.read() == PICTURE
    assert site.asked == []


@pytest.mark.parametrize(
    "name", ["../secret.jpg", "%2e%2e/secret.jpg", "link.jpg", "{absolute}", "file://{absolute}", "a\0b"]
)
def test_a_file_never_reads_outside_its_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(PICTURE)
    name = name.replace("{absolute}", str(tmp_path / "secret.jpg"))
    location = written(tmp_path / "album", manifest3("m", canvas3("c", image3(name))))
    (tmp_path / "album" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (entry,) = collected(location, tmp_path)
    assert entry.painting.reason.startswith(("outside the manifest's folder: ", "no file name: "))


def test_a_server_is_never_led_to_files_of_this_machine(site: Site, tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(PICTURE)
    manifest = manifest3("HERE/m", canvas3("c", image3((tmp_path / "secret.jpg").as_uri())))
    assert "no address that begins with http" in painting_of(site, tmp_path, manifest).reason


def test_a_collection_of_files_leads_to_manifests_beside_it(tmp_path: Path) -> None:
    (tmp_path / "set" / "one").mkdir(parents=True)
    (tmp_path / "set" / "one" / "a.jpg").write_bytes(PICTURE)
    written(tmp_path / "set" / "one", manifest3("m", canvas3("c", image3("a.jpg")), metadata=[]))
    written(tmp_path, manifest3("out", canvas3("c", image3("a.jpg"))), "outside.json")
    parts = [a_manifest("one/manifest.json"), a_manifest("../outside.json")]
    parts.append(a_collection("https://museum.org/c"))  # its own address: nothing to fetch
    location = written(tmp_path / "set", collection3("https://museum.org/c", "Calm", *parts), "c.json")
    (entry,) = collected(location, tmp_path)
    assert (entry.painting.style, entry.painting.reason, entry.read()) == ("Calm", "", PICTURE)


def test_styles_are_chosen_by_exact_name_and_counted_before_anything_is_fetched(site: Site, tmp_path: Path) -> None:
    works = []
    for n in range(12):
        site.put(f"/{n}.jpg", Answer(PICTURE))
        style = "Cubism" if n % 2 else "Cubism (late)"
        works.append(canvas3(f"HERE/c{n}", image3(f"HERE/{n}.jpg"), metadata=pairs(style=style)))
    location = site.put_json("/m", manifest3("HERE/m", *works))
    assert len(collected(location, tmp_path, styles=("Cubism",), count=2)) == 2
    assert len(site.asked) == 1 + 2
    assert len(collected(location, tmp_path, styles=("Cubism",))) == 6
    with pytest.raises(UserError, match=r"has no style 'cubism'; the nearest names are 'Cubism'"):
        collected(location, tmp_path, styles=("cubism",))


def test_a_second_run_asks_for_no_picture(site: Site, tmp_path: Path) -> None:
    site.put(
        "/1.jpg", Answer(b"wait", 429, headers={"Retry-After": "2"}), Answer(PICTURE, claimed=9999), Answer(PICTURE)
    )
    location = site.put_json("/m", manifest3("HERE/m", canvas3("c", image3())))
    (first,) = collected(location, tmp_path)
    assert first.read() == PICTURE
    site.asked.clear()
    (again,) = collected(location, tmp_path)
    assert (again.painting, again.stamp) == (first.painting, first.stamp)
    assert site.asked == ["/m"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            Answer(b"<html>Just a page</html>", kind="text/html"),
            "the server sent a web page in its place; give the file",
        ),
        (Answer(b'{"items": ['), "is not JSON; give the file or address of a IIIF manifest"),
        (Answer(b'{"type": "FeatureCollection"}'), "is not a IIIF manifest or collection"),
        (Answer(b"[1, 2]"), "is not a IIIF manifest or collection"),
        (Answer(b"[" * 100_000), "is not JSON"),
        (Answer(b"gone", 404), "was not fetched: the server answered 404; give the file or address"),
        (Answer(b"oh", 503), "answered 503; try again later: what was fetched is kept"),
    ],
)
def test_what_is_not_iiif_is_one_sentence(site: Site, tmp_path: Path, answer: Answer, words: str) -> None:
    with pytest.raises(UserError) as caught:
        collected(site.put("/m", answer), tmp_path)
    assert words in str(caught.value)
    if answer.status == 200 and answer.kind != "text/html":
        (tmp_path / "m.json").write_bytes(answer.body)
        with pytest.raises(UserError) as caught:
            collected(tmp_path / "m.json", tmp_path)
        assert words in str(caught.value)


def test_no_location_no_file_and_no_server_are_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="needs a manifest or collection"):
        collected("", tmp_path)
    with pytest.raises(UserError, match="cannot be read"):
        collected(tmp_path / "none.json", tmp_path)
    with pytest.raises(UserError, match="try again later"):
        collected(closed_port() + "/m", tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        {"items": None}, {"items": "x"}, {"items": [None, 3, "c"]}, {"metadata": "x"}, {"metadata": [{"label": 3}]},
        {"metadata": [{"label": None, "value": {"en": None}}]}, {"label": None}, {"rights": 5},
        {"requiredStatement": "mine"}, {"id": None}, {"items": [{"items": [{"items": [{"body": 5}]}]}]},
        {"items": [canvas3("c", image3(service="S", width="wide"))]},
    ],
)  # fmt: skip
def test_a_damaged_manifest_stops_nothing(site: Site, tmp_path: Path, damage: Json) -> None:
    site.put("/1.jpg", Answer(PICTURE))
    broken = manifest3("HERE/a", canvas3("c", image3())) | damage
    whole = manifest3("HERE/b", canvas3("d", image3()))
    location = site.put_json("/top", {**collection3("HERE/top", "Calm", broken, whole)})
    site.put_json("/a", broken)
    found = [e.painting for e in collected(location, tmp_path)]
    assert [p.url for p in found][-1] == f"{site.address}/b"
    assert found[-1].reason == ""


def test_a_wait_asked_for_is_waited(site: Site, tmp_path: Path, watch: Watch) -> None:
    location = site.put_json("/m", manifest3("HERE/m", canvas3("c", image3())))
    site.answers["/m"].insert(0, Answer(b"wait", 429, headers={"Retry-After": "20"}))  # type: ignore[union-attr]
    site.put("/1.jpg", Answer(PICTURE))
    collected(location, tmp_path)
    assert max(watch.slept) == 20.0
