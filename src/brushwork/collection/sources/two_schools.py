"""The built-in collection: two invented schools of twelve invented painters, painted by program stroke by stroke.

Strokes go from coarse to fine and follow the forms, after Hertzmann, "Painterly rendering with curved brush strokes of
multiple sizes" (SIGGRAPH 1998). Both schools pass through the same code; only what is planted differs, and is recorded.
"""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from brushwork.collection.sources.entry import Entry
from brushwork.collection.sources.two_schools_painters import (
    FINER,
    PAINTERS,
    STEPS,
    STYLES,
    TRAITS,
    Brush,
    Field,
    Floats,
    Painter,
    break_colour,
    palette,
    to_rgb,
    trace,
)
from brushwork.collection.sources.two_schools_scenes import SCENES, compose
from brushwork.collection.sources.two_schools_stage import LIGHTS, TONES, Light, View
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.randomness import stream

__all__ = ["PAINTERS", "SCENES", "STYLES", "HalfAndHalf", "Painter", "paint", "paint_half_and_half", "two_schools"]

_FORMATS = (3 / 4, 4 / 5, 5 / 6, 1.0, 6 / 5, 5 / 4, 4 / 3)


def _blur(values: Floats, radius: float) -> Floats:
    """The field averaged over a square, twice, by running sums (Pillow's blurs take no floats)."""
    reach = max(1, round(radius))
    for _ in range(2):
        for axis in (0, 1):
            pad = [(reach + 1, reach) if k == axis else (0, 0) for k in (0, 1)]
            total = np.cumsum(np.pad(values, pad, mode="edge"), axis=axis, dtype=np.float32)
            span = 2 * reach + 1
            ahead, behind = (total[span:], total[:-span]) if axis == 0 else (total[:, span:], total[:, :-span])
            values = np.asarray((ahead - behind) / span, dtype=np.float32)
    return values


def _field(view: View, painter: Painter, rng: np.random.Generator, unit: float) -> Field:
    """The flow of the strokes: along the forms, along edges near them, and as the painter's hand leans."""
    things = view.labels // TONES
    edge = np.zeros(things.shape, dtype=np.float32)
    edge[:, 1:] = things[:, 1:] != things[:, :-1]
    edge[1:] = np.maximum(edge[1:], things[1:] != things[:-1])
    # Either side of an edge the slope of its blur points across it; doubled angles let both sides agree.
    blurred = _blur(edge, 1.2 * unit)
    gy, gx = (np.asarray(np.gradient(blurred, axis=axis), dtype=np.float32) for axis in (0, 1))
    cos2, sin2 = _blur(gy * gy - gx * gx, 1.5 * unit), _blur(-2 * gx * gy, 1.5 * unit)
    slope = np.hypot(cos2, sin2)
    pull = np.minimum(3.0, np.sqrt(slope) * 40 * unit) / np.maximum(slope, 1e-9)
    wave = rng.uniform(-0.5, 0.5, (4, 5)).astype(np.float32)
    wander = np.asarray(Image.fromarray(wave).resize(view.labels.shape[::-1], Image.Resampling.BICUBIC))
    angle = 2 * (view.flow + 1.4 * wander)
    x = np.cos(angle) + cos2 * pull + painter.leaning * np.cos(2 * painter.lean)
    y = np.sin(angle) + sin2 * pull + painter.leaning * np.sin(2 * painter.lean)
    half = 0.5 * np.arctan2(y, x)
    return Field(np.cos(half), np.sin(half), edge)


