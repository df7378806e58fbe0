"""Small models of every shape that tests of explanations share."""

from typing import Any

import pytest
import timm
import torch
from torch import Tensor, nn


class UserModel(nn.Module):
    """A model of another shape: an in-place ReLU behind the layer, and a head that is not linear."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(inplace=True), nn.Conv2d(8, 6, 3), nn.ReLU(inplace=True))
        self.unused = nn.Conv2d(1, 1, 1)
        self.linear = nn.Linear(24, 8)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), self.linear, nn.Tanh(), nn.Linear(8, 3))

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, 3)."""
        scores: Tensor = self.head(self.body(x))
        return scores


class FlatModel(nn.Module):
    """Convolution, flatten, one linear layer: what HiResCAM was proved for."""

    def __init__(self, side: int = 12) -> None:
        super().__init__()
        self.body, self.act, self.head = nn.Conv2d(3, 5, 3, padding=1), nn.ReLU(), nn.Linear(5 * side * side, 3)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, side, side) -> (B, 3)."""
        scores: Tensor = self.head(self.act(self.body(x)).flatten(1))
        return scores


def pooled_model(classes: int = 3, dtype: torch.dtype = torch.float32) -> nn.Sequential:
    """Two convolutions, ReLU, average pooling and a linear layer; layer "3" is what is pooled."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 7, 3, stride=2, padding=1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(7, classes),
    ).to(dtype).eval()  # fmt: skip


def timm_model(name: str, **options: Any) -> Any:
    """A model of timm in evaluation mode with random weights, the same every time."""
    torch.manual_seed(0)
    return timm.create_model(name, **options).eval()


def some_pictures(count: int = 4, height: int = 16, width: int = 24, dtype: torch.dtype = torch.float32) -> Tensor:
    """Noise (count, 3, height, width), the same every time."""
    return torch.randn(count, 3, height, width, generator=torch.Generator().manual_seed(1)).to(dtype)


PRECISIONS = pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float64, 1e-8), (torch.float32, 1e-4)], ids=["float64", "float32"]
)
