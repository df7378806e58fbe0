"""What can be compared of two sets of pictures with no network's opinion in it: their spectra and their colours."""

import numpy as np
import numpy.typing as npt

from brushwork.collection.collection import Pixels
from brushwork.colour import lab_of_pixels
from brushwork.randomness import stream

Floats = npt.NDArray[np.float64]
ROUNDING = (
    100 / 255
) ** 2 / 12  # the power that rounding to 8 bits adds to lightness; no picture is taken to have less
AT_ONCE = 128  # pictures
COLOURS = 256  # pixels drawn from every picture
DIRECTIONS = 64  # of colour space


def spectrum_gap(ours: Pixels, theirs: Pixels) -> float:
    """How far the mean spectra of two sets (N, S, S, 3) are apart: mean absolute difference over frequencies, in dB.

    10 dB are ten times the power. Blur and noise show at the high frequencies, and the checkerboards of transposed
    convolutions as bumps at even fractions of the highest (Durall et al. 2020).
    """
    return float(np.abs(spectrum(ours) - spectrum(theirs)).mean())


def spectrum(pixels: Pixels) -> Floats:
    """The power of lightness in dB (R,) at 1, 2, ... waves across the pictures (N, S, S, 3), up to those of a checkerboard.

    Of every picture under a Hann window the logarithm of the azimuthal average; then the mean over pictures.
    """
    side = pixels.shape[1]
    hann = np.hanning(side + 1)[:-1]
    window = np.outer(hann, hann)
    cycles = np.fft.fftfreq(side) * side
    ring = np.hypot(cycles[:, None], cycles).round().astype(int).ravel()
    counts = np.bincount(ring)
    total = np.zeros(len(counts))
    for start in range(0, len(pixels), AT_ONCE):
        light = lab_of_pixels(pixels[start : start + AT_ONCE])[..., 0]
        light = light - (light * window).sum((1, 2), keepdims=True) / window.sum()
        power = np.abs(np.fft.fft2(light * window)) ** 2 / (window**2).sum()
        for one in power:
            total += 10 * np.log10(np.bincount(ring, one.ravel()) / counts + ROUNDING)
    return total[1:] / len(pixels)


def palette_distance(ours: Pixels, theirs: Pixels, seed: int = 0) -> float:
    """How far the colours of two sets (N, S, S, 3) are apart, all pictures of a set taken together, in CIELAB units (Delta E).

    The sliced Wasserstein distance of pixels, doubled, since a shift of all colours shows by half in a random direction of
    three: a shift by 5 Delta E measures 5. About 2 is what an eye just sees.
    """
    first, second = (_colours(pixels, stream(seed, "colours")) for pixels in (ours, theirs))
    shares = (np.arange(max(len(first), len(second))) + 0.5) / max(len(first), len(second))
    gaps = [
        np.abs(_quantiles(first @ direction, shares) - _quantiles(second @ direction, shares)).mean()
        for direction in _directions()
    ]
    return float(2 * np.mean(gaps))


def _colours(pixels: Pixels, choose: np.random.Generator) -> Floats:
    """The colours (N * 256, 3) of random pixels of every picture."""
    flat = pixels.reshape(len(pixels), -1, 3)
    places = choose.integers(0, flat.shape[1], (len(flat), COLOURS))
    return lab_of_pixels(np.take_along_axis(flat, places[..., None], 1)).reshape(-1, 3)


def _quantiles(values: Floats, shares: Floats) -> Floats:
    """Values at these shares of the sorted row; all of them, sorted, where there are as many."""
    values = np.sort(values)
    return values[(shares * len(values)).astype(np.intp)]


def _directions() -> Floats:
    """Unit vectors (64, 3) evenly over half a sphere, on a spiral of the golden angle."""
    height = (np.arange(DIRECTIONS) + 0.5) / DIRECTIONS
    angle = np.arange(DIRECTIONS) * np.pi * (3 - 5**0.5)
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle), height], 1)
