"""The scenes both schools paint: landscapes, harbours, streets, figures and still lifes drawn as plain flat shapes."""

from collections.abc import Callable, Sequence
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


def sky(stage: Stage, rng: Random, horizon: float) -> None:
    """Sky down to the horizon, with clouds that have a lit and a shaded side."""
    light, w = stage.light, stage.width
    stage.shape(stage.box(0, 0, w, horizon + 2), light.sky, light.low, flow=rng.uniform(-15, 15))
    for _ in range(int(rng.integers(1, 6))):
        x, y = rng.uniform(0, w), rng.uniform(0.06, 0.7) * horizon
        rx = rng.uniform(0.12, 0.32) * w
        cloud = blob(x, y, rx, rx * rng.uniform(0.2, 0.42), rng, 0.16)
        stage.shape(cloud, mix(light.low, (255, 252, 244), 0.6), flow=rng.uniform(-20, 20), part=True)
        stage.shape(cloud, mix(mix(light.sky, light.shade, 0.25), light.low, 0.45), part=True, cut=(0, -rx * 0.13))
    if light.phrase in ("at dusk", "in the morning") and rng.random() < 0.6:
        r = 0.045 * stage.unit
        stage.shape(blob(rng.uniform(0.15, 0.85) * w, horizon - r * rng.uniform(1.2, 4), r, r), (255, 232, 160))


def ridge(width: float, base: float, height: float, rng: Random, waves: float = 1.0) -> list[Point]:
    """A hill line over the whole width."""
    x = np.linspace(0, 1, 26)
    y = sum(rng.normal() / k * np.sin(k * waves * 3 * x + rng.uniform(0, 6.3)) for k in range(1, 5))
    top = [(float(p * width), float(base - height * (0.55 + 0.3 * q))) for p, q in zip(x, np.asarray(y), strict=True)]
    return [*top, (width, base + 3 * height), (0, base + 3 * height)]


def tree(stage: Stage, rng: Random, x: float, foot: float, size: float, depth: float) -> None:
    """A tree of `size` pixels with the shadow it casts: broad, or slim as a poplar."""
    slim = rng.random() < 0.35
    green = pick(rng, (72, 112, 56), (98, 128, 58), (58, 98, 74), (150, 128, 54))
    shadow = blob(x - stage.side * size * 0.34, foot, size * 0.42, size * 0.055, rng, 0.1)
    stage.shape(shadow, stage.far(stage.dim((110, 130, 74), 0.8), depth), part=True)
    thick = size * 0.045
    stage.solid([(x - thick, foot), (x - thick * 0.5, foot - size * 0.6), (x + thick * 0.5, foot - size * 0.6),
                 (x + thick, foot)], (106, 80, 62), depth=depth)  # fmt: skip
    rx = size * (0.13 if slim else rng.uniform(0.28, 0.4))
    crown = blob(x, foot - size * 0.62, rx, size * (0.42 if slim else 0.34), rng, 0.14)
    stage.solid(crown, green, flow=UP if slim else rng.uniform(20, 160), depth=depth)
    for _ in range(3 if not slim else 1):  # lit clumps
        cx, cy = x + stage.side * rx * rng.uniform(-0.1, 0.6), foot - size * rng.uniform(0.6, 0.86)
        clump = blob(cx, cy, rx * 0.36, size * 0.09, rng, 0.15)
        stage.shape(clump, stage.far(mix(green, (222, 214, 120), 0.42), depth), flow=rng.uniform(0, 180), part=True)


def house(stage: Stage, rng: Random, x: float, foot: float, wide: float, high: float, depth: float) -> None:
    """A house with a roof, a lit front, a door and windows."""
    wall = pick(rng, (232, 220, 196), (226, 190, 150), (206, 150, 120), (214, 214, 206), (196, 176, 140))
    roof = pick(rng, (170, 84, 62), (128, 92, 84), (96, 100, 116), (186, 112, 70))
    top = foot - high
    gable = x + wide * (0.32 if stage.side < 0 else 0.68)
    stage.shape(stage.box(x, top, x + wide, foot), stage.far(wall, depth), flow=UP)
    dark = (gable, x + wide) if stage.side < 0 else (x, gable)
    stage.shape(stage.box(dark[0], top, dark[1], foot), stage.far(stage.dim(wall, 0.3), depth), flow=UP, part=True)
    eave = wide * 0.06
    stage.solid([(x - eave, top), (x + wide * 0.14, top - high * 0.45), (x + wide * 0.86, top - high * 0.45),
                 (x + wide + eave, top)], roof, flow=0, depth=depth)  # fmt: skip
    count = max(2, int(wide / high * 2.4))
    door = int(rng.integers(count))
    for k in range(count):
        left, pane = x + wide * (k + 0.3) / count, wide * 0.4 / count
        upper = top + high * (0.36 if k == door else 0.22)
        lower = foot if k == door else top + high * 0.58
        stage.shape(stage.box(left, upper, left + pane, lower), stage.far((70, 72, 86), depth), flow=UP)


