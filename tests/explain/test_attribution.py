"""The identities of explanation.md, section 4.1, on whole models: maps add up to what they explain."""

import pytest
import torch
from torch import Tensor, nn

from brushwork.errors import UserError
from brushwork.explain import METHODS, attribute, attribute_all, attribute_layers
from brushwork.explain.layers import layer_of
from tests.classifier.test_model import small_model
from tests.explain.models import PRECISIONS, FlatModel, UserModel, pooled_model, some_pictures, timm_model


def pictures(dtype: torch.dtype = torch.float32) -> Tensor:
    return some_pictures(5, 64, 96, dtype)


def relative(a: Tensor, b: Tensor) -> float:
    return float(((a - b).abs() / b.abs().clamp_min(1e-6)).max().detach())


@PRECISIONS
def test_evidence_and_bias_sum_to_the_log_odds(dtype: torch.dtype, tolerance: float) -> None:
    model = small_model(("A", "B", "C")).to(dtype)
    found = attribute(model, pictures(dtype), target=("A", "C"))
    logs = model(pictures(dtype)).log_softmax(1)
    assert relative(found.maps.sum((1, 2)) + found.bias, logs[:, 0] - logs[:, 2]) < tolerance
    assert torch.equal(found.bias, (model.head.bias[0] - model.head.bias[2]).detach().expand(5))
    assert found.exact
    assert float(found.gap_share.max()) < tolerance


@PRECISIONS
def test_at_a_larger_size_the_map_is_finer_and_still_adds_up(dtype: torch.dtype, tolerance: float) -> None:
    model = small_model().to(dtype)
    for factor in (1, 2, 4):
        x = nn.functional.interpolate(pictures(dtype)[:1], scale_factor=factor, mode="bilinear")
        found = attribute(model, x, target=("Calm", "Wild"))
        assert found.maps.shape[1:] == (4 * factor, 6 * factor)
        logs = model(x).log_softmax(1)
        assert relative(found.maps.sum((1, 2)) + found.bias, logs[:, 0] - logs[:, 1]) < tolerance


def test_swapping_styles_negates_the_evidence() -> None:
    model = small_model()
    there, back = (attribute(model, pictures(), target=pair).maps for pair in (("Calm", "Wild"), ("Wild", "Calm")))
    assert torch.allclose(there, -back, atol=1e-7)


def test_evidence_ignores_what_both_styles_share_and_cam_does_not() -> None:
    model = small_model()
    before = attribute(model, pictures(), target=("Calm", "Wild")), attribute(model, pictures(), "cam", "Calm")
    with torch.no_grad():
        model.head.weight += torch.randn(1, model.head.in_features)
    after = attribute(model, pictures(), target=("Calm", "Wild")), attribute(model, pictures(), "cam", "Calm")
    assert torch.allclose(before[0].maps, after[0].maps, atol=1e-5)
    assert not torch.allclose(before[1].maps, after[1].maps, atol=1e-2)


@PRECISIONS
def test_cam_averages_to_the_score_and_is_z_times_grad_cam(dtype: torch.dtype, tolerance: float) -> None:
    model = small_model().to(dtype)
    found = attribute_all(model, pictures(dtype), ("cam", "grad-cam", "hirescam", "xgrad-cam"), "Wild")
    maps = {name: one.maps for name, one in found.items()}
    cells = maps["cam"].shape[1] * maps["cam"].shape[2]
    for method in ("grad-cam", "hirescam"):
        assert torch.allclose(maps["cam"], cells * maps[method], rtol=tolerance, atol=tolerance)
    told = model(pictures(dtype))[:, 1]
    assert torch.allclose(maps["cam"].mean((1, 2)) + model.head.bias[1], told, rtol=tolerance, atol=tolerance)


