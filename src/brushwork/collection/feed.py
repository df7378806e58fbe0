"""Paintings on their way to a network: random squares copied straight from the shards, no decoding."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from brushwork.collection.collection import Collection, Pixels
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.randomness import stream_seed


@dataclass(frozen=True)
class RandomCrops:
    """A map-style dataset of random squares at the kept resolution; works with `torch.utils.data.DataLoader`.

    Item i is (pixels uint8 (side, side, 3), number of the style); where the square lies follows from `seed`, `turn`
    and i alone. For batches use `batch(indices)`, or a DataLoader with `collate_fn=crops.collate`: `__getitems__`
    gathers a whole batch at once. Leave `num_workers` at 0: handing raw pixels between processes costs more than
    copying them.
    """

    collection: Collection
    paintings: Sequence[Painting]
    side: int
    seed: int = 0
    turn: int = 0  # another turn, another square of every painting

    def __post_init__(self) -> None:
        """Raises `UserError` when a painting is smaller than the squares asked for."""
        small = [p for p in self.paintings if min(p.width, p.height) < self.side]
        if small:
            raise UserError(
                f"squares of {self.side} pixels were asked for, but {len(small)} paintings are smaller, such as "
                f"{small[0].id} ({small[0].width} x {small[0].height}); ask for smaller ones."
            )

    def __len__(self) -> int:
        return len(self.paintings)

    def __getitem__(self, index: int) -> tuple[Pixels, int]:
        pixels, styles = self.batch([index])
        return pixels[0], int(styles[0])

    def __getitems__(self, indices: Sequence[int]) -> tuple[Pixels, npt.NDArray[np.int64]]:
        return self.batch(indices)

    def batch(self, indices: Sequence[int]) -> tuple[Pixels, npt.NDArray[np.int64]]:
        """Pixels uint8 (B, side, side, 3) and numbers of the styles (B,)."""
        side = self.side
        out = np.empty((len(indices), side, side, 3), np.uint8)
        places = _uniform(stream_seed(self.seed, "crops", self.turn), np.asarray(indices))
        styles = {style: number for number, style in enumerate(self.collection.styles)}
        for k, index in enumerate(indices):
            painting = self.paintings[index]
            top = int(places[k, 0] * (painting.height - side + 1))
            left = int(places[k, 1] * (painting.width - side + 1))
            out[k] = self.collection.pixels(painting)[top : top + side, left : left + side]
        return out, np.array([styles[self.paintings[i].style] for i in indices], np.int64)

    @staticmethod
    def collate(
        batch: tuple[Pixels, npt.NDArray[np.int64]],
    ) -> tuple[Pixels, npt.NDArray[np.int64]]:
        """For `DataLoader(collate_fn=...)`: what `__getitems__` returns is a batch already."""
        return batch


def _uniform(seed: int, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Two numbers in [0, 1) for every index, each a function of seed and index alone (SplitMix64, Steele et al. 2014)."""
    counters: npt.NDArray[np.uint64] = (2 * indices[:, None] + np.arange(2)).astype(np.uint64)
    state: npt.NDArray[np.uint64] = np.uint64(seed) + counters * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state = state ^ (state >> np.uint64(31))
    return (state >> np.uint64(11)).astype(np.float64) / 2.0**53
