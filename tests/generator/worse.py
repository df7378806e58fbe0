"""Pictures made worse in known ways, to see whether measures notice."""

import numpy as np
from PIL import Image, ImageFilter

from brushwork.collection.collection import Pixels


def blurred(pixels: Pixels, radius: float) -> Pixels:
    return np.stack([np.asarray(Image.fromarray(p).filter(ImageFilter.GaussianBlur(radius))) for p in pixels])


def noisy(pixels: Pixels, deviation: float) -> Pixels:
    noise = np.random.default_rng(0).normal(0, deviation, pixels.shape)
    return (pixels + noise).clip(0, 255).astype(np.uint8)


def checkered(pixels: Pixels, strength: float) -> Pixels:
    signs = np.indices(pixels.shape[1:3]).sum(0) % 2 * 2 - 1
    return np.asarray((pixels + strength * signs[None, :, :, None]).clip(0, 255), np.uint8)


def few_only(pixels: Pixels, kept: int) -> Pixels:
    """As many pictures, but only the first `kept` of them, again and again."""
    return np.concatenate([pixels[:kept]] * -(-len(pixels) // kept))[: len(pixels)]
