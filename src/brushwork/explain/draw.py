"""Drawing maps on whole canvases: one diverging scale, zero in the middle, a bar in nats."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageDraw, ImageFont
from torch.nn import functional as F

Map = npt.NDArray[np.float32]
Box = tuple[float, float, float, float]
# Orange for, violet against (ColorBrewer's PuOr ends): told apart by all common forms of colour blindness.
FOR, AGAINST = (230, 97, 1), (94, 60, 153)


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


def overlay(values: Map, size: tuple[int, int], box: Box, limit: float) -> Image.Image:
    """The map as an RGBA image to lay over the painting: colour says the sign, opacity the amount up to `limit`."""
    drawn = np.nan_to_num(carried_back(values, size, box))
    amount = np.clip(np.abs(drawn) / max(limit, 1e-12), 0, 1)
    rgba = np.empty((*drawn.shape, 4), np.uint8)
    rgba[..., :3] = np.where(drawn[..., None] > 0, np.array(FOR), np.array(AGAINST))
    rgba[..., 3] = np.round(amount * 215)
    return Image.fromarray(rgba)


def drawn_on(painting: Image.Image, values: Map, box: Box, limit: float) -> Image.Image:
    """The whole painting, greyed a little so that its colours are not taken for the map's, with the map over it."""
    calm = Image.blend(painting.convert("L").convert("RGB"), painting, 0.35)
    size = painting.size
    return Image.alpha_composite(calm.convert("RGBA"), overlay(values, size, box, limit)).convert("RGB")


@dataclass(frozen=True, slots=True)
class Tile:
    """One picture of a panel, its caption and, for a map, the ends of its scale in words; `lowest` is -1, or 0 if cut off."""

    image: Image.Image
    caption: str
    scale: tuple[str, str] | None = None
    lowest: float = -1.0


def panel(tiles: list[Tile], title: str, height: int = 320) -> Image.Image:
    """The tiles in a row under a title, each with its caption and its colour bar."""
    font, small = ImageFont.load_default(size=16), ImageFont.load_default(size=13)
    shown = [t.image.resize((max(1, round(t.image.width * height / t.image.height)), height)) for t in tiles]
    widths = [max(i.width, 250) for i in shown]
    width = max(sum(widths) + 12 * (len(tiles) + 1), int(font.getlength(title)) + 24)
    page = Image.new("RGB", (width, height + 118), "white")
    draw = ImageDraw.Draw(page)
    draw.text((12, 8), title, fill="black", font=font)
    x = 12
    for tile, image, room in zip(tiles, shown, widths, strict=True):
        page.paste(image, (x, 36))
        draw.text((x, height + 42), tile.caption, fill="black", font=small)
        if tile.scale:
            page.paste(colour_bar(room - 10, 12, tile.lowest), (x, height + 64))
            for text, anchor, place in ((tile.scale[0], "la", x), (tile.scale[1], "ra", x + room - 10)):
                draw.text((place, height + 80), text, fill="black", font=small, anchor=anchor)
        x += room + 12
    return page


def colour_bar(width: int, height: int, lowest: float = -1.0) -> Image.Image:
    """The scale from `lowest` (-1 is fully against, 0 nothing) to fully for."""
    ramp = np.linspace(lowest, 1, width, dtype=np.float32)[None].repeat(height, 0)
    white = Image.new("RGBA", (width, height), "white")
    return Image.alpha_composite(white, overlay(ramp, (width, height), (0, 0, width, height), 1.0)).convert("RGB")


def shared_limit(maps: list[Map]) -> float:
    """One scale for several maps: the 99.5th percentile of their absolute values, rounded up to two digits."""
    values = np.concatenate([np.abs(m).ravel() for m in maps]) if maps else np.zeros(1)
    top = float(np.percentile(values, 99.5))
    if top <= 0:
        return 1.0
    unit = 10 ** (math.floor(math.log10(top)) - 1)
    return float(math.ceil(top / unit) * unit)


def where(values: Map, style: str) -> str:
    """A sentence on how much of an evidence map is positive and in which of the canvas's nine parts most of it lies."""
    positive = np.clip(values, 0, None)
    if positive.sum() <= 0:
        return f"No part of the canvas speaks for {style}."
    h, w = values.shape
    thirds = np.kron(positive, np.ones((3, 3)) / 9)  # every cell in nine, so that the canvas divides evenly
    parts = thirds.reshape(3, h, 3, w).sum((1, 3))
    r, c = divmod(int(parts.argmax()), 3)
    place = {(1, 1): "middle"}.get(
        (r, c), " ".join(filter(None, (("upper", "", "lower")[r], ("left", "middle", "right")[c])))
    )
    share = f"{parts.max() / parts.sum():.0%}"
    return f"{positive.sum():.2f} nats on the canvas speak for {style}, {share} of them in the {place} ninth."
