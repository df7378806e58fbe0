"""The identities of the methods as pure functions, against the papers' formulas written out another way."""

import pytest
import torch
from torch import Tensor

from brushwork.errors import UserError
from brushwork.explain import cam
from tests.explain.models import PRECISIONS


def layer(dtype: torch.dtype = torch.float64, positive: bool = False) -> tuple[Tensor, Tensor]:
    """An activation and a gradient (2, 6, 4, 5)."""
    choose = torch.Generator().manual_seed(3)
    activation, gradient = (torch.randn(2, 6, 4, 5, generator=choose).to(dtype) for _ in range(2))
    return (activation.relu() if positive else activation), gradient


def even(gradient: Tensor) -> Tensor:
    """The gradient with every channel's mean everywhere, as behind average pooling."""
    return gradient.mean((2, 3), keepdim=True).expand_as(gradient)


@PRECISIONS
def test_methods_are_one_where_the_gradient_is_even(dtype: torch.dtype, tolerance: float) -> None:
    activation, gradient = layer(dtype)
    gradient = even(gradient)
    wanted = cam.grad_cam(activation, gradient)
    for other in (cam.hires_cam, cam.xgrad_cam, cam.evidence):
        assert torch.allclose(other(activation, gradient), wanted, rtol=tolerance, atol=tolerance)
    assert torch.allclose(cam.counterfactual(activation, gradient), -wanted, rtol=tolerance, atol=tolerance)


@PRECISIONS
def test_grad_cam_plus_plus_of_an_even_gradient_in_closed_form(dtype: torch.dtype, tolerance: float) -> None:
    """w_k = Z g / (2 + g sum A_k) for g > 0 and 0 below: not divided, as torch-cam had it for years, it is not that."""
    activation, gradient = layer(dtype, positive=True)
    gradient = even(gradient)
    g, total, cells = gradient[:, :, 0, 0], activation.sum((2, 3)), activation[0, 0].numel()
    weights = torch.where(g > 0, cells * g / (2 + g * total), 0)
    wanted = torch.einsum("bk,bkhw->bhw", weights, activation)
    found = cam.grad_cam_plus_plus(activation, gradient)
    assert torch.allclose(found, wanted, rtol=tolerance, atol=tolerance)
    undivided = torch.einsum("bk,bkhw->bhw", (gradient.square() * gradient.relu()).sum((2, 3)), activation)
    assert not torch.allclose(found / found.amax(), undivided / undivided.amax(), atol=0.01)


def test_grad_cam_plus_plus_is_the_papers_sum_cell_by_cell() -> None:
    activation, gradient = (one[:1] for one in layer(positive=True))
    wanted = torch.zeros(4, 5, dtype=torch.float64)
    for k in range(6):
        weight = 0.0
        for i in range(4):
            for j in range(5):
                g = float(gradient[0, k, i, j])
                below = 2 * g**2 + sum(float(a) * g**3 for a in activation[0, k].flatten())
                weight += g**2 / below * max(g, 0)
        wanted += weight * activation[0, k]
    assert torch.allclose(cam.grad_cam_plus_plus(activation, gradient)[0], wanted, rtol=1e-10)


def test_no_gradient_is_no_map_and_no_nan() -> None:
    activation, gradient = layer()
    nothing = torch.zeros_like(activation)
    for method in (cam.grad_cam, cam.grad_cam_plus_plus, cam.hires_cam, cam.layer_cam, cam.xgrad_cam):
        assert torch.equal(method(activation, nothing), nothing[:, 0])
        assert torch.equal(method(nothing, gradient), nothing[:, 0])
    assert torch.equal(cam.eigen_cam(nothing), nothing[:, 0])


def test_layer_cam_is_what_rises_and_hires_cam_all() -> None:
    activation, gradient = layer()
    falls = ((gradient - gradient.relu()) * activation).sum(1)
    assert torch.allclose(cam.layer_cam(activation, gradient) + falls, cam.hires_cam(activation, gradient))


def test_xgrad_cam_weighs_the_gradient_by_the_activation() -> None:
    activation, gradient = layer(positive=True)
    share = activation / activation.sum((2, 3), keepdim=True)
    wanted = ((gradient * share).sum((2, 3), keepdim=True) * activation).sum(1)
    assert torch.allclose(cam.xgrad_cam(activation, gradient), wanted)


@pytest.mark.parametrize("shape", [(2, 30, 4, 5), (2, 6, 4, 5)])
@PRECISIONS
def test_eigen_cam_is_the_first_singular_vector_with_a_sign(
    shape: tuple[int, ...], dtype: torch.dtype, tolerance: float
) -> None:
    """By Gram matrices of either side, and turned over by no accident of the decomposition."""
    activation = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(dtype) + 0.3
    found = cam.eigen_cam(activation)
    cells = activation.flatten(2).mT.double()
    _, _, vh = torch.linalg.svd(cells, full_matrices=False)
    wanted = (cells @ vh[:, 0, :, None])[..., 0]
    wanted = wanted * torch.sign((wanted * cells.sum(2)).sum(1, keepdim=True))
    assert torch.allclose(found.flatten(1).double(), wanted, rtol=10 * tolerance, atol=10 * tolerance)
    assert bool(((found * activation.sum(1)).sum((1, 2)) >= 0).all())
    assert torch.allclose(
        cam.eigen_cam(1e-20 * activation.double()), 1e-20 * cam.eigen_cam(activation.double()), rtol=1e-6
    )


def test_score_cam_weighs_scores_by_softmax_so_that_a_baseline_cancels() -> None:
    activation, _ = layer()
    scores = torch.randn(2, 6, dtype=torch.float64)
    found = cam.score_cam(activation, scores)
    assert torch.allclose(found, cam.score_cam(activation, scores - 5))
    assert torch.allclose(found, torch.einsum("bk,bkhw->bhw", torch.softmax(scores, 1), activation))


def test_fused_maps_are_the_greater_one_in_every_place_and_end_at_one() -> None:
    shallow, deep = torch.rand(2, 8, 8) - 0.2, torch.rand(2, 4, 4) - 0.2
    found = cam.fused([shallow, deep], (16, 16))
    assert found.shape == (2, 16, 16)
    assert float(found.amax()) <= 1
    assert bool((found >= cam.fused([deep], (16, 16)) - 1e-6).all())
    assert torch.equal(cam.fused([torch.zeros(1, 4, 4), -deep[:1].abs()], (4, 4)), torch.zeros(1, 4, 4))
    with pytest.raises(UserError, match=r"maps of \[16, 64\] cells were given; give those of earlier layers first"):
        cam.fused([deep, shallow], (16, 16))


@pytest.mark.parametrize("size", [1e-6, 1e-3, 1.0])
def test_grad_cam_plus_plus_does_not_depend_on_the_size_of_gradients(size: float) -> None:
    """For small gradients the weights are sum ReLU(g) / 2; pytorch-grad-cam adds 1e-6 to what it divides by."""
    activation, gradient = layer(positive=True)
    wanted = torch.einsum("bk,bkhw->bhw", gradient.relu().sum((2, 3)) / 2, activation)
    found = cam.grad_cam_plus_plus(activation * 1e-9, gradient * size) * 1e9 / size
    assert torch.allclose(found, wanted, rtol=1e-6)
