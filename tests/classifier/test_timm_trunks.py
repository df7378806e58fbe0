"""Any usual trunk of timm gives a map whose averages are those of its own layers; weights fit or are refused by name."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

from brushwork.classifier.model import StyleClassifier, load_model, save_model
from brushwork.classifier.trunks import Trunk, build_trunk, transfer_trunk
from brushwork.errors import UserError
from brushwork.explain.attribution import attribute

SMALL = ("test_resnet", "test_efficientnet", "test_convnext", "test_vit", "test_vit2")
USUAL = (
    *("mobilenetv2_100", "mobilenetv3_large_100", "resnet18", "resnet50", "convnext_atto", "convnext_tiny"),
    *("efficientnet_b0", "regnety_004", "swin_tiny_patch4_window7_224", "vit_tiny_patch16_224"),
    *("vit_small_patch14_dinov2", "deit_tiny_patch16_224", "vit_base_patch16_clip_224"),
)


@pytest.fixture(params=[*SMALL, *(pytest.param(name, marks=pytest.mark.slow) for name in USUAL)])
def trunk(request: pytest.FixtureRequest) -> Trunk:
    """A trunk with random weights."""
    return random_trunk(request.param)


def random_trunk(name: str) -> Trunk:
    torch.manual_seed(0)
    return build_trunk(name, {})


def classifier(trunk: Trunk) -> StyleClassifier:
    model = StyleClassifier(trunk, ["Calm", "Odd", "Wild"], 3 * trunk.stride)
    torch.nn.init.normal_(model.head.weight)
    torch.nn.init.normal_(model.head.bias)
    return model.eval()


def canvases(trunk: Trunk, count: int = 2) -> Tensor:
    """(count, 3, H, W), neither square nor of a size that any network was made for."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn(count, 3, 2 * trunk.stride, 5 * trunk.stride, generator=generator)


