"""From one generated picture to another: between seeds, and for one seed from style to style (the style dial)."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator import stylegan2
from brushwork.generator.networks import Painter
from brushwork.generator.provenance import save_image
from brushwork.generator.sample import BLOCK, grain_at, noise_at, number_of, painted, points_of, ways_at
from brushwork.generator.video import need_video, save_video

MOVING = (".gif", ".webp", ".png", ".mp4")


def walk(
    painter: Painter,
    places: Sequence[int],
    frames: int,
    seed: int,
    style: str | None = None,
    truncation: float = 1.0,
) -> Pixels:
    """Pictures (N, S, S, 3) on the way through pictures `places` of a seed and back to the first, `frames` from each to the next.

    Straight in the points w of stylegan2, while its grain turns; elsewhere along great circles of normal noise, whose length
    stays what noise has, or straight through uniform noise. Raises `UserError` for fewer than two places and for a style that
    it does not know.
    """
    if len(places) < 2:
        raise UserError(f"{len(places)} picture was given to walk through; give two or more.")
    ends, grains = ways_at(painter, seed, places, style, truncation), grain_at(painter, seed, places)
    turns = painter.preset.noise == "normal" and grains is None
    between = great_circle if turns else straight
    parts = []
    for start in range(0, len(places) * frames, BLOCK):
        few = range(start, min(start + BLOCK, len(places) * frames))
        grain = None if grains is None else _on_the_way(grains, great_circle, few, frames)
        parts.append(painted(painter, _on_the_way(ends, between, few, frames), grain))
    return np.concatenate(parts)


def dial(
    painter: Painter, place: int, steps: int, seed: int, truncation: float = 1.0, ends: tuple[str, str] | None = None
) -> Pixels:
    """Picture `place` of a seed in `steps` steps from one style to another (N, S, S, 3), all else the same.

    The `ends` are by default the run's first style and its last. Raises `UserError` for a network that is told no style, or
    one alone, and for a style that it does not know.
    """
    found: Pixels = dials(painter, [place], steps, seed, truncation, ends)[0]
    return found


def dials(
    painter: Painter,
    places: Sequence[int],
    steps: int,
    seed: int,
    truncation: float = 1.0,
    ends: tuple[str, str] | None = None,
) -> Pixels:
    """`dial` of several pictures of a seed (P, N, S, S, 3), painted together."""
    network = painter.network
    if not isinstance(network, stylegan2.Generator) or len(painter.styles) < 2:
        raise UserError(
            f"{painter.run} is a {painter.preset.name} of {' and '.join(painter.styles)}, and the dial needs a network that is "
            "told one of several styles; train --preset stylegan2 on two."
        )
    numbers = [number_of(painter, style) for style in ends or (painter.styles[0], painter.styles[-1])]
    if numbers[0] == numbers[1]:
        raise UserError(
            f"the dial was asked to turn {painter.styles[numbers[0]]} into itself; give another --from or --to."
        )
    ways = []
    for place in places:  # alone, since rounding depends on the number
        first, last = points_of(painter, noise_at(painter, seed, [place, place]), numbers, truncation)
        ways += [straight(first, last, k / (steps - 1)) for k in range(steps)]
    grain = grain_at(painter, seed, places)
    assert grain is not None
    found = painted(painter, torch.stack(ways), grain.repeat_interleave(steps, 0))
    return found.reshape(len(places), steps, *found.shape[1:])


def _on_the_way(ends: Tensor, between: Callable[[Tensor, Tensor, float], Tensor], wanted: range, frames: int) -> Tensor:
    """The `wanted` frames (N, D) of the way from each of the ends (M, D) to the next and from the last to the first."""
    following = ends.roll(-1, 0)
    return torch.stack([between(ends[k // frames], following[k // frames], k % frames / frames) for k in wanted])


def save_moving(pixels: Pixels, path: Path, about: Mapping[str, Any], scale: int, rate: int = 12) -> None:
    """Write pictures (N, H, W, 3) as one that moves, `rate` a second, each enlarged `scale` times without smoothing.

    As a GIF, WebP, moving PNG or MP4, by the path's ending, with its provenance `about` itself. Raises `UserError` for
    another ending, and for an MP4 where the extra `video` is missing.
    """
    check_moving(path)
    kind = path.suffix.lower()
    if kind == ".mp4":
        save_video(pixels, path, about, scale, rate)
        return
    side = (pixels.shape[2] * scale, pixels.shape[1] * scale)
    every = [Image.fromarray(one).resize(side, Image.Resampling.NEAREST) for one in pixels]
    kept = {"lossless": True} if kind == ".webp" else {}
    save_image(every[0], path, about, save_all=True, append_images=every[1:], duration=1000 // rate, loop=0, **kept)


def check_moving(path: Path) -> None:
    """Raises `UserError` where `save_moving` could not write such a file; asked before frames are painted for nothing."""
    if path.suffix.lower() not in MOVING:
        raise UserError(f"{path} was asked for; what moves is written as {', '.join(MOVING)}.")
    if path.suffix.lower() == ".mp4":
        need_video(path)


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