def _layer(brush: Brush, view: View, field: Field, size: float, level: int, unit: float) -> None:
    """One layer of strokes `size` wide; the fine ones go only where there is detail (Hertzmann 1998)."""
    painter, rng = brush.painter, brush.rng
    image = Image.fromarray(view.colours)
    soft = image.filter(ImageFilter.BoxBlur(max(0.5, size * 0.3)))
    seen = np.asarray(soft)
    height, width = field.cos.shape
    pitch = size * (0.8 + 0.25 * painter.gaps) if level else size * 0.8
    across, down = np.meshgrid(np.arange(0, width, pitch), np.arange(0, height, pitch))
    start = np.stack([across.ravel(), down.ravel()], axis=1) + rng.uniform(0, pitch, (across.size, 2))
    start = np.minimum(start, np.array([width - 1, height - 1]))
    if level > 1:
        far = np.asarray(image.filter(ImageFilter.BoxBlur(size * 1.6)).convert("L"), dtype=np.int16)
        detail = np.abs(np.asarray(image.convert("L"), dtype=np.int16) - far)
        place = start.astype(np.intp)
        start = start[detail[place[:, 1], place[:, 0]] > 7 + 10 * rng.random(len(start))]
    begin = np.asarray(rng.permutation(start), dtype=np.float32)
    ratio = (2.0 + 3.4 * painter.stroke) * rng.uniform(0.7, 1.3, len(start))
    step = np.asarray(size * ratio / STEPS, dtype=np.float32)
    points, normals, colour = trace(begin, field, seen, step, 60.0 if level > 1 else 90.0)
    inset = np.float32(0.3 if level < 2 else 0.15)  # so that the place chosen is inside the stroke
    points -= (points[:, -1:] - points[:, :1]) * inset
    lab = break_colour(palette(colour, painter), painter, rng)
    half = (size * 0.5 * rng.uniform(0.75, 1.2, len(start))).astype(np.float32)
    bristles = int(np.clip(round(size / unit / 2.2), 1, 4))
    brush.lay(points, normals, half, to_rgb(lab), bristles)


def _contours(brush: Brush, field: Field, unit: float) -> None:
    """Dark lines along the edges of things, as far as the painter draws any."""
    painter, rng = brush.painter, brush.rng
    width = 3.9 * unit * (painter.contour - 0.3) * painter.scale
    if width < 0.4 * unit:
        return
    rows, columns = np.nonzero(field.edge)
    # One pixel in five along an edge of any slope starts a line, so that lines meet; chance alone would leave gaps.
    chosen = (columns + 2 * rows) % 5 < np.clip(round(1 / unit), 1, 4)
    chosen |= rng.random(len(rows)) < 0.08
    start = np.stack([columns, rows], axis=1)[chosen].astype(np.float32)
    blank = np.zeros((*field.edge.shape, 3), dtype=np.uint8)
    step = np.full(len(start), 1.7 * unit, dtype=np.float32)
    points, normals, _ = trace(start, field, blank, step, 1.0)
    points -= (points[:, -1:] - points[:, :1]) * np.float32(0.5)
    half = (0.5 * width * rng.uniform(0.6, 1.25, len(start))).astype(np.float32)
    hue = np.deg2rad(painter.ink)
    lab = np.array([0.2, 0.06 * np.cos(hue), 0.06 * np.sin(hue)]) + rng.normal(0, 0.02, (len(start), 3))
    brush.lay(points, normals, half, to_rgb(lab.astype(np.float32)), 1)


def _flatten(view: View, painter: Painter) -> View:
    """The view with each thing's colours drawn towards their mean, as far as the painter sees flat."""
    amount = np.float32(0.85 * painter.broken**2)
    labels = view.labels.ravel()
    counts = np.maximum(np.bincount(labels), 1)
    colours = view.colours.reshape(-1, 3).astype(np.float32)
    means = np.stack([np.bincount(labels, colours[:, c]) / counts for c in range(3)], axis=1).astype(np.float32)
    flat = colours + (means[labels] - colours) * amount
    return View(view.title, flat.astype(np.uint8).reshape(view.colours.shape), view.labels, view.flow)


