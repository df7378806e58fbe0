"""Fetching from museums' servers: slow enough for them, patient with their faults, resumed where it stopped."""

import hashlib
import json
import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import urllib3
from urllib3 import exceptions

from brushwork.collection.sources.entry import Entry, Request, evenly
from brushwork.collection.sources.files import file_bytes, file_stamp
from brushwork.errors import PictureError, UserError
from brushwork.painting import Painting
from brushwork.progress import progress
from brushwork.run import write_atomically

AGENT = f"Brushwork/{version('brushwork')} (collects paintings for style classifiers, one request at a time)"
TIMEOUT = 30.0  # seconds without a byte
LIMIT = 200_000_000  # bytes of one file
GIVE_UP = 5  # pictures in a row whose server is away
# Only redirects are left to urllib3: it would sleep through Retry-After on its own, and retries no broken body.
REDIRECTS = urllib3.Retry(redirect=5, connect=0, read=0, status=0, other=0, respect_retry_after_header=False)


class FetchError(PictureError):
    """A file that could not be had, with the reason; `away` when its server may well have it later."""

    def __init__(self, reason: str, away: bool = False) -> None:
        super().__init__(f"not fetched: {reason}")
        self.away = away


class _PassingError(Exception):
    """A fault worth another try, at the earliest `after` seconds from now."""

    def __init__(self, reason: str, away: bool, after: float = 0.0) -> None:
        super().__init__(reason)
        self.away, self.after = away, after


@dataclass
class Pace:
    """When a server is asked: at most at a rate, and after a fault only once it had time to recover; in seconds."""

    backoff: Sequence[float] = (1.0, 2.0, 4.0, 8.0)  # before each further try
    longest: float = 600.0  # a server that asks for a longer wait is given up
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    asked: dict[str, float] = field(default_factory=dict)  # when each server was asked last

    def turn(self, server: str, rate: float) -> None:
        """Wait until the server may be asked, at most `rate` times a second."""
        wait = self.asked.get(server, -math.inf) + 1 / rate - self.clock()
        if wait > 0:
            self.sleep(wait)
        self.asked[server] = self.clock()


PACE = Pace()  # one for all sources: a server counts the requests of the whole process


def get_bytes(url: str, rate: float, limit: int = LIMIT) -> bytes:
    """What is at an address; raises `FetchError` when it is not had after all tries or larger than `limit` bytes."""
    if not re.match(r"https?://", url, re.IGNORECASE):
        raise FetchError(f"{url!r} is no address that begins with http:// or https://")
    server = url.split("/", 3)[2]
    for pause in (*PACE.backoff, None):
        PACE.turn(server, rate)
        try:
            return _answer(url, limit)
        except _PassingError as fault:
            if pause is None or fault.after > PACE.longest:
                raise FetchError(str(fault), fault.away) from fault
            PACE.sleep(max(pause, fault.after))
    raise AssertionError("the last try returns or raises")


def get_json(url: str, rate: float) -> Any:
    """The JSON value at an address; raises `UserError` when it cannot be had."""
    try:
        return json.loads(get_bytes(url, rate))
    except FetchError as error:
        raise listing_lost(url, error) from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{_short(url)} answered with something other than JSON; check the address.") from error


def listing_lost(url: str, error: FetchError) -> UserError:
    """The error for a list of paintings that could not be had."""
    remedy = "try again later: what was fetched is kept" if error.away else "check the address"
    return UserError(f"{_short(url)} was {error}; {remedy}.")


def fetch_all(wanted: Sequence[tuple[str, str]], cache: Path, rate: float, label: str) -> dict[str, str]:
    """Fetch every (name, address) into the file `cache/name`, unless it is there; the reason by name, '' when it is.

    One at a time, at most `rate` requests a second to a server. Raises `UserError` when several pictures in a row
    fail because their server is away, and `ValueError` for a name that is not one of `file_name`.
    """
    for name, _ in wanted:
        if not re.fullmatch(r"\w[\w.-]*", name, re.ASCII):
            raise ValueError(f"{name!r} is no plain file name")
    reasons = dict.fromkeys((name for name, _ in wanted), "")
    missing = [(name, url) for name, url in wanted if not (cache / name).is_file()]
    there, away = len(wanted) - len(missing), 0
    with progress(len(wanted), label, start=there) as advance:
        for done, (name, url) in enumerate(missing, there + 1):
            try:
                write_atomically(cache / name, get_bytes(url, rate))
                away = 0
            except FetchError as error:
                reasons[name] = str(error)
                away = away + 1 if error.away else 0
                if away == GIVE_UP:
                    raise UserError(
                        f"{url.split('/', 3)[2]} was given up after {GIVE_UP} pictures in a row ({error}); run the same "
                        f"command again later: the pictures fetched so far are kept in {cache}."
                    ) from error
            advance(done)
    return reasons


