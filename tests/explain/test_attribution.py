"""The identities of explanation.md, section 4.1, and that the model is as it was afterwards."""

import pytest
import torch
from torch import Tensor, nn

from brushwork.errors import UserError
from brushwork.explain import attribute
from brushwork.explain.capture import capture, layer_of
from tests.classifier.test_model import small_model


@pytest.fixture(params=[torch.float64, torch.float32], ids=["float64", "float32"])
def precision(request: pytest.FixtureRequest) -> tuple[torch.dtype, float]:
    return request.param, {torch.float64: 1e-8, torch.float32: 1e-4}[request.param]


def pictures(dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(5, 3, 64, 96, generator=torch.Generator().manual_seed(0)).to(dtype)


def relative(a: Tensor, b: Tensor) -> float:
    return float(((a - b).abs() / b.abs().clamp_min(1e-6)).max().detach())


def test_evidence_and_bias_sum_to_the_log_odds(precision: tuple[torch.dtype, float]) -> None:
    dtype, tolerance = precision
    model = small_model(("A", "B", "C")).to(dtype)
    found = attribute(model, pictures(dtype), target=("A", "C"))
    logs = model(pictures(dtype)).log_softmax(1)
    bias = model.head.bias[0] - model.head.bias[2]
    assert relative(found.maps.sum((1, 2)) + bias, logs[:, 0] - logs[:, 2]) < tolerance
    assert relative(found.remainder, bias.expand(5)) < 100 * tolerance


def test_swapping_styles_negates_the_evidence() -> None:
    model = small_model()
    there, back = (attribute(model, pictures(), target=pair).maps for pair in (("Calm", "Wild"), ("Wild", "Calm")))
    assert torch.allclose(there, -back, atol=1e-7)


def test_evidence_ignores_what_both_styles_share_and_cam_does_not() -> None:
    model = small_model()
    before = {m: attribute(model, pictures(), m, target=("Calm", "Wild")).maps for m in ("evidence", "cam")}
    with torch.no_grad():
        model.head.weight += torch.randn(1, model.head.in_features)
    after = {m: attribute(model, pictures(), m, target=("Calm", "Wild")).maps for m in ("evidence", "cam")}
    assert torch.allclose(before["evidence"], after["evidence"], atol=1e-5)
    assert not torch.allclose(before["cam"], after["cam"], atol=1e-2)


def test_cam_averages_to_the_score_and_is_z_times_grad_cam(precision: tuple[torch.dtype, float]) -> None:
    dtype, tolerance = precision
    model = small_model().to(dtype)
    cam = attribute(model, pictures(dtype), "cam", target="Wild").maps
    grad_cam = attribute(model, pictures(dtype), "grad-cam", target="Wild").maps
    cells = cam.shape[1] * cam.shape[2]
    assert torch.allclose(cam, cells * grad_cam, rtol=tolerance, atol=tolerance)
    assert torch.allclose(
        cam.mean((1, 2)) + model.head.bias[1], model(pictures(dtype))[:, 1], rtol=tolerance, atol=tolerance
    )


def test_the_default_explains_the_verdict_against_the_runner_up() -> None:
    model = small_model(("A", "B", "C"))
    found = attribute(model, pictures())
    order = model(pictures()).argsort(1, descending=True)
    assert torch.equal(found.target, order[:, 0])
    assert torch.equal(found.against, order[:, 1])
    assert bool((found.log_odds > 0).all())


class UserModel(nn.Module):
    """A model of another shape: an in-place ReLU behind the layer, and a head that is not linear."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(inplace=True), nn.Conv2d(8, 6, 3), nn.ReLU(inplace=True))
        self.unused = nn.Conv2d(1, 1, 1)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(24, 8), nn.Tanh(), nn.Linear(8, 3))

    def forward(self, x: Tensor) -> Tensor:
        scores: Tensor = self.head(self.body(x))
        return scores


def snapshot(model: nn.Module) -> list[object]:
    hooks = [len(m._forward_hooks) + len(m._backward_hooks) + len(m._forward_pre_hooks) for m in model.modules()]
    return [*hooks, *(m.training for m in model.modules()), *(p.grad is None for p in model.parameters()),
            *(float(p.detach().sum()) for p in model.parameters()), torch.is_grad_enabled()]  # fmt: skip


@pytest.mark.parametrize("caller", [torch.enable_grad, torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_the_model_is_as_it_was_whoever_calls(caller: type, frozen: bool, training: bool) -> None:
    torch.manual_seed(0)
    model = UserModel().train(training).requires_grad_(not frozen)
    model.body[0].eval()
    before = snapshot(model)
    with caller():
        found = attribute(model, torch.randn(2, 3, 20, 20), layer="body.2")
    assert found.maps.shape == (2, 16, 16)
    assert not found.maps.requires_grad
    assert snapshot(model) == before


def test_an_error_in_the_middle_leaves_nothing_behind() -> None:
    model = UserModel()
    before = snapshot(model)

    def fails(_: Tensor) -> Tensor:
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        capture(model, model.body[2], torch.randn(1, 3, 20, 20), fails)
    with pytest.raises(UserError, match="never reached"):
        attribute(model, torch.randn(1, 3, 20, 20), layer="unused")
    assert snapshot(model) == before


def test_an_in_place_layer_behind_cannot_change_what_was_captured() -> None:
    torch.manual_seed(0)
    model = UserModel().eval()
    x = torch.randn(2, 3, 20, 20)
    seen = capture(model, model.body[2], x, lambda output: output[:, 0])
    wanted = model.body[2](model.body[1](model.body[0](x.clone())))
    assert torch.allclose(seen.activation, wanted)
    assert bool((seen.activation < 0).any())


def test_the_gradient_is_that_of_the_whole_model() -> None:
    torch.manual_seed(0)
    model = UserModel().eval()
    x = torch.randn(2, 3, 20, 20)
    seen = capture(model, model.body[2], x, lambda output: output[:, 1])
    h = model.body[2](model.body[1](model.body[0](x))).detach().requires_grad_()
    (wanted,) = torch.autograd.grad(model.head(torch.relu(h))[:, 1].sum(), h)
    assert torch.allclose(seen.gradient, wanted)


def test_what_cannot_be_explained_is_said_in_a_sentence() -> None:
    model, x = UserModel(), torch.randn(1, 3, 20, 20)
    with pytest.raises(UserError, match="no method 'gradcam'; the nearest are 'grad-cam'"):
        attribute(model, x, "gradcam")
    with pytest.raises(UserError, match="CAM needs average pooling"):
        attribute(model, x, "cam", layer="body.2")
    with pytest.raises(UserError, match=r"no layer 'body\.9'"):
        attribute(model, x, layer="body.9")
    with pytest.raises(UserError, match=r"the layer gives \(1, 3\)"):
        attribute(model, x, layer="head")
    with pytest.raises(UserError, match="no convolutional layer, only"):
        layer_of(nn.Linear(2, 2), None)
    with pytest.raises(UserError, match="does not know the style 'Odd'; it knows Calm, Wild"):
        attribute(small_model(), pictures(), target="Odd")
    with pytest.raises(UserError, match="weighed against itself"):
        attribute(small_model(), pictures(), target=("Calm", "Calm"))
    with pytest.raises(UserError, match="class 7 was asked for"):
        attribute(model, x, target=7, layer="body.2")