def person(stage: Stage, rng: Random, x: float, foot: float, tall: float) -> None:
    """A small standing figure in a coat or a dress."""
    coat = pick(rng, (70, 74, 104), (150, 62, 58), (226, 214, 196), (80, 96, 76), (60, 54, 62), (196, 150, 74))
    stage.shape(blob(x - stage.side * tall * 0.22, foot, tall * 0.26, tall * 0.04), stage.dim((150, 140, 120), 0.8))
    flare = rng.choice([0.11, 0.2])
    if flare < 0.15:
        stage.shape(
            stage.box(x - tall * 0.08, foot - tall * 0.4, x + tall * 0.08, foot), stage.dim((60, 56, 66)), flow=UP
        )
    hem = foot - (tall * 0.3 if flare < 0.15 else 0)
    stage.solid([(x - tall * 0.09, foot - tall * 0.82), (x + tall * 0.09, foot - tall * 0.82),
                 (x + tall * 0.15, foot - tall * 0.5), (x + tall * flare, hem), (x - tall * flare, hem),
                 (x - tall * 0.15, foot - tall * 0.5)], coat)  # fmt: skip
    stage.solid(blob(x, foot - tall * 0.9, tall * 0.07, tall * 0.09), (226, 178, 146))
    hat = stage.dim(pick(rng, coat, (60, 50, 50), (210, 176, 110)), 0.3)
    stage.shape(blob(x, foot - tall * 0.96, tall * 0.12, tall * 0.045), hat)


def landscape(stage: Stage, rng: Random) -> None:
    """Hills, fields, a path or a river, trees, and sometimes a farm or hay."""
    w, h, u = stage.width, stage.height, stage.unit
    horizon = h * rng.uniform(0.34, 0.56)
    sky(stage, rng, horizon)
    hill = pick(rng, (96, 116, 136), (104, 124, 104), (124, 118, 130))
    for k in range(int(rng.integers(1, 4))):
        shape = ridge(w, horizon + k * 0.025 * h, rng.uniform(0.07, 0.2) * h / (k + 1), rng)
        stage.shape(shape, stage.far(mix(hill, (92, 122, 66), 0.35 * k), 0.62 - 0.2 * k), flow=rng.uniform(-25, 25))
    fields: tuple[Colour, ...] = ((150, 168, 84), (206, 186, 98), (122, 150, 76), (188, 160, 92), (108, 136, 84))
    top, k = horizon + 0.03 * h, 0
    while top < h:  # bands of field, wider as they come nearer
        tilt = rng.uniform(-0.05, 0.05) * h
        field = pick(rng, *fields)
        band = [(0, top - tilt), (w * 0.5, top + rng.uniform(-0.02, 0.02) * h), (w, top + tilt), (w, h), (0, h)]
        near = stage.far(field, max(0.0, 0.42 - 0.14 * k))
        stage.shape(band, near, stage.dim(near, 0.22), flow=rng.choice([0, 12, -12, 30, -30]))
        top, k = top + h * (0.05 + 0.05 * k) * rng.uniform(0.8, 1.5), k + 1
    turn, foot = rng.uniform(0.2, 0.8) * w, rng.uniform(0.1, 0.9) * w
    river = rng.random() < 0.45
    road = mix(stage.light.sky, stage.light.low, 0.4) if river else stage.lit((222, 196, 150))
    mid, wide = rng.uniform(0.1, 0.9) * w, u * rng.uniform(0.16, 0.34)
    start = horizon + 0.04 * h
    left = smooth(
        [(turn, start), (turn + 0.1 * (mid - turn), start + 0.04 * h), (mid, h * 0.75), (foot - wide, h)], False
    )
    right = smooth([(turn + u * 0.012, start), (turn + u * 0.03 + 0.1 * (mid - turn), start + 0.04 * h),
                    (mid + wide * 0.7, h * 0.75), (foot + wide, h)], False)  # fmt: skip
    stage.shape([*left, *right[::-1]], road, stage.dim(road, 0.3), flow=0 if river else 70)
    if rng.random() < 0.6:
        x, size = rng.uniform(0.08, 0.7) * w, rng.uniform(0.1, 0.2) * u
        house(stage, rng, x, horizon + 0.1 * h, size * rng.uniform(1.2, 1.9), size * 0.7, 0.15)
    if rng.random() < 0.35:
        for x in rng.uniform(0.1, 0.9, int(rng.integers(2, 5))) * w:
            y, r = horizon + rng.uniform(0.18, 0.42) * h, 0.075 * u
            stage.shape(blob(x - stage.side * r, y + r * 0.9, r * 1.5, r * 0.25), stage.dim((130, 130, 70), 0.8))
            stage.solid(smooth([(x - r, y + r), (x - r, y - r * 0.2), (x, y - r * 1.2), (x + r, y - r * 0.2),
                                (x + r, y + r)]), (224, 188, 96))  # fmt: skip
    lean = rng.uniform(0.15, 0.85)
    for y in np.sort(rng.uniform(0.03, 0.4, int(rng.integers(3, 9)))):
        x = w * (lean + rng.normal() * 0.3)
        tree(stage, rng, x, horizon + y * h, u * (0.16 + 1.3 * y), max(0.0, 0.4 - 1.6 * y))
    if rng.random() < 0.3:
        person(stage, rng, rng.uniform(0.2, 0.8) * w, h * 0.85, 0.2 * u)


