"""Files of a Kaggle competition, fetched by kagglehub in a loop that resumes."""

import contextlib
import errno
import os
import sys
import time
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from brushwork.errors import UserError
from brushwork.progress import say
from brushwork.run import make_folder

TRIES = 12  # of one file in a row without a byte more
WAITS = (1.0, 300.0)  # seconds, doubling from the first to the last


def download_competition(
    competition: str, names: Sequence[str], folder: Path, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Fetch these files of a competition into a folder, one by one; what is there stays, what was begun goes on.

    Raises `UserError` that says in words what to do about credentials, rules, a missing file and a server that stays
    away.
    """
    try:
        with contextlib.redirect_stdout(sys.stderr):  # standard output is for results
            import kagglehub
    except ImportError as error:
        raise UserError("--download from Kaggle needs kagglehub: `pip install kagglehub`.") from error
    make_folder(folder)
    # kagglehub resumes within its own cache only, so the cache lies beside the files, on the same disk.
    os.environ["KAGGLEHUB_CACHE"] = str((folder / ".kagglehub").resolve())
    for name in names:
        if not (folder / name).exists():
            try:
                _fetch(kagglehub.competition_download, competition, name, folder, sleep)
            except _NoSuchFileError:
                bare = name.removesuffix(".zip")
                if bare == name or not Path(bare).suffix:
                    raise
                _fetch(kagglehub.competition_download, competition, bare, folder, sleep)  # Kaggle zips tables or not


class _NoSuchFileError(UserError):
    """Kaggle has no file of that name."""


def _fetch(
    download: Callable[..., Any], competition: str, name: str, folder: Path, sleep: Callable[[float], None]
) -> None:
    if not (folder / name).exists():
        say(f"fetching {name} of {competition} from Kaggle")
        Path(_fetched(partial(download, competition, path=name), name, folder, sleep)).replace(folder / name)


def _fetched(download: Callable[[], Any], name: str, folder: Path, sleep: Callable[[float], None]) -> str:
    """The path of a file once it is whole."""
    failures, most = 0, -1
    while True:
        try:
            with contextlib.redirect_stdout(sys.stderr):
                return _whole(str(download()))
        except Exception as error:  # kagglehub raises requests' errors, its own, and the operating system's
            reason = _in_words(error, name)
            if reason:
                missing = getattr(getattr(error, "response", None), "status_code", None) == 404
                raise (_NoSuchFileError if missing else UserError)(reason) from error
            have = sum(path.stat().st_size for path in (folder / ".kagglehub").rglob("*") if path.is_file())
            failures, most = (0, have) if have > most else (failures + 1, most)
            if failures >= TRIES:
                raise UserError(
                    f"{name} could not be fetched from Kaggle ({_first_line(error)}); what has come so far is kept: run the "
                    "same command again later."
                ) from error
            wait = min(WAITS[0] * 2**failures, WAITS[1])
            say(f"{name}: {_first_line(error)}; {have / 1e6:,.0f} MB are here, going on in {wait:.0f} s")
            sleep(wait)


def _whole(path: str) -> str:
    """The path again; kagglehub takes an error page that answers its request for the rest of a file for that rest."""
    if path.endswith(".zip") and not zipfile.is_zipfile(path):
        Path(path).unlink()
        raise zipfile.BadZipFile("what came is not a whole zip, it is fetched again from its beginning")
    return path


def _in_words(error: Exception, name: str) -> str:
    """What the user must do about an error that will not pass by itself; empty for one that may."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if type(error).__name__ == "UnauthenticatedError" or status == 401:
        return (
            "Kaggle does not know who asks: make a token on your account page there and set KAGGLE_API_TOKEN to it, or save "
            "it as ~/.kaggle/access_token, then run the same command again."
        )
    if status == 403:
        return (
            "Kaggle refuses the files until you have accepted the competition's rules: open its page, accept them under "
            "“Rules”, then run the same command again."
        )
    if status == 404:
        return f"Kaggle has no file {name!r} in this competition; fetch it by hand from the competition's page."
    if isinstance(error, ValueError) and "credentials" in str(error):
        return (
            f"Kaggle's credentials on this machine cannot be used: {_first_line(error)}; mend the file or take it away."
        )
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, 122):
        return f"the disk is full; free space for {name} or choose another folder, then run the same command again."
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{name} cannot be written ({error.strerror}); choose another folder."
    return ""


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
