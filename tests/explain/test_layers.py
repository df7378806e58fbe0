"""Layers are found, and transformers' tokens take the picture's grid without being told how."""

import pytest
import torch
import torchvision
from torch import nn

from brushwork.errors import UserError
from brushwork.explain import attribute
from brushwork.explain.capture import capture
from brushwork.explain.layers import as_map, layer_of
from tests.explain.models import FlatModel, UserModel, pooled_model, some_pictures, timm_model


def test_the_layer_is_what_is_pooled_unless_another_is_named_or_declared() -> None:
    model, pictures = pooled_model(), some_pictures()
    assert layer_of(model, None, pictures) is model[3]
    assert layer_of(model, None) is model[2]  # without pictures, the last convolution
    assert layer_of(model, "1", pictures) is model[1]
    vars(model)["evidence_layer"] = "0"
    assert layer_of(model, None, pictures) is model[0]
    resnet = timm_model("test_resnet", num_classes=2)
    assert layer_of(resnet, None, torch.randn(1, 3, 64, 64)) is resnet.layer4


def test_an_odd_layer_or_model_is_said_so_in_a_sentence() -> None:
    with pytest.raises(UserError, match=r"no layer 'body\.9'; the nearest names are 'body\."):
        layer_of(UserModel(), "body.9")
    with pytest.raises(UserError, match="no convolutional layer, only Linear; name one that gives"):
        attribute(nn.Linear(2, 2), torch.randn(1, 3, 8, 8))


def test_several_layers_in_a_list_are_refused_and_not_passed_over() -> None:
    model, x = pooled_model(), some_pictures()
    for given in ([model[1]], 3):
        with pytest.raises(UserError, match=f"{type(given).__name__} was given as the layer; give one module"):
            attribute(model, x, layer=given)  # type: ignore[call-overload]


@pytest.mark.parametrize("size", [16, 24, 32])
def test_a_picture_of_which_the_last_layer_makes_one_cell_is_too_small_and_no_other_layer_is_taken(size: int) -> None:
    torch.manual_seed(0)
    model = torchvision.models.resnet18(weights=None, num_classes=2).eval()
    with pytest.raises(UserError, match=f"pictures of {size} x {size} pixels leave the model's last layer one cell"):
        attribute(model, torch.randn(1, 3, size, size))
    assert attribute(model, torch.randn(1, 3, size, size), layer="layer1").maps.shape[1:] == (size // 4, size // 4)
    assert attribute(model, torch.randn(1, 3, 40, 40)).exact


@pytest.mark.parametrize("name", ["test_vit", "test_vit2"])  # a class token that is read, a register that is not
@pytest.mark.parametrize("size", [(160, 160), (160, 224)])
def test_tokens_of_a_vision_transformer_take_the_pictures_grid(name: str, size: tuple[int, int]) -> None:
    """A planted bright patch is where the map changes, whatever the class and register tokens before the patches."""
    torch.manual_seed(0)
    model = timm_model(name, num_classes=3, dynamic_img_size=True)
    assert model.num_prefix_tokens > 0
    patch, first = model.patch_embed.patch_size[0], model.blocks[0].norm1
    dark = torch.zeros(1, 3, *size)
    bright = dark.clone()
    bright[:, :, 2 * patch : 3 * patch, 4 * patch : 5 * patch] = 5
    seen, other = (capture(model, first, pictures, None).activation for pictures in (dark, bright))
    assert seen.shape[2:] == (size[0] // patch, size[1] // patch)
    changed = (seen - other).abs().sum(1)[0]  # before any attention
    assert (changed > 1e-6).nonzero().tolist() == [[2, 4]]
    found = attribute(model, torch.randn(2, 3, *size), target=(0, 1))
    assert found.maps.shape[1:] == seen.shape[2:]
    assert bool((found.maps != 0).any())


def test_behind_the_last_block_only_the_class_token_matters_and_this_is_said() -> None:
    model = timm_model("test_vit", num_classes=3)
    with pytest.raises(UserError, match="read from the class token alone"):
        attribute(model, torch.randn(1, 3, 160, 160), layer=f"blocks.{len(model.blocks) - 1}")


@pytest.mark.parametrize("make", [torchvision.models.vit_b_16, torchvision.models.swin_t, torchvision.models.resnet18])
@pytest.mark.slow
def test_torchvisions_models_need_no_reshaping_by_hand(make: object) -> None:
    torch.manual_seed(0)
    model = make(weights=None).eval()  # type: ignore[operator]
    for parameter in model.parameters():  # the head of torchvision's transformer begins with zeros
        nn.init.normal_(parameter, 0, 0.05)
    found = attribute(model, torch.randn(1, 3, 224, 224), "hirescam", 3)
    assert found.maps.shape[1:] in ((14, 14), (7, 7))
    assert bool(found.maps.abs().sum() > 0)


def test_swins_windows_are_turned() -> None:
    model = timm_model("swin_tiny_patch4_window7_224", num_classes=2, embed_dim=16, depths=(1, 1, 1, 1),
                              num_heads=(1, 1, 1, 1), img_size=(96, 160), window_size=3)  # fmt: skip
    found = attribute(model, torch.randn(1, 3, 96, 160), layer="layers.2")
    assert found.maps.shape == (1, 6, 10)


def test_square_maps_of_convolutions_are_not_turned() -> None:
    model = FlatModel()
    assert as_map(torch.zeros(1, 12, 12, 12), model, model.act, (12, 12)).shape == (1, 12, 12, 12)
    straight = torch.randn(1, 5, 12, 24)
    assert torch.equal(as_map(straight, model, model.act, (12, 24)), straight)
