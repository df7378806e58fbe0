"""The penalty has its closed form; the errors of other implementations (generation.md, section 2.4) fail here."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.generator.wgan_gp import ResidualBlock, convolved_pooled, doubled_convolved, gradient_penalty


def linear_critic(weight: Tensor) -> nn.Module:
    layer = nn.Linear(weight.numel(), 1)
    with torch.no_grad():
        layer.weight.copy_(weight.reshape(1, -1))
    return nn.Sequential(nn.Flatten(), layer, nn.Flatten(0))


@pytest.mark.parametrize("norm", [0.2, 1.0, 3.0])
def test_the_penalty_of_a_linear_critic(norm: float) -> None:
    """The gradient is w everywhere, so the penalty is lambda (||w|| - 1)^2 over all pixels, whatever the pictures."""
    weight = torch.randn(3 * 8 * 8)
    weight *= norm / weight.norm()
    real, fake = torch.randn(5, 3, 8, 8), torch.randn(5, 3, 8, 8)
    found = gradient_penalty(linear_critic(weight), real, fake, torch.rand(5), 10.0)
    assert float(found.detach()) == pytest.approx(10 * (norm - 1) ** 2, rel=1e-4, abs=1e-8)


def test_one_weight_per_picture_between_the_real_and_the_fake() -> None:
    """torchgan draws one weight for the batch and takes one norm over it; here each picture has its own."""
    met: list[Tensor] = []

    def critic(x: Tensor) -> Tensor:
        met.append(x.detach())
        return x.square().sum((1, 2, 3)) / 2  # the gradient is x itself

    real, fake, weight = torch.randn(4, 3, 8, 8), torch.randn(4, 3, 8, 8), torch.tensor([0.0, 0.25, 0.5, 1.0])
    found = gradient_penalty(critic, real, fake, weight, 1.0)
    wanted = torch.stack([r + w * (f - r) for r, f, w in zip(real, fake, weight, strict=True)])
    assert torch.allclose(met[0], wanted)
    assert float(found.detach()) == pytest.approx(float((wanted.flatten(1).norm(dim=1) - 1).square().mean()), rel=1e-5)


def test_a_gradient_of_nothing_gives_no_nan() -> None:
    """pytorch#2534: the root of zero has no derivative."""
    scale = torch.zeros((), requires_grad=True)
    penalty = gradient_penalty(
        lambda x: (x * scale).sum((1, 2, 3)), torch.ones(2, 3, 4, 4), torch.zeros(2, 3, 4, 4), torch.rand(2), 10.0
    )
    (gradient,) = torch.autograd.grad(penalty, scale)
    assert float(penalty.detach()) == pytest.approx(10, rel=1e-4)
    assert bool(gradient.isfinite())


def test_the_penalty_reaches_the_critic_and_not_the_generator() -> None:
    fake = torch.randn(3, 3, 8, 8, requires_grad=True)
    critic = linear_critic(torch.randn(192))
    gradient_penalty(critic, torch.randn(3, 3, 8, 8), fake, torch.rand(3), 10.0).backward()
    assert fake.grad is None
    assert critic[1].weight.grad is not None  # type: ignore[index]


def test_resampling_at_the_smaller_size_is_the_papers() -> None:
    """Doubling and a convolution, and a convolution and mean pooling, borders included, with first and second derivatives."""
    x, weight, bias = torch.randn(2, 3, 6, 4).double(), torch.randn(5, 3, 3, 3).double(), torch.randn(5).double()
    large = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
    assert torch.allclose(doubled_convolved(x, weight), F.conv2d(large, weight, padding=1))
    assert torch.allclose(convolved_pooled(x, weight, bias), F.avg_pool2d(F.conv2d(x, weight, bias, padding=1), 2))
    inputs = x[:1, :, :2, :2].clone().requires_grad_(), weight[:2].clone().requires_grad_()
    assert torch.autograd.gradgradcheck(doubled_convolved, inputs)
    assert torch.autograd.gradgradcheck(lambda x, weight: convolved_pooled(x, weight, None), inputs)


@pytest.mark.parametrize(("resample", "side"), [("up", 16), ("down", 4)])
def test_a_residual_block_is_its_shortcut_when_its_last_convolution_is_silent(resample: str, side: int) -> None:
    block = ResidualBlock(4, 6, resample, nn.BatchNorm2d)
    nn.init.zeros_(block.conv2.weight)
    nn.init.zeros_(block.conv2.bias)  # type: ignore[arg-type]
    x = torch.randn(2, 4, 8, 8)
    moved = x.repeat_interleave(2, 2).repeat_interleave(2, 3) if resample == "up" else nn.functional.avg_pool2d(x, 2)
    assert torch.allclose(block(x), block.shortcut(moved), atol=1e-6)
    assert block(x).shape == (2, 6, side, side)
    assert block.conv1.bias is None