@PRECISIONS
def test_hirescam_sums_to_the_score_where_convolutions_are_flattened_into_one_layer(
    dtype: torch.dtype, tolerance: float
) -> None:
    torch.manual_seed(0)
    model, x = FlatModel().to(dtype).eval(), some_pictures(4, 12, 12, dtype)
    found = attribute(model, x, "hirescam", 1, "act")
    assert relative(found.maps.sum((1, 2)) + model.head.bias[1], model(x)[:, 1]) < tolerance
    other = attribute(model, x, target=(0, 2), layer="act")
    assert not other.exact  # there is a gap, of the biases, and it is said so
    apart = other.gap - (model.head.bias[0] - model.head.bias[2]).detach()
    assert float(apart.abs().amax() / other.log_odds.abs().amax()) < tolerance  # of which the gap is the small rest


@PRECISIONS
def test_ablation_cam_in_closed_form_is_what_leaving_channels_out_gives(dtype: torch.dtype, tolerance: float) -> None:
    model, x = pooled_model(3, dtype), some_pictures(dtype=dtype)
    closed = attribute(model, x, "ablation-cam", (0, 1), "3").maps
    every = attribute(model, x, "ablation-cam", lambda told: told[:, 0] - told[:, 1], "3").maps  # no head is looked for
    assert torch.allclose(closed, every, rtol=tolerance, atol=tolerance)
    drops = []
    activation = model[:4](x)
    for k in range(7):
        without = activation.clone()
        without[:, k] = 0
        told = model(x) - model[4:](without)
        drops.append(told[:, 0] - told[:, 1])
    wanted = torch.einsum("kb,bkhw->bhw", torch.stack(drops), activation)
    assert torch.allclose(closed, wanted, rtol=tolerance, atol=tolerance)


@PRECISIONS
def test_an_even_canvas_has_even_evidence_and_levelling_leaves_the_sum(dtype: torch.dtype, tolerance: float) -> None:
    """What a trunk sees beyond the canvas, zeros, is no painting: the corners of an empty canvas hold no evidence."""
    model = small_model().to(dtype)
    torch.manual_seed(0)
    for norm in (module for module in model.modules() if isinstance(module, nn.BatchNorm2d)):
        nn.init.normal_(norm.bias)  # without biases, zeros beyond the canvas would be like zeros on it
    even = attribute(model, torch.zeros(1, 3, 64, 96, dtype=dtype), target=(0, 1))
    assert float(even.maps.std()) < tolerance
    assert float((even.maps.sum() + even.bias - even.log_odds).abs()) < tolerance
    x = pictures(dtype)
    levelled = attribute(model, x, target=(0, 1))
    vars(model)["levelled"] = False
    plain, blank = attribute(model, x, target=(0, 1)), attribute(model, torch.zeros_like(x), target=(0, 1))
    assert float(blank.maps.std()) > 100 * tolerance  # there was something to level
    assert torch.allclose(levelled.maps.sum((1, 2)), plain.maps.sum((1, 2)), atol=tolerance)
    apart = blank.maps - blank.maps.mean((1, 2), keepdim=True)
    assert torch.allclose(levelled.maps, plain.maps - apart, atol=tolerance)


def test_the_default_explains_the_verdict_against_the_runner_up() -> None:
    model = small_model(("A", "B", "C"))
    found = attribute(model, pictures())
    order = model(pictures()).argsort(1, descending=True)
    assert torch.equal(found.target, order[:, 0])
    assert torch.equal(found.against, order[:, 1])
    assert bool((found.log_odds > 0).all())


@pytest.mark.parametrize("method", list(METHODS))
def test_a_contrast_is_explained_as_its_callable_is(method: str) -> None:
    """A style against another is nothing but a score; what is asked of all pictures at once is asked of each."""
    model, x = pooled_model(), some_pictures(3)
    pair = attribute(model, x, method, (0, 2), "3", masks=9)
    told = model(x)
    assert torch.allclose(pair.score, told[:, 0] - (0.6 if method == "finer-cam" else 1) * told[:, 2])
    if method not in ("cam", "finer-cam"):
        called = attribute(model, x, method, lambda told: told[:, 0] - told[:, 2], "3", masks=9)
        assert torch.allclose(pair.maps, called.maps, atol=1e-6)
    single = attribute(model, x[1:2], method, (0, 2), "3", masks=9)
    assert torch.allclose(pair.maps[1:2], single.maps, atol=1e-5)
    alone = attribute(model, x, method, 0, "3", masks=9)
    assert METHODS[method].of_a_style != torch.allclose(pair.maps, alone.maps, atol=1e-6)