def of_timm(model: Any, pictures: Tensor) -> Iterator[Tensor]:
    """The activations (B, C, h, w) that are to be read, in order, as timm's own `forward_intermediates` gives them."""
    if widened := [m for m in model.modules() if type(m).__name__ == "InvertedResidual"]:
        yield from widened_of(model, widened, pictures)
        return
    reductions = [info["reduction"] for info in model.feature_info]
    if len(set(reductions)) > 1:
        found = model.forward_intermediates(pictures, intermediates_only=True)
        yield from (h for h, reduction in zip(found, reductions, strict=True) if reduction >= 4)
        return
    depth = len(reductions)
    counts = [-(-depth * quarter // 4) for quarter in (1, 2, 3)]
    yield from model.forward_intermediates(pictures, [count - 1 for count in counts], intermediates_only=True)
    yield from model.forward_intermediates(pictures, [depth - 1], norm=True, intermediates_only=True)


def widened_of(model: Any, blocks: list[Any], pictures: Tensor) -> Iterator[Tensor]:
    """What the blocks' depthwise convolutions hand to their gates from a quarter of the sides on, and the last layer."""
    met: list[Tensor] = []
    handles = [block.se.register_forward_pre_hook(lambda _m, given: met.append(given[0])) for block in blocks]
    last = model.forward_features(pictures)
    for handle in handles:
        handle.remove()
    yield from (h for h in met if 4 * h.shape[2] <= pictures.shape[2])
    yield last


def on_cells(h: Tensor, cells: torch.Size) -> Tensor:
    """(B, C, h, w) drawn in small squares and averaged over each of the cells."""
    fine = h.repeat_interleave(cells[0], 2).repeat_interleave(cells[1], 3)
    averaged: Tensor = fine.unflatten(3, (cells[1], -1)).unflatten(2, (cells[0], -1)).mean((3, 5))
    return averaged


def test_its_map_has_the_averages_of_its_own_layers_and_nothing_else_negative(trunk: Trunk) -> None:
    pictures = canvases(trunk)
    model = trunk.network.get_submodule("model")
    with torch.no_grad():
        activation = trunk.network(pictures)
        layers = list(of_timm(model, pictures))
    assert activation.shape == (2, trunk.channels, 2, 5)
    assert float(activation.min()) >= 0
    means, place = activation.mean((2, 3)), 0
    widened = "widened" in trunk.reads  # of which negative parts that a ReLU cut off are not read
    parts = [F.relu(sign * h) for h in layers for sign in ((1,) if widened and float(h.min()) >= 0 else (1, -1))]
    for wanted in (part.mean((2, 3)) for part in parts):
        runs = means[:, place:].unfold(1, wanted.shape[1], 1)  # (B, places, C)
        close = (runs - wanted[:, None]).abs().amax((0, 2)) < 1e-5 * (1 + float(wanted.max()))
        assert bool(close.any())
        place += int(close.int().argmax()) + wanted.shape[1]
    assert place == trunk.channels
    assert trunk.last == sum(part.shape[1] for part in parts[-2:] if part.shape[1] == layers[-1].shape[1])
    if trunk.channels == sum(part.shape[1] for part in parts):
        on_grid = [on_cells(part, activation.shape[2:]) for part in parts]
        assert torch.allclose(activation, torch.cat(on_grid, 1), atol=1e-4)
    else:  # of some networks timm gives only the last stage at each resolution
        assert "The stages blocks.1, blocks.2, blocks.3" in trunk.reads


def test_its_classifier_is_a_head_on_averages_and_its_evidence_sums_to_the_log_odds(trunk: Trunk) -> None:
    model, pictures = classifier(trunk), canvases(trunk)
    with torch.no_grad():
        scores = model(pictures)
        assert torch.allclose(model.head(model.features(pictures).mean((2, 3))), scores, atol=1e-5)
    for pair in (("Calm", "Wild"), ("Wild", "Odd")):
        first, second = (model.styles.index(style) for style in pair)
        found = attribute(model, pictures, target=pair)
        assert torch.allclose(found.log_odds, scores[:, first] - scores[:, second], atol=1e-4)
        bias = float((model.head.bias[first] - model.head.bias[second]).detach())
        size = float(found.maps.abs().sum((1, 2)).max())
        assert found.maps.sum((1, 2)).tolist() == pytest.approx((found.log_odds - bias).tolist(), abs=1e-5 * (1 + size))


def test_a_canvas_is_seen_alike_alone_and_in_company_and_no_mode_changes(trunk: Trunk) -> None:
    model, pictures = classifier(trunk), canvases(trunk)
    with torch.no_grad():
        together = model(pictures)
        alone = torch.cat([model(picture[None]) for picture in pictures])
    assert torch.allclose(together, alone, atol=1e-4 * (1 + float(together.abs().max())))
    model.trunk.train()
    next(model.trunk.children()).eval()
    before = {name: module.training for name, module in model.named_modules()}
    model(pictures)
    assert {name: module.training for name, module in model.named_modules()} == before
    assert not any(module._forward_hooks for module in model.modules())


def test_it_comes_back_from_its_folder(trunk: Trunk, tmp_path: Path) -> None:
    model, pictures = classifier(trunk), canvases(trunk, 1)
    save_model(tmp_path, model, {})
    again = load_model(tmp_path)
    with torch.no_grad():
        assert torch.allclose(again(pictures), model(pictures), atol=1e-5)  # its channels lie last now
    for key, value in model.state_dict().items():
        assert torch.equal(again.state_dict()[key], value), key


def test_fine_tuning_reaches_all_layers_that_are_read_but_the_frozen(trunk: Trunk) -> None:
    model = classifier(trunk)
    for name, parameter in model.trunk.named_parameters():
        parameter.requires_grad_(name not in trunk.frozen)
    F.cross_entropy(model(canvases(trunk)), torch.tensor([0, 2])).backward()
    moved = {name for name, p in model.trunk.named_parameters() if p.grad is not None and bool(p.grad.any())}
    assert moved.isdisjoint(trunk.frozen)
    for stage in model.trunk.stages:  # type: ignore[union-attr]
        own = {f"model.{stage}.{name}" for name, _ in model.trunk.get_submodule(f"model.{stage}").named_parameters()}
        assert own <= set(trunk.frozen) or own & moved
    names = [name for name, _ in model.trunk.named_parameters()]
    assert list(trunk.frozen) == names[: len(trunk.frozen)]
    if "patch tokens" in trunk.reads:
        blocks = [info["module"] for info in model.trunk.get_submodule("model").feature_info]  # type: ignore[union-attr]
        for i, block in enumerate(blocks):
            own = {name for name in names if name.startswith(f"model.{block}.")}
            assert own <= set(trunk.frozen) if i < len(blocks) // 2 else own.isdisjoint(trunk.frozen)
        assert "model.patch_embed.proj.weight" in trunk.frozen


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("resnet18", [f"layer{i}" for i in range(1, 5)]),
        ("test_convnext", [f"stages.{i}" for i in range(4)]),
    ],
)
def test_a_convolutional_trunk_is_all_its_stages_on_one_grid(name: str, stages: list[str]) -> None:
    trunk, met = random_trunk(name), []
    model: Any = trunk.network.get_submodule("model")
    for stage in stages:
        model.get_submodule(stage).register_forward_hook(lambda _m, _i, output: met.append(output))
    pictures = torch.randn(2, 3, 64, 96)
    with torch.no_grad():
        model.forward_features(pictures)
        found = trunk.network(pictures)
    parts = [on_cells((sign * h).clamp_min(0), found.shape[2:]) for h in met[: len(stages)] for sign in (1, -1)]
    assert found.shape[2:] == (2, 3)
    assert torch.allclose(found, torch.cat(parts, 1), atol=1e-5)


