"""A walk passes through the pictures it names, evenly; the dial begins in one style and ends in another."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from brushwork.errors import UserError
from brushwork.generator import stylegan2
from brushwork.generator.provenance import provenance
from brushwork.generator.sample import BLOCK, grain_at, sample
from brushwork.generator.walk import dial, dials, great_circle, save_moving, walk
from tests.generator.painters import painter
from tests.generator.test_provenance import told_by


def test_a_dial_from_a_style_to_itself_is_refused() -> None:
    with pytest.raises(UserError, match="into itself; give another --from or --to"):
        dial(painter("stylegan2"), 0, 3, 0, ends=("Wild", "Wild"))


@pytest.mark.parametrize("name", ["dcgan-paper", "wgan-gp-paper", "stylegan2"])
def test_a_walk_passes_through_its_pictures_and_comes_back(name: str) -> None:
    own = painter(name)
    found = walk(own, [2, 5, 11], 4, seed=3)
    assert len(found) == 12
    for frame, place in ((0, 2), (4, 5), (8, 11)):
        wanted = sample(own, 1, 3, first=place)[0]
        assert np.abs(found[frame].astype(int) - wanted).max() <= 1  # rounding
    steps = np.abs(np.diff(found.astype(int), axis=0)).mean((1, 2, 3))
    assert steps.max() < 3 * steps.min() + 1  # no jump


def test_grain_does_not_flicker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Along the dial it is that of its picture, between two pictures it turns from one's to the other's."""
    own, seen = painter("stylegan2"), list[Tensor]()
    whole = stylegan2.Generator.paint

    def watched(self: stylegan2.Generator, points: Tensor, grain: Tensor) -> Tensor:
        seen.append(grain)
        return whole(self, points, grain=grain)

    monkeypatch.setattr(stylegan2.Generator, "paint", watched)
    wanted = grain_at(own, 1, [4, 7])
    assert wanted is not None
    dial(own, 4, 5, seed=1)
    assert torch.equal(seen.pop(), wanted[:1].expand(BLOCK, -1))
    walk(own, [4, 7], BLOCK // 2, seed=1)
    along = seen.pop()
    assert torch.allclose(along[0], wanted[0], atol=1e-5)
    assert torch.allclose(along[BLOCK // 2], wanted[1], atol=1e-5)
    steps = along.diff(dim=0).norm(dim=1)
    assert float(steps.max()) < 1.1 * float(steps.min())
    assert bool((along.norm(dim=1) > 0.97 * wanted.norm(dim=1).min()).all())


def test_turning_keeps_noise_as_long_as_noise_is() -> None:
    one, other = torch.randn(2, 128, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(great_circle(one, other, 0.0), one, atol=1e-5)
    assert torch.allclose(great_circle(one, other, 1.0), other, atol=1e-5)
    middle = great_circle(one, other, 0.5)
    assert float(middle.norm()) > 0.95 * min(float(one.norm()), float(other.norm()))
    assert float(torch.lerp(one, other, 0.5).norm()) < 0.8 * float(one.norm())  # which is why
    assert torch.allclose(great_circle(one, 2 * one, 0.5), 1.5 * one)


def test_the_dial_begins_in_one_style_and_ends_in_another() -> None:
    own = painter("stylegan2")
    found = dial(own, 4, 9, seed=1)
    for frame, style in ((0, "Calm"), (-1, "Wild")):
        assert np.abs(found[frame].astype(int) - sample(own, 1, 1, first=4, style=style)[0]).max() <= 1
    assert not np.array_equal(found[0], found[-1])
    for name, styles in (("dcgan-torch", 2), ("stylegan2", 1)):
        with pytest.raises(UserError, match="the dial needs a network that is told one of several styles"):
            dial(painter(name, styles), 0, 5, 0)


def test_the_dial_goes_between_any_two_styles() -> None:
    own = painter("stylegan2")
    back = dial(own, 4, 5, 1, ends=("Wild", "Calm"))
    assert np.array_equal(back[[0, -1]], dial(own, 4, 5, 1)[[-1, 0]])
    with pytest.raises(UserError, match="does not know the style 'Tame'; it knows Calm, Wild"):
        dial(own, 4, 5, 1, ends=("Calm", "Tame"))


def test_dials_painted_together_are_each_as_it_is_alone() -> None:
    own = painter("stylegan2")
    found = dials(own, [3, 0, 8], 5, seed=2)
    for one, place in zip(found, [3, 0, 8], strict=True):
        assert np.array_equal(one, dial(own, place, 5, seed=2))


def test_what_cannot_be_walked_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="1 picture was given to walk through; give two or more"):
        walk(painter("dcgan-torch"), [3], 4, 0)
    with pytest.raises(UserError, match="does not know the style 'Odd'; it knows Calm, Wild"):
        walk(painter("stylegan2"), [1, 2], 4, 0, "Odd")


@pytest.mark.parametrize("ending", ["gif", "webp", "png", "GIF"])
def test_what_is_written_moves_and_says_how_it_was_made(tmp_path: Path, ending: str) -> None:
    own = painter("dcgan-torch")
    pixels = walk(own, [0, 1], 3, 0)
    save_moving(pixels, tmp_path / f"walk.{ending}", provenance(own, 0, walk=[0, 1]), 2)
    with Image.open(tmp_path / f"walk.{ending}") as image:
        assert image.n_frames == 6  # type: ignore[attr-defined]
        assert image.size == (64, 64)
    assert told_by(tmp_path / f"walk.{ending}")["walk"] == [0, 1]
    with pytest.raises(UserError, match=r"walk.mpg was asked for; what moves is written as .gif, .webp, .png, .mp4"):
        save_moving(pixels, tmp_path / "walk.mpg", {}, 2)
