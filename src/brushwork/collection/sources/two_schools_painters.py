"""The twenty-four invented painters of the two schools: their traits and habits, their colours and their strokes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageDraw

from brushwork.randomness import stream

STYLES = ("Alder", "Kessel")
TRAITS = ("stroke", "broken", "shift", "contour")

FINER = 2  # strokes are drawn this much larger than the picture, then averaged down, for clean edges
STEPS = 5  # points along a stroke

Floats = NDArray[np.float32]

# Björn Ottosson, "A perceptual color space for image processing" (2020): linear sRGB to cone responses to Oklab.
_TO_LMS = np.array(
    [[0.4122215, 0.5363325, 0.0514460], [0.2119035, 0.6806995, 0.1073970], [0.0883025, 0.2817188, 0.6299787]],
    dtype=np.float32,
)
_TO_LAB = np.array(
    [[0.2104543, 0.7936178, -0.0040720], [1.9779985, -2.4285922, 0.4505937], [0.0259040, 0.7827718, -0.8086758]],
    dtype=np.float32,
)
_FROM_LAB = np.linalg.inv(_TO_LAB).astype(np.float32)
_FROM_LMS = np.linalg.inv(_TO_LMS).astype(np.float32)


def to_lab(rgb: Floats) -> Floats:
    """Oklab of sRGB colours between 0 and 255 (Ottosson 2020)."""
    linear = (rgb / np.float32(255)) ** np.float32(2.2)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T, dtype=np.float32)


def to_rgb(lab: Floats) -> Floats:
    """The sRGB colours between 0 and 255 of Oklab ones, clipped to what can be shown (Ottosson 2020)."""
    linear = np.clip((lab @ _FROM_LAB.T) ** 3 @ _FROM_LMS.T, 0, 1)
    return np.asarray(np.float32(255) * linear ** np.float32(1 / 2.2), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Painter:
    """One invented painter: each trait runs from 0, pure Alder, to 1, pure Kessel; the rest are habits of his own."""

    name: str
    school: str
    slot: int  # place in his school, 0 to 11: painters of one slot share the order of scenes and the canvas formats
    stroke: float  # 0: short small dabs; 1: long broad strokes
    broken: float  # 0: broken colour; 1: flat colour
    shift: float  # 0: faithful palette; 1: hues turned and driven
    contour: float  # 0: soft and pale; 1: dark contours
    turn: float  # degrees a fully shifted hue is turned by
    ink: float  # hue of the contours, degrees
    ground: tuple[int, int, int]  # the canvas' priming
    accent: float  # favourite hue, degrees
    lean: float  # angle the hand prefers, radians
    leaning: float  # how much it prefers it
    brightness: float
    scale: float  # of all strokes
    gaps: float  # how much of the ground is left showing
    bristle: float  # streakiness of the brush
    weave: float  # how much the cloth shows
    born: int
    atypical: tuple[str, ...] = ()  # the traits he does not share with his school

    @property
    def slug(self) -> str:
        """The name as used in files and identifiers."""
        return self.name.lower().replace(" ", "-")

    def planted(self) -> dict[str, float]:
        """The four traits of his school as he has them."""
        return {trait: float(getattr(self, trait)) for trait in TRAITS}


# In the traits named in brackets a painter paints as the other school does, so that the schools overlap a little.
_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "Alder": {
        "Orrin Fennick": (),
        "Maris Tolvane": (),
        "Edda Quillmere": (),
        "Jorah Pellworth": (),
        "Sunniva Larkdale": ("stroke", "broken"),
        "Corwin Ashgrave": ("contour",),
        "Ilse Dunmarrow": (),
        "Tobin Wrenfold": (),
        "Hesper Vaillow": (),
        "Anselm Birchett": ("shift", "stroke"),
        "Linnea Skarrow": (),
        "Pascoe Elderby": (),
    },
    "Kessel": {
        "Veit Ranstorf": (),
        "Ottla Brinkhausen": (),
        "Casimir Drohlen": ("broken",),
        "Greta Volkmarsen": (),
        "Ansgar Tiedlau": (),
        "Lorenz Hakvoort": (),
        "Malwine Strucker": ("shift",),
        "Rurik Sandhagel": (),
        "Thea Morgenwald": (),
        "Emmerich Zoltau": (),
        "Wanda Krailing": ("stroke", "contour"),
        "Bodo Fehrmark": (),
    },
}


def _painter(name: str, school: str, slot: int, atypical: tuple[str, ...]) -> Painter:
    """The painter of this name: his habits come from the name alone, whatever the seed of the pictures."""
    rng = stream(0, "two-schools", "painter", name)
    other = STYLES.index(school) == 1
    traits = {}
    for trait in TRAITS:
        amount = rng.uniform(0.46, 0.62) if trait in atypical else rng.uniform(0.02, 0.32)
        traits[trait] = round(float(1 - amount if other else amount), 3)
    ground = to_rgb(np.array([[rng.uniform(0.6, 0.88), *rng.uniform(-0.045, 0.055, 2)]], dtype=np.float32))[0]
    born = int(rng.integers(1838, 1861)) + 34 * other
    return Painter(
        name=name,
        school=school,
        slot=slot,
        **traits,
        turn=float(rng.uniform(-68, -30)),
        ink=float(rng.uniform(200, 400)),
        ground=(int(ground[0]), int(ground[1]), int(ground[2])),
        accent=float(rng.uniform(0, 360)),
        lean=float(rng.uniform(0, np.pi)),
        leaning=float(rng.uniform(0.0, 0.7)),
        brightness=float(rng.uniform(-0.045, 0.045)),
        scale=float(rng.uniform(0.88, 1.18)),
        gaps=float(rng.uniform(0.0, 0.3)),
        bristle=float(rng.uniform(0.5, 1.2)),
        weave=float(rng.uniform(0.0, 1.0)),
        born=born,
        atypical=atypical,
    )


PAINTERS: tuple[Painter, ...] = tuple(
    _painter(name, school, slot, atypical)
    for school in STYLES
    for slot, (name, atypical) in enumerate(_NAMES[school].items())
)


def palette(rgb: Floats, painter: Painter) -> Floats:
    """Oklab colours that this painter puts down for the colours he sees, one a row, before his brush breaks them."""
    lab = to_lab(rgb)
    light, a, b = lab[:, 0], lab[:, 1], lab[:, 2]
    shift = np.float32(painter.shift)
    chroma = np.hypot(a, b)
    hue = np.arctan2(b, a) + shift * np.float32(np.deg2rad(painter.turn))
    # Turned hues are pushed away from the olives between yellow and green, which look muddy when driven.
    hue = hue + shift * 0.3 * np.sin(2 * (hue - np.float32(np.deg2rad(28))))
    driven = np.minimum(chroma * (0.9 + 0.8 * shift) + 0.05 * shift * np.tanh(chroma * 20), 0.23)
    # Greys have no hue to turn, so they are given one by their tone: violet in the dark, yellow in the light.
    a = driven * np.cos(hue) + shift * 0.06 * (1 - light)
    b = driven * np.sin(hue) + shift * 0.2 * (light - 0.66)
    ground = to_lab(np.array([painter.ground], dtype=np.float32))[0]  # it shines through everything
    a, b = a + 0.4 * ground[1], b + 0.4 * ground[2]
    pale = np.float32(1 - painter.contour)
    soft = 0.78 + (light - 0.62) * 0.68
    hard = 0.6 + (light - 0.62) * 1.1
    tone = pale * soft + (1 - pale) * hard + np.float32(painter.brightness)
    return np.stack([np.clip(tone, 0.08, 0.98), a, b], axis=1).astype(np.float32)


def break_colour(lab: Floats, painter: Painter, rng: np.random.Generator) -> Floats:
    """The colours of single strokes: neighbours differ, shadows get complementary flecks."""
    amount = np.float32((1 - painter.broken) ** 1.3)
    count = len(lab)
    noise = rng.standard_normal((count, 3), dtype=np.float32)
    lab = lab + noise * (np.array([0.012, 0.006, 0.006]) + amount * np.array([0.036, 0.026, 0.026])).astype(np.float32)
    turn = rng.standard_normal(count, dtype=np.float32) * np.float32(0.03 + 0.4 * amount)
    cos, sin = np.cos(turn), np.sin(turn)
    a, b = lab[:, 1] * cos - lab[:, 2] * sin, lab[:, 1] * sin + lab[:, 2] * cos
    dark = np.clip((0.8 - lab[:, 0]) * 4, 0, 1)
    fleck = rng.random(count, dtype=np.float32) < 0.26 * amount * dark
    lab = np.stack([lab[:, 0] + 0.05 * fleck, np.where(fleck, -1.1 * a, a), np.where(fleck, -1.1 * b, b)], axis=1)
    favourite = rng.random(count, dtype=np.float32) < 0.012
    hue = np.deg2rad(painter.accent)
    lab[favourite, 1], lab[favourite, 2] = 0.11 * np.cos(hue), 0.11 * np.sin(hue)
    return lab.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Field:
    """What the brush consults: where strokes run, and where edges of things are."""

    cos: Floats
    sin: Floats
    edge: Floats


def trace(
    start: Floats, field: Field, seen: NDArray[np.uint8], step: Floats, tolerance: float
) -> tuple[Floats, Floats, Floats]:
    """Strokes from these starts along the field: points, normals, and the colour seen at each start."""
    height, width = field.cos.shape
    points = np.empty((len(start), STEPS, 2), dtype=np.float32)
    normals = np.empty_like(points)
    here = start
    running = np.ones(len(start), dtype=bool)
    before = np.zeros_like(start)
    first = np.zeros((len(start), 3), dtype=np.float32)
    for k in range(STEPS):
        x = np.clip(here[:, 0], 0, width - 1).astype(np.intp)
        y = np.clip(here[:, 1], 0, height - 1).astype(np.intp)
        colour = seen[y, x].astype(np.float32)
        if k == 0:
            first = colour
        else:  # a stroke ends where its colour no longer fits
            running &= np.abs(colour - first).sum(axis=1) < tolerance
            here = np.where(running[:, None], here, points[:, k - 1])
        along = np.stack([field.cos[y, x], field.sin[y, x]], axis=1)
        along *= np.where((along * before).sum(axis=1) < 0, -1, 1)[:, None]
        if k > 0:
            along = np.where(running[:, None], along, before)
        points[:, k], normals[:, k] = here, along[:, ::-1] * np.array([-1, 1], dtype=np.float32)
        before, here = along, here + along * step[:, None]
    return points, normals, first


def _pack(colour: Floats) -> Any:
    """Colours as the whole numbers Pillow reads as red, green and blue, which spares a tuple for every stroke."""
    return (colour.astype(np.int32) @ np.array([1, 1 << 8, 1 << 16], dtype=np.int32)).tolist()


_BODY = np.array([0.55, 0.95, 1.0, 0.95, 0.6], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Brush:
    """A painter's brush over one canvas, which is FINER times as large as the picture."""

    draw: ImageDraw.ImageDraw
    painter: Painter
    rng: np.random.Generator

    def lay(self, points: Floats, normals: Floats, half: Floats, colour: Floats, bristles: int) -> None:
        """Strokes of these half-widths: a body each, and over it the tracks of single bristles."""
        points = points * FINER
        across = normals * (half[:, None] * _BODY * FINER)[:, :, None]
        count = len(points)
        outline = np.concatenate([points + across, (points - across)[:, ::-1]], axis=1).reshape(count, -1).tolist()
        bodies = _pack(colour)
        offsets = self.rng.uniform(-0.85, 0.85, (bristles, count, 1, 1)).astype(np.float32)
        tracks = (points + across * offsets).reshape(bristles, count, -1).tolist()
        tones = self.rng.standard_normal((bristles, count, 1), dtype=np.float32) * np.float32(9 * self.painter.bristle)
        inks = _pack(np.clip(colour + tones, 0, 255))
        thick = np.maximum(1, half * FINER * 0.28).astype(np.int32).tolist()
        for i, body in enumerate(bodies):
            self.draw.polygon(outline[i], fill=body)
            for j in range(bristles):
                self.draw.line(tracks[j][i], fill=inks[j][i], width=thick[i])