def with_pictures(listed: Sequence[tuple[Painting, str | Path]], request: Request, label: str) -> Iterator[Entry]:
    """The paintings with their pictures: an address is fetched into the request's cache, a path is read where it is.

    With a count only so many of those without a reason, spread over the styles, are fetched and given.
    """
    addresses: dict[str, str] = {}  # by the name in the cache
    entries = []
    for painting, where in listed:
        if isinstance(where, Path):
            entries.append(Entry(painting, partial(file_bytes, where), file_stamp(where)))
        else:
            name = file_name(painting.id, where)
            addresses[name] = where
            entries.append(Entry(replace(painting, file=name), partial(file_bytes, request.cache / name)))
    if request.count is not None:
        entries = evenly([e for e in entries if not e.painting.reason] or entries, request.count)
    names = [e.painting.file for e in entries if not e.painting.reason and e.painting.file in addresses]
    reasons = fetch_all([(name, addresses[name]) for name in names], request.cache, request.rate, label)
    for entry in entries:
        if entry.painting.file in reasons:
            stamp = file_stamp(request.cache / entry.painting.file)
            yield replace(entry, painting=replace(entry.painting, reason=reasons[entry.painting.file]), stamp=stamp)
        else:
            yield entry


def file_name(identity: str, url: str) -> str:
    """A safe file name for the picture of a painting; another address, such as another size, is another file."""
    tidy = re.sub(r"[^A-Za-z0-9]+", "-", identity).strip("-")[:60]
    suffix = PurePosixPath(re.split(r"[?#]", url)[0]).suffix.lower()
    digest = hashlib.sha1(url.encode()).hexdigest()[:12]
    return f"{tidy or 'picture'}-{digest}{suffix if re.fullmatch(r'[.][a-z0-9]{1,5}', suffix) else ''}"


def _answer(url: str, limit: int) -> bytes:
    """The body of one answer; raises `_PassingError` for a fault worth another try, `FetchError` for one that lasts."""
    with urllib3.PoolManager(headers={"User-Agent": AGENT}, timeout=TIMEOUT, retries=REDIRECTS) as pool:
        try:
            response = pool.request("GET", url, preload_content=False)
        except exceptions.LocationValueError as error:
            raise FetchError(f"{url!r} leads to no address on the web") from error
        except exceptions.HTTPError as error:
            cause = error.reason if isinstance(error, exceptions.MaxRetryError) else error
            if isinstance(cause, exceptions.ResponseError):
                raise FetchError("the server sent it on too often") from error
            raise _PassingError(_words(cause), away=True) from error
        with response:
            _check(response)
            return _body(response, limit)


def _check(response: urllib3.BaseHTTPResponse) -> None:
    """Raise what an answer other than a file stands for."""
    status = response.status
    if status in (408, 429) or status >= 500:
        # A 500 is often one picture's own fault, and must not stop the others.
        raise _PassingError(f"the server answered {status}", away=status != 500, after=_retry_after(response))
    if response.headers.get("cf-mitigated") == "challenge":  # Cloudflare in front of a museum turns programs away
        raise FetchError(f"the server answered {status} and asks for a person at a web browser", away=True)
    if status != 200:
        raise FetchError(f"the server answered {status}")
    if response.headers.get("content-type", "").startswith("text/html"):
        raise FetchError("the server sent a web page in its place")


def _retry_after(response: urllib3.BaseHTTPResponse) -> float:
    try:
        return REDIRECTS.parse_retry_after(response.headers.get("retry-after", "0"))
    except exceptions.InvalidHeader:
        return 0.0


def _body(response: urllib3.BaseHTTPResponse, limit: int) -> bytes:
    data = bytearray()
    try:
        for chunk in response.stream(2**16):  # raises where the body ends before its Content-Length
            data += chunk
            if len(data) > limit:
                raise FetchError(f"it is larger than {limit} bytes")
    except exceptions.HTTPError as error:
        raise _PassingError("the file broke off", away=False) from error
    if not data:
        raise _PassingError("the file is empty", away=False)
    return bytes(data)


def _words(cause: BaseException | None) -> str:
    """What kept the server from answering."""
    if isinstance(cause, exceptions.NameResolutionError):
        return "no server of that name can be found"
    if isinstance(cause, exceptions.NewConnectionError):
        return "the server takes no connection"
    if isinstance(cause, exceptions.TimeoutError):
        return f"the server gave no answer in {TIMEOUT:.0f} seconds"
    if isinstance(cause, exceptions.SSLError):
        return "the connection would not be secure"
    return "the connection broke off"


def _short(url: str) -> str:
    """The address without its query, which may be long."""
    return url.split("?", 1)[0]