def boat(stage: Stage, rng: Random, x: float, water: float, size: float, depth: float) -> None:
    """A boat under sail or bare, and its reflection."""
    hull = pick(rng, (70, 62, 66), (150, 70, 56), (60, 92, 110), (222, 216, 200), (80, 104, 80))
    sail = pick(rng, (240, 230, 206), (206, 122, 76), (226, 196, 150), (188, 90, 70))
    way = rng.choice([-1.0, 1.0])
    sailing = rng.random() < 0.6
    under = mix(stage.far(sail if sailing else hull, depth), stage.light.sky, 0.5)
    stage.shape(blob(x, water + size * 0.2, size * 0.42, size * 0.22, rng, 0.1), under, part=True)
    mast = water - size * rng.uniform(0.9, 1.2)
    stage.shape(stage.box(x - size * 0.018, mast, x + size * 0.018, water), stage.far((92, 70, 56), depth), flow=UP)
    if sailing:
        stage.solid(smooth([(x, mast), (x, water - size * 0.16), (x + way * size * 0.52, water - size * 0.18),
                            (x + way * size * 0.3, mast + size * 0.4)]), sail, depth=depth)  # fmt: skip
        jib, stay = stage.far(stage.dim(sail, 0.25), depth), x - way * size * 0.04
        fore = (x - way * size * 0.42, water - size * 0.13)
        stage.shape([(stay, mast + size * 0.1), (stay, water - size * 0.15), fore], jib, flow=UP)
    deck = water - size * 0.13
    stage.shape([(x - size * 0.52, deck - size * 0.05), (x + size * 0.54, deck - size * 0.05),
                 (x + size * 0.4, water + size * 0.05), (x - size * 0.36, water + size * 0.05)],
                stage.far(hull, depth), stage.far(stage.dim(hull), depth))  # fmt: skip
    stage.shape([(x - size * 0.52, deck - size * 0.05), (x + size * 0.54, deck - size * 0.05), (x + size * 0.5, deck),
                 (x - size * 0.48, deck)], stage.far(mix(hull, (255, 240, 210), 0.6), depth), part=True)  # fmt: skip


def harbour(stage: Stage, rng: Random) -> None:
    """Water with boats and their reflections, a quay with houses, and sometimes a lighthouse."""
    w, h, u = stage.width, stage.height, stage.unit
    horizon = h * rng.uniform(0.34, 0.52)
    sky(stage, rng, horizon)
    stage.shape(ridge(w, horizon, 0.07 * h, rng), stage.far((100, 112, 124), 0.6))
    water, near = mix(stage.light.low, stage.light.sky, 0.45), mix(stage.light.sky, (44, 84, 104), 0.55)
    stage.shape(stage.box(0, horizon, w, h), water, near, flow=0)
    glint = rng.uniform(0.15, 0.85) * w
    for y in np.linspace(horizon + 0.02 * h, h * 0.96, 16):  # broken light on the waves
        x, long = glint + rng.normal() * 0.1 * w, u * rng.uniform(0.03, 0.1)
        stage.shape(blob(x, y, long, u * 0.009), mix(stage.light.low, (255, 250, 230), 0.5), part=True)
        stage.shape(blob(rng.uniform(0, w), y, long * 1.3, u * 0.008), mix(near, stage.light.shade, 0.3), part=True)
    left = rng.random() < 0.5
    reach = rng.uniform(0.35, 0.75) * w
    quay = horizon + 0.06 * h
    x = 0.0
    while x < reach:
        wide, high = u * rng.uniform(0.12, 0.2), u * rng.uniform(0.12, 0.26)
        at = x if left else w - x - wide
        house(stage, rng, at, quay, wide, high, 0.12)
        x += wide
    edge = stage.box(0, quay, x, quay + 0.05 * h) if left else stage.box(w - x, quay, w, quay + 0.05 * h)
    stage.shape(edge, stage.lit((176, 160, 140)), stage.dim((130, 118, 110), 0.6))
    mirror = [(p, q + 0.05 * h if q == quay else q + 0.13 * h) for p, q in edge]
    stage.shape(mirror, mix(water, (150, 110, 90), 0.45), mix(water, near, 0.4), part=True, flow=UP)
    if rng.random() < 0.4:
        at, high = (w - 0.14 * w if left else 0.14 * w), 0.24 * u
        stage.solid([(at - 0.035 * u, quay), (at - 0.02 * u, quay - high), (at + 0.02 * u, quay - high),
                     (at + 0.035 * u, quay)], (240, 232, 220), depth=0.1)  # fmt: skip
        stage.shape(
            stage.box(at - 0.026 * u, quay - high * 1.15, at + 0.026 * u, quay - high), stage.lit((180, 70, 56))
        )
        stage.shape(blob(at, quay, 0.12 * u, 0.025 * u, rng, 0.1), stage.dim((128, 116, 104), 0.5))
    for y in np.sort(rng.uniform(0.1, 0.46, int(rng.integers(3, 7)))):
        boat(stage, rng, rng.uniform(0.08, 0.92) * w, horizon + y * h, u * (0.1 + 0.85 * y), max(0.0, 0.3 - y))
    if rng.random() < 0.5:
        for k in range(4):
            x, y = (0.04 + 0.07 * k) * w if left else w - (0.04 + 0.07 * k) * w, h * (0.98 - 0.05 * k)
            stage.solid(stage.box(x - 0.014 * u, y - 0.2 * u, x + 0.014 * u, y), (98, 76, 62))


