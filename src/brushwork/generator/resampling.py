"""Pictures made twice and half as large by the filter of StyleGAN2 (Karras et al. 2020), in plain convolutions."""

import torch
from torch import Tensor
from torch.nn import functional as F


def doubled(x: Tensor) -> Tensor:
    """Twice as large, by the filter [1 3 3 1] of the paper, which is bilinear interpolation."""
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def halved(x: Tensor) -> Tensor:
    """Half as large, by the same filter."""
    return blurred(x, (1, 1), stride=2)


def blurred(x: Tensor, padding: tuple[int, int], stride: int = 1) -> Tensor:
    """By the filter [1 3 3 1] / 8 along both sides."""
    kernel = _filter(x.device, x.dtype).expand(x.shape[1], 1, 4, 4)
    return F.conv2d(x, kernel, padding=padding, stride=stride, groups=x.shape[1])


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
