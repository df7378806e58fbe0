"""The same picture twice: candidates from hashes, compared exactly, then confirmed by looking at the pixels."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from brushwork.collection.hashes import VIEWS, hash_table
from brushwork.collection.shards import pixel_file
from brushwork.painting import Painting

DISTANCE = 3  # bits of 64 that a candidate's hashes may differ by
ALIKE = 0.5  # correlation of structure from which two candidates are one picture
BANDS = 4  # of 16 bits: hashes that differ in at most three bits agree in one of them
_CHUNK = 1 << 17

Hashes = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows found to show one picture."""

    painting: str
    other: str
    kind: str  # exact, near
    likeness: float  # 1 is the same structure
    done: str


def near_duplicates(
    paintings: Sequence[Painting], digits: Sequence[str], pictures: Path
) -> tuple[list[list[int]], dict[frozenset[str], float]]:
    """Groups of places in `paintings` that show one picture, and the likeness of each confirmed pair of ids.

    Candidates are pictures of which a view's dHash or pHash is within three bits of the other's whole; a candidate
    is confirmed when the structure of both, best aligned, correlates.
    """
    if len(paintings) < 2:
        return [], {}
    candidates = _candidates(hash_table(list(digits)))
    look = _Looks(paintings, pictures)
    alike: dict[tuple[int, int], float] = {}
    for code in candidates.tolist():
        i, j = divmod(code, len(paintings))
        likeness = look.likeness(i, j)
        if likeness >= ALIKE:
            alike[i, j] = round(likeness, 3)
    pairs = {frozenset((paintings[i].id, paintings[j].id)): value for (i, j), value in alike.items()}
    return connected(alike, len(paintings)), pairs


def _candidates(table: Hashes) -> Places:
    """Pairs of places in a table (N, views, 2) to be looked at, as `low * N + high`.

    Of pictures whose hashes are all equal each is paired with the first of them and with the one before it: enough to
    tie copies together, where ten thousand blank canvases would make fifty million pairs.
    """
    different, home = np.unique(table.reshape(len(table), -1), axis=0, return_inverse=True)
    order = np.argsort(home.ravel(), kind="stable")
    heads = np.searchsorted(home.ravel()[order], np.arange(len(different)))
    first_of = order[heads]  # the first place of every different row
    views = different.reshape(len(different), *table.shape[1:])
    found = [close_pairs(views[:, v, k], views[:, 0, k] if v else None) for v in range(VIEWS) for k in range(2)]
    one, two = (first_of[np.concatenate([pair[side] for pair in found])] for side in (0, 1))
    follows = np.flatnonzero(home.ravel()[order[1:]] == home.ravel()[order[:-1]]) + 1
    one = np.concatenate([one, order[follows], order[follows]])
    two = np.concatenate([two, order[follows - 1], first_of[home.ravel()[order[follows]]]])
    apart = one != two
    low, high = np.minimum(one, two)[apart], np.maximum(one, two)[apart]
    return np.unique(low * len(table) + high)


def close_pairs(queries: Hashes, base: Hashes | None = None, distance: int = DISTANCE) -> tuple[Places, Places]:
    """Every pair (place in `queries`, place in `base`) of hashes (N,) that differ in at most `distance` <= 3 bits.

    Without `base`, every pair within `queries`, once. Exact: such hashes agree in at least one of four bands of 16
    bits, so only equal bands are compared. Raises `ValueError` for a greater distance.
    """
    if distance >= BANDS:
        raise ValueError(f"distance {distance} was given; the bands find every pair only up to {BANDS - 1}")
    size = len(queries if base is None else base)
    hits = [q * size + b for band in range(BANDS) for q, b in _in_band(queries, base, band, distance)]
    codes = np.unique(np.concatenate(hits)) if hits else np.zeros(0, np.int64)
    return codes // size, codes % size


