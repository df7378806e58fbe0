"""The real kagglehub against a server on this machine that behaves as Kaggle's does, and as it should not.

Kaggle answers a request for a file with a redirection to a storage server, which tells the file's MD5 and can send the
rest of a file. The environment is LOCALHOST, not TEST, in which kagglehub's client prints whole answers, tokens and
pictures included, before anything is kept.
"""

import base64
import errno
import hashlib
import importlib
import io
import json
import sys
import threading
import types
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from brushwork.collection.sources.kaggle import TRIES, WAITS, download_competition
from brushwork.errors import UserError

COMPETITION, NAME = "painter-by-numbers", "train.zip"
MIB = 1 << 20  # kagglehub keeps what has come in pieces of this size
VARIABLES = ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_KERNEL_RUN_TYPE", "KAGGLE_DATA_PROXY_URL", "COLAB_RELEASE_TAG")


class Kaggle(ThreadingHTTPServer):
    """What the server has, what is to go wrong, and what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.status = 302  # of the answer to a request for a file
        self.piece = 1 << 30  # bytes after which every answer breaks off
        self.md5 = True
        self.wrong_md5 = 0  # answers whose MD5 is another file's
        self.ranged = 206  # status of the answer to a request for the rest of a file
        self.newest = "1.0.0"  # version of kagglehub, which says so aloud when it is older
        self.asked: list[str] = []  # paths and ranges

    def handle_error(self, *_: object) -> None:
        """Somebody who asks for the rest of a file does not listen to the whole."""


class Handler(BaseHTTPRequestHandler):
    server: Kaggle

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(asked["fileName"])
        status = self.server.status if self.headers["Authorization"] == "Bearer token" else 401
        if status == 302 and (asked["competitionName"] != COMPETITION or asked["fileName"] not in self.server.files):
            status = 404
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"/storage/{asked['fileName']}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        data, span = self.server.files[self.path.rsplit("/", 1)[-1]], self.headers["Range"] or ""
        self.server.asked.append(span or "whole")
        if span and self.server.ranged != 206:
            self.send_error(self.server.ranged)
            return
        first = int(span.removeprefix("bytes=").removesuffix("-")) if span else 0
        self.send_response(206 if span else 200)
        self.send_header("X-Kaggle-HubVersion", self.server.newest)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(data) - first))
        if self.server.md5:
            digest = hashlib.md5(data[:-1] if self.server.wrong_md5 else data).digest()
            self.send_header("x-goog-hash", f"md5={base64.b64encode(digest).decode()}")
            self.server.wrong_md5 = max(0, self.server.wrong_md5 - 1)
        self.end_headers()
        self.wfile.write(data[first : first + self.server.piece])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


def archive(size: int) -> bytes:
    """A zip of about `size` bytes that hardly repeats itself."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as whole:
        whole.writestr("train/1.jpg", np.random.default_rng(0).bytes(size))
    return file.getvalue()


