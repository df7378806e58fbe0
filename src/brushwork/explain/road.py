"""ROAD: pixels taken away so that nothing betrays where they were, each filled from its neighbours (Rong et al. 2022)."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from brushwork.explain.variants import TOGETHER, batches

TOLERANCE = 3e-4  # of the right-hand side's norm; errors are then a fortieth of the noise that ROAD adds, on average
NOISE = 0.01
MOST_STEPS, COARSEST = 500, 4  # of conjugate gradients; pixels on the short side of the coarsest grid
SWEEPS = 4  # of Jacobi's iteration on it


def imputed(pictures: Tensor, missing: Tensor, tolerance: float = TOLERANCE) -> Tensor:
    """Pictures (B, C, H, W) whose `missing` pixels (B, 1, H, W) are weighted means of their eight neighbours.

    Neighbours on a side weigh 1/6, on a corner 1/12; at the border the weights are divided by their sum. All missing
    pixels follow from one another (arXiv 2202.00449, eq. 5): (D - W) x = W known, D the sum of weights, is symmetric and
    positive, so it is solved by conjugate gradients, for all pictures at once, each step being one 3 x 3 convolution,
    preconditioned by one multigrid cycle. A picture without any known pixel becomes 0.
    """
    height, width = pictures.shape[2:]
    deepest = 0
    while min(height, width) >> (deepest + 1) >= COARSEST:
        deepest += 1
    across, down = (-side % 2**deepest for side in (width, height))
    inside = F.pad(pictures.new_ones(1, 1, height, width), (0, across, 0, down))  # grids must divide evenly
    gone, known = F.pad(missing.to(pictures), (0, across, 0, down)), F.pad(pictures * ~missing, (0, across, 0, down))
    solved = _solved(_grids(gone, inside, deepest), gone * _neighbours(known), tolerance)
    return torch.where(missing, solved[..., :height, :width], pictures)


def noisy_imputed(pictures: Tensor, missing: Tensor, seed: int) -> Tensor:
    """`imputed`, with noise of deviation 0.01 on what was filled, as in the paper."""
    noise = torch.randn(pictures.shape[1:], generator=torch.Generator().manual_seed(seed)).to(pictures)
    # Few at a time: the pictures of a step are gone over several times and should stay in a CPU's caches.
    parts = batches(len(pictures), TOGETHER // (pictures.shape[2] * pictures.shape[3]))
    filled = torch.cat([imputed(pictures[list(part)], missing[list(part)]) for part in parts])
    return filled + NOISE * noise * missing


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """The equations at one scale: which pixels are unknown (B, 1, H, W), and the sum of their weights (1, 1, H, W)."""

    gone: Tensor
    weight: Tensor

    def applied(self, x: Tensor) -> Tensor:
        """(D - W) x of an x that is 0 where nothing is unknown."""
        return self.gone * (self.weight * x - _neighbours(x))


def _grids(gone: Tensor, inside: Tensor, deepest: int) -> list[_Grid]:
    """The grid and its coarser ones, in which a pixel is unknown where all four that it stands for are."""
    found = []
    for _ in range(deepest + 1):
        found.append(_Grid(gone, torch.where(inside > 0, _neighbours(inside), 1)))
        gone, inside = -F.max_pool2d(-gone, 2), F.max_pool2d(inside, 2)
    return found


def _neighbours(x: Tensor) -> Tensor:
    """The weighted sum of each pixel's eight neighbours: [1 2 1] down and across by 12, without the pixel itself."""
    padded = F.pad(x, (1, 1, 1, 1))
    across = padded[..., :-2] + 2 * padded[..., 1:-1] + padded[..., 2:]
    return (across[..., :-2, :] + 2 * across[..., 1:-1, :] + across[..., 2:, :]) / 12 - x / 3


def _solved(grids: list[_Grid], right: Tensor, tolerance: float) -> Tensor:
    """(D - W) x = right on the finest grid, by conjugate gradients from 0; each picture stops by itself."""

    def dot(a: Tensor, b: Tensor) -> Tensor:
        return (a * b).sum((1, 2, 3), keepdim=True)

    x, residual = torch.zeros_like(right), right
    direction = near = _cycle(grids, residual)
    size = dot(residual, near)
    enough = tolerance**2 * dot(right, right)
    for _ in range(MOST_STEPS):
        going = dot(residual, residual) > enough
        if not bool(going.any()):
            break
        along = grids[0].applied(direction)
        step = torch.where(going, size / dot(direction, along).clamp_min(1e-30), 0)
        x = x + step * direction
        residual = residual - step * along
        near = _cycle(grids, residual)
        before, size = size, dot(residual, near)
        direction = near + size / before.clamp_min(1e-30) * direction
    return x


def _cycle(grids: list[_Grid], residual: Tensor) -> Tensor:
    """Nearly the solution for a residual: one symmetric V-cycle, smoothed by Jacobi's iteration, over all coarser grids.

    The equations are the same at every scale: halving the sides multiplies the right-hand side by four, which is what the
    sum of the residuals comes to. Down and up are each other's transposes, so that conjugate gradients may rely on it.
    """
    grid = grids[0]
    x = residual / grid.weight
    if len(grids) == 1:
        for _ in range(SWEEPS):
            x = x + (residual - grid.applied(x)) / grid.weight
        return x
    if bool(grids[1].gone.any()):
        left = residual - grid.applied(x)
        x = x + grid.gone * F.interpolate(
            _cycle(grids[1:], grids[1].gone * _summed(left)), scale_factor=2.0, mode="bilinear", align_corners=False
        )
    return x + (residual - grid.applied(x)) / grid.weight


def _summed(x: Tensor) -> Tensor:
    """(B, C, H, W) at half the size: the transpose of doubling by bilinear interpolation."""
    for axis in (2, 3):
        x = x.movedim(axis, 3)
        padded = F.pad(x, (1, 1, 0, 0), mode="replicate")
        x = (
            0.25 * (padded[..., 0:-3:2] + padded[..., 3::2]) + 0.75 * (padded[..., 1:-2:2] + padded[..., 2:-1:2])
        ).movedim(3, axis)
    return x