def _in_band(queries: Hashes, base: Hashes | None, band: int, distance: int) -> Iterator[tuple[Places, Places]]:
    shift = np.uint64(16 * band)
    mine = (queries >> shift).astype(np.uint16)
    order = np.argsort(mine, kind="stable")
    if base is None:  # each with those that come after it in its own bucket
        other, sorted_base = order, queries[order]
        starts = np.arange(1, len(order) + 1)
        many = np.searchsorted(mine[order], mine[order], side="right") - starts
    else:
        theirs = (base >> shift).astype(np.uint16)
        other = np.argsort(theirs, kind="stable")
        sorted_base = base[other]
        counts = np.bincount(theirs, minlength=1 << 16)
        starts = (np.cumsum(counts) - counts)[mine[order]]
        many = counts[mine[order]]
    sorted_queries, ends = queries[order], np.cumsum(many)
    cut = 0
    while cut < len(order):  # so many queries at a time that what is compared stays in the processor's cache
        upto = max(cut + 1, int(np.searchsorted(ends, (ends[cut - 1] if cut else 0) + _CHUNK, side="right")))
        n = many[cut:upto]
        place = np.repeat(np.arange(cut, upto), n)
        against = np.arange(len(place)) + np.repeat(starts[cut:upto] - (np.cumsum(n) - n), n)
        near = np.flatnonzero(np.bitwise_count(sorted_queries[place] ^ sorted_base[against]) <= distance)
        if len(near):
            yield _ordered(order[place[near]], other[against[near]], base is None)
        cut = upto


def _ordered(first: Places, second: Places, within: bool) -> tuple[Places, Places]:
    return (np.minimum(first, second), np.maximum(first, second)) if within else (first, second)


def connected(pairs: "Sequence[tuple[int, int]] | dict[tuple[int, int], float]", count: int) -> list[list[int]]:
    """The connected groups of two and more among `count` places, each sorted (union-find)."""
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in pairs:
        parent[max(root(i), root(j))] = min(root(i), root(j))
    groups: dict[int, list[int]] = defaultdict(list)
    for i in {place for pair in pairs for place in pair}:
        groups[root(i)].append(i)
    return sorted(sorted(group) for group in groups.values())


class _Looks:
    """The structure of pictures, as spectra of 64 x 64 grey views, read when asked for."""

    SIDE, SHIFT = 64, 3  # pixels; the largest displacement tried

    def __init__(self, paintings: Sequence[Painting], pictures: Path) -> None:
        self.paintings, self.pictures = paintings, pictures
        self.spectra = lru_cache(512)(self._spectra)
        cycles = np.hypot(*np.meshgrid(np.fft.fftfreq(self.SIDE), np.fft.fftfreq(self.SIDE))) * self.SIDE
        self.band = (cycles >= 3) & (cycles <= 20)  # not the broad light and shade that many pictures share, nor noise

    def likeness(self, i: int, j: int) -> float:
        """How well the structure of two pictures agrees, -1..1, for the best of their views and small displacements."""
        one, two = self.spectra(i), self.spectra(j)
        products = np.concatenate([one * two[0].conj(), two[1:] * one[0].conj()])
        surfaces = np.fft.ifft2(products).real * self.SIDE**2
        near = np.r_[0 : self.SHIFT + 1, -self.SHIFT : 0]
        return float(surfaces[:, near][:, :, near].max())

    def _spectra(self, i: int) -> npt.NDArray[np.complex64]:
        """Of every view (views, 64, 64), of unit length."""
        painting = self.paintings[i]
        data = np.fromfile(
            pixel_file(self.pictures, painting.shard),
            np.uint8,
            painting.width * painting.height * 3,
            offset=painting.offset,
        ).reshape(painting.height, painting.width, 3)
        image = Image.fromarray(data).convert("L")
        views = []
        for share in (1.0, 0.97, 0.94):
            x, y = image.width * (1 - share) / 2, image.height * (1 - share) / 2
            box = (x, y, image.width - x, image.height - y)
            views.append(np.asarray(image.resize((self.SIDE, self.SIDE), Image.Resampling.BOX, box), np.float64))
        views.append(views[0][:, ::-1])
        spectra = np.fft.fft2(np.stack(views)) * self.band
        lengths = np.linalg.norm(spectra, axis=(1, 2), keepdims=True)
        return np.asarray(spectra / np.maximum(lengths, 1e-9), np.complex64)
