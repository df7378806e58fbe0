"""The generated picture nearest to a given painting, searched for in the generator's own latent space (Karras et al. 2020, 5).

The distance is that of pixels at several sizes and that of what a discriminator sees (as LPIPS, Zhang et al. 2018, eq. 1, on the
run's own network). What is found says how much of the painting the generator could have painted, and not more: the rest is
in no picture of its own.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator import stylegan2
from brushwork.generator.discriminator_features import activations
from brushwork.generator.networks import Painter
from brushwork.generator.sample import numbers_of, to_pixels, ways_at
from brushwork.progress import progress

AT_ONCE = 16  # pictures painted and looked at together
CANDIDATES, STARTS = 64, 4  # pictures of the seed looked at first, and how many searches begin at once
RATE = 0.1  # of Adam, in deviations of the latent space
WARM, COOL = 0.05, 0.5  # shares of the search in which the rate rises, and falls
WEIGHT = 0.2  # of what the discriminator sees, beside pixels
FRAMES = 48  # of the path that are kept
LONGER = 2.0  # than the root of its dimensions, which 1 normal noise in 400 is
SMALLEST = 4  # pixels of the coarsest comparison


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a picture is from the target: `pixels` root mean square in grey levels (0..255), `seen` by the discriminator.

    `seen` is None where the search had no discriminator.
    """

    pixels: float
    seen: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """What was found: the target (S, S, 3), frames of the path (N, S, S, 3) after so many `steps`, their distances.

    The last frame is the nearest picture, and `latent` (D,) or, layer by layer, (L, D), and its `grain` (G,), if it has any,
    are what it is painted of. `mean` is the distance of the mean picture, `typical` the median of pictures of the seed.
    """

    target: Pixels
    path: Pixels
    steps: Sequence[int]
    distances: Sequence[Distance]
    mean: Distance
    typical: Distance
    latent: Tensor
    grain: Tensor | None


