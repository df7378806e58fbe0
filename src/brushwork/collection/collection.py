"""A collection: a catalogue and its pictures, checked, split and ready."""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from brushwork.collection.catalogue import read_catalogue
from brushwork.collection.shards import pixel_file
from brushwork.errors import UserError, nearest
from brushwork.images import square
from brushwork.painting import Painting
from brushwork.run import read_json, write_atomically

if TYPE_CHECKING:
    import pyarrow as pa

    from brushwork.collection.feed import RandomCrops

OPEN_SHARDS = 512
_OPENING = threading.Lock()
CLEANUP = "cleanup.json"  # what the clean-up did, beside the catalogue
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Collection:
    """A folder made by `brushwork collect`."""

    folder: Path

    @cached_property
    def rows(self) -> list[Painting]:
        """Every painting met, dropped ones included."""
        return read_catalogue(self.folder)

    @cached_property
    def paintings(self) -> list[Painting]:
        """The paintings in use."""
        return [painting for painting in self.rows if painting.kept]

    @cached_property
    def by_id(self) -> dict[str, Painting]:
        """The paintings in use by id."""
        return {painting.id: painting for painting in self.paintings}

    @cached_property
    def styles(self) -> list[str]:
        """The names of the styles, sorted."""
        return sorted({painting.style for painting in self.paintings})

    @property
    def source(self) -> str:
        """What the collection was made from."""
        return str(read_json(self.folder / "settings.json")["source"])

    @property
    def cleanup(self) -> list[dict[str, object]]:
        """What each step of the clean-up did; nothing for a collection made before there was one."""
        path = self.folder / CLEANUP
        return list(read_json(path)) if path.exists() else []

    @cached_property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that change when a painting, its label or its split does."""
        lines = sorted(f"{p.id} {p.sha256} {p.width} {p.height} {p.style} {p.group} {p.split}" for p in self.paintings)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]

    def select(self, styles: Sequence[str] = (), split: str = "") -> list[Painting]:
        """The paintings of these styles (all when none is named) and this split; `UserError` for an unknown style."""
        for style in styles:
            if style not in self.styles:
                raise UserError(
                    f"{self.folder} has no painting in the style {style!r}; the nearest names are "
                    f"{nearest(style, self.styles)}."
                )
        return [p for p in self.paintings if (not styles or p.style in styles) and (not split or p.split == split)]

    def __len__(self) -> int:
        return len(self.paintings)

    def __getitem__(self, wanted: str | int) -> Painting:
        """One painting in use, by its id or its place; raises `UserError` for an id that is not there."""
        if isinstance(wanted, int):
            return self.paintings[wanted]
        if wanted not in self.by_id:
            raise UserError(
                f"{self.folder} has no painting {wanted!r} in use; the nearest are {nearest(wanted, self.by_id)}."
            )
        return self.by_id[wanted]

    def crops(
        self, side: int, styles: Sequence[str] = (), split: str = "", seed: int = 0, turn: int = 0
    ) -> "RandomCrops":
        """The paintings as a map-style torch dataset of random squares; see `RandomCrops`."""
        from brushwork.collection.feed import RandomCrops

        return RandomCrops(self, self.select(styles, split), side, seed, turn)

    @cached_property
    def table(self) -> "pa.Table":
        """The whole catalogue as an Arrow table: `table.to_pandas()`, `polars.from_arrow(table)`."""
        from brushwork.collection.catalogue import table_of

        return table_of(self.rows)

    def pixels(self, painting: Painting) -> Pixels:
        """The painting's pixels, uint8 (H, W, 3), read straight from the shard."""
        height, width = painting.height, painting.width
        start = painting.offset
        return self._shard(painting.shard)[start : start + height * width * 3].reshape(height, width, 3)

    def picture(self, painting: Painting) -> Image.Image:
        """The painting as an image, whole."""
        return Image.fromarray(np.ascontiguousarray(self.pixels(painting)))

    def squares(self, side: int, paintings: Sequence[Painting]) -> Pixels:
        """The middle squares of the paintings at `side` pixels, uint8 (N, side, side, 3); made once, then cached."""
        key = hashlib.sha256("\n".join(f"{p.id} {p.sha256}" for p in paintings).encode()).hexdigest()[:16]
        path = self.folder / "squares" / f"{side}-{key}.rgb"
        shape = (len(paintings), side, side, 3)
        if not path.exists() or path.stat().st_size != int(np.prod(shape)):
            views = np.empty(shape, np.uint8)
            for view, painting in zip(views, paintings, strict=True):
                view[:] = np.asarray(square(self.picture(painting), side))
            write_atomically(path, views.tobytes())
        return np.fromfile(path, np.uint8).reshape(shape)

    def _shard(self, number: int) -> Pixels:
        shards: dict[int, Pixels] = self.__dict__.setdefault("_shards", {})
        with _OPENING:  # threads read pictures at once
            return self._opened(number, shards)

    def _opened(self, number: int, shards: dict[int, Pixels]) -> Pixels:
        if number not in shards:
            if len(shards) >= OPEN_SHARDS:  # each holds a file open, and a process may hold a thousand
                del shards[next(iter(shards))]
            path = pixel_file(self.folder / "pictures", number)
            try:
                # A plain view of the mapped file: slicing a memmap itself costs ten times as much.
                shards[number] = np.asarray(np.memmap(path, np.uint8, mode="r"))
            except (OSError, ValueError) as error:
                raise UserError(f"{path} is missing or damaged; run the same `brushwork collect` again.") from error
        return shards[number]


def open_collection(folder: Path | str) -> Collection:
    """The collection in a folder; raises `UserError` when there is none."""
    collection = Collection(Path(folder))
    if not collection.paintings:
        raise UserError(f"{folder} has no usable painting; see why with `brushwork show {folder}`.")
    return collection


def open_again(folder: Path, fingerprint: str, run: Path) -> Collection:
    """The collection that the run in a folder was trained on; `UserError` when it is elsewhere or has changed since."""
    if not (folder / "settings.json").exists():
        raise UserError(f"the collection of {run} is no longer at {folder}; say where it is: --collection DIR.")
    opened = open_collection(folder)
    if opened.fingerprint != fingerprint:
        raise UserError(
            f"{folder} is not the collection, or not the state of it, that {run} was trained on "
            f"({opened.fingerprint} there, {fingerprint} needed); give the right one as --collection DIR."
        )
    return opened
