"""Drawing maps on whole canvases: one diverging scale, zero in the middle, a bar in nats."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageDraw
from torch.nn import functional as F

from brushwork.lettering import font_of

Map = npt.NDArray[np.float32]
Box = tuple[float, float, float, float]
# Orange for, violet against (ColorBrewer's PuOr ends): told apart by all common forms of colour blindness.
FOR, AGAINST = (230, 97, 1), (94, 60, 153)
LINE, OPACITY = (40, 36, 30), 0.84
MOSTLY = 0.5  # the share of a map from which on a third of the canvas is said to hold it
WIDEST = 1700  # pixels of a panel, from which on tiles go into another row


def carried_back(values: Map, size: tuple[int, int], box: Box) -> Map:
    """A map (h, w) of the canvas `box` on a painting of `size` (width, height) pixels, resampled to (height, width).

    Bilinear with half-pixel centres: cell (i, j) is centred on the middle of its part of the box. Outside the box, where
    the network did not look, the values are NaN.
    """
    left, top, right, bottom = box
    h, w = values.shape
    x = (np.arange(size[0]) + 0.5 - left) / (right - left)
    y = (np.arange(size[1]) + 0.5 - top) / (bottom - top)
    across, down = np.meshgrid(x * 2 - 1, y * 2 - 1)
    places = torch.from_numpy(np.stack([across, down], -1)[None].astype(np.float32))
    source = torch.from_numpy(np.ascontiguousarray(values, np.float32)).reshape(1, 1, h, w)
    drawn = F.grid_sample(source, places, mode="bilinear", padding_mode="border", align_corners=False)[0, 0].numpy()
    outside = (x < 0) | (x > 1), (y < 0) | (y > 1)
    drawn[:, outside[0]] = np.nan
    drawn[outside[1], :] = np.nan
    return np.asarray(drawn, np.float32)


def overlay(
    values: Map,
    size: tuple[int, int],
    box: Box,
    limit: float,
    opacity: float = OPACITY,
    contours: Sequence[float] = (),
) -> Image.Image:
    """The map as an RGBA image to lay over the painting: colour says the sign, opacity the amount up to `limit`.

    At `limit` the map covers the share `opacity` of what is below. Where it crosses one of `contours` there is a dark line.
    """
    drawn = np.nan_to_num(carried_back(values, size, box))
    amount = np.clip(np.abs(drawn) / max(limit, 1e-12), 0, 1)
    rgba = np.empty((*drawn.shape, 4), np.uint8)
    rgba[..., :3] = np.where(drawn[..., None] > 0, np.array(FOR), np.array(AGAINST))
    rgba[..., 3] = np.round(amount * 255 * opacity)
    for level in contours:
        rgba[_crossed(drawn > level if level > 0 else drawn < level)] = (*LINE, 255)
    return Image.fromarray(rgba)


def _crossed(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The pixels (H, W) inside that have a neighbour outside; a line's width follows the picture's size."""
    width = max(1, round(min(inside.shape) / 400))
    shrunk = inside.copy()
    for axis in (0, 1):
        for shift in range(-width, width + 1):
            moved = np.roll(inside, shift, axis)
            edge = [slice(None), slice(None)]  # what comes in from the other end is no neighbour
            edge[axis] = slice(0, shift) if shift > 0 else slice(inside.shape[axis] + shift, None)
            if shift:
                moved[tuple(edge)] = True
            shrunk &= moved
    return inside & ~shrunk


