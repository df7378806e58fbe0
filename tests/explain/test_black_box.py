"""Score-CAM and RISE by their definitions, in a memory that does not grow with the number of masks."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.explain.black_box import channel_scores, rise
from tests.explain.models import pooled_model, some_pictures


def test_channels_are_seen_through_and_constant_ones_show_nothing() -> None:
    model, picture = pooled_model(), some_pictures(1)
    model.requires_grad_(False)
    activation = model[:4](picture)
    activation[:, 2], activation[:, 5] = 0, 3.0
    found = channel_scores(model, picture, activation, lambda told: told[:, 0])
    for k in range(7):
        up = F.interpolate(activation[:, k : k + 1], (16, 24), mode="bilinear", align_corners=False)
        mask = torch.zeros_like(up) if k in (2, 5) else (up - up.min()) / (up.max() - up.min())
        assert float(found[k]) == pytest.approx(float(model(picture * mask)[0, 0]), abs=1e-5)
    nothing = channel_scores(model, picture, torch.zeros_like(activation), lambda told: told[:, 0])
    assert torch.allclose(nothing, model(torch.zeros_like(picture))[:, 0].expand(7), atol=1e-6)


class Corner(nn.Module):
    """Sees nothing but the upper left quarter."""

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, 2)."""
        seen = x[:, :, : x.shape[2] // 2, : x.shape[3] // 2].mean((1, 2, 3))
        return torch.stack([seen, -seen], 1)


def test_rise_finds_what_matters_and_its_error_shrinks_with_masks() -> None:
    picture = torch.ones(1, 3, 28, 42)
    few, many = (rise(Corner().eval(), picture, lambda told: told[:, 0], count, 0) for count in (100, 1600))
    inside, outside = many.map[:14, :21].mean(), many.map[15:, 22:].mean()
    assert inside > 5 * many.standard_error.mean()
    assert outside.abs() < 3 * many.standard_error.mean()
    assert float(few.standard_error.mean() / many.standard_error.mean()) == pytest.approx(4, rel=0.2)
    apart = (few.map - many.map).abs() / few.standard_error
    assert float(apart.median()) < 1.5


def test_rise_is_the_same_whatever_the_batch_and_another_for_another_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    model, picture = pooled_model(), some_pictures(1)
    one = rise(model, picture, lambda told: told[:, 0], 20, 0)
    monkeypatch.setattr("brushwork.explain.variants.TOGETHER", 1)
    assert torch.allclose(one.map, rise(model, picture, lambda told: told[:, 0], 20, 0).map, atol=1e-6)
    assert not torch.allclose(one.map, rise(model, picture, lambda told: told[:, 0], 20, 1).map, atol=1e-3)
