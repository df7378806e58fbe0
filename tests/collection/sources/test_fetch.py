"""Fetching: its manners, its patience, what it keeps and what it never keeps."""

from email.utils import formatdate
from pathlib import Path
from time import time

import pytest

from brushwork.collection.sources.fetch import FetchError, fetch_all, file_name, get_bytes, get_json
from brushwork.errors import UserError
from tests.collection.sources.server import Answer, Site, Watch, closed_port, site_fixture, watch_fixture

__all__ = ["site_fixture", "watch_fixture"]

PICTURE = Answer(b"a picture")
BUSY = Answer(b"slow down", 429, "text/plain", {"Retry-After": "7"})
HALF = Answer(b"a pict", claimed=9)


def fetched(site: Site, cache: Path, *paths: str, rate: float = 1000) -> dict[str, str]:
    return fetch_all([(path.strip("/"), site.address + path) for path in paths], cache, rate, "fetching")


def test_what_is_there_is_not_asked_for_again(site: Site, tmp_path: Path) -> None:
    site.put("/a.jpg", PICTURE)
    site.put("/b.jpg", Answer(b"another"))
    assert fetched(site, tmp_path, "/a.jpg") == {"a.jpg": ""}
    site.asked.clear()
    assert fetched(site, tmp_path, "/a.jpg", "/b.jpg") == {"a.jpg": "", "b.jpg": ""}
    assert site.asked == ["/b.jpg"]
    assert [p.read_bytes() for p in sorted(tmp_path.iterdir())] == [b"a picture", b"another"]


def test_a_server_is_asked_at_the_rate_and_told_by_whom(site: Site, tmp_path: Path, watch: Watch) -> None:
    for n in range(4):
        site.put(f"/{n}.jpg", PICTURE)
    fetched(site, tmp_path, *(f"/{n}.jpg" for n in range(4)), rate=0.5)
    assert watch.slept == pytest.approx([2.0, 2.0, 2.0])
    (agent,) = site.agents
    assert agent.startswith("Brushwork/")


def test_the_rate_is_kept_from_one_list_to_the_next(site: Site, watch: Watch) -> None:
    url = site.put_json("/list", [])
    get_json(url, rate=0.25)
    get_json(url, rate=0.25)
    assert watch.slept == pytest.approx([4.0])


def test_a_busy_server_is_given_the_time_it_asks_for(site: Site, tmp_path: Path, watch: Watch) -> None:
    site.put("/a.jpg", BUSY, PICTURE)
    assert fetched(site, tmp_path, "/a.jpg") == {"a.jpg": ""}
    assert watch.slept == [7.0]


def test_a_date_to_come_back_at_is_understood_and_nonsense_is_not_fatal(site: Site, watch: Watch) -> None:
    later = Answer(b"x", 503, "text/plain", {"Retry-After": formatdate(time() + 100, usegmt=True)})
    assert (
        get_bytes(site.put("/a", later, Answer(b"x", 503, headers={"Retry-After": "soon"}), PICTURE), 1000)
        == PICTURE.body
    )
    assert 90 < watch.slept[0] <= 100
    assert watch.slept[1] == 2.0


def test_a_server_that_asks_for_hours_is_given_up_at_once(site: Site, watch: Watch) -> None:
    url = site.put("/list", Answer(b"x", 429, headers={"Retry-After": "7200"}))
    with pytest.raises(UserError, match="answered 429; try again later: what was fetched is kept"):
        get_json(url, 1000)
    assert len(site.asked) == 1
    assert watch.slept == []


def test_waits_grow_and_end(site: Site, tmp_path: Path, watch: Watch) -> None:
    site.put("/a.jpg", Answer(b"oh", 500))
    assert fetched(site, tmp_path, "/a.jpg") == {"a.jpg": "not fetched: the server answered 500"}
    assert watch.slept == [1.0, 2.0, 4.0, 8.0]
    assert len(site.asked) == 5
    site.put("/a.jpg", PICTURE)  # a later run tries again
    assert fetched(site, tmp_path, "/a.jpg") == {"a.jpg": ""}


def test_half_a_picture_is_fetched_again_and_never_kept(site: Site, tmp_path: Path) -> None:
    site.put("/a.jpg", HALF, HALF, PICTURE)
    site.put("/b.jpg", HALF)
    assert fetched(site, tmp_path, "/a.jpg", "/b.jpg") == {"a.jpg": "", "b.jpg": "not fetched: the file broke off"}
    assert [p.name for p in tmp_path.iterdir()] == ["a.jpg"]
    assert (tmp_path / "a.jpg").read_bytes() == PICTURE.body


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(b"gone", 404), "the server answered 404"),
        (Answer(b"no", 403), "the server answered 403"),
        (Answer(b"<html>log in</html>", kind="text/html; charset=utf-8"), "the server sent a web page in its place"),
        (Answer(b"", 302, headers={"Location": "/a.jpg"}), "the server sent it on too often"),
        (Answer(b"", 302, headers={"Location": "ftp://x/a.jpg"}), "no address"),
        (Answer(b"", 302, headers={"Location": "file:///etc/passwd"}), "no address"),
    ],
)
def test_a_lasting_refusal_is_a_reason_and_is_not_tried_again(
    site: Site, tmp_path: Path, watch: Watch, answer: Answer, reason: str
) -> None:
    site.put("/a.jpg", answer)
    site.put("/b.jpg", PICTURE)
    found = fetched(site, tmp_path, "/a.jpg", "/b.jpg")
    assert found["a.jpg"].startswith("not fetched: ")
    assert reason in found["a.jpg"]
    assert found["b.jpg"] == ""
    assert all(wait < 1 for wait in watch.slept)


