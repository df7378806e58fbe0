"""A head counts as pooled and linear only if it gives the model's answer."""

import torch
from torch import Tensor, nn

from brushwork.explain.capture import capture
from brushwork.explain.heads import pooled_head
from tests.classifier.test_model import small_model
from tests.explain.models import FlatModel, pooled_model, some_pictures, timm_model


class MaxPooled(nn.Module):
    """The same parts as a pooled linear head, but for what pools."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Conv2d(3, 7, 3), nn.Linear(7, 3)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, 3)."""
        scores: Tensor = self.head(self.body(x).amax((2, 3)))
        return scores


def test_heads_are_tried_and_not_guessed() -> None:
    model, x = pooled_model(), some_pictures()
    assert pooled_head(model, capture(model, model[3], x, None)) is model[6]
    assert pooled_head(model, capture(model, model[2], x, None)) is None  # before the ReLU
    maximum = MaxPooled()
    assert pooled_head(maximum, capture(maximum, maximum.body, x, None)) is None
    flat = FlatModel()
    assert pooled_head(flat, capture(flat, flat.act, some_pictures(2, 12, 12), None)) is None
    ours = small_model()
    assert pooled_head(ours, capture(ours, ours.centre, some_pictures(2, 64, 96), None)) is ours.head
    resnet = timm_model("test_resnet", num_classes=2)
    assert pooled_head(resnet, capture(resnet, resnet.layer4, torch.randn(1, 3, 64, 96), None)) is resnet.fc
