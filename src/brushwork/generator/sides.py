"""The two sides of every comparison: paintings that a generator learned from, and paintings that it never saw."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.randomness import stream

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Sides:
    """Paintings of a generator's styles: those that it learned from, and those that it never saw."""

    trained_on: list[Painting]
    held_out: list[Painting]

    def counts(self, most: int) -> dict[str, int]:
        """By style how many are compared: as many of both sides, in the shares of those learned from, `most` at most.

        Those shares, since a generator that is told no style paints the styles as often as it met them; in any others it
        would be blamed for the collection. A style with no painting on one side is left out. Raises `UserError` when none is
        left.
        """
        learned, unseen = (Counter(p.style for p in side) for side in (self.trained_on, self.held_out))
        both = {style: learned[style] for style in sorted(learned) if unseen[style]}
        if not both:
            raise UserError(
                "no style has both paintings to learn from and paintings by other artists to compare with; add paintings by "
                "other artists."
            )
        total = sum(both.values())
        least = min([most, total, *(unseen[style] * total // count for style, count in both.items())])
        return {style: max(1, count * least // total) for style, count in both.items()}

    def left_out(self) -> list[str]:
        """The styles learned from of which no painting is left to compare with."""
        return sorted({p.style for p in self.trained_on} - {p.style for p in self.held_out})


def sides_of(collection: Collection, styles: Sequence[str]) -> Sides:
    """The collection's paintings in these styles, by its own split."""
    everything = collection.select(styles)
    return Sides([p for p in everything if p.split == "train"], [p for p in everything if p.split != "train"])


def drawn(paintings: Sequence[Painting], counts: Mapping[str, int], *names: str | int) -> Places:
    """Places of so many random paintings of each style; the draw has the names of its stream."""
    parts = [np.empty(0, np.intp)]
    for style, count in counts.items():
        own = [i for i, p in enumerate(paintings) if p.style == style]
        parts.append(stream(0, *names, style).permutation(own)[:count])
    return np.concatenate(parts)