def street(stage: Stage, rng: Random) -> None:
    """Two rows of houses running back to a far point, with people, trees, and sometimes a tower."""
    w, h, u = stage.width, stage.height, stage.unit
    vx, vy = rng.uniform(0.3, 0.7) * w, rng.uniform(0.42, 0.55) * h
    sky(stage, rng, vy + 0.05 * h)
    if rng.random() < 0.55:
        high, half = rng.uniform(0.26, 0.4) * h, 0.035 * u
        stage.solid(stage.box(vx - half, vy - high, vx + half, vy), (190, 176, 160), depth=0.4)
        stage.shape([(vx - half * 1.1, vy - high), (vx, vy - high * 1.5), (vx + half * 1.1, vy - high)],
                    stage.far((110, 104, 120), 0.3), flow=UP)  # fmt: skip
    road = stage.lit(pick(rng, (204, 190, 170), (176, 172, 176), (214, 198, 156)))
    stage.shape([(0, h), (0, vy), (w, vy), (w, h)], stage.far(road, 0.3), road, flow=0)
    for way in (-1.0, 1.0):
        _row(stage, rng, vx, vy, way)
    for t in np.sort(rng.uniform(0.12, 0.75, int(rng.integers(3, 8)))):
        x = vx + (rng.uniform(-0.42, 0.42) * w) * t
        person(stage, rng, x, vy + t * (h - vy), 0.46 * h * t + 0.02 * h)


def _row(stage: Stage, rng: Random, vx: float, vy: float, way: float) -> None:
    """One side of a street, from far to near: every house between two depths, in true perspective."""
    w, h = stage.width, stage.height
    edge = (0.0 if way < 0 else w) - vx
    base = (h - vy) * rng.uniform(0.55, 0.85)  # how far below the eye the houses stand where they leave the picture
    sunny = way * stage.side < 0
    cuts = [1.25]
    while cuts[-1] > 0.12:
        cuts.append(cuts[-1] * rng.uniform(0.52, 0.74))
    walk = [
        (vx, vy),
        (vx + edge * 1.2, vy + base * 1.2),
        (vx + edge * 1.2, h * 2),
        (vx + edge * 0.55, vy + (h - vy) * 1.3),
    ]
    pavement = stage.lit((196, 180, 160)) if sunny else stage.dim((150, 140, 136), 0.6)
    stage.shape(walk, pavement, flow=30 * way)
    for near, far in zip(cuts[-2::-1], cuts[:0:-1], strict=True):
        wall = pick(
            rng, (236, 214, 178), (222, 178, 140), (204, 150, 124), (214, 210, 200), (190, 168, 130), (226, 196, 128)
        )
        wall = stage.far(wall if sunny else stage.dim(wall, 0.42), max(0.0, 0.4 - far))
        high = (vy * rng.uniform(0.75, 1.35)) / 0.9

        def at(t: float, level: float, high: float = high) -> Point:
            # level 0 is the pavement and 1 the eaves
            return (vx + edge * t, vy + t * (base - level * (base + high)))

        front = [at(near, 0), at(near, 1), at(far, 1), at(far, 0)]
        stage.shape(front, wall, stage.dim(wall, 0.15), flow=UP)
        roof = stage.far(pick(rng, (160, 84, 66), (104, 100, 114), (140, 104, 88)), max(0.0, 0.4 - far))
        stage.shape([at(near, 1), at(near, 1.12), at(far, 1.12), at(far, 1)], roof, flow=-20 * way)
        panes = 3 if near - far > 0.3 else 2
        glass = stage.far(stage.dim((96, 104, 122), 0.4), max(0.0, 0.35 - far))
        for level in (0.42, 0.72):
            for k in range(panes):
                a, b = (far + (near - far) * (k + e) / panes for e in (0.3, 0.68))
                stage.shape([at(a, level), at(a, level + 0.16), at(b, level + 0.16), at(b, level)], glass, flow=UP)
        a, b = far + (near - far) * 0.15, far + (near - far) * 0.85
        shop = pick(rng, (90, 60, 60), (60, 84, 80), (70, 76, 106))
        stage.shape([at(a, 0), at(a, 0.24), at(b, 0.24), at(b, 0)], stage.far(shop, max(0.0, 0.3 - far)), flow=UP)
        if rng.random() < 0.5:
            out = edge * 0.1 * (near - far)
            awning = [
                at(a, 0.3),
                at(b, 0.3),
                (at(b, 0.2)[0] - out, at(b, 0.2)[1]),
                (at(a, 0.2)[0] - out, at(a, 0.2)[1]),
            ]
            stage.shape(awning, stage.lit(pick(rng, (212, 84, 62), (236, 216, 170), (92, 132, 120))), flow=60)