def test_all_methods_together_give_what_each_gives_alone_from_one_look() -> None:
    model, x, calls = pooled_model(), some_pictures(), []
    quick = [name for name, one in METHODS.items() if not one.costly]
    model[0].register_forward_hook(lambda *_: calls.append(1))
    together = attribute_all(model, x, quick, 1, "3")
    assert len(calls) == 1
    for method, found in together.items():
        assert torch.allclose(found.maps, attribute(model, x, method, 1, "3").maps, atol=1e-7), method


def test_several_layers_at_once_are_each_as_if_alone() -> None:
    model, x = timm_model("test_resnet", num_classes=3), torch.randn(2, 3, 64, 64)
    names = ["layer1", "layer2", "layer3", "layer4"]
    for name, found in zip(names, attribute_layers(model, x, "layercam", names, 1), strict=True):
        assert torch.allclose(found.maps, attribute(model, x, "layercam", 1, name).maps, atol=1e-6)
    with pytest.raises(UserError, match="'score-cam' is not made for several layers at once"):
        attribute_layers(model, x, "score-cam", names)


def test_finer_cam_knows_two_styles_and_leaves_out_what_they_share() -> None:
    """pytorch-grad-cam's raised an IndexError with two classes."""
    model, x = pooled_model(2), some_pictures()
    found = attribute(model, x, "finer-cam", 0, "3").maps
    alone = {k: attribute(model, x, "grad-cam", k, "3").maps for k in (0, 1)}
    assert torch.allclose(found, alone[0] - 0.6 * alone[1], atol=1e-6)
    many = pooled_model(6)
    rivals = (many(x) - many(x)[:, :1]).abs().argsort(1)[:, 1:4]
    with pytest.raises(UserError, match="a callable was given as the target; give a style"):
        attribute(many, x, "finer-cam", lambda told: told[:, 0], "3")
    wanted = attribute(many, x, "grad-cam", lambda told: told[:, 0] - 0.6 * told.gather(1, rivals).mean(1), "3")
    assert torch.allclose(attribute(many, x, "finer-cam", 0, "3").maps, wanted.maps, atol=1e-6)


def test_evidence_of_any_score_has_its_gap_said() -> None:
    torch.manual_seed(0)
    model, x = UserModel().eval(), torch.randn(3, 3, 20, 20)
    found = attribute(model, x, target=(0, 1), layer="body.3")
    assert not found.exact
    assert torch.allclose(found.maps.sum((1, 2)) + found.gap, model(x)[:, 0] - model(x)[:, 1], atol=1e-6)
    assert bool((found.gap_share > 0.001).any())


def test_what_cannot_be_explained_is_said_in_a_sentence() -> None:
    model, x = UserModel(), torch.randn(1, 3, 20, 20)
    with pytest.raises(UserError, match="no method 'gradcam'; the nearest are 'grad-cam'"):
        attribute(model, x, "gradcam")
    for layer in ("body.2", "body.3"):
        with pytest.raises(UserError, match="CAM needs a style or two and average pooling with one linear layer"):
            attribute(model, x, "cam", layer=layer)
    with pytest.raises(UserError, match="CAM needs"):
        attribute(pooled_model(), x, "cam", lambda told: told[:, 0], "3")
    with pytest.raises(UserError, match="CAM needs"):
        attribute(pooled_model(), x, "cam", 0, "1")  # eight channels, but not those that are pooled


def test_the_declared_layer_is_the_one_explained() -> None:
    model = small_model()
    assert layer_of(model, None, pictures()) is model.centre
