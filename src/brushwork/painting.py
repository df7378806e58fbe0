"""One painting: a row of the catalogue."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from operator import attrgetter


@dataclass(frozen=True, slots=True)
class Painting:
    """One work as the catalogue knows it; `reason` is empty for what is kept, `split` for what is dropped."""

    id: str
    file: str  # where the picture was met, relative to the source
    title: str = ""
    artist: str = ""  # normalised; empty when unknown
    style: str = ""
    year: str = ""
    genre: str = ""
    source: str = ""
    rights: str = ""
    width: int = 0  # pixels of the picture as kept
    height: int = 0
    sha256: str = ""  # of the file's bytes
    group: str = ""  # artist group: the unit of every split and bootstrap
    split: str = ""  # train, validation, test
    reason: str = ""
    shard: int = -1  # where the pixels are: the shard and the byte at which they begin
    offset: int = 0
    planted: str = ""  # JSON of what a made painting was given; empty for found ones
    artist_given: str = ""  # the artist as the source writes him
    attribution: str = ""  # "after", "circle of", ...: how far the work is from the artist's own hand
    year_from: int = 0  # the range that `year` says; 0 when it says none
    year_to: int = 0
    url: str = ""  # the work's page or manifest, where the source has one
    original_width: int = 0  # upright pixels of the file
    original_height: int = 0
    crc32: int = 0  # of the pixels as kept
    grey: float = 0.0  # the share of the picture without colour
    repaired: str = ""  # what was wrong with the file and mended
    bytes: int = 0  # size of the file as it was met; 0 in collections made before there was this column
    jpeg_quality: int = 0  # 1 to 100, estimated from the file's header; 0 for other formats, and as above

    @property
    def kept(self) -> bool:
        """Whether the painting is in use."""
        return not self.reason

    def altered(self, **changes: str | int | float) -> "Painting":
        """The painting with some columns changed: `dataclasses.replace`, three times as fast, for tables of 100,000."""
        values = list(_VALUES(self))
        for name, value in changes.items():
            values[_PLACES[name]] = value
        return Painting(*values)

    def to_dict(self) -> dict[str, str | int | float]:
        """The painting as plain data."""
        return asdict(self)


@contextmanager
def many_rows() -> Iterator[None]:
    """While hundreds of thousands of rows are made: the garbage collector would scan them over and over for nothing."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


COLUMNS = tuple(field.name for field in fields(Painting))
"""The only list of the catalogue's columns."""
_VALUES = attrgetter(*COLUMNS)
_PLACES = {name: place for place, name in enumerate(COLUMNS)}
