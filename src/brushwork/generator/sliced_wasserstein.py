"""Sliced Wasserstein distance of patches on Laplacian pyramids, with no network's opinion in it."""

import numpy as np
import numpy.typing as npt

from brushwork.collection.collection import Pixels
from brushwork.randomness import stream

Floats = npt.NDArray[np.float32]
PATCH, PATCHES, PROJECTIONS = 7, 128, 512


def sliced_wasserstein(ours: Pixels, theirs: Pixels, seed: int = 0) -> dict[int, float]:
    """Sliced Wasserstein distance of patches, by Laplacian-pyramid level down to 16 px (Karras et al. 2018, section 5).

    Both sets are uint8 (N, S, S, 3). From every level come 128 patches of 7 x 7 a picture; 512 random directions. The
    paper centres and scales each set by its own mean and deviation; here both are scaled by those of `theirs`, so that
    a generator with the wrong palette does not go unnoticed. The unit is that deviation.
    """
    distances: dict[int, float] = {}
    for level, (a, b) in enumerate(zip(_pyramid(ours), _pyramid(theirs), strict=True)):
        choose = stream(seed, "patches", level)
        mean, deviation = b.mean((0, 1, 2)), b.std((0, 1, 2)) + 1e-6
        first, second = (_patches((x - mean) / deviation, choose) for x in (a, b))
        directions = choose.normal(size=(first.shape[1], PROJECTIONS)).astype(np.float32)
        directions /= np.linalg.norm(directions, axis=0)
        gaps = [  # a few directions at a time: all at once take gigabytes
            np.abs(np.sort(first @ some, 0) - np.sort(second @ some, 0)).mean()
            for some in np.array_split(directions, PROJECTIONS // 32, axis=1)
        ]
        distances[a.shape[1]] = float(np.mean(gaps))
    return distances


def _pyramid(pixels: Pixels) -> list[Floats]:
    """Laplacian pyramid (N, s, s, 3) from full size down to 16 px, whose last level keeps the picture itself."""
    levels, picture = [], pixels.astype(np.float32)
    while picture.shape[1] > 16:
        n, side = picture.shape[:2]
        half = _blur(picture)[:, ::2, ::2]
        doubled = np.zeros((n, side, side, 3), np.float32)
        doubled[:, ::2, ::2] = half
        levels.append(picture - 4 * _blur(doubled))
        picture = half
    return [*levels, picture]


def _blur(pictures: Floats) -> Floats:
    """The 5-tap binomial filter of Burt and Adelson 1983, mirrored at the border."""
    for axis in (1, 2):
        pad = [(2, 2) if a == axis else (0, 0) for a in range(4)]
        wide = np.pad(pictures, pad, mode="reflect")
        side = pictures.shape[axis]
        parts = [np.take(wide, range(i, i + side), axis) * np.float32(w / 16) for i, w in enumerate((1, 4, 6, 4, 1))]
        pictures = np.sum(parts, axis=0, dtype=np.float32)
    return pictures


def _patches(level: Floats, choose: np.random.Generator) -> Floats:
    """128 random 7 x 7 patches of every picture as rows (N * 128, 147)."""
    n, side = level.shape[:2]
    views = np.lib.stride_tricks.sliding_window_view(level, (PATCH, PATCH), axis=(1, 2))  # (N, s', s', 3, 7, 7)
    top, left = choose.integers(0, side - PATCH + 1, (2, n, PATCHES))
    rows: Floats = views[np.arange(n)[:, None], top, left].reshape(n * PATCHES, -1)
    return rows
