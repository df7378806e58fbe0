"""What a source hands over: a painting's description and a way to its bytes."""

from collections.abc import Callable
from dataclasses import dataclass

from brushwork.painting import Painting


@dataclass(frozen=True, slots=True)
class Entry:
    """One painting met in a source; `read` is picklable and gives the picture file's bytes when called.

    A source that already knows why a painting cannot be used sets `painting.reason`, and `read` is never called.
    `stamp` changes when the bytes may have changed, so that a second ingest reads only what is new.
    """

    painting: Painting
    read: Callable[[], bytes]
    stamp: str = ""
