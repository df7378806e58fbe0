"""Batch normalisation whose batch is that of all processes; torch's own SyncBatchNorm refuses the CPU."""

from typing import Any

import torch
from torch import Tensor, nn

from brushwork.processes import all_sum_, rank, size


class _OfAllRanks(nn.modules.batchnorm._BatchNorm):
    """torch's own in one process; in a group it takes mean and variance over all ranks' pictures."""

    def forward(self, input: Tensor) -> Tensor:
        """(B, C, ...) -> (B, C, ...); in training every process must call it, with at least one picture."""
        if size() == 1 or not self.training:
            return super().forward(input)
        x = input.float()  # (B, C, ...)
        shape = (1, -1, *[1] * (x.dim() - 2))
        mean, variance, count = _over_all_ranks(x)
        if self.track_running_stats:
            self._track(mean.detach(), (variance * count / (count - 1)).detach())
        normal = (x - mean.view(shape)) * torch.rsqrt(variance + self.eps).view(shape)
        if self.affine:
            normal = normal * self.weight.view(shape) + self.bias.view(shape)
        return normal.to(input.dtype)

    def _track(self, mean: Tensor, variance: Tensor) -> None:
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.num_batches_tracked.add_(1)
        share = 1 / float(self.num_batches_tracked) if self.momentum is None else self.momentum
        self.running_mean.lerp_(mean, share)
        self.running_var.lerp_(variance, share)


class BatchNorm(_OfAllRanks, nn.BatchNorm2d):
    """`nn.BatchNorm2d` of pictures (B, C, H, W), over the pictures of all processes."""


class BatchNormOfUnits(_OfAllRanks, nn.BatchNorm1d):
    """`nn.BatchNorm1d` of units (B, C), over the pictures of all processes."""


def _over_all_ranks(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (C,), biased variance (C,) and number () of the values of a channel over all ranks, differentiable."""
    channels = x.shape[1]
    variance, mean = torch.var_mean(x, [d for d in range(x.dim()) if d != 1], correction=0)
    own = torch.cat([mean, variance, mean.new_full((1,), x.numel() / channels)])
    # Every rank fills its own row, so that the sum is a gathering: sums of squares over ranks would cancel.
    rows = torch.stack([own if r == rank() else torch.zeros_like(own) for r in range(size())])
    rows = _AllSum.apply(rows)  # (ranks, 2 C + 1)
    means, variances, counts = rows[:, :channels], rows[:, channels:-1], rows[:, -1:]
    shares = counts / counts.sum()
    mean = (shares * means).sum(0)
    return mean, (shares * (variances + (means - mean).square())).sum(0), counts.sum()


class _AllSum(torch.autograd.Function):
    """The sum over all ranks; its gradient is the sum of theirs, for each rank's loss is its part of one loss."""

    @staticmethod
    def forward(_ctx: Any, rows: Tensor) -> Tensor:
        total = rows.clone()
        all_sum_([total])
        return total

    @staticmethod
    def backward(_ctx: Any, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        all_sum_([total])
        return total
