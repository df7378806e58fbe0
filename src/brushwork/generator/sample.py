"""Pictures out of a generator: picture k of a seed is the same whatever the batch."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator import stylegan2
from brushwork.generator.networks import Painter, noise_of, save_generator
from brushwork.generator.provenance import provenance, save_image
from brushwork.lettering import font_of
from brushwork.randomness import stream_seed
from brushwork.run import Run

SHEET = 32  # pictures on a sheet of progress
BLOCK = 8  # pictures are always painted in the same company, since rounding depends on the size of a batch


def sample(
    painter: Painter, count: int, seed: int, first: int = 0, style: str | None = None, truncation: float = 1.0
) -> Pixels:
    """Pictures `first` to `first + count - 1` of the seed, uint8 (N, S, S, 3).

    A network that is told the style paints `style`, by default its styles in turn; `truncation` below 1 draws pictures
    towards the mean look of their style, less various, in their own layouts. Raises `UserError` for a style that it does not
    know and where the network is told none.
    """
    blocks = range(first // BLOCK, (first + count - 1) // BLOCK + 1)
    parts = []
    for block in blocks:
        places = range(block * BLOCK, (block + 1) * BLOCK)
        ways = ways_at(painter, seed, places, style, truncation)
        parts.append(painted(painter, ways, grain_at(painter, seed, places)))
    start = first - blocks[0] * BLOCK
    return np.concatenate(parts)[start : start + count]


def painted_like(painter: Painter, counts: Mapping[str, int], seed: int) -> Pixels:
    """As many samples, in these styles where the network is told them; sample k is picture k of the seed."""
    if not isinstance(painter.network, stylegan2.Generator):
        return sample(painter, sum(counts.values()), seed)
    starts = np.cumsum([0, *counts.values()]).tolist()
    parts = [
        sample(painter, count, seed, first, style)
        for (style, count), first in zip(counts.items(), starts, strict=False)
    ]
    return np.concatenate(parts)


def ways_at(
    painter: Painter, seed: int, places: Sequence[int], style: str | None = None, truncation: float = 1.0
) -> Tensor:
    """What pictures `places` of a seed are painted of, besides grain: points w (N, W) of stylegan2, elsewhere noise (N, Z).

    Raises `UserError` for a style that the network does not know, and for a style or truncation where it takes neither.
    """
    numbers, noise = numbers_of(painter, places, style, truncation), noise_at(painter, seed, places)
    return noise if numbers is None else points_of(painter, noise, numbers, truncation)


def noise_at(painter: Painter, seed: int, places: Sequence[int]) -> Tensor:
    """The noise (N, Z) of pictures `places` of a seed."""
    return torch.cat([noise_of(painter.preset, 1, seed=stream_seed(seed, "sample", k)) for k in places])


def grain_at(painter: Painter, seed: int, places: Sequence[int]) -> Tensor | None:
    """The grain (N, G) of pictures `places` of a seed; None where the network takes none."""
    network = painter.network
    if not isinstance(network, stylegan2.Generator):
        return None
    size = sum(network.grains)
    draws = [torch.Generator().manual_seed(stream_seed(seed, "grain", k)) for k in places]
    return torch.stack([torch.randn(size, generator=draw) for draw in draws])


def points_of(painter: Painter, noise: Tensor, numbers: Sequence[int], truncation: float = 1.0) -> Tensor:
    """The points w (N, W) of noise (N, Z) and styles by number, drawn towards their style's mean (stylegan2)."""
    network = painter.network
    assert isinstance(network, stylegan2.Generator)
    told = torch.tensor(numbers, device=network.mean.device)
    with torch.no_grad():
        return network.truncated(network.point(noise.to(told.device), told), told, truncation)


def painted(painter: Painter, ways: Tensor, grain: Tensor | None = None) -> Pixels:
    """The pictures (N, S, S, 3) of noise (N, Z), or of points w (N, W) or (N, L, W) with their grain (N, G).

    Always as many at once, since rounding depends on the number; one grain (1, G) serves all.
    """
    network, device = painter.network, next(painter.network.parameters()).device
    parts = []
    with torch.inference_mode():
        for start in range(0, len(ways), BLOCK):
            few = _filled(ways[start : start + BLOCK]).to(device)
            if isinstance(network, stylegan2.Generator):
                own = None
                if grain is not None:
                    own = _filled(grain[start : start + BLOCK] if len(grain) > 1 else grain).to(device)
                pictures = network.paint(network.everywhere(few) if few.ndim == 2 else few, grain=own)
            else:
                pictures = network(few)
            parts.append(to_pixels(pictures))
    return np.concatenate(parts)[: len(ways)]


def _filled(rows: Tensor) -> Tensor:
    """As many rows as are painted at once, the last one repeated."""
    return torch.cat([rows, rows[-1:].expand(BLOCK - len(rows), *rows.shape[1:])])


def numbers_of(
    painter: Painter, places: Sequence[int], style: str | None = None, truncation: float = 1.0
) -> list[int] | None:
    """The numbers (N,) of the styles that pictures `places` are painted in: `style`, by default all in turn.

    None where the network is told none. Raises `UserError` for a style that the network does not know, and for a style or
    truncation where it takes neither.
    """
    if not isinstance(painter.network, stylegan2.Generator):
        if style is not None or truncation != 1:
            raise UserError(
                f"{painter.run} is a {painter.preset.name}, which is told no style and has no mean to be drawn to; leave out "
                "--style and --truncation, or train --preset stylegan2."
            )
        return None
    return [k % len(painter.styles) if style is None else number_of(painter, style) for k in places]


def number_of(painter: Painter, style: str) -> int:
    """The number of a style; raises `UserError` for one that the network does not know."""
    if style not in painter.styles:
        raise UserError(f"{painter.run} does not know the style {style!r}; it knows {', '.join(painter.styles)}.")
    return painter.styles.index(style)


def to_pixels(pictures: Tensor) -> Pixels:
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
    save_generator(run, painter)


def save_picture(image: Image.Image, path: Path, painter: Painter, seed: int, index: str, **settings: object) -> None:
    """Write a generated picture that says in its metadata that it is one, and how to make it again."""
    save_image(image, path, provenance(painter, seed, index=index, **settings))