def _backdrop(stage: Stage, rng: Random) -> None:
    """What is behind a sitter: a room with a window or a picture, a curtain, or a garden."""
    w, h, u = stage.width, stage.height, stage.unit
    kind = rng.integers(3)
    if kind == 2:
        sky(stage, rng, h * 0.5)
        stage.shape(ridge(w, h * 0.5, 0.1 * h, rng), stage.far((110, 136, 96), 0.4))
        stage.shape(stage.box(0, h * 0.5, w, h), stage.lit((150, 172, 92)), stage.lit((104, 134, 70)), flow=15)
        for x in rng.uniform(0, 1, 4) * w:
            tree(stage, rng, x, h * rng.uniform(0.52, 0.7), u * rng.uniform(0.3, 0.7), 0.25)
        return
    wall = stage.lit(pick(rng, (150, 166, 160), (196, 170, 128), (172, 124, 110), (126, 140, 166), (186, 182, 166)))
    lighter = mix(wall, (250, 240, 220), 0.3)
    first, second = (lighter, stage.dim(wall, 0.3)) if rng.random() < 0.5 else (wall, lighter)
    stage.shape(stage.box(0, 0, w, h), first, second, flow=rng.uniform(40, 140))
    left = stage.side < 0
    x = 0.04 * w if left else 0.66 * w
    if kind == 1:
        stage.shape(stage.box(x, 0.05 * h, x + 0.3 * w, 0.56 * h), stage.lit((232, 222, 200)), flow=UP)
        stage.shape(stage.box(x + 0.03 * w, 0.08 * h, x + 0.27 * w, 0.53 * h), stage.light.sky, stage.light.low, flow=0)
        stage.shape(stage.box(x + 0.14 * w, 0.08 * h, x + 0.16 * w, 0.53 * h), stage.lit((222, 210, 190)), flow=UP)
    elif rng.random() < 0.6:
        cloth = pick(rng, (168, 70, 62), (72, 100, 92), (96, 86, 130), (204, 164, 92))
        for k in range(4):
            a = x + 0.09 * w * k
            fold = smooth(
                [(a, -5), (a + 0.1 * w, -5), (a + 0.11 * w, h * 0.5), (a + 0.09 * w, h * 1.05), (a, h * 1.05)]
            )
            stage.shape(fold, stage.dim(cloth, 0.1 + 0.4 * (k % 2)), flow=UP, part=k > 0)
    else:
        stage.shape(stage.box(x, 0.1 * h, x + 0.26 * w, 0.36 * h), stage.lit((170, 130, 74)))
        stage.shape(stage.box(x + 0.03 * w, 0.13 * h, x + 0.23 * w, 0.33 * h), (196, 206, 206), (106, 126, 92))


def figure(stage: Stage, rng: Random) -> None:
    """One sitter, half-length or standing, lit from the side, before a room or a garden."""
    _backdrop(stage, rng)
    w, h, u = stage.width, stage.height, stage.unit
    standing = rng.random() < 0.3
    s = (0.16 if standing else rng.uniform(0.29, 0.36)) * h  # the height of the head
    s = min(s, u * 0.36)
    cx, cy = w * rng.uniform(0.4, 0.6), h * 0.17 if standing else h * rng.uniform(0.29, 0.36)
    turn = rng.choice([-1.0, 1.0]) * rng.uniform(0.3, 1.0)

    def put(points: Points, curved: bool = True) -> list[Point]:
        placed = [(cx + x * s, cy + y * s) for x, y in points]
        return smooth(placed) if curved else placed

    dress = pick(rng, (62, 76, 112), (160, 66, 62), (232, 222, 204), (82, 108, 88), (200, 156, 84), (74, 62, 78))
    skin = pick(rng, (232, 186, 154), (214, 164, 128), (240, 200, 172), (170, 118, 88))
    hair = pick(rng, (64, 46, 40), (116, 74, 44), (190, 144, 78), (120, 112, 108), (40, 36, 42))
    woman = rng.random() < 0.55
    if woman and rng.random() < 0.6:
        stage.solid(
            put([(-0.5, -0.3), (0, -0.66), (0.5, -0.3), (0.56, 0.6), (0.3, 0.75), (-0.3, 0.75), (-0.56, 0.6)]), hair
        )
    if standing:
        foot = (h * 0.95 - cy) / s
        if woman:
            stage.solid(put([(-0.4, 1.9), (0.4, 1.9), (0.9, foot), (0.1, foot + 0.15), (-0.9, foot)]), dress)
        else:
            legs = [(-0.45, 2), (0.45, 2), (0.42, foot), (0.06, foot), (0, 3), (-0.08, foot), (-0.42, foot)]
            stage.solid(put(legs, False), stage.dim((70, 66, 76), 0.2))
    _torso(stage, rng, put, dress, skin, woman, standing)
    stage.solid(put([(-0.17, 0.2), (0.17, 0.2), (0.2, 0.82), (0, 0.98), (-0.2, 0.82)]), stage.dim(skin, 0.2))
    _head(stage, rng, put, skin, hair, turn, woman)


