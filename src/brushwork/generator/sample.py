"""Pictures out of a generator: picture k of a seed is the same whatever the batch."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator import stylegan2
from brushwork.generator.networks import Painter, noise_of, save_generator
from brushwork.images import write_image
from brushwork.lettering import font_of
from brushwork.randomness import stream_seed
from brushwork.run import Run

SHEET = 32  # pictures on a sheet of progress
BLOCK = 16  # pictures are always painted in the same company, since rounding depends on the size of a batch


def sample(
    painter: Painter, count: int, seed: int, first: int = 0, style: str | None = None, truncation: float = 1.0
) -> Pixels:
    """Pictures `first` to `first + count - 1` of the seed, uint8 (N, S, S, 3).

    A network that is told the style paints `style`, by default its styles in turn; `truncation` below 1 draws pictures
    towards the mean of their style, less various and mostly better. Raises `UserError` for a style that it does not know and
    where the network is told none.
    """
    device = next(painter.network.parameters()).device
    numbers = _numbers(painter, style, truncation)
    blocks = range(first // BLOCK, (first + count - 1) // BLOCK + 1)
    parts = []
    with torch.inference_mode():
        for block in blocks:
            seeds = [stream_seed(seed, "sample", k) for k in range(block * BLOCK, (block + 1) * BLOCK)]
            noise = torch.cat([noise_of(painter.preset, 1, seed=one) for one in seeds])
            if numbers:
                told = torch.tensor([numbers[k % len(numbers)] for k in range(block * BLOCK, (block + 1) * BLOCK)])
                parts.append(to_pixels(painter.network(noise.to(device), told.to(device), truncation)))
            else:
                parts.append(to_pixels(painter.network(noise.to(device))))
    start = first - blocks[0] * BLOCK
    return np.concatenate(parts)[start : start + count]


def _numbers(painter: Painter, style: str | None, truncation: float) -> list[int]:
    """The numbers of the styles that are painted in turn; none where the network is told none."""
    if not isinstance(painter.network, stylegan2.Generator):
        if style is not None or truncation != 1:
            raise UserError(
                f"{painter.run} is a {painter.preset.name}, which is told no style and has no mean to be drawn to; leave out "
                "--style and --truncation, or train --preset stylegan2."
            )
        return []
    if style is not None and style not in painter.styles:
        raise UserError(f"{painter.run} does not know the style {style!r}; it knows {', '.join(painter.styles)}.")
    return [painter.styles.index(style)] if style is not None else list(range(len(painter.styles)))


def to_pixels(pictures: torch.Tensor) -> Pixels:
    """(B, 3, S, S) in [-1, 1] to uint8 (B, S, S, 3)."""
    scaled = ((pictures.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return scaled.permute(0, 2, 3, 1).contiguous().cpu().numpy()


def grid(pixels: Pixels, columns: int, scale: int = 1, gap: int = 2) -> Image.Image:
    """The pictures (N, S, S, 3) side by side in rows of `columns`, each enlarged `scale` times without smoothing."""
    side = pixels.shape[1] * scale
    rows = -(-len(pixels) // columns)
    sheet = Image.new("RGB", (columns * (side + gap) - gap, rows * (side + gap) - gap), "white")
    for i, picture in enumerate(pixels):
        tile = Image.fromarray(picture).resize((side, side), Image.Resampling.NEAREST)
        sheet.paste(tile, (i % columns * (side + gap), i // columns * (side + gap)))
    return sheet


def captioned(sheet: Image.Image, caption: str) -> Image.Image:
    """The sheet with a line of text above it."""
    font = font_of(13)
    width = max(sheet.width, int(font.getlength(caption)) + 8)
    page = Image.new("RGB", (width, sheet.height + 24), "white")
    ImageDraw.Draw(page).text((4, 3), caption, fill="black", font=font)
    page.paste(sheet, (0, 24))
    return page


def save_progress(run: Run, painter: Painter, seed: int, steps: int) -> None:
    """Write the generator as it is into the run, and a sheet of what it makes of fixed noise."""
    sheet = grid(sample(painter, SHEET, seed), columns=8)
    save_picture(sheet, run.folder / "samples" / f"{steps:07d}.png", painter, seed, f"0-{SHEET - 1}")
    save_generator(run, painter.network, painter.preset, painter.styles, painter.kimg)


def save_picture(
    image: Image.Image,
    path: Path,
    painter: Painter,
    seed: int,
    index: str,
    style: str | None = None,
    truncation: float = 1.0,
) -> None:
    """Write a generated PNG that says in its metadata that it is one, and how to make it again."""
    told = f" style={style}" * (style is not None) + f" truncation={truncation:g}" * (truncation != 1)
    info = PngInfo()
    info.add_text("Software", "Brushwork")
    info.add_text("Description", f"Generated by a network trained on {' and '.join(painter.styles)}; not a painting.")
    info.add_text(
        "brushwork",
        f"run={painter.run} preset={painter.preset.name} kimg={painter.kimg:g} seed={seed} index={index}{told}",
    )
    write_image(image, path, pnginfo=info)
