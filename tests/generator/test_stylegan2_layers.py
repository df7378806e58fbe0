"""Modulation is what scaling weights picture by picture would be."""

import pytest
import torch
from torch.nn import functional as F

from brushwork.generator.resampling import doubled
from brushwork.generator.stylegan2 import initialise
from brushwork.generator.stylegan2_layers import ModulatedConvolution


def made(layer: ModulatedConvolution) -> ModulatedConvolution:
    initialise(layer, torch.Generator().manual_seed(0))
    return layer.eval()


@pytest.mark.parametrize("demodulate", [True, False])
def test_scaled_activations_are_scaled_weights(demodulate: bool) -> None:
    """Eq. 1 and 3 of the paper, picture by picture."""
    layer = made(ModulatedConvolution(6, 5, 3, 7, demodulate))
    x, w = torch.randn(3, 6, 9, 8), torch.randn(3, 7)
    with torch.no_grad():
        found = layer(x, w)
        for k in range(3):
            scales = layer.affine(w[k : k + 1])[0]
            weight = layer.weight / (6 * 9) ** 0.5 * scales[None, :, None, None]
            if demodulate:
                weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
            assert torch.allclose(found[k], F.conv2d(x[k : k + 1], weight, padding=1)[0], atol=1e-5)


def test_a_convolution_that_doubles_is_one_of_the_doubled_picture() -> None:
    layer = made(ModulatedConvolution(5, 4, 3, 16, up=True))
    plain = ModulatedConvolution(5, 4, 3, 16)
    plain.load_state_dict(layer.state_dict())
    x, w = torch.randn(2, 5, 8, 8), torch.randn(2, 16)
    with torch.no_grad():
        assert layer(x, w).shape == (2, 4, 16, 16)
        inner = (
            ...,
            slice(3, -3),
            slice(3, -3),
        )  # at the border one knows zeros beyond it and the other its own colour
        assert torch.allclose(layer(x, w)[inner], plain(doubled(x), w)[inner], atol=1e-5)
