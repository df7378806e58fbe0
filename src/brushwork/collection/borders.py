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
    pixels = np.asarray(image.convert("RGB"), np.float64)  # (H, W, 3)
    columns = pixels.swapaxes(0, 1)
    found = [_side(lines) for lines in (pixels, pixels[::-1], columns, columns[::-1])]
    alike = max(([_near(colour, other) and depth > 0 for depth, other in found] for _, colour in found), key=sum)
    if sum(alike) < 2:
        return image
    top, bottom, left, right = (depth if shared else 0 for shared, (depth, _) in zip(alike, found, strict=True))
    return image.crop((left, top, image.width - right, image.height - bottom))


def _side(lines: npt.NDArray[np.float64]) -> tuple[int, npt.NDArray[np.float64]]:
    """How many lines from the edge are of one colour, 0 when it would be more than a frame; and that colour."""
    colour = np.median(lines[0], axis=0)
    depth = 0
    most = int(len(lines) * LARGEST)
    while depth <= most and _near(lines[depth], colour):
        depth += 1
    return (0 if depth > most else depth), colour


def _near(pixels: npt.NDArray[np.float64], colour: npt.NDArray[np.float64]) -> bool:
    return bool(np.abs(pixels - colour).mean() < TOLERANCE)
