"""Pictures that are no paintings, made or found on this machine: what a verdict must not be given on without a warning."""

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from sklearn.datasets import load_sample_images

WORDS = [
    "the",
    "quick",
    "brown",
    "fox",
    "jumps",
    "over",
    "lazy",
    "dogs",
    "while",
    "seven",
    "wizards",
    "quietly",
    "paint",
]


def photographs() -> list[Image.Image]:
    """Three photographs that come with installed packages, whole and in five parts each."""
    found = [Image.fromarray(image) for image in load_sample_images().images]
    with Image.open(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg") as portrait:
        found.append(portrait.convert("RGB"))
    parts = ((0, 0, 1, 1), (0, 0, 0.6, 0.6), (0.4, 0, 1, 0.6), (0, 0.4, 0.6, 1), (0.4, 0.4, 1, 1), (0.2, 0.2, 0.8, 0.8))
    return [
        image.crop((round(a * image.width), round(b * image.height), round(c * image.width), round(d * image.height)))
        for image in found
        for a, b, c, d in parts
    ]


def drawings(count: int = 12) -> list[Image.Image]:
    """Lines of one colour on paper: outlines, hatching, scribbles."""
    made = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        image = Image.new("RGB", (480 + 40 * (seed % 4), 400), ("white", "#f6f1e2", "#eeeae0")[seed % 3])
        draw, ink = ImageDraw.Draw(image), ("black", "#333333", "#5a3a1e")[seed % 3]
        for _ in range(8 + 4 * (seed % 5)):
            x, y, w, h = rng.uniform(0, 320), rng.uniform(0, 260), rng.uniform(40, 200), rng.uniform(40, 160)
            kind = rng.integers(4)
            if kind == 0:
                draw.ellipse((x, y, x + w, y + h), outline=ink, width=1 + seed % 3)
            elif kind == 1:
                draw.polygon([(x, y), (x + w, y + h / 3), (x + w / 2, y + h)], outline=ink, width=1 + seed % 3)
            elif kind == 2:
                points = np.cumsum(rng.normal(0, 14, (60, 2)), 0) + np.array((x + w / 2, y + h / 2))
                draw.line([(float(a), float(b)) for a, b in points], fill=ink, width=1 + seed % 3)
            else:
                for k in range(12):
                    draw.line((x + 8 * k, y, x + 8 * k + 30, y + h), fill=ink, width=1)
        made.append(image)
    return made


def blanks() -> list[Image.Image]:
    """One colour, or nearly so."""
    colours = ("white", "black", "#808080", "#c8b48c", "#203a70", "#a02020", "#3c7a3c", "#f4f0e6")
    flat = [Image.new("RGB", (400, 320), colour) for colour in colours]
    nearly = []
    for seed, image in enumerate(flat):
        grain = np.random.default_rng(seed).normal(0, 2, (320, 400, 3))
        nearly.append(Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)))
    return flat + nearly


def text_pages(count: int = 12) -> list[Image.Image]:
    """Printed pages: several sizes of type, one or two columns."""
    made = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        size = 10 + 2 * (seed % 5)
        paper = ("white", "#f7f3e8", "#fffdf5")[seed % 3]
        image = Image.new("RGB", (420, 594) if seed % 2 else (594, 420), paper)
        draw, font = ImageDraw.Draw(image), ImageFont.load_default(size)
        for column in range(1 + seed % 2):
            left, width = 30 + column * 190, 160 if seed % 2 else image.width - 60
            for y in range(30, image.height - 30, round(size * 1.5)):
                line = " ".join(rng.choice(WORDS, 20))
                while draw.textlength(line, font) > width:
                    line = line.rpartition(" ")[0]
                draw.text((left, y), line, fill="#111111", font=font)
        made.append(image)
    return made


def noises(count: int = 12) -> list[Image.Image]:
    """Independent pixels, in colour or grey, even or bell-shaped, some of them in blocks."""
    made = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        channels, block = 1 + 2 * (seed % 2), (1, 1, 4)[seed % 3]
        shape = (320 // block, 400 // block, channels)
        values = rng.integers(0, 256, shape) if seed % 4 < 2 else np.clip(rng.normal(128, 40, shape), 0, 255)
        pixels = np.repeat(values.astype(np.uint8), 4 - channels if channels == 1 else 1, 2)
        made.append(Image.fromarray(pixels).resize((400, 320), Image.Resampling.NEAREST))
    return made


def all_aliens() -> dict[str, list[Image.Image]]:
    """Every kind by name."""
    return {
        "photographs": photographs(),
        "drawings": drawings(),
        "blanks": blanks(),
        "text pages": text_pages(),
        "noise": noises(),
    }
