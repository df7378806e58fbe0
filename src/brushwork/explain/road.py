"""ROAD: pixels taken away so that nothing betrays where they were, each filled from its neighbours (Rong et al. 2022)."""

import torch
from torch import Tensor
from torch.nn import functional as F

from brushwork.explain.variants import TOGETHER, batches

TOLERANCE = 1e-4  # of the right-hand side's norm; errors are then a tenth of the noise that ROAD adds, on average
NOISE = 0.01
MOST_STEPS, COARSEST = 2000, 4  # conjugate-gradient steps at one scale; pixels on the short side of the coarsest


def imputed(pictures: Tensor, missing: Tensor, tolerance: float = TOLERANCE) -> Tensor:
    """Pictures (B, C, H, W) whose `missing` pixels (B, 1, H, W) are weighted means of their eight neighbours.

    Neighbours on a side weigh 1/6, on a corner 1/12; at the border the weights are divided by their sum. All missing
    pixels follow from one another (arXiv 2202.00449, eq. 5): (D - W) x = W known, D the sum of weights, is symmetric and
    positive, so it is solved by conjugate gradients, for all pictures at once, each step being one 3 x 3 convolution; it
    begins from the solution at half the size, and that from its own. A picture without any known pixel becomes 0.
    """
    known = (~missing).to(pictures)
    start = _begun(pictures, known, tolerance) if min(pictures.shape[2:]) > COARSEST else torch.zeros_like(pictures)
    gone = 1 - known
    weight = _neighbours(torch.ones_like(known[:1]))  # (1, 1, H, W)
    solved = _solved(gone, weight, gone * _neighbours(pictures * known), start * gone, tolerance)
    return torch.where(missing, solved, pictures)


def noisy_imputed(pictures: Tensor, missing: Tensor, seed: int) -> Tensor:
    """`imputed`, with noise of deviation 0.01 on what was filled, as in the paper."""
    noise = torch.randn(pictures.shape[1:], generator=torch.Generator().manual_seed(seed)).to(pictures)
    # Few at a time: the pictures of a step are gone over several times and should stay in a CPU's caches.
    parts = batches(len(pictures), TOGETHER // (pictures.shape[2] * pictures.shape[3]))
    filled = torch.cat([imputed(pictures[list(part)], missing[list(part)]) for part in parts])
    return filled + NOISE * noise * missing


def _begun(pictures: Tensor, known: Tensor, tolerance: float) -> Tensor:
    """The solution at half the size, brought to this one."""
    size = pictures.shape[2:]
    count = F.avg_pool2d(known, 2, ceil_mode=True)
    means = F.avg_pool2d(pictures * known, 2, ceil_mode=True) / count.clamp_min(1e-6)
    return F.interpolate(imputed(means, count == 0, tolerance), size, mode="bilinear", align_corners=False)


def _neighbours(x: Tensor) -> Tensor:
    """The weighted sum of each pixel's eight neighbours: [1 2 1] down and across by 12, without the pixel itself."""
    padded = F.pad(x, (1, 1, 1, 1))
    across = padded[..., :-2] + 2 * padded[..., 1:-1] + padded[..., 2:]
    return (across[..., :-2, :] + 2 * across[..., 1:-1, :] + across[..., 2:, :]) / 12 - x / 3


def _solved(gone: Tensor, weight: Tensor, right: Tensor, start: Tensor, tolerance: float) -> Tensor:
    """(D - W) x = right on the pixels that are `gone`, by conjugate gradients from `start`; each picture stops by itself."""

    def applied(x: Tensor) -> Tensor:
        return gone * (weight * x - _neighbours(x))

    def dot(a: Tensor, b: Tensor) -> Tensor:
        return (a * b).sum((1, 2, 3), keepdim=True)

    x = start
    residual = right - applied(x)
    direction, size = residual, dot(residual, residual)
    enough = tolerance**2 * dot(right, right)
    for _ in range(MOST_STEPS):
        going = size > enough
        if not bool(going.any()):
            break
        along = applied(direction)
        step = torch.where(going, size / dot(direction, along).clamp_min(1e-30), 0)
        x = x + step * direction
        residual = residual - step * along
        before, size = size, dot(residual, residual)
        direction = residual + size / before.clamp_min(1e-30) * direction
    return x