def _torso(
    stage: Stage, rng: Random, put: Callable[..., list[Point]], dress: Colour, skin: Colour, woman: bool, standing: bool
) -> None:
    """Shoulders, trunk, arms and hands."""
    low = 2.3 if standing else 4.0
    broad = 0.8 if woman else 0.98
    waist = 0.5 if woman else 0.72
    stage.solid(put([(-0.22, 0.68), (0.22, 0.68), (broad, 0.95), (broad * 0.86, 1.5), (waist, 2.1), (waist * 1.3, low),
                     (-waist * 1.3, low), (-waist, 2.1), (-broad * 0.86, 1.5), (-broad, 0.95)]), dress)  # fmt: skip
    if woman:
        stage.shape(put([(-0.32, 0.72), (0.32, 0.72), (0.12, 1.15), (-0.12, 1.15)]), stage.lit(skin), flow=UP)
    else:
        stage.shape(put([(-0.2, 0.72), (0.2, 0.72), (0, 1.5)], False), stage.lit((240, 234, 220)), flow=UP)
        stage.shape(put([(-0.05, 0.86), (0.05, 0.86), (0.04, 1.4), (-0.04, 1.4)], False), stage.dim((130, 50, 56), 0.2))
    sleeve = mix(dress, (255, 244, 220), 0.12)
    for way in (-1.0, 1.0):
        lit = way * stage.side > 0
        elbow, hand = way * (broad + 0.22), (way * 0.1, 2.35 + 0.14 * way)
        colour = sleeve if lit else stage.dim(dress, 0.45)
        stage.shape(put([(way * (broad - 0.16), 0.9), (way * (broad + 0.04), 1.0), (elbow, 1.95), (elbow * 0.98, 2.3),
                         (way * 0.4, 2.62), (way * 0.32, 2.3), (elbow * 0.78, 1.95)]),
                    stage.lit(colour), flow=UP + 25 * way)  # fmt: skip
        stage.solid(put([(way * 0.42, 2.28), (hand[0], hand[1] - 0.08), (hand[0] - way * 0.14, hand[1] + 0.12),
                         (hand[0], hand[1] + 0.24), (way * 0.44, 2.6)]), skin, flow=20 * way)  # fmt: skip
    if not standing and rng.random() < 0.4:  # a book or a letter in the lap
        stage.shape(put([(-0.5, 2.5), (0.0, 2.6), (0.5, 2.45), (0.55, 2.95), (0, 3.1), (-0.5, 3.0)], False),
                    stage.lit((240, 232, 212)), flow=0)  # fmt: skip


