"""CIELAB (D65) of sRGB pictures and back, exactly enough that there and back changes no pixel."""

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float64]
_TO_XYZ = np.array(  # linear sRGB to XYZ over the white point (IEC 61966-2-1; white D65)
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
) / np.array([[0.95047], [1.0], [1.08883]])
_FROM_XYZ = np.linalg.inv(_TO_XYZ)
_EDGE = 6 / 29


def lab_of(image: Image.Image) -> Floats:
    """Lightness 0..100 and the two colour axes (H, W, 3) of an sRGB picture."""
    return lab_of_pixels(np.asarray(image.convert("RGB")))


def lab_of_pixels(pixels: npt.NDArray[np.uint8]) -> Floats:
    """Lightness 0..100 and the two colour axes (..., 3) of sRGB pixels (..., 3)."""
    value = np.arange(256) / 255
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)[pixels]
    xyz = linear @ _TO_XYZ.T
    f = np.where(xyz > _EDGE**3, np.cbrt(xyz), xyz / (3 * _EDGE**2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def image_of(lab: Floats) -> Image.Image:
    """The sRGB picture of CIELAB values (H, W, 3); colours that sRGB does not have are cut off."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], -1)
    xyz = np.where(f > _EDGE, f**3, 3 * _EDGE**2 * (f - 4 / 29))
    linear = np.clip(xyz @ _FROM_XYZ.T, 0, 1)
    value = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return Image.fromarray(np.round(np.clip(value, 0, 1) * 255).astype(np.uint8))
