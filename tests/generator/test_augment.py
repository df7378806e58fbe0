"""Augmentation does nothing at 0, leaves the unchanged picture the most frequent below 1, and follows how sure the judge is."""

import pytest
import torch

from brushwork.generator.augment import MOST, TARGET, adapted, augmented


def draw(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_nothing_is_done_at_nought_and_the_same_to_the_same() -> None:
    x = torch.rand(5, 3, 16, 16) * 2 - 1
    assert torch.equal(augmented(x, 0.0, draw()), x)
    assert torch.equal(augmented(x, 0.5, draw()), augmented(x, 0.5, draw()))
    assert not torch.equal(augmented(x, 0.5, draw()), augmented(x, 0.5, draw(1)))


def test_what_is_left_alone_is_as_frequent_as_the_operations_say() -> None:
    """Eleven operations of probability p, of which three may draw "as it is", and two turns that together have p."""
    p, x = 0.1, torch.rand(3000, 3, 8, 8) * 2 - 1
    same = (augmented(x, p, draw()) - x).abs().amax((1, 2, 3)) < 1e-4
    wanted = (1 - p / 2) * (1 - 3 * p / 4) * (1 - p / 2) * (1 - p) ** 11
    assert float(same.float().mean()) == pytest.approx(wanted, abs=0.04)


def test_no_other_orientation_is_as_frequent_as_the_one_painted() -> None:
    """What cannot leak: a generator that painted turned pictures would be told from the paintings (section 3.2)."""
    x = torch.zeros(4000, 1, 8, 8).expand(-1, 3, -1, -1).clone() - 1
    x[:, :, 0, 0] = 1
    corners = augmented(x, 0.6, draw())[:, :, [0, 0, -1, -1], [0, -1, 0, -1]].mean(1)
    turned = corners.argmax(1)[(corners.amax(1) - corners.amin(1)) > 1.5]
    counts = torch.bincount(turned, minlength=4)
    assert int(counts.argmax()) == 0
    assert float(counts[0]) > 1.5 * float(counts[1:].max())


def test_gradients_pass_and_colours_stay_colours() -> None:
    x = (torch.rand(6, 3, 8, 8) * 2 - 1).requires_grad_()
    (gradient,) = torch.autograd.grad(augmented(x, 0.7, draw()).sum(), x)
    assert bool(gradient.isfinite().all())
    assert bool((gradient != 0).any())
    grey = torch.rand(50, 1, 8, 8).expand(-1, 3, -1, -1)
    found = augmented(grey, 0.8, draw())
    assert torch.allclose(found, found[:, :1].expand_as(found), atol=1e-5)  # no operation gives grey a hue


def test_it_rises_while_the_judge_is_too_sure_and_falls_when_not() -> None:
    assert adapted(0.2, 0.9, 1000) == pytest.approx(0.21)
    assert adapted(0.2, 0.1, 1000) == pytest.approx(0.19)
    assert adapted(0.0, -1.0, 1000) == 0
    assert adapted(MOST, 1.0, 1000) == MOST
    p = 0.0
    for signs in (0.9, 0.9, 0.9, 0.1, 0.1, 0.1):
        p = adapted(p, signs, 64)
    assert p == 0  # a trace would cost as much as all of it
    p = 0.0
    for _ in range(500):  # a judge whose sureness falls as p rises settles at the target
        p = adapted(p, 1 - p, 256)
    assert p == pytest.approx(1 - TARGET, abs=0.01)
