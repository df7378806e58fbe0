"""Layers of StyleGAN2 (Karras et al. 2020, arXiv 1912.04958) with equalised learning rate, in plain PyTorch.

Weights are stored with deviation 1 and scaled where they are used. Modulation scales activations before a plain convolution and
demodulation scales what comes out: the same as scaling weights picture by picture, without grouped convolutions.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.generator.resampling import blurred, halved

GAIN = math.sqrt(2)  # keeps the mean square after a leaky ReLU of slope 0.2


def active(x: Tensor) -> Tensor:
    """Leaky ReLU of slope 0.2, of mean square 1 where that of x is 1.

    Where x is a whole picture, the gain is rather taken by the convolution before it, which is the same and a pass less.
    """
    return leaky(x) * GAIN


def leaky(x: Tensor) -> Tensor:
    """Leaky ReLU of slope 0.2."""
    return F.leaky_relu(x, 0.2)


class Dense(nn.Module):
    """A linear layer with equalised learning rate; `rate` makes it learn slower, `bias` is where its biases begin."""

    def __init__(self, inputs: int, outputs: int, bias: float = 0.0, rate: float = 1.0) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.empty(outputs, inputs)), nn.Parameter(torch.full((outputs,), bias))
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs) -> (B, outputs)."""
        return F.linear(x, self.weight * (self.rate / math.sqrt(x.shape[1])), self.bias * self.rate)


class Convolution(nn.Module):
    """A convolution with equalised learning rate, its result times `gain`; `down` blurs and halves the picture by it."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, bias: bool = True, down: bool = False, gain: float = 1.0
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.down, self.gain = down, gain

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) -> (B, outputs, H, W), or half of both sides."""
        kernel = self.weight.shape[2]
        weight = self.weight * (self.gain / math.sqrt(self.weight[0].numel()))
        bias = None if self.bias is None else self.bias * self.gain
        if not self.down:
            return F.conv2d(x, weight, bias, padding=kernel // 2)
        if kernel == 1:
            return F.conv2d(halved(x), weight, bias)
        return F.conv2d(blurred(x, (2, 2)), weight, bias, stride=2)


class ModulatedConvolution(nn.Module):
    """A convolution whose input channels the point w scales (Karras et al. 2020, eq. 1 and 3), in plain convolutions.

    With `up` the picture is doubled before it: the filter of doubling and the convolution change places, so that the wide part
    is done at the smaller size.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        point: int,
        demodulate: bool = True,
        up: bool = False,
        gain: float = 1.0,  # of what is demodulated
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.affine = Dense(point, inputs, bias=1.0)
        self.demodulate, self.up, self.gain = demodulate, up, gain

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        """(B, inputs, H, W) and w (B, W) -> (B, outputs, H, W), or twice both sides."""
        weight = self.weight / math.sqrt(self.weight[0].numel())
        scales = self.affine(w)  # (B, inputs)
        x = x * scales[:, :, None, None]
        if self.up:
            out = 4 * blurred(F.conv_transpose2d(x, weight.flip(2, 3).transpose(0, 1), stride=2), (1, 1))
        else:
            out = F.conv2d(x, weight, padding=self.weight.shape[2] // 2)
        if not self.demodulate:
            return out
        norms: Tensor = (scales.square() @ weight.square().sum((2, 3)).T + 1e-8).rsqrt() * self.gain  # (B, outputs)
        return out * norms[:, :, None, None]
