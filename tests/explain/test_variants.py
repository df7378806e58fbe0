"""Versions of a picture are scored in their order, whatever the batch; channels are left out one by one."""

import pytest
import torch
from torch import Tensor, nn

from brushwork.explain import variants
from brushwork.explain.variants import batches, drops_without_channels, scores_of_versions
from tests.explain.models import UserModel, pooled_model, some_pictures, timm_model


def test_batches_hold_everything_once() -> None:
    for count in (1, 7, 16, 17):
        for together in (0, 1, 5, 100):
            assert [i for part in batches(count, together) for i in part] == list(range(count))


def test_versions_are_scored_in_order_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(variants, "TOGETHER", 16 * 24 * 3)
    model, picture, sizes = pooled_model(), some_pictures(1), []

    def make(part: range) -> Tensor:
        sizes.append(len(part))
        return torch.stack([picture[0] * k / 10 for k in part])

    found = scores_of_versions(model, picture, make, 11, lambda told: told[:, 1])
    wanted = model(torch.stack([picture[0] * k / 10 for k in range(11)]))[:, 1]
    assert torch.allclose(found, wanted, atol=1e-5)
    assert sorted(sizes) == [2, 3, 3, 3]


class Joined(nn.Module):
    """What the layer gives is joined with what came before it, so one picture cannot stand for many."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.head = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 5, 3, padding=1), nn.Linear(9, 3)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 3, H, W) -> (B, 3)."""
        h = self.one(x)
        scores: Tensor = self.head(torch.cat([h, self.two(h)], 1).tanh().mean((2, 3)))
        return scores


@pytest.mark.parametrize("cells", [1, 2_000_000])
def test_drops_are_those_of_leaving_each_channel_out(monkeypatch: pytest.MonkeyPatch, cells: int) -> None:
    monkeypatch.setattr(variants, "CELLS", cells)
    torch.manual_seed(0)
    picture = torch.randn(1, 3, 20, 20)
    user, joined = UserModel().eval(), Joined().eval()
    vit = timm_model("test_vit", num_classes=3, img_size=32)
    for model, layer, x in ((user, user.body[2], picture), (joined, joined.two, picture),
                            (vit, vit.blocks[-1].norm1, torch.randn(1, 3, 32, 32))):  # fmt: skip
        found = drops_without_channels(model, layer, x, lambda told: told[:, 1])
        wanted = []
        for k in range(len(found)):

            def without(_module: nn.Module, _inputs: object, output: Tensor, k: int = k) -> Tensor:
                output = output.clone()
                output.movedim(1 if output.ndim == 4 else 2, 0)[k] = 0
                return output

            handle = layer.register_forward_hook(without)
            wanted.append((model(x)[:, 1]).detach())
            handle.remove()
        assert torch.allclose(found, model(x)[:, 1].detach() - torch.cat(wanted), atol=1e-6)
