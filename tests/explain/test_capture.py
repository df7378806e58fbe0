"""One look at a model: the right gradient, several layers at once, and nothing left on the model."""

import pytest
import torch
from torch import Tensor, nn

from brushwork.errors import UserError
from brushwork.explain import attribute, attribute_layers
from brushwork.explain.capture import capture, capture_all
from brushwork.explain.methods import METHODS
from tests.explain.models import UserModel, pooled_model, some_pictures, timm_model

QUICK = [name for name, one in METHODS.items() if not one.costly and name != "cam"]


def snapshot(model: nn.Module) -> list[object]:
    hooks = [len(m._forward_hooks) + len(m._backward_hooks) + len(m._forward_pre_hooks) for m in model.modules()]
    return [*hooks, *map(id, model.modules()), *(m.training for m in model.modules()),
            *(p.grad is None and p.requires_grad for p in model.parameters()), *(len(vars(m)) for m in model.modules()),
            *(float(p.detach().sum()) for p in model.state_dict().values()), torch.is_grad_enabled()]  # fmt: skip


@pytest.mark.parametrize("caller", [torch.enable_grad, torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_the_model_is_as_it_was_whoever_calls(caller: type, frozen: bool, training: bool) -> None:
    torch.manual_seed(0)
    model = UserModel().train(training).requires_grad_(not frozen)
    model.body[0].eval()
    before = snapshot(model)
    with caller():
        for method in QUICK:
            found = attribute(model, torch.randn(2, 3, 20, 20), method, layer="body.2")
            assert found.maps.shape == (2, 16, 16)
            assert not found.maps.requires_grad
    assert snapshot(model) == before


@pytest.mark.parametrize("method", [name for name, one in METHODS.items() if one.costly])
def test_nothing_stays_behind_after_methods_that_look_often(method: str) -> None:
    model = pooled_model().train().requires_grad_(True)
    before = snapshot(model)
    found = attribute(model, some_pictures(2), method, layer="3", masks=5)
    assert len(found.maps) == 2
    assert not found.maps.requires_grad
    assert snapshot(model) == before


@pytest.mark.parametrize("method", [name for name in METHODS if name != "cam"])
def test_an_error_in_the_middle_leaves_nothing_behind(method: str) -> None:
    model, answers = UserModel().train(), []

    def fails(output: Tensor) -> Tensor:
        answers.append(len(output))
        if len(answers) > (1 if METHODS[method].costly or method == "ablation-cam" else 0):
            raise RuntimeError("in the middle")
        return output[:, 0]

    before = snapshot(model)
    if METHODS[method].of_a_style and method != "finer-cam":
        with pytest.raises(RuntimeError, match="in the middle"):
            attribute(model, torch.randn(1, 3, 20, 20), method, fails, "body.3", masks=5)
    with pytest.raises(UserError, match="never reached"):
        attribute(model, torch.randn(1, 3, 20, 20), method, layer="unused")
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


@pytest.mark.parametrize("frozen", [False, True])
def test_several_layers_and_scores_at_once_are_each_as_if_alone(frozen: bool) -> None:
    """In the order in which they were given, whatever the order in which the model comes to them."""
    model = timm_model("test_resnet", num_classes=4).requires_grad_(not frozen)
    x = torch.randn(2, 3, 64, 96)
    layers = [model.layer4, model.layer2, model.layer3]
    scores = [lambda output: output[:, 1], lambda output: output[:, 2] - output[:, 0]]
    together = capture_all(model, layers, x, lambda _: scores)
    for row, layer in zip(together, layers, strict=True):
        for seen, score in zip(row, scores, strict=True):
            alone = capture(model, layer, x, score)
            assert torch.allclose(seen.activation, alone.activation, atol=1e-6)
            assert torch.allclose(seen.gradient, alone.gradient, atol=1e-6)


def test_only_one_forward_pass_and_no_gradient_of_weights() -> None:
    model = UserModel()
    calls: list[bool] = []
    kept: list[Tensor] = []
    model.body[0].register_forward_hook(lambda *_: calls.append(torch.is_grad_enabled()))
    next(model.body.parameters()).register_hook(kept.append)
    model.linear.weight.register_hook(kept.append)
    attribute(model, torch.randn(1, 3, 20, 20), layer="body.2")
    assert calls == [False]
    assert kept == []


@pytest.mark.parametrize("given", [(3, 20, 20), (0, 3, 20, 20)])
def test_what_is_no_batch_is_refused(given: tuple[int, ...]) -> None:
    for wrong in (torch.zeros(1, 3, 20, 20, dtype=torch.uint8), torch.zeros(1, 3, 20, 20).numpy()):
        with pytest.raises(UserError, match=r"pictures of (torch.uint8|ndarray) were given; give a torch tensor"):
            attribute(UserModel(), wrong)  # type: ignore[arg-type]
    for call in (attribute, lambda model, x: attribute_layers(model, x, "evidence", ["body.2"])):
        with pytest.raises(UserError, match="give a batch"):
            call(UserModel(), torch.zeros(given))


def test_a_model_that_answers_with_several_things_is_told_what_is_needed() -> None:
    class Several(UserModel):
        def forward(self, x: Tensor) -> dict[str, Tensor]:  # type: ignore[override]
            return {"logits": super().forward(x)}

    for target in (None, lambda told: told[:, 0]):
        with pytest.raises(UserError, match="the model answers with dict, but maps need one tensor of scores"):
            attribute(Several(), torch.randn(1, 3, 20, 20), target=target, layer="body.2")


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_summed_in_single(dtype: torch.dtype) -> None:
    model, x = pooled_model(3).to(dtype), some_pictures().to(dtype)
    found = attribute(model, x, target=(0, 1), layer="3")
    assert found.maps.dtype == torch.float32
    assert found.exact
    size = float(model(x).detach().abs().amax())
    assert float(found.gap.abs().amax()) < 2 * torch.finfo(dtype).eps * max(size, 1)  # of the model's own answer
    for method in QUICK:
        assert attribute(model, x, method, 0, "3").maps.dtype == torch.float32, method


def test_what_cannot_be_looked_at_is_said_in_a_sentence() -> None:
    model, x = UserModel(), torch.randn(1, 3, 20, 20)
    with pytest.raises(UserError, match=r"the layer gives \(1, 3\)"):
        attribute(model, x, layer="head")
    with pytest.raises(UserError, match="cannot take a picture of 2 x 2 pixels"):
        attribute(model, x[:, :, :2, :2], layer="body.2")
    with pytest.raises(UserError, match=r"the score gives \(\), but one number per picture is needed"):
        attribute(model, x, "grad-cam", lambda output: output.sum(), "body.2")
    with pytest.raises(UserError, match="the score does not depend on the layer"):
        attribute(model, x, "grad-cam", lambda output: torch.ones(len(output)), "body.2")
    with torch.no_grad():
        model.linear.weight[0, 0] = torch.nan
    with pytest.raises(UserError, match="weights hold NaN or infinity"):
        attribute(model, x, layer="body.2")
    with pytest.raises(UserError, match="look at the pictures given"):
        attribute(pooled_model(), torch.full((1, 3, 16, 16), torch.nan), layer="3")


def test_without_a_score_too_an_in_place_layer_cannot_change_what_was_captured() -> None:
    model, x = UserModel().eval(), torch.randn(2, 3, 20, 20)
    plain = capture(model, model.body[2], x, None).activation
    assert torch.equal(plain, capture(model, model.body[2], x, lambda output: output[:, 0]).activation)
    assert bool((plain < 0).any())


def test_a_picture_that_is_too_small_is_said_so_when_no_layer_is_named() -> None:
    with pytest.raises(UserError, match="cannot take a picture of 2 x 2 pixels"):
        attribute(UserModel(), torch.randn(1, 3, 2, 2))