@pytest.fixture
def kaggle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kaggle]:
    """A server that knows the token, with kagglehub looking at it and at nothing of this machine's user."""
    sdk = importlib.import_module("kagglesdk.kaggle_env")
    server = Kaggle()
    endpoint = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setitem(sdk._env_to_endpoint, sdk.KaggleEnv.LOCAL, endpoint)
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    settings = {"KAGGLE_API_ENVIRONMENT": "LOCALHOST", "KAGGLE_API_TOKEN": "token", "NO_PROXY": "*",
                "HOME": str(tmp_path / "home"), "KAGGLE_CONFIG_DIR": str(tmp_path / "home"),
                "KAGGLEHUB_CACHE": str(tmp_path / "cache")}  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "home").mkdir()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Sleeper:
    """Waits for nothing and remembers for how long."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)


def download(folder: Path, *names: str) -> list[float]:
    """Download the files and say how long it would have waited."""
    sleep = Sleeper()
    download_competition(COMPETITION, names or (NAME,), folder, sleep)
    return sleep.waits


def test_files_come_whole_and_are_not_fetched_again(
    kaggle: Kaggle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kaggle.files = {NAME: archive(3 * MIB), "all_data_info.csv.zip": archive(1000)}
    folder = tmp_path / "new" / "folder"
    assert download(folder, *kaggle.files) == []
    assert {name: (folder / name).read_bytes() for name in kaggle.files} == kaggle.files
    assert kaggle.asked == [NAME, "whole", "all_data_info.csv.zip", "whole"]
    monkeypatch.delenv("KAGGLE_API_TOKEN")  # what is there needs nobody's leave
    assert download(folder, *kaggle.files) == []
    assert len(kaggle.asked) == 4


def test_what_kagglehub_says_is_kept_out_of_the_results(
    kaggle: Kaggle, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kaggle.files, kaggle.newest = {NAME: archive(1000)}, "99.0.0"
    monkeypatch.setattr(importlib.import_module("kagglehub.clients"), "already_printed_version_warning", False)
    download(tmp_path)
    out, err = capsys.readouterr()
    assert (out, "outdated" in err) == ("", True)


@pytest.mark.parametrize("md5", [True, False])
def test_a_file_cut_in_the_middle_goes_on_where_it_broke_off(kaggle: Kaggle, tmp_path: Path, md5: bool) -> None:
    kaggle.files, kaggle.piece, kaggle.md5 = {NAME: archive(3 * MIB)}, 5 * MIB // 2, md5
    assert download(tmp_path) == [WAITS[0]]
    assert (tmp_path / NAME).read_bytes() == kaggle.files[NAME]
    assert [span for span in kaggle.asked if span.startswith("bytes")] == [f"bytes={2 * MIB}-"]


def test_another_run_goes_on_where_the_last_was_ended(kaggle: Kaggle, tmp_path: Path) -> None:
    kaggle.files, kaggle.piece = {NAME: archive(3 * MIB)}, 5 * MIB // 2

    def ended(_: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download_competition(COMPETITION, [NAME], tmp_path, ended)
    assert not (tmp_path / NAME).exists()
    assert download(tmp_path) == []
    assert (tmp_path / NAME).read_bytes() == kaggle.files[NAME]
    assert f"bytes={2 * MIB}-" in kaggle.asked


def test_patience_is_for_standing_still_not_for_being_slow(kaggle: Kaggle, tmp_path: Path) -> None:
    kaggle.files, kaggle.piece = {NAME: archive((TRIES + 3) * MIB)}, MIB + 1000
    assert download(tmp_path) == [WAITS[0]] * (TRIES + 2)  # each time a piece more
    assert (tmp_path / NAME).read_bytes() == kaggle.files[NAME]


def test_a_file_that_came_wrong_is_fetched_again(kaggle: Kaggle, tmp_path: Path) -> None:
    kaggle.files, kaggle.wrong_md5 = {NAME: archive(MIB)}, 1
    assert len(download(tmp_path)) == 1
    assert (tmp_path / NAME).read_bytes() == kaggle.files[NAME]


def test_an_error_page_is_not_taken_for_the_rest_of_a_file(kaggle: Kaggle, tmp_path: Path) -> None:
    """kagglehub 1.0 appends whatever answers its request for the rest; large files have no MD5 to tell."""
    kaggle.files, kaggle.piece, kaggle.md5, kaggle.ranged = {NAME: archive(3 * MIB)}, 5 * MIB // 2, False, 503
    sleep = Sleeper()

    def mended(seconds: float) -> None:
        sleep(seconds)
        if len(sleep.waits) == 2:  # the first after the cut, the second after the page
            kaggle.piece = 1 << 30

    download_competition(COMPETITION, [NAME], tmp_path, mended)
    assert (tmp_path / NAME).read_bytes() == kaggle.files[NAME]


def test_going_to_and_fro_is_standing_still(kaggle: Kaggle, tmp_path: Path) -> None:
    kaggle.files, kaggle.piece, kaggle.md5, kaggle.ranged = {NAME: archive(3 * MIB)}, 5 * MIB // 2, False, 503
    with pytest.raises(UserError, match="could not be fetched from Kaggle"):
        download(tmp_path)


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "Kaggle does not know who asks: make a token .* KAGGLE_API_TOKEN"),
        (403, "until you have accepted the competition's rules"),
        (404, "Kaggle has no file 'train.zip' in this competition"),
    ],
)
def test_what_will_not_pass_by_itself_is_said_at_once(
    kaggle: Kaggle, tmp_path: Path, status: int, sentence: str
) -> None:
    kaggle.files, kaggle.status = {NAME: archive(1000)}, status
    with pytest.raises(UserError, match=sentence):
        download(tmp_path)
    assert kaggle.asked == [NAME]


def test_a_file_the_competition_does_not_have_is_named(kaggle: Kaggle, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no file 'train\.zip'"):
        download(tmp_path)


def test_a_table_is_taken_zipped_or_not(kaggle: Kaggle, tmp_path: Path) -> None:
    kaggle.files["table.csv"] = b"artist,title\n"
    download(tmp_path, "table.csv.zip")
    assert (tmp_path / "table.csv").read_bytes() == b"artist,title\n"
    assert kaggle.asked[:2] == ["table.csv.zip", "table.csv"]


@pytest.mark.parametrize("token", ["wrong", ""])
def test_without_a_good_token_kaggle_does_not_know_who_asks(
    kaggle: Kaggle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    kaggle.files = {NAME: archive(1000)}
    monkeypatch.setenv("KAGGLE_API_TOKEN", token)
    with pytest.raises(UserError, match="Kaggle does not know who asks"):
        download(tmp_path)


def test_a_broken_file_of_credentials_is_said_at_once(
    kaggle: Kaggle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAGGLE_API_TOKEN")
    (tmp_path / "home" / "kaggle.json").write_text("{")
    with pytest.raises(UserError, match=r"credentials on this machine cannot be used: .*kaggle\.json"):
        download(tmp_path)


def test_a_server_that_stays_away_is_waited_for_ever_longer_then_given_up(kaggle: Kaggle, tmp_path: Path) -> None:
    kaggle.files, kaggle.status, sleep = {NAME: archive(1000)}, 500, Sleeper()
    with pytest.raises(
        UserError, match=r"train\.zip could not be fetched from Kaggle \(500 .*run the same command again"
    ):
        download_competition(COMPETITION, [NAME], tmp_path, sleep)
    assert sleep.waits == [min(WAITS[0] * 2**n, WAITS[1]) for n in range(TRIES)]


def test_a_server_that_comes_back_is_taken_up_again(kaggle: Kaggle, tmp_path: Path) -> None:
    kaggle.files, kaggle.status = {NAME: archive(1000)}, 500

    def back(_: float) -> None:
        kaggle.status = 302

    download_competition(COMPETITION, [NAME], tmp_path, back)
    assert (tmp_path / NAME).read_bytes() == kaggle.files[NAME]


def test_no_network_at_all_is_a_sentence(kaggle: Kaggle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sdk = importlib.import_module("kagglesdk.kaggle_env")
    monkeypatch.setitem(sdk._env_to_endpoint, sdk.KaggleEnv.LOCAL, "http://127.0.0.1:9")  # where nobody listens
    with pytest.raises(UserError, match="could not be fetched from Kaggle"):
        download(tmp_path)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [(errno.ENOSPC, "the disk is full; free space for train.zip"), (errno.EACCES, r"train\.zip cannot be written")],
)
def test_a_disk_that_is_full_or_closed_is_said_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    """A stub in kagglehub's place: no disk can be filled here."""
    monkeypatch.setenv("KAGGLEHUB_CACHE", str(tmp_path))

    def refused(*_: str, path: str) -> str:
        raise OSError(number, "no", path)

    stub = types.ModuleType("kagglehub")
    monkeypatch.setattr(stub, "competition_download", refused, raising=False)
    monkeypatch.setitem(sys.modules, "kagglehub", stub)
    with pytest.raises(UserError, match=sentence):
        download(tmp_path)


def test_without_kagglehub_what_to_install_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kagglehub", None)
    with pytest.raises(UserError, match="pip install"):
        download(tmp_path)


def test_a_file_where_the_folder_should_be_is_a_users_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="is a file, and a folder is needed"):
        download(tmp_path / "file")
