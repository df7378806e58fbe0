"""What tells pictures apart at a glance: perceptual hashes of several views, and whether there is colour at all."""

import numpy as np
import numpy.typing as npt
from PIL import Image

# Share of either side that a view keeps, and where it begins as a share of what is left over (across, down).
CROPS = ((1.0, 0, 0), (0.97, 0.5, 0.5), (0.94, 0.5, 0.5), (0.97, 0, 0), (0.97, 1, 0), (0.97, 0, 1), (0.97, 1, 1))
VIEWS = len(CROPS) + 1  # the last is the whole picture mirrored
HEX = 32 * VIEWS  # digits a painting: 64 bits of dHash and 64 of pHash a view

Matrix = npt.NDArray[np.float32]

_SMALL = 128  # pixels a side of the grey picture that the views are cut from
_FREQUENCIES = np.cos(np.pi / 32 * (np.arange(32) + 0.5) * np.arange(8)[:, None]).astype(np.float32)  # DCT-II (8, 32)


def _averages(count: int, share: float, start: float) -> Matrix:
    """The matrix (count, 128) that averages `share` of a side, from `start` of the rest on, over `count` equal parts."""
    edges = _SMALL * ((1 - share) * start + share * np.arange(count + 1) / count)
    pixels = np.arange(_SMALL)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.clip(overlap, 0, None) * count / (_SMALL * share), np.float32)


# Each view's means and waves as a pair of matrices around the grey picture; the mirrored view reads columns backwards.
_MEANS = (
    np.stack([_averages(8, share, down) for share, _, down in (*CROPS, CROPS[0])]),
    np.stack([*(_averages(9, share, across).T for share, across, _ in CROPS), _averages(9, 1.0, 0)[:, ::-1].T]),
)
_WAVES = (
    np.stack([_FREQUENCIES @ _averages(32, share, down) for share, _, down in (*CROPS, CROPS[0])]),
    np.stack(
        [
            *((_FREQUENCIES @ _averages(32, share, across)).T for share, across, _ in CROPS),
            (_FREQUENCIES @ _averages(32, 1.0, 0))[:, ::-1].T,
        ]
    ),
)


def small_view(image: Image.Image) -> Image.Image:
    """The picture at 128 x 128 pixels, which is all that is looked at here; made once, it serves both functions."""
    return image if image.size == (_SMALL, _SMALL) else image.resize((_SMALL, _SMALL), Image.Resampling.BOX)


def perceptual_hashes(image: Image.Image) -> str:
    """dHash and pHash of every view, as hexadecimal digits.

    The inner views let a picture meet a copy of itself that was cropped a little, the last one a mirrored copy.
    dHash: Krawetz 2013; pHash: Zauner 2010.
    """
    grey = np.asarray(small_view(image).convert("L"), np.float32)
    means = _around(grey, _MEANS)  # (views, 8, 9)
    waves = _around(grey, _WAVES).reshape(VIEWS, 64)
    differences = (means[:, :, 1:] > means[:, :, :-1]).reshape(VIEWS, 64)
    above = waves > np.median(waves, axis=1, keepdims=True)
    return np.packbits(np.stack([differences, above], axis=1)).tobytes().hex()


def hash_table(digits: list[str]) -> npt.NDArray[np.uint64]:
    """Hashes as numbers: (N, views, 2), dHash before pHash."""
    raw = np.frombuffer(bytes.fromhex("".join(digits)), ">u8").astype(np.uint64)
    return raw.reshape(len(digits), VIEWS, 2)


def grey_share(image: Image.Image) -> float:
    """The share of the picture without colour: CIELAB chroma under 8, at 32 x 32 pixels."""
    small = np.asarray(small_view(image).reduce(4)).reshape(-1, 3)
    f = np.cbrt(np.maximum(_LINEAR[small] @ _TO_XYZ, 0.008856))  # black has no chroma under either branch
    chroma = np.hypot(500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2]))
    return float((chroma < 8).mean())


_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4)
_TO_XYZ = np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]]) / [0.9505, 1, 1.089]


def _around(grey: Matrix, matrices: tuple[Matrix, Matrix]) -> Matrix:
    """left @ grey @ right for every view, in 64ths: rounding must not decide where a picture is flat, nor the machine."""
    left, right = matrices
    exact = (left.reshape(-1, _SMALL) @ grey).reshape(left.shape) @ right
    return np.asarray(np.rint(exact * 64), np.float32)