def project(
    painter: Painter,
    discriminator: nn.Module | None,
    target: Pixels,
    steps: int,
    seed: int,
    style: str | None = None,
    by_layer: bool = False,
    grain: bool = True,
) -> Projection:
    """Search for the target, uint8 (S, S, 3), by Adam from the mean picture and the three nearest of 64 of the seed.

    In the points w of stylegan2, `by_layer` with a point for each layer (W+), and in its `grain`, which is no longer than
    grain is; elsewhere in the noise, which is no longer than noise is, or within its bounds. The same on the same machine.
    Raises `UserError` as `check_search` does.
    """
    check_search(painter, style, by_layer, grain)
    device = next(painter.network.parameters()).device
    measure = _Measure(_to_tensor(target).to(device), discriminator)
    ways = ways_at(painter, seed, range(CANDIDATES), style).to(device)
    mean = ways.mean(0) if isinstance(painter.network, stylegan2.Generator) else torch.zeros_like(ways[0])
    unit = ways.std(0)
    away = _looked_at(painter, measure, torch.cat([mean[None], ways]))
    first = away[0, 1:].topk(STARTS - 1, largest=False).indices
    latent = torch.cat([mean[None], ways[first]])
    if by_layer and isinstance(painter.network, stylegan2.Generator):
        latent = painter.network.everywhere(latent).clone()
    every = sorted({round(k * steps / FRAMES) for k in range(FRAMES + 1)})
    kept = _searched(painter, measure, (latent, unit), grain, steps, every)
    last, winner = divmod(int(torch.stack([one.away[0] for one in kept]).argmin()), STARTS)
    kept = kept[: last + 1]  # of the search that came nearest, up to where it was nearest
    whole = [_distance(measure, one) for one in away.unbind(1)]
    latent, fine = kept[-1].latent, kept[-1].grain
    return Projection(
        target,
        path=to_pixels(torch.stack([one.pictures[winner] for one in kept])),
        steps=every[: last + 1],
        distances=[_distance(measure, one.away[:, winner]) for one in kept],
        mean=whole[0],
        typical=sorted(whole[1:], key=lambda one: one.pixels)[CANDIDATES // 2],
        latent=latent[winner],
        grain=None if fine is None else fine[winner],
    )


def check_search(painter: Painter, style: str | None, by_layer: bool, grain: bool) -> None:
    """Whether a search can be made as asked.

    Raises `UserError` for a style that the network does not know, and for `by_layer` or no `grain` where it has no layers to
    tell apart and no grain.
    """
    if (by_layer or not grain) and not isinstance(painter.network, stylegan2.Generator):
        raise UserError(
            f"{painter.run} is a {painter.preset.name}, which has neither a point for each layer nor grain; leave out "
            f"{'--by-layer' if by_layer else '--without-grain'}."
        )
    numbers_of(painter, [0], style)


def _looked_at(painter: Painter, measure: "_Measure", latent: Tensor) -> Tensor:
    """How far the pictures of latents (N, D) are away (3, N)."""
    with torch.no_grad():
        return torch.cat([measure(_pictures(painter, few)) for few in latent.split(AT_ONCE)], 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """How the searches stand: latents (B, ...), grain (B, G), pictures (B, 3, S, S), and how far they are away (3, B)."""

    latent: Tensor
    grain: Tensor | None
    pictures: Tensor
    away: Tensor

    def detached(self) -> "_Look":
        grain = None if self.grain is None else self.grain.detach()
        return _Look(self.latent.detach(), grain, self.pictures.detach(), self.away.detach())


def _searched(
    painter: Painter, measure: "_Measure", begins: tuple[Tensor, Tensor], grain: bool, steps: int, every: Sequence[int]
) -> list[_Look]:
    """Looks after the steps `every`, from latents (B, ...) whose deviation is known."""
    latent, unit = begins
    moved = torch.zeros_like(latent, requires_grad=True)  # in deviations, from where each began
    wanted, own = [moved], None
    if grain and isinstance(painter.network, stylegan2.Generator):
        own = torch.zeros(len(latent), sum(painter.network.grains), device=latent.device, requires_grad=True)
        wanted.append(own)
    adam, kept = torch.optim.Adam(wanted, RATE), []
    with progress(steps, "searching") as advance:
        for k in range(steps + 1):
            now, grained = _within(painter, latent + moved * unit), _fine(painter, own)
            pictures = _pictures(painter, now, grained)
            away = measure(pictures)
            if k in every:
                kept.append(_Look(now, grained, pictures, away).detached())
            if k == steps:
                break
            adam.param_groups[0]["lr"] = RATE * _rate_at(k / steps)
            slopes = torch.autograd.grad(away[0].sum(), wanted)
            for one, slope in zip(wanted, slopes, strict=True):
                one.grad = slope
            adam.step()
            advance(k + 1)
    return kept


def _rate_at(share: float) -> float:
    """Rises, stays and falls to nothing as a cosine, as in the authors' code."""
    fall = min(1.0, (1 - share) / COOL)
    return (0.5 - 0.5 * math.cos(fall * math.pi)) * min(1.0, share / WARM + 0.05)


def _pictures(painter: Painter, latent: Tensor, grain: Tensor | None = None) -> Tensor:
    network = painter.network
    if isinstance(network, stylegan2.Generator):
        return network.paint(network.everywhere(latent) if latent.ndim == 2 else latent, grain=grain)
    pictures: Tensor = network(latent)
    return pictures


def _within(painter: Painter, latent: Tensor) -> Tensor:
    """Noise that the generator could have been given; points w are left as they are."""
    if isinstance(painter.network, stylegan2.Generator):
        return latent
    if painter.preset.noise == "uniform":
        return latent.clamp(-1, 1)
    return _no_longer(latent)


def _fine(painter: Painter, grain: Tensor | None) -> Tensor | None:
    """Grain that is in no layer longer than grain is."""
    if grain is None:
        return None
    assert isinstance(painter.network, stylegan2.Generator)
    parts = grain.split(painter.network.grains, 1)
    return torch.cat([_no_longer(part) for part in parts], 1)


def _no_longer(noise: Tensor) -> Tensor:
    """Noise (B, D) that is no longer than normal noise: that is as long as the root of D, with a deviation of 0.7."""
    length = (noise.square().sum(1, keepdim=True) + 1e-12).sqrt()
    return noise * ((math.sqrt(noise.shape[1]) + LONGER) / length).clamp(max=1)


class _Measure:
    """Distances from one target (1, 3, S, S) in [-1, 1]."""

    def __init__(self, target: Tensor, discriminator: nn.Module | None) -> None:
        self.discriminator = discriminator
        self.sizes = _pyramid(target)
        with torch.no_grad():
            self.seen = _directions(discriminator, target)

    def __call__(self, pictures: Tensor) -> Tensor:
        """How far pictures (B, 3, S, S) are away (3, B): what is made small, grey levels of what is shown, and as seen.

        Squared differences are summed over sizes, the discriminator's averaged over its layers.
        """
        every = zip(_pyramid(pictures), self.sizes, strict=True)
        pixels = torch.stack([(one - other).square().mean((1, 2, 3)) for one, other in every]).sum(0)
        layers = zip(_directions(self.discriminator, pictures), self.seen, strict=True)
        told = [(one - other).square().sum(1).mean((1, 2)) for one, other in layers]
        seen = torch.stack(told).mean(0) if told else torch.zeros_like(pixels)
        shown = (pictures.clamp(-1, 1) - self.sizes[0]).square().mean((1, 2, 3)).sqrt() * 127.5
        return torch.stack([pixels + WEIGHT * seen, shown, seen])


def _pyramid(pictures: Tensor) -> list[Tensor]:
    sizes = [pictures]
    while sizes[-1].shape[2] > SMALLEST:
        sizes.append(F.avg_pool2d(sizes[-1], 2))
    return sizes


def _directions(discriminator: nn.Module | None, pictures: Tensor) -> list[Tensor]:
    """Every layer's activations, of length 1 over the channels of each place."""
    layers = [] if discriminator is None else activations(discriminator, pictures)
    return [layer / (layer.norm(dim=1, keepdim=True) + 1e-8) for layer in layers]


def _distance(measure: _Measure, away: Tensor) -> Distance:
    return Distance(float(away[1]), None if measure.discriminator is None else float(away[2]))


def _to_tensor(pixels: Pixels) -> Tensor:
    return torch.from_numpy(pixels[None].copy()).permute(0, 3, 1, 2).float() / 127.5 - 1
