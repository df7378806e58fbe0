"""What tells pictures apart at a glance: perceptual hashes of several views, and whether there is colour at all."""

import numpy as np
import numpy.typing as npt
from PIL import Image

VIEWS = ("whole", "inner 97 %", "inner 94 %", "mirrored")
HEX = 32 * len(VIEWS)  # digits a painting: 64 bits of dHash and 64 of pHash a view

Matrix = npt.NDArray[np.float64]

_SMALL = 128  # pixels a side of the grey picture that the views are cut from
_FREQUENCIES = np.cos(np.pi / 32 * (np.arange(32) + 0.5) * np.arange(8)[:, None])  # rows of the DCT-II (8, 32)


def _averages(count: int, share: float) -> Matrix:
    """The matrix (count, 128) that averages the inner `share` of a side over `count` equal parts."""
    edges = _SMALL * ((1 - share) / 2 + share * np.arange(count + 1) / count)
    pixels = np.arange(_SMALL)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.clip(overlap, 0, None) * count / (_SMALL * share)


_DIFFERENCES = {share: (_averages(8, share), _averages(9, share).T) for share in (1.0, 0.97, 0.94)}
_WAVES = {share: _FREQUENCIES @ _averages(32, share) for share in (1.0, 0.97, 0.94)}


def perceptual_hashes(image: Image.Image) -> str:
    """dHash and pHash of every view, as hexadecimal digits.

    The inner views let a picture meet a copy of itself that was cropped a little, the mirrored one a reversed copy.
    dHash: Krawetz 2013; pHash: Zauner 2010.
    """
    grey = np.asarray(image.resize((_SMALL, _SMALL), Image.Resampling.BOX).convert("L"), np.float64)
    bits = [*_hashes(grey, 1.0), *_hashes(grey, 0.97), *_hashes(grey, 0.94), *_hashes(grey[:, ::-1], 1.0)]
    return np.packbits(np.stack(bits)).tobytes().hex()


def hash_table(digits: list[str]) -> npt.NDArray[np.uint64]:
    """Hashes as numbers: (N, views, 2), dHash before pHash."""
    raw = np.frombuffer(bytes.fromhex("".join(digits)), ">u8").astype(np.uint64)
    return raw.reshape(len(digits), len(VIEWS), 2)


def grey_share(image: Image.Image) -> float:
    """The share of the picture without colour: CIELAB chroma under 8, at 64 x 64 pixels."""
    small = np.asarray(image.resize((64, 64), Image.Resampling.BOX)).reshape(-1, 3)
    f = np.cbrt(np.maximum(_LINEAR[small] @ _TO_XYZ, 0.008856))  # black has no chroma under either branch
    chroma = np.hypot(500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2]))
    return float((chroma < 8).mean())


_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)
_TO_XYZ = np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]]) / [0.9505, 1, 1.089]


def _hashes(grey: Matrix, share: float) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    rows, columns = _DIFFERENCES[share]
    means = rows @ grey @ columns  # (8, 9)
    low = _WAVES[share] @ grey @ _WAVES[share].T  # (8, 8)
    return means[:, 1:] > means[:, :-1], low > np.median(low)
