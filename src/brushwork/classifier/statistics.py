"""What a picture's colours and texture are in a few plain numbers, with no network: a baseline and a sense of the odd."""

import hashlib
import io
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.images import shrink
from brushwork.painting import Painting
from brushwork.progress import progress
from brushwork.run import write_atomically

Floats = npt.NDArray[np.float64]
Plane = npt.NDArray[np.floating[Any]]

STATISTICS: tuple[str, ...] = (
    "lightness_mean",  # CIELAB, L* 0..100
    "lightness_sd",
    "a_mean",  # green to red
    "a_sd",
    "b_mean",  # blue to yellow
    "b_sd",
    "chroma_mean",  # C* = hypot(a*, b*)
    "chroma_sd",
    "chroma_90",  # 90th percentile
    "hue_spread",  # circular variance of the hue, weighted by chroma: 0 one hue, 1 all around
    "saturation_mean",  # HSV, 0..1
    "saturation_sd",
    "grey_share",  # of the pixels: C* under 8
    "white_share",  # L* over 95
    "black_share",  # L* under 10
    "commonest_colour",  # share of the commonest of 16 x 16 x 16 colours
    "lightness_5",  # percentiles of L*
    "lightness_95",
    "gradient_mean",  # L* a pixel
    "edge_share",  # of the pixels: gradient over 10 L* a pixel
    "fine_to_coarse",  # root mean square difference of L* one pixel apart over that eight pixels apart
    "flat_share",  # of the 3 x 3 neighbourhoods: nine pixels exactly alike
    "orientation_entropy",  # of the gradient, weighted by its magnitude, in eight directions: 0 one, 1 all alike
)
"""The names of the statistics, in order."""
COLOUR: tuple[int, ...] = tuple(range(STATISTICS.index("gradient_mean")))
"""The places of those that say nothing of where a pixel lies."""

SHORT_SIDE = 128  # pixels at which all is measured, so that a scan's resolution does not decide
VERSION = 1  # of the definitions: raised when any changes, so that nothing old is read back
STRONG, APART, DIRECTIONS = 10.0, 8, 8
FAINT = 0.5  # mean chroma below which the hue is noise and its spread fades to 0

_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)
_SRGB_TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
_TO_WHITE = (np.array(_SRGB_TO_XYZ) / np.sum(_SRGB_TO_XYZ, 1, keepdims=True)).astype(np.float32)  # white is exactly 1


def picture_statistics(image: Image.Image) -> Floats:
    """The `STATISTICS` (K,) of a picture of any size, shrunk to 128 pixels on the short side and never enlarged.

    All are finite, for a blank picture too; where nothing varies, ratios, spreads and entropies are 0. Mirroring the
    picture changes them by no more than the rounding of the shrunken pixels.
    """
    shrunk = np.asarray(shrink(image.convert("RGB"), SHORT_SIDE))  # (H, W, 3)
    pixels = np.ascontiguousarray(np.moveaxis(shrunk, 2, 0))  # (3, H, W): numpy is slow across short last axes
    lightness, a, b = _lab(pixels)
    return np.array([*_colour(pixels, lightness, a, b), *_texture(pixels, lightness)], np.float64)


def statistics_of(collection: Collection, paintings: Sequence[Painting]) -> Floats:
    """The statistics (N, K) of these paintings of a collection, in this order; measured once, then read from its folder.

    A collection whose folder cannot be written is measured anew each time. Raises `UserError` when pixels are missing.
    """
    order = sorted(
        range(len(paintings)), key=lambda i: paintings[i].id
    )  # whoever asks in whatever order finds the same
    if order != list(range(len(paintings))):
        return statistics_of(collection, [paintings[i] for i in order])[np.argsort(order)]
    what = [f"{VERSION} {' '.join(STATISTICS)}"]
    what += [f"{p.id} {p.sha256} {p.width} {p.height} {p.crc32}" for p in paintings]
    key = hashlib.sha256("\n".join(what).encode()).hexdigest()[:16]
    path = collection.folder / "statistics" / f"{key}.npy"
    table = _cached(path, (len(paintings), len(STATISTICS)))
    if table is not None:
        return table
    table = np.empty((len(paintings), len(STATISTICS)))
    with progress(len(paintings), "measuring colours and texture") as advance:
        for i, painting in enumerate(paintings):
            table[i] = picture_statistics(collection.picture(painting))
            advance(i + 1)
    file = io.BytesIO()
    np.save(file, table, allow_pickle=False)
    with suppress(UserError):  # a folder that is only read, or full: it goes without the cache
        write_atomically(path, file.getvalue())
    return table


