"""The stage on which scenes are set: flat lit shapes, the parts they belong to and the direction of strokes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Colour = tuple[float, float, float]
Point = tuple[float, float]
Points = Sequence[Point]
Random = np.random.Generator

UP = 90.0  # direction of upright strokes, degrees
TONES = 16  # labels that each thing may use for its parts


@dataclass(frozen=True, slots=True)
class Light:
    """A time of day: what it is called and the colours it gives."""

    phrase: str
    sky: Colour
    low: Colour  # the sky at the horizon, and the haze
    sun: Colour  # factors
    shade: Colour


LIGHTS = (
    Light("in the morning", (140, 186, 226), (250, 228, 190), (1.06, 1.0, 0.9), (86, 98, 150)),
    Light("at noon", (92, 152, 220), (206, 226, 236), (1.06, 1.04, 0.97), (66, 82, 140)),
    Light("in the afternoon", (116, 168, 214), (242, 226, 178), (1.08, 1.01, 0.86), (78, 82, 132)),
    Light("at dusk", (112, 104, 164), (247, 164, 104), (1.06, 0.88, 0.74), (70, 56, 112)),
    Light("under cloud", (160, 169, 180), (208, 208, 204), (0.95, 0.96, 0.98), (88, 94, 112)),
    Light("after rain", (120, 142, 172), (228, 218, 206), (1.0, 0.98, 0.95), (70, 82, 112)),
)


def mix(one: Colour, other: Colour, amount: float) -> Colour:
    """A colour between two."""
    r, g, b = (p + (q - p) * amount for p, q in zip(one, other, strict=True))
    return (r, g, b)


def ink(colour: Colour) -> tuple[int, int, int]:
    """The colour in whole numbers that Pillow takes."""
    r, g, b = (int(min(255, max(0, part))) for part in colour)
    return (r, g, b)


def pick(rng: Random, *colours: Colour) -> Colour:
    """One of these colours, a little changed."""
    base = colours[int(rng.integers(len(colours)))]
    drift = rng.normal(0, 7, 3)
    return (base[0] + drift[0], base[1] + drift[1], base[2] + drift[2])


def smooth(points: Points, closed: bool = True) -> list[Point]:
    """Corners cut twice (Chaikin 1974), so that a few points make a curved outline."""
    at = np.asarray(points, dtype=float)
    for _ in range(2):
        after = np.roll(at, -1, axis=0)
        cut = np.stack([0.75 * at + 0.25 * after, 0.25 * at + 0.75 * after], axis=1)
        at = cut.reshape(-1, 2) if closed else np.concatenate([at[:1], cut[:-1].reshape(-1, 2), at[-1:]])
    return [(float(x), float(y)) for x, y in at]


def blob(x: float, y: float, rx: float, ry: float, rng: Random | None = None, rough: float = 0.0) -> list[Point]:
    """A closed curve round a centre: an ellipse, made uneven where `rough` is more than nought."""
    angle = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    radius = np.ones(28)
    if rng is not None and rough:
        for k in range(2, 7):
            radius += rough / k**0.7 * rng.normal() * np.cos(k * angle + rng.uniform(0, 6.3))
    return [
        (float(p), float(q))
        for p, q in zip(x + rx * radius * np.cos(angle), y + ry * radius * np.sin(angle), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class View:
    """A scene as it looks: colours, the parts (thing times TONES plus tone), and the flow of strokes in radians."""

    title: str
    colours: NDArray[np.uint8]
    labels: NDArray[np.int64]
    flow: NDArray[np.float32]


class Stage:
    """A scene under construction: every shape goes over the earlier ones in colour, label and flow alike."""

    def __init__(self, width: int, height: int, light: Light, rng: Random) -> None:
        self.width, self.height = float(width), float(height)
        self.unit = float(min(width, height))
        self.light = light
        self.side = 1.0 if rng.random() < 0.5 else -1.0  # where the light comes from: 1 is right
        self._colours = Image.new("RGB", (width, height))
        self._labels = Image.new("I", (width, height))
        self._flow = Image.new("L", (width, height))
        self._things = 0
        self._tone = 0

    def lit(self, colour: Colour) -> Colour:
        """The colour in the light."""
        sun = self.light.sun
        return (colour[0] * sun[0], colour[1] * sun[1], colour[2] * sun[2])

    def dim(self, colour: Colour, amount: float = 0.5) -> Colour:
        """The colour in shadow."""
        dark = (colour[0] * 0.5, colour[1] * 0.5, colour[2] * 0.55)
        return mix(colour, mix(dark, self.light.shade, 0.4), amount * 1.5)

    def far(self, colour: Colour, depth: float) -> Colour:
        """The colour seen through that much air."""
        return mix(self.lit(colour), mix(self.light.low, self.light.sky, 0.3), depth)

    def shape(
        self, points: Points, colour: Colour, end: Colour | None = None, *, flow: float = 0.0, part: bool = False,
        cut: Point | None = None,
    ) -> None:  # fmt: skip
        """A filled outline, grading down to `end`; a `part` belongs to the thing before and gets no contour of its own.

        With `cut` the same outline moved by that much is left out, which leaves a crescent for a shadow.
        """
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        box = (max(0, int(min(xs))), max(0, int(min(ys))),
               min(int(self.width), int(max(xs)) + 1), min(int(self.height), int(max(ys)) + 1))  # fmt: skip
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        size = (box[2] - box[0], box[3] - box[1])
        mask = Image.new("L", size)
        draw = ImageDraw.Draw(mask)
        draw.polygon([(x - box[0], y - box[1]) for x, y in points], fill=255)
        if cut is not None:
            draw.polygon([(x - box[0] + cut[0], y - box[1] + cut[1]) for x, y in points], fill=0)
        if part:
            self._tone = min(TONES - 1, self._tone + 1)
        else:
            self._things, self._tone = self._things + 1, 0
        if end is None:
            self._colours.paste(ink(colour), box, mask)
        else:
            ramp = np.linspace(colour, end, size[1]).clip(0, 255).astype(np.uint8)[:, None]
            self._colours.paste(Image.fromarray(ramp).resize(size, Image.Resampling.NEAREST), box, mask)
        self._labels.paste(self._things * TONES + self._tone, box, mask)
        self._flow.paste(int(flow % 180 / 180 * 255), box, mask)

    def solid(
        self, points: Points, colour: Colour, *, flow: float = UP, part: bool = False, depth: float = 0.0
    ) -> None:
        """A thing with a lit and a shaded side."""
        xs = [p[0] for p in points]
        wide = (max(xs) - min(xs)) * 0.34
        self.shape(points, self.far(colour, depth), flow=flow, part=part)
        self.shape(points, self.far(self.dim(colour), depth), flow=flow, part=True, cut=(self.side * wide, -0.2 * wide))

    def box(self, left: float, top: float, right: float, bottom: float) -> list[Point]:
        """The corners of an upright rectangle."""
        return [(left, top), (right, top), (right, bottom), (left, bottom)]

    def view(self, title: str) -> View:
        """What has been built."""
        flow = np.asarray(self._flow, dtype=np.float32) * np.float32(np.pi / 255)
        return View(title, np.asarray(self._colours), np.asarray(self._labels).astype(np.int64), flow)
