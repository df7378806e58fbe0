"""One painting: a row of the catalogue."""

from dataclasses import asdict, dataclass, fields


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

    @property
    def kept(self) -> bool:
        """Whether the painting is in use."""
        return not self.reason

    def to_dict(self) -> dict[str, str | int]:
        """The painting as plain data."""
        return asdict(self)


COLUMNS = tuple(field.name for field in fields(Painting))
