"""Figures and still lifes, as plain flat shapes."""

from collections.abc import Callable

import numpy as np

from brushwork.collection.sources.two_schools_outdoors import ridge, sky, tree
from brushwork.collection.sources.two_schools_stage import (
    UP,
    Colour,
    Point,
    Points,
    Random,
    Stage,
    blob,
    mix,
    pick,
    smooth,
)


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