def test_an_endless_file_is_stopped(site: Site) -> None:
    url = site.put("/a.jpg", Answer(b"x" * 100_000, endless=True))
    with pytest.raises(FetchError, match="larger than 1000000 bytes"):
        get_bytes(url, 1000, limit=1_000_000)


@pytest.mark.parametrize("url", ["ftp://museum.org/a", "file:///etc/passwd", "a.jpg", "", "http://", "http://[::1/a"])
def test_only_the_web_is_fetched_from(url: str) -> None:
    with pytest.raises(FetchError, match="no address"):
        get_bytes(url, 1000)


def test_a_redirect_is_followed(site: Site) -> None:
    site.put("/new", PICTURE)
    assert get_bytes(site.put("/old", Answer(b"", 301, headers={"Location": "/new"})), 1000) == PICTURE.body


def test_a_list_that_cannot_be_had_says_what_to_do(site: Site) -> None:
    with pytest.raises(UserError, match=r"/works was not fetched: the server answered 404; check the address\."):
        get_json(site.address + "/works?q=x", 1000)
    with pytest.raises(UserError, match="something other than JSON; check the address"):
        get_json(site.put("/works", Answer(b"{ half", kind="application/json")), 1000)
    with pytest.raises(UserError, match="takes no connection; try again later: what was fetched is kept"):
        get_json(closed_port() + "/works", 1000)


def test_a_server_that_is_away_is_not_hammered(site: Site, tmp_path: Path) -> None:
    site.put("/here.jpg", PICTURE)
    away = closed_port()
    wanted = [("here.jpg", site.address + "/here.jpg"), *((f"{n}.jpg", f"{away}/{n}.jpg") for n in range(9))]
    with pytest.raises(UserError, match=r"given up after 5 pictures in a row .* the pictures fetched so far are kept"):
        fetch_all(wanted, tmp_path, 1000, "fetching")
    assert [p.name for p in tmp_path.iterdir()] == ["here.jpg"]


def test_faults_that_are_not_in_a_row_or_not_the_servers_do_not_stop_it(site: Site, tmp_path: Path) -> None:
    site.put("/ok", PICTURE)
    away, here = closed_port(), site.address
    wanted = [(f"{n}", f"{here}/ok" if n % 5 == 4 else f"{away}/{n}") for n in range(10)]
    wanted += [(f"gone-{n}", f"{here}/gone") for n in range(9)]
    site.put("/broken", Answer(b"oh", 500))
    wanted += [(f"broken-{n}", f"{here}/broken") for n in range(9)]
    reasons = fetch_all(wanted, tmp_path, 1000, "fetching")
    assert [name for name, reason in reasons.items() if not reason] == ["4", "9"]


def test_a_wall_against_programs_is_told_apart_and_respected(site: Site, tmp_path: Path) -> None:
    """As in https://github.com/art-institute-of-chicago/api-data/issues/9."""
    wall = Answer(b"<html>Just a moment...", 403, "text/html", {"cf-mitigated": "challenge"})
    paths = [f"/{n}.jpg" for n in range(9)]
    for path in paths:
        site.put(path, wall)
    with pytest.raises(UserError, match="asks for a person at a web browser"):
        fetched(site, tmp_path, *paths)
    assert len(site.asked) == 5


@pytest.mark.parametrize("identity", ["../../etc/passwd", "https://x.org/a?b=c", "", "ü" * 300, ".hidden", "a\0b"])
def test_names_in_the_cache_are_safe(site: Site, tmp_path: Path, identity: str) -> None:
    url = site.put("/full/512,/0/default.jpg", PICTURE)
    name = file_name(identity, url)
    assert fetch_all([(name, url)], tmp_path / "cache", 1000, "fetching") == {name: ""}
    assert [p.parent for p in tmp_path.rglob("*") if p.is_file()] == [tmp_path / "cache"]
    assert file_name(identity, url.replace("512", "843")) != name


@pytest.mark.parametrize("name", ["../a", "a/b", "", "..", "a\\b"])
def test_an_unsafe_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no plain file name"):
        fetch_all([(name, "http://127.0.0.1/")], tmp_path, 1000, "fetching")
