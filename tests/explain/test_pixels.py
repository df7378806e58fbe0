"""Captum's methods keep their identities on models with in-place ReLUs and heads of any kind."""

import pytest
import torch
from torch import nn

from brushwork.errors import UserError
from brushwork.explain import attribute
from brushwork.explain.pixels import PIXEL_METHODS
from tests.classifier.test_model import small_model
from tests.explain.models import UserModel, pooled_model, some_pictures, timm_model


def test_integrated_gradients_are_complete_to_a_percent() -> None:
    torch.manual_seed(0)
    model, x = UserModel().eval(), torch.randn(3, 3, 20, 20)
    found = attribute(model, x, "integrated-gradients", (0, 1), "body.3")
    told = model(x) - model(torch.zeros_like(x))
    wanted = told[:, 0] - told[:, 1]
    assert torch.allclose(
        found.maps.sum((1, 2)), wanted.detach(), rtol=0.01, atol=0.01 * float(wanted.detach().abs().max())
    )


def test_occlusion_of_a_linear_model_is_what_the_window_held() -> None:
    model = nn.Sequential(nn.Conv2d(3, 2, 16, bias=False), nn.Flatten()).eval()
    x = some_pictures(1, 16, 16)
    found = attribute(model, x, "occlusion", 0, "0").maps[0]
    weighed = (next(model.parameters())[0] * x[0]).detach().sum(0)
    assert float(found[0, 0]) == pytest.approx(float(weighed[:2, :2].sum()), abs=1e-5)


def test_smoothgrad_repeats_and_is_nowhere_negative() -> None:
    model, x = pooled_model(), some_pictures(2)
    one, same, other = (attribute(model, x, "smoothgrad", 0, "3", seed=seed).maps for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert bool((one >= 0).all())


def test_guided_grad_cam_guides_relu6_and_relus_used_twice_and_refuses_where_there_is_none() -> None:
    x = torch.randn(1, 3, 64, 64)
    for model in (timm_model("mobilenetv2_050", num_classes=2), small_model()):
        guided = attribute(model, x, "guided-grad-cam", 0).maps
        assert guided.shape == (1, 64, 64)
        assert bool((guided != 0).any())
        assert torch.equal(guided, attribute(model, x, "guided-grad-cam", 0).maps)  # the model is as it was
    with pytest.raises(UserError, match="the model has none; use another method"):
        attribute(timm_model("test_convnext", num_classes=2), x, "guided-grad-cam", 0)


@pytest.mark.parametrize("method", list(PIXEL_METHODS))
def test_maps_have_the_pictures_size_and_pictures_are_not_mixed(method: str) -> None:
    model, x = pooled_model(), some_pictures(3)
    found = attribute(model, x, method, layer="3")
    assert found.maps.shape == (3, 16, 24)
    dark = x.clone()
    dark[1] = 0
    again = attribute(model, dark, method, layer="3")
    assert torch.allclose(found.maps[[0, 2]], again.maps[[0, 2]], atol=1e-5)
    assert float((found.maps[1] - again.maps[1]).abs().amax()) > 0.1 * float(found.maps[1].abs().amax())