def _finish(canvas: Image.Image, painter: Painter) -> Image.Image:
    """The canvas at its own size, with the light raking over its paint and cloth."""
    pixels = np.asarray(canvas.reduce(FINER), dtype=np.float32)
    tone = pixels.mean(axis=2)
    relief = np.zeros_like(tone)
    relief[1:, 1:] = tone[1:, 1:] - tone[:-1, :-1]
    height, width = tone.shape
    cloth = np.where((np.arange(height)[:, None] + np.arange(width)) % 2, 1.0, -1.0) * (1.2 * painter.weave)
    pixels = pixels + (np.clip(relief, -40, 40) * 0.16 + cloth)[:, :, None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _render(view: View, painter: Painter, rng: np.random.Generator) -> Image.Image:
    """The view as this painter paints it, coarse strokes first (Hertzmann 1998)."""
    height, width = view.labels.shape
    unit = min(width, height) / 192
    canvas = Image.new("RGB", (width * FINER, height * FINER), painter.ground)
    brush = Brush(ImageDraw.Draw(canvas), painter, rng)
    view = _flatten(view, painter)
    field = _field(view, painter, rng, unit)
    for level, (small, large) in enumerate(((8.0, 15.0), (4.6, 9.0), (2.7, 4.6), (1.9, 2.4))):
        size = (small + (large - small) * painter.stroke) * painter.scale * unit
        _layer(brush, view, field, size, level, unit)
    _contours(brush, field, unit)
    return _finish(canvas, painter)


def _canvas(seed: int, side: int, *names: str | int) -> tuple[int, int]:
    """Width and height of the canvas of these names: one of the usual formats, hardly ever cut exactly."""
    rng = stream(seed, "two-schools", "canvas", *names)
    aspect = float(np.clip(rng.choice(_FORMATS) * rng.uniform(0.98, 1.02), 0.75, 4 / 3))
    return (round(side * aspect), side) if aspect >= 1 else (side, round(side / aspect))


def _scene(painter: Painter, index: int) -> str:
    return SCENES[(index + painter.slot) % len(SCENES)]


def _light(painter: Painter, index: int, seed: int) -> Light:
    # On its own stream, so that a title is known without drawing anything.
    return LIGHTS[int(stream(seed, "two-schools", painter.name, index, "light").integers(len(LIGHTS)))]


def _view(painter: Painter, index: int, seed: int, side: int) -> View:
    # Painters of one slot share formats, so that the formats of any even number of pictures tell nothing of the school.
    size = _canvas(seed, side, painter.slot, index)
    rng = stream(seed, "two-schools", painter.name, index, "scene")
    return compose(_scene(painter, index), *size, _light(painter, index, seed), rng)


def _mood(painter: Painter, index: int, seed: int) -> Painter:
    """The painter on the day of picture `index`: nobody paints every picture with quite the same traits."""
    drift = stream(seed, "two-schools", painter.name, index, "mood").normal(0, 0.08, len(TRAITS))
    traits = {
        trait: round(float(np.clip(value + change, 0, 1)), 3)
        for (trait, value), change in zip(painter.planted().items(), drift, strict=True)
    }
    return replace(painter, **traits)  # type: ignore[arg-type]  # mypy takes the floats for every field


def paint(painter: Painter, index: int, seed: int = 0, side: int = 192) -> Image.Image:
    """Picture `index` of this painter, its short side `side` pixels long."""
    rng = stream(seed, "two-schools", painter.name, index, "brush")
    return _render(_view(painter, index, seed, side), _mood(painter, index, seed), rng)


def _png(painter: Painter, index: int, seed: int, side: int) -> bytes:
    out = io.BytesIO()
    paint(painter, index, seed, side).save(out, format="PNG", compress_level=1)
    return out.getvalue()


def _entry(painter: Painter, index: int, seed: int, side: int) -> Entry:
    scene = _scene(painter, index)
    year = painter.born + 24 + int(stream(seed, "two-schools", painter.name, index, "year").integers(34))
    name = f"{painter.slug}-{index:03d}"
    painting = Painting(
        id=f"two-schools-{name}",
        file=f"{painter.school}/{name}.png",
        title=f"{scene.capitalize()} {_light(painter, index, seed).phrase}, no. {index + 1}",
        artist=painter.name,
        style=painter.school,
        year=str(year),
        genre=scene,
        source="two-schools",
        rights="CC0; painted by program",
        planted=json.dumps({**_mood(painter, index, seed).planted(), "atypical": list(painter.atypical)}),
    )
    return Entry(painting, partial(_png, painter, index, seed, side), stamp=f"seed {seed}, {side} px")


def two_schools(count: int = 720, seed: int = 0, side: int = 192) -> Iterator[Entry]:
    """The collection's pictures: the schools take turns, then the painters, then the scenes."""
    if count < 0 or side < 16:
        raise UserError(f"two-schools was given count={count}, side={side}; give count 0 or more and side 16 or more.")
    pairs = list(zip(PAINTERS[:12], PAINTERS[12:], strict=True))
    turns = [painter for pair in pairs for painter in pair]
    for number in range(count):
        index, turn = divmod(number, len(turns))
        yield _entry(turns[turn], index, seed, side)


@dataclass(frozen=True, slots=True)
class HalfAndHalf:
    """One scene on one canvas, one half painted by each school; the mask says where the second school painted."""

    picture: Image.Image
    mask: Image.Image  # 255 where STYLES[1] painted, else 0
    painters: tuple[str, str]  # of STYLES[0] and of STYLES[1]
    scene: str
    boundary: str  # "vertical" or "horizontal"
    share: float  # of the canvas that STYLES[1] painted
    seed: int
    index: int

    def to_dict(self) -> dict[str, str | int | float | list[str]]:
        """What was planted, as plain data."""
        return {
            "painters": list(self.painters),
            "scene": self.scene,
            "boundary": self.boundary,
            "share": self.share,
            "seed": self.seed,
            "index": self.index,
            "width": self.picture.width,
            "height": self.picture.height,
        }


def _halves(width: int, height: int, rng: np.random.Generator) -> tuple[NDArray[np.bool_], str]:
    """Which pixels the second school paints: a side of a line near the middle, straight or slightly bent."""
    upright = bool(rng.random() < 0.5)
    long, wide = (height, width) if upright else (width, height)
    along = np.linspace(-1, 1, long)
    middle = rng.uniform(0.44, 0.56) + rng.uniform(-0.04, 0.04) * along + rng.uniform(-0.05, 0.05) * (along**2 - 1 / 3)
    first = (np.arange(wide)[None] + 0.5) / wide < middle[:, None]
    return (first if upright else first.T), "vertical" if upright else "horizontal"


def paint_half_and_half(index: int, seed: int = 0, side: int = 192) -> HalfAndHalf:
    """Canvas `index` of the ground truth: two typical painters, one of each school, share one scene."""
    rng = stream(seed, "two-schools", "half-and-half", index)
    typical = [[p for p in PAINTERS if p.school == school and not p.atypical] for school in STYLES]
    one, two = (choice[int(rng.integers(len(choice)))] for choice in typical)
    scene, light = SCENES[index % len(SCENES)], LIGHTS[int(rng.integers(len(LIGHTS)))]
    view = compose(scene, *_canvas(seed, side, "half-and-half", index), light, rng)
    height, width = view.labels.shape
    second, boundary = _halves(width, height, rng)
    if index % 2:  # the schools take turns at either side
        second = ~second
    mask = Image.fromarray(np.where(second, 255, 0).astype(np.uint8))
    # Both paint the whole canvas and the mask joins them, so that every pixel belongs to one school for certain.
    picture = Image.composite(_render(view, two, rng), _render(view, one, rng), mask)
    share = round(float(second.mean()), 4)
    return HalfAndHalf(picture, mask, (one.name, two.name), scene, boundary, share, seed, index)