def _cached(path: Path, shape: tuple[int, int]) -> Floats | None:
    """The table in a file; None when there is none of that shape, or it is damaged and to be made again."""
    try:
        table = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return table if isinstance(table, np.ndarray) and table.shape == shape and table.dtype == np.float64 else None


def _lab(pixels: npt.NDArray[np.uint8]) -> tuple[Plane, Plane, Plane]:
    """CIELAB (CIE 15) under D65 of sRGB pixels (3, H, W): three planes (H, W)."""
    xyz = _TO_WHITE @ _LINEAR[pixels].reshape(3, -1)  # as shares of white
    f = np.cbrt(xyz)
    dark = xyz <= 216 / 24389
    f[dark] = xyz[dark] * (841 / 108) + 4 / 29
    x, y, z = f.reshape(pixels.shape)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _colour(pixels: npt.NDArray[np.uint8], lightness: Plane, a: Plane, b: Plane) -> list[float]:
    """The statistics that say nothing of where a pixel lies, in the order of `STATISTICS`."""
    chroma = np.sqrt(a * a + b * b)
    brightest, darkest = pixels.max(0).astype(np.float32), pixels.min(0)
    saturation = (brightest - darkest) / np.maximum(brightest, 1)  # black has none
    red, green, blue = (pixels >> 4).astype(np.uint16)
    commonest = np.bincount((red << 8 | green << 4 | blue).ravel()).max()
    # 1 - |sum of C e^(ih)| / sum of C (Mardia & Jupp 2000, 2.3), where C e^(ih) is (a, b) itself.
    whole = float(chroma.mean())
    spread = (whole - float(np.hypot(a.mean(), b.mean()))) / max(whole, FAINT)
    low, high = np.percentile(lightness, [5, 95])
    moments = [float(f(plane)) for plane in (lightness, a, b, chroma) for f in (np.mean, np.std)]
    return [
        *moments,
        float(np.percentile(chroma, 90)),
        max(spread, 0.0),  # rounding takes one hue a hair below 0
        float(saturation.mean()),
        float(saturation.std()),
        float((chroma < 8).mean()),
        float((lightness > 95).mean()),
        float((lightness < 10).mean()),
        float(commonest) / lightness.size,
        float(low),
        float(high),
    ]


def _texture(pixels: npt.NDArray[np.uint8], lightness: Plane) -> list[float]:
    """The statistics of neighbouring pixels, in the order of `STATISTICS`; 0 where the picture is too small for them."""
    across = (lightness[1:-1, 2:] - lightness[1:-1, :-2]) / 2  # (H - 2, W - 2)
    down = (lightness[2:, 1:-1] - lightness[:-2, 1:-1]) / 2
    magnitude = np.sqrt(across * across + down * down)
    fine, coarse = _difference(lightness, 1), _difference(lightness, APART)
    alike_across = (pixels[:, :, 1:] == pixels[:, :, :-1]).all(0)  # (H, W - 1)
    alike_down = (pixels[:, 1:] == pixels[:, :-1]).all(0)
    rows = alike_across[:, 1:] & alike_across[:, :-1]  # three in a row are alike: (H, W - 2)
    flat = rows[2:] & rows[1:-1] & rows[:-2] & alike_down[1:, 1:-1] & alike_down[:-1, 1:-1]
    return [
        _mean(magnitude),
        _mean(magnitude > STRONG),
        fine / coarse if coarse > 0 else 0.0,
        _mean(flat),
        _entropy(across, down, magnitude),
    ]


def _difference(lightness: Plane, apart: int) -> float:
    """The root mean square difference of pixels so far apart, across and down."""
    across = np.square(lightness[:, apart:] - lightness[:, :-apart])
    down = np.square(lightness[apart:] - lightness[:-apart])
    return float(np.sqrt((_mean(across) + _mean(down)) / 2))


def _entropy(across: Plane, down: Plane, magnitude: Plane) -> float:
    """The entropy of the gradient's direction, 0..1: eight directions over half a turn, centred on the axes."""
    # Around the axes, not between them: so a mirrored picture's directions fall into the mirrored bins.
    direction = np.rint(np.arctan2(down, across) * (DIRECTIONS / np.pi)).astype(np.intp) % DIRECTIONS
    weight = np.bincount(direction.ravel(), magnitude.ravel(), DIRECTIONS)
    share = weight[weight > 0] / max(weight.sum(), 1e-12)
    return float(-(share * np.log(share)).sum() / np.log(DIRECTIONS)) if share.size > 1 else 0.0


def _mean(values: Plane | npt.NDArray[np.bool_]) -> float:
    return float(values.mean()) if values.size else 0.0
