"""A trunk says what it is; names that are not known are answered with those that are meant."""

from typing import Any

import pytest
import torch

from brushwork.classifier.trunks import SCRATCH, build_trunk
from brushwork.errors import UserError


def test_the_small_trunk_maps_whole_canvases_and_sees_no_batch() -> None:
    torch.manual_seed(0)
    trunk = build_trunk(SCRATCH, {})
    network: Any = trunk.network.eval()
    pictures = torch.randn(2, 3, 48, 80)
    with torch.no_grad():
        together = network(pictures)
        alone = torch.cat([network(picture[None]) for picture in pictures])
        pooled = network.pooled(pictures)
    assert together.shape == (2, trunk.channels, 48 // trunk.stride, 80 // trunk.stride)
    assert float(together.min()) >= 0
    assert torch.allclose(together, alone, atol=1e-5)
    assert torch.allclose(pooled, together.mean((2, 3)), atol=1e-5)


def test_a_trunk_says_in_a_sentence_what_it_reads() -> None:
    for name in (SCRATCH, "test_resnet", "test_vit"):
        reads = build_trunk(name, {}).reads
        assert name in reads
        assert reads.endswith("pixels.")


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("resnet-18", "'resnet18', 'resnet18d'"),
        ("resnet18.a1_in1k", "'resnet18'"),
        ("dinov2", "'vit_small_patch14_dinov2'"),
        ("ConvNeXt_Atto", "'convnext_atto'"),
        ("resnet81", "'resnet18'"),  # contained in no name, so by spelling
    ],
)
def test_an_unknown_trunk_is_answered_with_the_names_meant(given: str, meant: str) -> None:
    with pytest.raises(UserError) as said:
        build_trunk(given, {})
    assert str(said.value).startswith(f"timm has no trunk {given!r}; the nearest names are ")
    assert meant in str(said.value)
