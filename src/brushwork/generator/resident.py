"""The paintings that a generator learns from, all on the device as bytes; no loader."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from brushwork.collection import Collection
from brushwork.painting import Painting
from brushwork.processes import own_rows
from brushwork.randomness import stream
from brushwork.transfer import sent


@dataclass(frozen=True, slots=True, eq=False)
class Resident:
    """Squares of paintings, uint8 (N, 3, S, S), and the number of each one's style (N,), on one device."""

    squares: Tensor
    styles: Tensor
    seed: int

    def places(self, number: int, batch: int) -> Tensor:
        """Which paintings are in mini-batch `number` (B,): every pass has a new order, in which each comes once at most."""
        count = len(self.squares)
        epoch, place = divmod(number, count // batch)
        order = stream(self.seed, "order", epoch).permutation(count)[place * batch : (place + 1) * batch]
        return sent(torch.from_numpy(order), self.squares.device)

    def batch(self, number: int, batch: int) -> Tensor:
        """This process's paintings of mini-batch `number`, float (b, 3, S, S) in [-1, 1]; alone, all B."""
        return self.squares[own_rows(self.places(number, batch))].float() / 127.5 - 1


def resident(
    collection: Collection,
    paintings: Sequence[Painting],
    styles: Sequence[str],
    size: int,
    seed: int,
    device: torch.device,
) -> Resident:
    """Squares of `size` pixels of a collection's paintings, whose styles are among `styles`."""
    squares = torch.from_numpy(collection.squares(size, paintings)).permute(0, 3, 1, 2).contiguous()
    numbers = torch.tensor([list(styles).index(painting.style) for painting in paintings])
    return Resident(squares.to(device), numbers.to(device), seed)
