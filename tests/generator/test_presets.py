"""The presets' networks have the papers' sizes (generation.md, section 2) and wrong options are named."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.errors import UserError
from brushwork.generator import wgan_gp
from brushwork.generator.networks import cost_of, networks_of, noise_of
from brushwork.generator.presets import PRESETS, SIZES, preset_with

# Millions of parameters as the research page has them. It counts running averages of batch norm in the generator of
# wgan-gp-paper and leaves layer norm out of its critic, which is the difference in the second digit.
MILLIONS = {
    "dcgan-paper": (18.89, 17.23),
    "dcgan-torch": (3.58, 2.77),
    "wgan-gp-paper": (5.37, 4.31),
    "wgan-gp-resnet": (8.54, 7.49),
}
GFLOP = {
    "dcgan-paper": (1.28, 1.28),
    "dcgan-torch": (0.21, 0.21),
    "wgan-gp-paper": (0.33, 0.32),
    "wgan-gp-resnet": (3.57, 3.40),
}


def as_written(block: wgan_gp.ResidualBlock, x: Tensor) -> Tensor:
    """The residual block with its resampling where the authors have it."""
    large = F.interpolate(x, scale_factor=2.0) if block.resample == "up" else x
    h = F.relu(block.norm1(large))  # which doubling does not change
    h = block.conv2(F.relu(block.norm2(block.conv1(h))))
    if block.resample == "up":
        return block.shortcut(large) + h  # type: ignore[no-any-return]
    return block.shortcut(F.avg_pool2d(x, 2)) + F.avg_pool2d(h, 2)  # type: ignore[no-any-return]


@pytest.mark.parametrize("resample", ["up", "down"])
def test_a_residual_block_is_what_the_authors_wrote(resample: str) -> None:
    block = wgan_gp.ResidualBlock(3, 5, resample, nn.BatchNorm2d).double()
    x = torch.randn(4, 3, 6, 4).double()
    assert torch.allclose(block(x), as_written(block, x))


@pytest.mark.parametrize("name", MILLIONS)
def test_parameters_and_operations_are_those_of_the_papers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name == "wgan-gp-resnet":  # whose resampling is done at the smaller size here
        assert cost_of(PRESETS[name]).generator_gflop < 0.65 * GFLOP[name][0]
        monkeypatch.setattr(wgan_gp.ResidualBlock, "forward", as_written)
    cost = cost_of(PRESETS[name])
    assert cost.generator_parameters / 1e6 == pytest.approx(MILLIONS[name][0], abs=0.0101)
    assert cost.discriminator_parameters / 1e6 == pytest.approx(MILLIONS[name][1], abs=0.0101)
    assert cost.generator_gflop == pytest.approx(GFLOP[name][0], abs=0.01)
    assert cost.discriminator_gflop == pytest.approx(GFLOP[name][1], abs=0.01)


def test_exact_counts_follow_from_the_layer_tables() -> None:
    """Counted by hand from the authors' layers: dcgan-paper without biases, dcgan-torch as PyTorch's example prints it."""
    generator = 100 * 16384 + 2 * 16384 + 25 * (1024 * 512 + 512 * 256 + 256 * 128 + 128 * 3) + 2 * (512 + 256 + 128)
    discriminator = 25 * (3 * 128 + 128 * 256 + 256 * 512 + 512 * 1024) + 2 * (256 + 512 + 1024) + 1024 * 16
    cost = cost_of(PRESETS["dcgan-paper"])
    assert (cost.generator_parameters, cost.discriminator_parameters) == (generator, discriminator)
    cost = cost_of(PRESETS["dcgan-torch"])
    assert (cost.generator_parameters, cost.discriminator_parameters) == (3_576_704, 2_765_568)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", PRESETS)
def test_every_size_paints_in_range_and_is_judged(name: str, size: int) -> None:
    preset = preset_with(name, size, 4)
    generator, critic = networks_of(preset, seed=0)
    pictures = generator(noise_of(preset, 3, seed=0))
    assert pictures.shape == (3, 3, size, size)
    assert name == "stylegan2" or float(pictures.detach().abs().max()) <= 1  # which has no tanh
    assert critic(pictures).shape == (3,)


def test_the_papers_kernels_strides_and_norms() -> None:
    for name, kernel in (("dcgan-paper", 5), ("dcgan-torch", 4), ("wgan-gp-paper", 5)):
        generator, critic = networks_of(preset_with(name, width=4), seed=0)
        strided = [
            m
            for n in (generator, critic)
            for m in n.modules()
            if isinstance(m, nn.Conv2d | nn.ConvTranspose2d) and m.stride == (2, 2)
        ]
        assert len(strided) == 8
        assert {m.kernel_size for m in strided} == {(kernel, kernel)}
        if name.startswith("dcgan"):
            assert all(m.bias is None for m in strided)
            norms = [m for m in critic.modules() if isinstance(m, nn.BatchNorm2d)]
            assert len(norms) == 3  # on every layer but the first and the last
            assert norms[0].num_features == 8
        wanted = 1e-8 if name == "dcgan-paper" else 1e-5
        assert {m.eps for m in generator.modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)} == {wanted}


@pytest.mark.parametrize("name", ["wgan-gp-paper", "wgan-gp-resnet"])
def test_the_critic_normalises_each_picture_alone_with_a_gain_per_channel(name: str) -> None:
    _, critic = networks_of(preset_with(name, 32, 4), seed=0)
    kinds = {type(m) for m in critic.modules()}
    assert not kinds & {nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.Dropout}
    norms = [m for m in critic.modules() if isinstance(m, nn.GroupNorm)]
    assert norms
    assert all(m.num_groups == 1 and m.weight.shape == (m.num_channels,) for m in norms)
    x = torch.randn(4, 3, 32, 32)
    assert torch.allclose(critic(x)[:1], critic(x[:1]), atol=1e-5)


def test_initial_weights_have_the_papers_spread() -> None:
    generator, critic = networks_of(preset_with("dcgan-paper", width=32), seed=0)
    for m in (*generator.modules(), *critic.modules()):
        if isinstance(m, nn.Conv2d | nn.ConvTranspose2d | nn.Linear) and m.weight.numel() > 5000:
            assert float(m.weight.detach().std()) == pytest.approx(0.02, rel=0.05)
        if isinstance(m, nn.BatchNorm1d):
            assert float(m.weight.detach().mean()) == pytest.approx(1, abs=0.01)
            assert float(m.weight.detach().std()) == pytest.approx(0.02, rel=0.1)
    generator, critic = networks_of(preset_with("wgan-gp-paper", width=32), seed=0)
    for m in (*generator.modules(), *critic.modules()):
        if isinstance(m, nn.Conv2d | nn.ConvTranspose2d | nn.Linear) and m.weight.numel() > 5000:
            weight = m.weight.detach()
            assert float(weight.std()) == pytest.approx(0.02, rel=0.05)
            assert float(weight.abs().max()) <= 0.02 * 3**0.5 + 1e-6  # uniform, not normal
            assert m.bias is not None
            assert not bool(m.bias.detach().any())
    generator, critic = networks_of(preset_with("wgan-gp-resnet", width=32), seed=0)
    conv = critic.blocks[1].conv1  # type: ignore[union-attr, index]
    assert float(conv.weight.detach().std()) == pytest.approx((4 / (9 * 128)) ** 0.5, rel=0.05)
    shortcut = critic.blocks[1].shortcut  # type: ignore[union-attr, index]
    assert float(shortcut.weight.detach().std()) == pytest.approx((2 / 192) ** 0.5, rel=0.05)


def test_noise_has_the_papers_distribution() -> None:
    uniform = noise_of(PRESETS["dcgan-paper"], 2000, seed=0)
    normal = noise_of(PRESETS["wgan-gp-paper"], 2000, seed=0)
    assert uniform.shape == (2000, 100)
    assert normal.shape == (2000, 128)
    assert float(uniform.abs().max()) <= 1
    assert float(uniform.std()) == pytest.approx(3**-0.5, rel=0.01)
    assert float(normal.std()) == pytest.approx(1, rel=0.01)
    assert float(normal.abs().max()) > 3


def test_optimisers_and_schedules_are_the_papers() -> None:
    paper, torch_version, wgan = (PRESETS[n] for n in ("dcgan-paper", "dcgan-torch", "wgan-gp-paper"))
    assert (paper.learning_rate, paper.betas, paper.weight_decay, paper.batch) == (2e-4, (0.5, 0.999), 1e-5, 128)
    assert (torch_version.learning_rate, torch_version.weight_decay, torch_version.batch) == (2e-4, 0, 64)
    assert (wgan.learning_rate, wgan.betas, wgan.critic_steps, wgan.penalty, wgan.batch) == (
        1e-4,
        (0.0, 0.9),
        5,
        10,
        64,
    )


def test_what_there_is_not_is_named() -> None:
    with pytest.raises(UserError, match="no preset 'wgan-gp'; there are dcgan-paper, "):
        preset_with("wgan-gp")
    with pytest.raises(UserError, match="--size 48 was given"):
        preset_with("dcgan-torch", 48)
    with pytest.raises(UserError, match="--width 2 was given for 256 pixels; stylegan2 needs 4 or more there"):
        preset_with("stylegan2", 256, 2)
    with pytest.raises(UserError, match="--batch 1 was given"):
        preset_with("dcgan-torch", batch=1)


@pytest.mark.parametrize(
    ("name", "sibling"),
    [("dcgan-paper", "dcgan"), ("dcgan-torch", "dcgan"), ("wgan-gp-paper", "wgan-gp"), ("wgan-gp-resnet", "wgan-gp")],
)
def test_a_paper_s_preset_takes_nothing_later_and_names_the_one_that_does(name: str, sibling: str) -> None:
    for change in ("average_kimg=10", "augmentation=differentiable", "precision=auto"):
        with pytest.raises(UserError, match=f"it is in {sibling}-tuned"):
            preset_with(name, changes=[change])
        assert preset_with(f"{sibling}-tuned", changes=[change]).name == f"{sibling}-tuned"
