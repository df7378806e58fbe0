"""Layers keep the size of what passes, grain is each picture's own, and the style counts as much as it is let."""

from typing import Any, Literal

import pytest
import torch

from brushwork.generator import stylegan2
from brushwork.generator.stylegan2 import Discriminator, Generator, initialise, with_spread


def made(network: Any) -> Any:
    initialise(network, torch.Generator().manual_seed(0))
    return network.eval()


def generator(styles: int = 2, start: Literal["constant", "noise"] = "noise") -> Generator:
    network = made(Generator(32, 8, 16, styles, 4, start))
    for layer in network.layers:
        layer.strength.data.fill_(0.1)
    assert isinstance(network, Generator)
    return network


def test_layers_keep_the_size_of_what_passes() -> None:
    """Equalised weights and the gain of the ReLU: no layer shrinks or swells what comes through it."""
    network = made(Discriminator(32, 64, 1))
    seen: list[float] = []
    for block in network.blocks:
        block.register_forward_hook(lambda _m, _i, out: seen.append(float(out.square().mean().sqrt())))
    with torch.no_grad():
        network(torch.randn(8, 3, 32, 32))
    assert all(0.3 < one < 2 for one in seen)


def test_a_lack_of_variety_shows() -> None:
    same, various = torch.randn(1, 4, 5, 5).expand(8, -1, -1, -1), torch.randn(8, 4, 5, 5)
    assert float(with_spread(same)[:, 4].max()) < 1e-3
    assert with_spread(various)[0, 4, 0, 0] == pytest.approx(
        float(various[::2].std(0, unbiased=False).mean()), rel=1e-4
    )
    assert with_spread(torch.randn(6, 4, 5, 5)).shape == (6, 5, 5, 5)  # no multiple of a group


def test_a_picture_does_not_depend_on_its_company() -> None:
    network, noise, styles = generator(), torch.randn(5, 16), torch.tensor([0, 1, 0, 1, 1])
    with torch.no_grad():
        together = network(noise, styles)
        for k in range(5):
            assert torch.allclose(together[k], network(noise[k : k + 1], styles[k : k + 1])[0], atol=1e-5)


def test_grain_is_each_pictures_own() -> None:
    network, noise = generator(), torch.randn(3, 16)
    with torch.no_grad():
        grain = network.drawn(3, torch.Generator().manual_seed(1))
        assert grain.shape == (3, sum(network.grains))
        together = network(noise, grain=grain)
        alone = network(noise[1:2], grain=grain[1:2])
        assert torch.allclose(together[1], alone[0], atol=1e-5)
        assert not torch.allclose(together[1], network(noise[1:2], grain=grain[:1])[0], atol=1e-3)
        points = network.everywhere(network.point(noise, torch.zeros(3, dtype=torch.long)))
        assert torch.equal(together, network.paint(points, grain=grain))
        assert torch.allclose(network(noise), network(noise, grain=torch.zeros_like(grain)), atol=1e-6)


def test_the_style_counts_as_much_as_it_is_let() -> None:
    network, noise = generator(), torch.randn(4, 16)
    zeros, ones = torch.zeros(4, dtype=torch.long), torch.ones(4, dtype=torch.long)
    judge = made(Discriminator(32, 8, 2))
    x = torch.randn(4, 3, 32, 32)
    with torch.no_grad():
        apart = network.point(noise, zeros) - network.point(noise, ones)
        assert float(apart[:, 16:].abs().mean()) > 0.01
        assert not apart[:, :16].any()
        network.counts.zero_()
        assert torch.equal(network.point(noise, zeros), network.point(noise, ones))
        assert torch.equal(judge(x, zeros, 0.0), judge(x, ones, 0.0))
        apart = judge(x, zeros) - judge(x, ones)
        assert torch.allclose(judge(x, zeros, 0.5) - judge(x, ones, 0.5), apart / 2, atol=1e-5)
        assert float(apart.abs().min()) > 0


