"""From one generated picture to another: between seeds, and for one seed from style to style (the style dial)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator import stylegan2
from brushwork.generator.networks import Painter, noise_of
from brushwork.generator.sample import BLOCK, to_pixels
from brushwork.images import write_image
from brushwork.randomness import stream_seed


def walk(painter: Painter, places: Sequence[int], frames: int, seed: int, style: str | None = None) -> Pixels:
    """Pictures (N, S, S, 3) on the way through pictures `places` of a seed and back to the first, `frames` from each to the next.

    Straight in the points w of stylegan2; elsewhere along great circles of normal noise, whose length stays what noise has, or
    straight through uniform noise. Raises `UserError` for fewer than two places and for a style that it does not know.
    """
    if len(places) < 2:
        raise UserError(f"{len(places)} picture was given to walk through; give two or more.")
    noise = torch.cat([noise_of(painter.preset, 1, seed=stream_seed(seed, "sample", k)) for k in places])
    ends, between = noise, great_circle if painter.preset.noise == "normal" else straight
    if isinstance(painter.network, stylegan2.Generator):
        ends, between = _points(painter, noise, style or painter.styles[0]), straight
    steps = [between(ends[i], ends[(i + 1) % len(ends)], k / frames) for i in range(len(ends)) for k in range(frames)]
    return painted(painter, torch.stack(steps))


def dial(painter: Painter, place: int, steps: int, seed: int, truncation: float = 1.0) -> Pixels:
    """Picture `place` of a seed in `steps` steps from the run's first style to its last (N, S, S, 3), all else the same.

    Raises `UserError` for a network that is told no style, or one alone.
    """
    network = painter.network
    if not isinstance(network, stylegan2.Generator) or len(painter.styles) < 2:
        raise UserError(
            f"{painter.run} is a {painter.preset.name} of {' and '.join(painter.styles)}, and the dial needs a network that is "
            "told one of several styles; train --preset stylegan2 on two."
        )
    noise = noise_of(painter.preset, 1, seed=stream_seed(seed, "sample", place))
    first, last = (_points(painter, noise, style, truncation)[0] for style in (painter.styles[0], painter.styles[-1]))
    return painted(painter, torch.stack([straight(first, last, k / (steps - 1)) for k in range(steps)]))


def painted(painter: Painter, ways: Tensor) -> Pixels:
    """The pictures (N, S, S, 3) of points w or noise (N, Z), always as many at once, since rounding depends on the number."""
    network, device = painter.network, next(painter.network.parameters()).device
    missing = -len(ways) % BLOCK
    full = torch.cat([ways, ways[-1:].expand(missing, -1)]).to(device)
    with torch.inference_mode():
        parts = [
            to_pixels(
                network.paint(network.everywhere(few)) if isinstance(network, stylegan2.Generator) else network(few)
            )
            for few in full.split(BLOCK)
        ]
    return np.concatenate(parts)[: len(ways)]


def save_moving(pixels: Pixels, path: Path, scale: int, rate: int = 12) -> None:
    """Write pictures (N, S, S, 3) as one that moves, `rate` a second, each enlarged `scale` times without smoothing."""
    side = pixels.shape[1] * scale
    every = [Image.fromarray(one).resize((side, side), Image.Resampling.NEAREST) for one in pixels]
    kept = {"lossless": True} if path.suffix == ".webp" else {}
    write_image(every[0], path, save_all=True, append_images=every[1:], duration=1000 // rate, loop=0, **kept)


def straight(one: Tensor, other: Tensor, share: float) -> Tensor:
    """The point at a share of the way between two."""
    return torch.lerp(one, other, share)


def great_circle(one: Tensor, other: Tensor, share: float) -> Tensor:
    """The point at a share of the way between two vectors, turning and stretching evenly (Shoemake 1985; White 2016)."""
    angle = torch.arccos((torch.dot(one, other) / (one.norm() * other.norm())).clamp(-1, 1))
    if float(angle.sin()) < 1e-6:
        return straight(one, other, share)
    way: Tensor = (((1 - share) * angle).sin() * one + (share * angle).sin() * other) / angle.sin()
    return way


def _points(painter: Painter, noise: Tensor, style: str, truncation: float = 1.0) -> Tensor:
    network = painter.network
    assert isinstance(network, stylegan2.Generator)
    if style not in painter.styles:
        raise UserError(f"{painter.run} does not know the style {style!r}; it knows {', '.join(painter.styles)}.")
    device = next(network.parameters()).device
    numbers = torch.full((len(noise),), painter.styles.index(style), device=device)
    with torch.no_grad():
        return network.truncated(network.point(noise.to(device), numbers), numbers, truncation)