def _head(
    stage: Stage, rng: Random, put: Callable[..., list[Point]], skin: Colour, hair: Colour, turn: float, woman: bool
) -> None:
    """A face turned a little, its features dark on light, with hair and sometimes a hat or a beard."""
    t = 0.13 * turn
    stage.solid(put([(-0.36, -0.4), (0, -0.55), (0.36, -0.4), (0.4, 0.05), (0.24, 0.44), (0, 0.58), (-0.24, 0.44),
                     (-0.4, 0.05)]), skin)  # fmt: skip
    dark, lips = stage.dim(mix(hair, (30, 26, 34), 0.6), 0.4), stage.dim((190, 92, 84), 0.15)
    for way in (-1.0, 1.0):
        x = t + way * 0.155
        stage.shape(put(blob(x, -0.01, 0.11, 0.075)), stage.dim(skin, 0.4), part=True)
        stage.shape(put(blob(x, 0.01, 0.075, 0.05)), dark, part=True)
        stage.shape(put([(x - 0.12, -0.12), (x, -0.18), (x + 0.12, -0.12), (x, -0.11)], False), dark, part=True)
    stage.shape(put([(t * 1.2, -0.04), (t * 1.2 - stage.side * 0.11, 0.2), (t * 1.2 + 0.03, 0.23)], False),
                stage.dim(skin, 0.45), flow=UP, part=True)  # fmt: skip
    stage.shape(put(blob(t, 0.345, 0.14, 0.055)), lips, flow=0, part=True)
    beard = not woman and rng.random() < 0.45
    if beard:
        stage.solid(
            put([(t - 0.3, 0.24), (t, 0.28), (t + 0.3, 0.24), (t + 0.22, 0.58), (t, 0.74), (t - 0.22, 0.58)]), hair
        )
        stage.shape(put(blob(t, 0.34, 0.09, 0.03)), lips, part=True)
    side = -0.1 * np.sign(turn)
    outer = [(-0.44, 0.1), (-0.46, -0.36), (-0.1, -0.68), (0.3, -0.62), (0.47, -0.3), (0.44, 0.1)]
    stage.solid(put([*outer, (0.33, -0.22), (side, -0.36), (-0.33, -0.2)]), hair)
    if rng.random() < 0.4:
        hat = pick(rng, (60, 54, 62), (222, 196, 136), (110, 60, 66), (84, 100, 96))
        wide = 0.78 if woman else 0.62
        stage.solid(put([(-0.4, -0.36), (-0.36, -0.82), (0.3, -0.86), (0.4, -0.36)]), hat)
        stage.solid(put(blob(0, -0.38, wide, 0.12)), stage.dim(hat, 0.1), flow=0)
        stage.shape(
            put([(-0.36, -0.52), (0.37, -0.52), (0.38, -0.42), (-0.37, -0.42)], False), stage.dim(hat, 0.7), flow=0
        )


def vessel(stage: Stage, rng: Random, x: float, foot: float, high: float, profile: Points, colour: Colour) -> None:
    """A turned vessel: its profile is pairs of height (0 foot, 1 rim) and half-width, both in parts of its height."""
    right = [(x + r * high, foot - y * high) for y, r in profile]
    left = [(x - r * high, foot - y * high) for y, r in profile]
    wide = max(r for _, r in profile) * high
    shadow = blob(x - stage.side * wide * 1.1, foot, wide * 1.4, high * 0.06)
    stage.shape(shadow, stage.dim((120, 110, 110), 0.8), flow=0)
    stage.solid(smooth([*right, *left[::-1]]), colour)
    shine = blob(x + stage.side * wide * 0.5, foot - high * 0.42, wide * 0.13, high * 0.13)
    stage.shape(shine, mix(stage.lit(colour), (255, 252, 240), 0.65), flow=UP, part=True)
    rim = profile[-1][1] * high
    stage.shape(blob(x, foot - high * profile[-1][0] * 0.985, rim, rim * 0.28), stage.dim(colour, 0.6), flow=0)


_BOTTLE = ((0.0, 0.17), (0.1, 0.18), (0.5, 0.18), (0.66, 0.14), (0.74, 0.06), (0.95, 0.055), (1.0, 0.07))
_JUG = ((0.0, 0.2), (0.15, 0.3), (0.4, 0.36), (0.65, 0.28), (0.82, 0.18), (0.94, 0.2), (1.0, 0.22))
_BOWL = ((0.0, 0.35), (0.1, 0.4), (0.4, 0.75), (0.8, 1.0), (1.0, 1.05))
_CUP = ((0.0, 0.22), (0.1, 0.3), (0.5, 0.42), (0.9, 0.46), (1.0, 0.46))


def _fruit(stage: Stage, rng: Random, x: float, y: float, r: float) -> None:
    colour = pick(rng, (206, 62, 50), (232, 150, 52), (226, 204, 80), (140, 166, 70), (120, 66, 92))
    stage.shape(blob(x - stage.side * r * 0.8, y + r * 0.8, r * 1.2, r * 0.28), stage.dim((120, 110, 110), 0.8))
    stage.solid(blob(x, y, r, r * rng.uniform(0.88, 1.08), rng, 0.02), colour, flow=rng.uniform(30, 150))
    stage.shape(
        blob(x + stage.side * r * 0.4, y - r * 0.4, r * 0.2, r * 0.2), mix(colour, (255, 250, 235), 0.7), part=True
    )