def drawn_on(
    painting: Image.Image,
    values: Map,
    box: Box | None = None,
    limit: float | None = None,
    opacity: float = OPACITY,
    contours: Sequence[float] = (),
) -> Image.Image:
    """The whole painting, greyed a little so that its colours are not taken for the map's, with the map (h, w) over it.

    `box` is what of the painting the map is of, in its pixels, by default all; `limit` the value of full colour, by default
    that of `shared_limit`.
    """
    calm = Image.blend(painting.convert("L").convert("RGB"), painting.convert("RGB"), 0.35)
    size = painting.size
    limit = shared_limit([values]) if limit is None else limit
    laid = overlay(values, size, box or (0, 0, *size), limit, opacity, contours)
    return Image.alpha_composite(calm.convert("RGBA"), laid).convert("RGB")


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of a panel, its caption and, for a map, the ends of its scale in words and how it covers the picture.

    `lowest` is -1, or 0 where the map is cut off.
    """

    image: Image.Image
    caption: str
    scale: tuple[str, str] | None = None
    lowest: float = -1.0
    opacity: float = OPACITY


def panel(tiles: list[Tile], title: str, height: int = 320, notes: Sequence[str] = ()) -> Image.Image:
    """The tiles in rows under a title and notes, each with its caption and its colour bar."""
    font, small = font_of(15), font_of(12)
    room = [
        max(
            _width(t, height),
            250,
            *(math.ceil(small.getlength(one)) for one in (t.caption, "     ".join(t.scale or ()))),
        )
        + 24
        for t in tiles
    ]
    rows: list[list[int]] = []
    for k, width in enumerate(room):
        if rows and sum(room[i] for i in rows[-1]) + width <= WIDEST:
            rows[-1].append(k)
        else:
            rows.append([k])
    words = math.ceil(max(font.getlength(title), *(small.getlength(note) for note in notes), 0))
    top = 36 + 20 * len(notes)
    width = max([sum(room[i] for i in row) + 12 for row in rows] + [words + 24])
    page = Image.new("RGB", (width, top + len(rows) * (height + 82)), "white")
    draw = ImageDraw.Draw(page)
    draw.text((12, 8), title, fill="black", font=font)
    for k, note in enumerate(notes):
        draw.text((12, 32 + 20 * k), note, fill="black", font=small)
    for number, row in enumerate(rows):
        x, y = 12, top + number * (height + 82)
        for k in row:
            image = tiles[k].image.resize((_width(tiles[k], height), height))
            page.paste(image, (x, y))
            draw.text((x, y + height + 6), tiles[k].caption, fill="black", font=small)
            if scale := tiles[k].scale:
                page.paste(colour_bar(room[k] - 24, 12, tiles[k].lowest, tiles[k].opacity), (x, y + height + 28))
                for text, anchor, place in ((scale[0], "la", x), (scale[1], "ra", x + room[k] - 24)):
                    draw.text((place, y + height + 44), text, fill="black", font=small, anchor=anchor)
            x += room[k]
    return page


def _width(tile: Tile, height: int) -> int:
    return max(1, round(tile.image.width * height / tile.image.height))


def colour_bar(width: int, height: int, lowest: float = -1.0, opacity: float = OPACITY) -> Image.Image:
    """The scale from `lowest` (-1 is fully against, 0 nothing) to fully for, as it is over white."""
    ramp = np.linspace(lowest, 1, width, dtype=np.float32)[None].repeat(height, 0)
    white = Image.new("RGBA", (width, height), "white")
    return Image.alpha_composite(white, overlay(ramp, (width, height), (0, 0, width, height), 1.0, opacity)).convert(
        "RGB"
    )


def shared_limit(maps: list[Map]) -> float:
    """One scale for several maps: the 99.5th percentile of their absolute values, rounded up to two digits."""
    values = np.concatenate([np.abs(m).ravel() for m in maps]) if maps else np.zeros(1)
    top = float(np.percentile(values, 99.5))
    if top <= 0:
        return 1.0
    unit = 10 ** (math.floor(math.log10(top)) - 1)
    return float(math.ceil(top / unit) * unit)


def where(values: Map, style: str) -> str:
    """A sentence on how much of an evidence map is positive and where on the canvas most of it lies."""
    positive = np.clip(values, 0, None)
    if positive.sum() <= 0:
        return f"No evidence for {style}: no part of the canvas speaks for it."
    h, w = values.shape
    thirds = np.kron(positive, np.ones((3, 3)) / 9)  # every cell in nine, so that the canvas divides evenly
    parts = thirds.reshape(3, h, 3, w).sum((1, 3)) / positive.sum()
    against = float(np.clip(-values, 0, None).sum())
    return (
        f"{positive.sum():.2f} nats on the canvas speak for {style}, {_place(parts)}; {against:.2f} speak against it."
    )


def _place(parts: Map) -> str:
    """In words where most of the shares (3, 3) of a canvas's ninths lie."""
    down, across = parts.sum(1), parts.sum(0)
    if max(down.max(), across.max()) >= MOSTLY:
        if down.max() >= across.max():
            return f"{down.max():.0%} of them in the {('upper', 'middle', 'lower')[int(down.argmax())]} third"
        return f"{across.max():.0%} of them in the {('left', 'middle', 'right')[int(across.argmax())]} third from left to right"
    r, c = divmod(int(parts.argmax()), 3)
    names = filter(None, (("upper", "", "lower")[r], ("left", "middle", "right")[c]))
    place = "middle" if (r, c) == (1, 1) else " ".join(names)
    return f"spread over it, with {parts.max():.0%} of them in the {place} ninth"
