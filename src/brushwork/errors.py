"""Errors that are the user's to mend, each said in one sentence."""

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """A bad argument, file or setting: what was given, what is needed, what to do; exit status 2."""


class PictureError(Exception):
    """A picture that cannot be used; the message is the reason kept in the catalogue."""


def nearest(name: str, known: Iterable[str], count: int = 3) -> str:
    """The known names most like `name`, as text for an error message: `'a', 'b'`."""
    choices = sorted(set(known))
    close = difflib.get_close_matches(name, choices, count, cutoff=0.4)
    close = close or difflib.get_close_matches(name, choices, count, cutoff=0.0)  # and not the first of the alphabet
    return ", ".join(repr(choice) for choice in close)