def still_life(stage: Stage, rng: Random) -> None:
    """A table before a wall: vessels, fruit, a cloth, and sometimes flowers."""
    w, h, u = stage.width, stage.height, stage.unit
    wall = stage.lit(pick(rng, (150, 164, 158), (186, 164, 130), (130, 120, 136), (170, 120, 100), (104, 124, 140)))
    stage.shape(
        stage.box(0, 0, w, h), mix(wall, (250, 240, 220), 0.2), stage.dim(wall, 0.35), flow=rng.uniform(45, 135)
    )
    if rng.random() < 0.5:
        x = 0.0 if rng.random() < 0.5 else 0.6 * w
        cloth = pick(rng, (150, 70, 64), (70, 96, 100), (190, 160, 104))
        drop = [(x, -9), (x + 0.4 * w, -9), (x + 0.34 * w, 0.4 * h), (x + 0.38 * w, 0.8 * h), (x, 0.8 * h)]
        stage.shape(smooth(drop), stage.lit(cloth), stage.dim(cloth), flow=75)
    edge = h * rng.uniform(0.5, 0.62)
    table = pick(rng, (168, 118, 78), (200, 164, 118), (128, 92, 76), (214, 204, 188))
    tilt = rng.uniform(-0.03, 0.03) * h
    stage.shape([(0, edge + tilt), (w, edge - tilt), (w, h), (0, h)], stage.lit(table), stage.dim(table, 0.25), flow=4)
    stage.shape(stage.box(0, h * 0.93, w, h), stage.dim(table, 0.8), flow=0)
    if rng.random() < 0.65:
        x = rng.uniform(0.05, 0.5) * w
        linen = stage.lit((238, 234, 224))
        near, low = h * 0.93, min(h * 1.02, h * rng.uniform(0.96, 1.06))  # it lies on the table and hangs over its edge
        drape = [(x + 0.06 * w, edge + 0.08 * h), (x + 0.36 * w, edge + 0.05 * h), (x + 0.44 * w, near),
                 (x + 0.4 * w, low), (x + 0.26 * w, h * 0.99), (x + 0.1 * w, low), (x - 0.03 * w, near)]  # fmt: skip
        stage.shape(drape, linen, stage.dim(linen, 0.12), flow=60)
        for k in range(4):
            a = x + w * (0.03 + 0.1 * k)
            fold = [(a + 0.04 * w, edge + 0.1 * h), (a + 0.05 * w, near), (a + 0.03 * w, low), (a + 0.01 * w, near)]
            stage.shape(fold, stage.dim(linen, 0.3), flow=80, part=True)
    flowers = rng.random() < 0.45
    count = int(rng.integers(2, 4))
    places = rng.permutation(np.linspace(0.2, 0.8, count)) * w
    for k, x in enumerate(places):
        high, foot = u * rng.uniform(0.32, 0.5), edge + h * rng.uniform(0.06, 0.15)
        colour = pick(rng, (66, 96, 76), (176, 96, 66), (214, 208, 198), (76, 96, 146), (110, 72, 60), (206, 170, 100))
        if k == 0 and flowers:
            _bouquet(stage, rng, x, foot, u * 0.3, colour)
        else:
            profile = (_BOTTLE, _JUG)[int(rng.integers(2))]
            vessel(stage, rng, x, foot, high if profile is _BOTTLE else high * 0.75, profile, colour)
    if rng.random() < 0.6:
        x, foot = rng.uniform(0.3, 0.7) * w, edge + h * 0.24
        for k in range(4):
            _fruit(stage, rng, x + (k - 1.5) * 0.08 * u, foot - u * rng.uniform(0.13, 0.17), 0.06 * u)
        vessel(stage, rng, x, foot, 0.14 * u, _BOWL[:-1], pick(rng, (226, 222, 214), (86, 110, 150), (190, 120, 80)))
    elif rng.random() < 0.7:
        vessel(stage, rng, rng.uniform(0.25, 0.75) * w, edge + 0.25 * h, 0.16 * u, _CUP, pick(rng, (232, 226, 214)))
    for _ in range(int(rng.integers(2, 6))):
        _fruit(stage, rng, rng.uniform(0.1, 0.9) * w, edge + h * rng.uniform(0.2, 0.33), u * rng.uniform(0.045, 0.07))


def _bouquet(stage: Stage, rng: Random, x: float, foot: float, high: float, colour: Colour) -> None:
    top = foot - high
    for _ in range(7):
        at = (x + rng.normal() * high * 0.42, top - high * rng.uniform(0.0, 0.75))
        stage.solid(blob(*at, high * 0.26, high * 0.2, rng, 0.15), pick(rng, (70, 104, 62), (98, 126, 74)), flow=UP)
    vessel(stage, rng, x, foot, high, _JUG, colour)
    for _ in range(9):
        at = (x + rng.normal() * high * 0.38, top - high * rng.uniform(0.0, 0.85))
        petal = pick(rng, (236, 226, 216), (222, 96, 96), (238, 186, 82), (186, 122, 180), (240, 160, 170))
        stage.solid(blob(*at, high * 0.13, high * 0.13, rng, 0.1), petal, flow=rng.uniform(0, 180))
        stage.shape(blob(*at, high * 0.04, high * 0.04), stage.dim(petal, 0.7), part=True)


_DRAWN: dict[str, Callable[[Stage, Random], None]] = {
    "landscape": landscape,
    "harbour": harbour,
    "street": street,
    "figure": figure,
    "still life": still_life,
}
SCENES = ("landscape", "harbour", "street", "figure", "still life")


def compose(scene: str, width: int, height: int, light: Light, rng: Random) -> View:
    """A scene of this kind in this light, at this size."""
    stage = Stage(width, height, light, rng)
    _DRAWN[scene](stage, rng)
    return stage.view(f"{scene.capitalize()} {light.phrase}")
