"""Pictures made twice and half as large by the filter of StyleGAN2 (Karras et al. 2020), in plain convolutions."""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import Function
from torch.nn import functional as F


def doubled(x: Tensor) -> Tensor:
    """Twice as large, by the filter [1 3 3 1] of the paper, which is bilinear interpolation."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def halved(x: Tensor) -> Tensor:
    """Half as large, by the same filter."""
    return blurred(x, (1, 1), stride=2)


def blurred(x: Tensor, padding: tuple[int, int], stride: int = 1) -> Tensor:
    """By the filter [1 3 3 1] / 8 along both sides."""
    found: Tensor = _Blur.apply(x, padding, stride)
    return found


class _Blur(Function):
    """The filter as a linear map that is its own derivative: a convolution's is asked for its kernel's, channel by channel."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, padding: tuple[int, int], stride: int) -> Tensor:
        ctx.side, ctx.place = x.shape, (padding, stride)
        return F.conv2d(x, _kernel(x), padding=padding, stride=stride, groups=x.shape[1])

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Any:
        return _Spread.apply(slopes[0], ctx.side, *ctx.place), None, None


class _Spread(Function):
    """What `_Blur` is backwards, whose own derivative is `_Blur`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, side: torch.Size, padding: tuple[int, int], stride: int) -> Tensor:
        ctx.place = (padding, stride)
        # Its values are not read: its layout is that of the result.
        place = torch.empty(side, dtype=x.dtype, device=x.device, memory_format=torch.channels_last)
        found: Tensor = torch.ops.aten.convolution_backward(
            x, place, _kernel(x), None, (stride,) * 2, padding, (1, 1), False, (0, 0), x.shape[1], (True, False, False)
        )[0]
        return found

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> Any:
        return _Blur.apply(slopes[0], *ctx.place), None, None, None


def _kernel(x: Tensor) -> Tensor:
    """The filter for every channel of x (B, C, H, W)."""
    return _filter(x.device, x.dtype).expand(x.shape[1], 1, 4, 4)


_filters: dict[tuple[torch.device, torch.dtype], Tensor] = {}


def _filter(device: torch.device, dtype: torch.dtype) -> Tensor:
    """Made once, since a copy to a GPU would wait for it."""
    if (device, dtype) in _filters:
        return _filters[device, dtype]
    with torch.inference_mode(False):
        line = torch.tensor([1.0, 3.0, 3.0, 1.0], device=device, dtype=dtype) / 8
        kernel = torch.outer(line, line)
    if type(kernel) is Tensor:  # and no stand-in of a tracer, which an export would leave behind
        _filters[device, dtype] = kernel
    return kernel
