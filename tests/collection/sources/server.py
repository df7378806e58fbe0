"""A museum's server on this machine, with the faults that real ones have, and a clock that no test waits for."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice, repeat

import pytest

from brushwork.collection.sources import fetch


@dataclass(frozen=True)
class Answer:
    """What the server sends; `claimed` is a Content-Length other than the body's, `endless` repeats the body."""

    body: bytes = b""
    status: int = 200
    kind: str = "image/jpeg"
    headers: dict[str, str] = field(default_factory=dict)
    claimed: int | None = None
    endless: bool = False


Answers = list[Answer] | Callable[[str], Answer]


@dataclass
class Site:
    """The server: what it answers by path, the last of a list again and again, and what it was asked."""

    address: str
    answers: dict[str, Answers] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def put(self, path: str, *answers: Answer) -> str:
        """Let the path answer with these in turn; the path's address."""
        self.answers[path] = list(answers)
        return self.address + path

    def put_json(self, path: str, value: object) -> str:
        """Let the path answer with JSON, in which `HERE` stands for the site's address."""
        text = json.dumps(value).replace("HERE", self.address)
        return self.put(path, Answer(text.encode(), kind="application/json"))

    def answer(self, asked: str) -> Answer:
        """The answer to a request, which is taken down."""
        self.asked.append(asked)
        answers = self.answers.get(asked) or self.answers.get(asked.split("?")[0], [Answer(b"gone", 404, "text/plain")])
        if callable(answers):
            return answers(asked)
        return answers.pop(0) if len(answers) > 1 else answers[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open, as with museums
    timeout = 10
    site: Site

    def do_GET(self) -> None:
        self.site.agents.add(self.headers["User-Agent"])
        answer = self.site.answer(self.path)
        length = len(answer.body) if answer.claimed is None else answer.claimed
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if not answer.endless:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.close_connection = answer.endless or length != len(answer.body)
        try:
            # "Endless" ends after 100 times, so that a test of a reader that does not stop fails and does not hang.
            for part in islice(repeat(answer.body), 100 if answer.endless else 1):
                self.wfile.write(part)
        except ConnectionError:
            self.close_connection = True  # the reader had enough

    def log_message(self, *_: object) -> None:
        """Nothing: what was asked is in the site."""


@pytest.fixture(name="site")
def site_fixture() -> Iterator[Site]:
    """A running server, gone with all its threads and sockets after the test."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    server.daemon_threads = False  # so that closing waits for them
    site = Site(f"http://127.0.0.1:{server.server_port}")
    server.RequestHandlerClass.site = site  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Watch:
    """Time that passes only when someone sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Pass the time."""
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture(name="watch", autouse=True)
def watch_fixture(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """A pace of its own for every test, on a watch."""
    watch = Watch()
    monkeypatch.setattr(fetch, "PACE", fetch.Pace(clock=lambda: watch.now, sleep=watch.sleep))
    return watch


def closed_port() -> str:
    """An address at which no one answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}"
