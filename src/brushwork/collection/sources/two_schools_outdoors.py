"""Landscapes, harbours and streets, as plain flat shapes."""

import numpy as np

from brushwork.collection.sources.two_schools_stage import (
    UP,
    Colour,
    Point,
    Random,
    Stage,
    blob,
    mix,
    pick,
    smooth,
)


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
