"""The exhibit's part on generators: progress, samples, curves, distances and palettes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup
from PIL import Image

from brushwork.collection import Collection
from brushwork.collection.collection import Pixels
from brushwork.exhibit import charts, quality_words, words
from brushwork.generator.evaluation import LOOKALIKES, read_quality
from brushwork.generator.networks import load_generator
from brushwork.generator.quality import Quality, quality_from
from brushwork.generator.sample import grid, sample, save_picture
from brushwork.images import write_image
from brushwork.randomness import stream
from brushwork.run import Run, write_atomically

SHOWN, SEED = 32, 1
STAGES = 4  # sheets of progress shown


def generator_sections(collection: Collection, runs: Sequence[Run], pictures: Path) -> dict[str, Any]:
    """What the page needs about the generators: a section a run, real squares beside them, and what the colours say."""
    sections = [_section(run, pictures, number) for number, run in enumerate(runs)]
    sizes = sorted({section["size"] for section in sections})
    real = {style: _real(collection, style, sizes[-1], pictures) for style in collection.styles} if sizes else {}
    colours = {style: part["colours"] for style, part in real.items()}
    made = [(s["preset"], s["style"], s["colours"]) for s in sections]
    meanings = {entry.term: entry for section in sections for entry in quality_words.glosses(section["quality"])}
    return {
        "generators": sections,
        "meanings": list(meanings.values()),
        "real": real,
        "palettes": words.palettes(colours, made),
    }


def _section(run: Run, pictures: Path, number: int) -> dict[str, Any]:
    results, painter = run.results or {}, load_generator(run)
    pixels = sample(painter, SHOWN, SEED)
    file = pictures / f"samples-{number}.png"
    scale = max(1, 64 // painter.preset.size)
    save_picture(grid(pixels, 8, scale), file, painter, SEED, f"0-{SHOWN - 1}")
    cost, paper = results["cost"], results["paper_cost"]
    quality = read_quality(run) or quality_from(results["quality"], run.folder / "results.json")
    return {
        "run": run.folder.name,
        "preset": painter.preset.name,
        "about": painter.preset.about,
        "style": " + ".join(painter.styles),
        "size": painter.preset.size,
        "width": painter.preset.width,
        "batch": painter.preset.batch,
        "updates": results["updates"],
        "paper_updates": results["paper_updates"],
        "kimg": results["kimg"],
        "cost": cost,
        "paper_cost": paper,
        "quality": quality,
        "measures": quality_words.table(quality),
        "summary": quality_words.summary(quality),
        "copying": quality_words.copying(quality),
        "lookalikes": _lookalikes(run, quality, pictures, number),
        "spaces": quality_words.spaces(quality),
        "words": words.generator(results, quality),
        "samples": f"pictures/{file.name}",
        "progress": _progress(run, pictures, number),
        "curves": [Markup(svg) for svg in _curves(run)],
        "colours": colours_of(pixels),
    }


def _lookalikes(run: Run, quality: Quality, pictures: Path, number: int) -> str:
    """The sheet of samples and the paintings most like them, where copies were searched for; empty otherwise."""
    sheet = run.folder / LOOKALIKES
    if not quality.memorisation or not sheet.exists():
        return ""
    file = pictures / f"lookalikes-{number}.png"
    write_atomically(file, sheet.read_bytes())
    return f"pictures/{file.name}"


def _progress(run: Run, pictures: Path, number: int) -> list[dict[str, Any]]:
    """A few of the fixed-noise sheets, evenly through the training."""
    sheets = sorted((run.folder / "samples").glob("*.png"))
    kimg = {r["step"]: r["kimg"] for r in run.records() if "kimg" in r}
    places = sorted({round(i) for i in np.linspace(0, len(sheets) - 1, min(STAGES, len(sheets)))})
    shown = []
    for place in places:
        file = pictures / f"progress-{number}-{place}.png"
        with Image.open(sheets[place]) as sheet:
            step = int(sheets[place].stem)
            write_image(sheet.crop((0, 0, sheet.width, sheet.height // 2)), file)
        shown.append({"file": f"pictures/{file.name}", "kimg": kimg.get(step, 0.0)})
    return shown


def _curves(run: Run) -> list[str]:
    records = run.records()

    def column(name: str) -> tuple[list[float], list[float]]:
        own = [r for r in records if name in r]
        return [r["step"] for r in own], [r[name] for r in own]

    if any("critic_distance" in r for r in records):
        return [
            charts.lines({"critic distance": column("critic_distance")}, "generator updates", "critic distance"),
            charts.lines({"generator loss": column("generator_loss")}, "generator updates", "generator loss"),
        ]
    losses = {"discriminator": column("discriminator_loss"), "generator": column("generator_loss")}
    return [charts.lines(losses, "generator updates", "loss (nats)")]


def _real(collection: Collection, style: str, size: int, pictures: Path) -> dict[str, Any]:
    """Squares of real paintings at the generators' size, and their colours."""
    paintings = collection.select([style])
    chosen = [paintings[i] for i in stream(SEED, "real-squares").permutation(len(paintings))[:SHOWN]]
    pixels = collection.squares(size, chosen)
    file = pictures / f"real-{collection.styles.index(style)}.png"
    write_image(grid(pixels, 8, max(1, 64 // size)), file)
    return {"file": f"pictures/{file.name}", "colours": colours_of(collection.squares(size, paintings))}


def colours_of(pixels: Pixels) -> dict[str, Any]:
    """Mean saturation and lightness (HSL, 0 to 1) and five typical colours of pictures (N, S, S, 3)."""
    scaled = pixels.reshape(-1, 3).astype(np.float64) / 255
    top, bottom = scaled.max(1), scaled.min(1)
    lightness = (top + bottom) / 2
    saturation = np.where(top > bottom, (top - bottom) / (1 - np.abs(2 * lightness - 1) + 1e-9), 0).clip(0, 1)
    side = int(np.sqrt(len(scaled)))
    strip = Image.fromarray((scaled[: side * side].reshape(side, side, 3) * 255).astype(np.uint8))
    quantised = strip.quantize(5, Image.Quantize.MEDIANCUT)
    palette = np.array((quantised.getpalette() or [])[:15]).reshape(-1, 3)
    counts = np.bincount(np.asarray(quantised).ravel(), minlength=len(palette))
    order = np.argsort(-counts)[: len(palette)]
    swatches = ["#" + "".join(f"{int(v):02x}" for v in palette[i]) for i in order]
    return {"saturation": float(saturation.mean()), "lightness": float(lightness.mean()), "swatches": swatches}
