"""From whatever numbers a file has for its pixels to 8-bit sRGB: depths, transparency and colour profiles."""

import functools
import io

import numpy as np
from PIL import Image, ImageCms

SRGB = ImageCms.createProfile("sRGB")


def in_srgb(image: Image.Image, icc: bytes | None = None) -> Image.Image:
    """An image of any mode as 8-bit sRGB on white, by its colour profile `icc` where it has one that can be read."""
    return _converted(_without_alpha(_eight_bit(image)), icc)


def _eight_bit(image: Image.Image) -> Image.Image:
    """Pillow clips 16-bit and float greys when converting; they are scaled to 8 bits here instead."""
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        values = np.asarray(image).astype(np.float64)
        top = 65535.0 if image.mode != "F" or values.max(initial=0.0) > 1 else 1.0
        return Image.fromarray(np.clip(values * (255.0 / top) + 0.5, 0, 255).astype(np.uint8))
    return image


def _without_alpha(image: Image.Image) -> Image.Image:
    """Transparent parts show white, as on a page, and never the colour hidden beneath."""
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image if image.mode in ("RGB", "CMYK", "LAB") else image.convert("RGB")


def _converted(image: Image.Image, icc: bytes | None) -> Image.Image:
    if icc and image.mode in ("RGB", "CMYK"):
        try:
            converted = ImageCms.applyTransform(image, _to_srgb(icc, image.mode))
            return converted if converted is not None else image
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken or foreign profile: the numbers are taken for sRGB, as browsers do
    return image if image.mode == "RGB" else image.convert("RGB")


@functools.lru_cache(16)
def _to_srgb(icc: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
    return ImageCms.buildTransform(profile, SRGB, mode, "RGB")
