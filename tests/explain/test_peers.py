"""Where other libraries are right, maps are theirs to 1e-4 of the greatest value."""

import pytest
from captum.attr import IntegratedGradients, LayerGradCam, Occlusion

from brushwork.explain import attribute
from tests.explain.models import UserModel, pooled_model, some_pictures, timm_model


@pytest.mark.parametrize("target", [0, 1])
def test_grad_cam_is_captums(target: int) -> None:
    for model, layer, size in (
        (pooled_model(), "1", (16, 24)),
        (UserModel().eval(), "body.2", (20, 26)),
        (timm_model("test_resnet", num_classes=4), "layer3", (64, 96)),
    ):
        x = some_pictures(3, *size)
        wanted = LayerGradCam(model, model.get_submodule(layer)).attribute(x, target=target)[:, 0].detach()
        found = attribute(model, x, "grad-cam", target, layer).maps
        assert float((found - wanted).abs().amax() / wanted.abs().amax()) < 1e-4


def test_integrated_gradients_and_occlusion_are_captums_colours_summed() -> None:
    model, x = pooled_model(), some_pictures(2)
    wanted = IntegratedGradients(model).attribute(x, target=1, n_steps=50).sum(1)
    found = attribute(model, x, "integrated-gradients", 1, "3").maps
    assert float((found - wanted).abs().amax() / wanted.abs().amax()) < 1e-4
    windows = Occlusion(model).attribute(x, (3, 2, 2), (3, 1, 1), target=1)[:, 0]
    found = attribute(model, x, "occlusion", 1, "3").maps
    assert float((found - windows).abs().amax() / windows.abs().amax()) < 1e-4
