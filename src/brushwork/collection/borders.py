"""Uniform frames around a picture: scanner beds, mounts, white margins."""

import numpy as np
import numpy.typing as npt
from PIL import Image

TOLERANCE = 6.0  # grey levels a frame's pixels may stray from their mean
LARGEST = 0.25  # of a side; more is taken for a part of the picture


def without_border(image: Image.Image) -> Image.Image:
    """The picture without its uniform frame, if it has one.

    A row or column belongs to the frame while its pixels stray little from one colour that all frame pixels share. A
    frame is cut only where it reaches at least two sides: a plain sky or floor is a part of the picture.
    """
    pixels = np.asarray(image, np.float64)
    height, width = pixels.shape[:2]
    sides = [_depth(lines) for lines in (pixels, pixels[::-1], pixels.swapaxes(0, 1), pixels.swapaxes(0, 1)[::-1])]
    if sum(side > 0 for side in sides) < 2:
        return image
    top, bottom, left, right = sides
    return image.crop((left, top, width - right, height - bottom))


def _depth(lines: npt.NDArray[np.float64]) -> int:
    """How many lines from the edge are of one colour; 0 when it would be more than a frame."""
    colour = np.median(lines[0], axis=0)
    depth = 0
    most = int(len(lines) * LARGEST)
    while depth <= most and np.abs(lines[depth] - colour).mean() < TOLERANCE:
        depth += 1
    return 0 if depth > most else depth