def test_what_pictures_begin_from_is_one_for_all_or_each_noises_own_whatever_the_style() -> None:
    noise, zeros, ones = torch.randn(5, 16), torch.zeros(5, dtype=torch.long), torch.ones(5, dtype=torch.long)
    own = generator()
    with torch.no_grad():
        constant = generator(start="constant")
        same = constant.begun(constant.point(noise, zeros))
        assert torch.equal(same[0], same[4])
        points = own.point(noise, zeros)
        begun = own.begun(points)
        assert begun.shape == same.shape
        assert torch.equal(begun, own.begun(own.point(noise, ones)))
        assert not torch.allclose(own(noise, zeros), own(noise, ones), atol=1e-2)
        assert torch.allclose(own.begun(2 * points), begun, atol=1e-5)  # an average of noises is as good as one
        for truncation in (0.0, 0.5):
            assert torch.equal(own.begun(own.truncated(points, ones, truncation)), begun)
        opposite = torch.cat([-points[:, :16], points[:, 16:]], 1)
        assert torch.allclose(own.begun(opposite), -begun, atol=1e-5)  # linear, its biases beginning at 0
    far = torch.cdist(begun.flatten(1), begun.flatten(1))
    assert float((far + 99 * torch.eye(5)).min()) > 1
    assert begun.square().mean() == pytest.approx(1, rel=0.3)  # as large as noise


def test_truncation_draws_points_to_the_mean_of_their_style() -> None:
    network = generator()
    network.mean.copy_(torch.randn(2, 16))
    noise, styles = torch.randn(6, 16), torch.tensor([0, 0, 0, 1, 1, 1])
    with torch.no_grad():
        w = network.point(noise, styles)
        assert torch.allclose(network.truncated(w, styles, 1.0), w, atol=1e-6)
        none = network.truncated(w, styles, 0.0)
        assert torch.equal(none[:, 16:], network.mean[styles])
        assert torch.equal(none[:, :16], noise)  # a layout of each picture's own
        constant = generator(start="constant")
        constant.mean.copy_(torch.randn(2, 16))
        pictures = constant(noise, styles, 0.0)
    assert torch.allclose(pictures[0], pictures[1], atol=1e-5)
    assert not torch.allclose(pictures[0], pictures[3], atol=1e-2)


def test_parameters_follow_from_the_layer_table() -> None:
    """Counted by hand for 32 pixels, width 8 (channels 32, 32, 32, 16 from 4 to 32 pixels), points of 16, two styles."""
    wide = {4: 32, 8: 32, 16: 32, 32: 16}
    mapping = (2 * 16 + 16) + (32 * 16 + 16) + (16 * 16 + 16)
    layers, colours = 0, 0
    for before, side in ((0, 4), (4, 8), (8, 16), (16, 32)):
        pairs = [(wide[side], wide[side])] if side == 4 else [(wide[before], wide[side]), (wide[side], wide[side])]
        layers += sum(9 * a * b + (16 * a + a) + b + 1 for a, b in pairs)
        colours += 3 * wide[side] + (16 * wide[side] + wide[side]) + 3
    assert sum(p.numel() for p in generator(start="constant").parameters()) == mapping + 32 * 16 + layers + colours
    begins = 16 * 32 * 16 + 32 * 16
    assert sum(p.numel() for p in generator().parameters()) == mapping + begins + layers + colours
    judge = 3 * 16 + 16
    for side in (32, 16, 8):
        a, b = wide[side], wide[side // 2]
        judge += (9 * a * a + a) + (9 * a * b + b) + a * b
    judge += (9 * 33 * 32 + 32) + (32 * 16 * 32 + 32) + (32 + 1) + (2 * 32 + 32)
    assert sum(p.numel() for p in Discriminator(32, 8, 2).parameters()) == judge
    assert stylegan2.channels_at(64, 64) == 64
    assert stylegan2.channels_at(4, 64) == 256
    assert [stylegan2.channels_at(side, 8, 16) for side in (32, 16, 8, 4)] == [16, 32, 64, 128]
