"""A folded network answers as it did, with nothing left to normalise; one that cannot be folded stays as it is."""

import pytest
import torch
from torch import Tensor, nn

from brushwork.classifier.folding import folded
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.trunks import SCRATCH, Trunk, build_trunk


def lived(trunk: Trunk) -> StyleClassifier:
    """A model with random weights whose batch norms have seen something."""
    torch.manual_seed(0)
    model = StyleClassifier(trunk, ["Calm", "Wild"], 2 * trunk.stride)
    nn.init.normal_(model.head.weight)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.get_buffer("running_mean"), 0, 0.1)
            nn.init.uniform_(module.get_buffer("running_var"), 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.1)
    return model.eval()


@pytest.mark.parametrize("name", [SCRATCH, "mobilenetv2_100", "resnet18", "test_efficientnet"])
def test_a_folded_network_answers_as_it_did_with_no_batch_norm_left(name: str) -> None:
    model = lived(build_trunk(name, {}))
    other = folded(model)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in other.trunk.modules())
    assert any(isinstance(module, nn.BatchNorm2d) for module in model.trunk.modules())
    pictures = torch.randn(2, 3, 2 * model.preprocessing.stride, 3 * model.preprocessing.stride)
    with torch.inference_mode():
        for one, two in zip(
            *((m.features(pictures), m.pooled(pictures), m(pictures)) for m in (model, other)), strict=True
        ):
            assert torch.allclose(one, two, rtol=1e-4, atol=1e-4 * float(one.abs().max()))


class Crossed(nn.Module):
    """A network whose batch norm stands behind the convolution it does not follow."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, channels, 16, 16), nn.BatchNorm2d(3)

    def forward(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, channels, H / 16, W / 16)."""
        made: Tensor = self.conv(self.norm(pictures))
        return made


def test_what_is_in_another_order_or_in_training_is_given_back() -> None:
    crossed = lived(Trunk(Crossed(3), 3, 16, (0.5,) * 3, (0.5,) * 3, "crossed", "its only layer"))
    assert folded(crossed) is crossed
    wider = lived(Trunk(Crossed(8), 8, 16, (0.5,) * 3, (0.5,) * 3, "wider", "its only layer"))
    assert any(isinstance(module, nn.BatchNorm2d) for module in folded(wider).trunk.modules())
    training = lived(build_trunk(SCRATCH, {})).train()
    assert folded(training) is training