def test_weights_of_a_transformer_come_from_a_file_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import timm

    def forbidden(*_given: object, **_named: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", forbidden)
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    torch.manual_seed(3)
    given: Any = timm.create_model("test_vit", num_classes=7).eval()
    path = tmp_path / "w.safetensors"
    save_file(given.state_dict(), path, {"mean": "0.1,0.2,0.3"})
    trunk = transfer_trunk("test_vit", path)
    assert trunk.mean == (0.1, 0.2, 0.3)
    side = given.patch_embed.img_size[0]
    pictures = torch.randn(1, 3, side, side)
    with torch.no_grad():
        wanted = given.forward_features(pictures)[:, given.num_prefix_tokens :].mean(1)
        found = trunk.network(pictures).mean((2, 3)).unflatten(1, (-1, 2, wanted.shape[1]))[:, -1]
    assert torch.allclose(found[:, 0] - found[:, 1], wanted, atol=1e-5)
    left = {key: value for key, value in given.state_dict().items() if key != "blocks.1.attn.qkv.weight"}
    save_file(left | {"norm.bias": torch.zeros(3)}, path)
    with pytest.raises(
        UserError, match=r"1 parameters are missing and 1 have another shape \(blocks\.1\.attn\.qkv\.wei"
    ):
        transfer_trunk("test_vit", path)
    monkeypatch.setattr(timm, "create_model", lambda *_given, **_named: socket.getaddrinfo("huggingface.co", 443))
    with pytest.raises(UserError, match=r"could not be had .*the network was asked.*give them as --weights FILE"):
        transfer_trunk("test_vit", None)


def test_positions_of_another_grid_are_resampled_by_timm_or_refused(tmp_path: Path) -> None:
    import timm
    from timm.models.vision_transformer import checkpoint_filter_fn

    torch.manual_seed(4)
    path = tmp_path / "w.safetensors"
    given = timm.create_model("test_vit", img_size=96)
    save_file(given.state_dict(), path)
    trunk = transfer_trunk("test_vit", path)
    model: Any = trunk.network.get_submodule("model")
    assert model.pos_embed.shape != given.pos_embed.shape
    wanted = checkpoint_filter_fn(given.state_dict(), model)["pos_embed"]
    assert torch.equal(model.pos_embed, wanted)
    save_file(timm.create_model("test_vit", img_size=(64, 96)).state_dict(), path)
    places = model.pos_embed.shape[1]
    with pytest.raises(UserError, match=rf"\(pos_embed\) of 25 places and test_vit one of {places}, 10 x 10 patches"):
        transfer_trunk("test_vit", path)


def test_a_network_that_must_have_its_own_size_is_refused() -> None:
    with pytest.raises(
        UserError, match="'levit_128s' gives no feature maps for a canvas of 96 x 64 pixels; choose one"
    ):
        build_trunk("levit_128s", {})


def test_options_that_timm_does_not_know_are_named() -> None:
    with pytest.raises(UserError, match=r"timm cannot build 'test_vit' with the options {'colour': 1}"):
        build_trunk("test_vit", {"colour": 1})
