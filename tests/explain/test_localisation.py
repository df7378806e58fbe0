"""Evidence known by construction is found where it is, in mosaics and on halves."""

import math

import numpy as np
import pytest
import torch
from PIL import Image

from brushwork.explain.localisation import (
    canvas_mask,
    evidence_on_own_half,
    focus,
    mosaic_canvas,
    mosaics,
    ranked_inside,
    share_inside,
)
from tests.classifier.test_model import small_model
from tests.conftest import noise_picture


def test_focus_is_the_share_on_the_own_squares_wherever_they_are() -> None:
    for order in ((0, 2, 3, 1), (2, 0, 1, 3), (3, 2, 1, 0)):
        map_ = torch.zeros(8, 8)
        for place, which in enumerate(order):
            map_[4 * (place // 2) : 4 * (place // 2) + 4, 4 * (place % 2) : 4 * (place % 2) + 4] = (
                3.0 if which < 2 else 1.0
            )
        assert focus(map_, order, (8, 8)) == pytest.approx(0.75)
        assert focus(torch.ones(8, 8), order, (64, 64)) == pytest.approx(0.5)
        assert math.isnan(focus(-map_, order, (8, 8)))  # nothing positive is no score, not 0
    assert focus(torch.eye(5), (0, 1, 2, 3), (20, 20)) == pytest.approx(0.5, abs=0.05)  # cells across the middle


def test_mosaics_are_of_two_different_paintings_of_each_and_repeat() -> None:
    drawn = mosaics(5, 7, 40, 0)
    assert all(len(set(one.own)) == 2 and len(set(one.other)) == 2 for one in drawn)
    assert all(sorted(one.order) == [0, 1, 2, 3] for one in drawn)
    assert {one.own[0] for one in drawn} == set(range(5))
    assert drawn == mosaics(5, 7, 40, 0)
    assert drawn[:10] == mosaics(5, 7, 10, 0)
    assert len({one.order for one in drawn}) > 10


def test_a_mosaic_fills_the_networks_canvas_with_each_picture_in_its_place() -> None:
    model = small_model()
    images = [Image.new("RGB", (90 + 10 * k, 70), (60 * k, 0, 0)) for k in range(4)]
    canvas = np.asarray(mosaic_canvas(model, images, (2, 0, 3, 1)))
    assert canvas.shape == (64, 64, 3)
    assert [int(canvas[y, x, 0]) for y in (16, 48) for x in (16, 48)] == [120, 0, 180, 60]


def test_the_chance_that_inside_ranks_above_outside() -> None:
    inside = torch.zeros(4, 6, dtype=torch.bool)
    inside[:, :2] = True
    assert ranked_inside(inside.float(), inside) == 1
    assert ranked_inside(-inside.float(), inside) == 0
    assert ranked_inside(torch.ones(4, 6), inside) == 0.5
    assert math.isnan(ranked_inside(torch.rand(4, 6), torch.ones(4, 6, dtype=torch.bool)))
    assert share_inside(inside.float() + 1, inside.float()) == pytest.approx(16 / 32)
    assert math.isnan(share_inside(-torch.ones(4, 6), inside.float()))


def test_a_mask_lies_on_the_networks_canvas_as_the_picture_does() -> None:
    model = small_model()
    mask = Image.new("L", (128, 200))
    mask.paste(255, (64, 0, 128, 200))
    found = canvas_mask(model, Image.new("RGB", (128, 200)), mask)
    assert found.shape == (96, 64)
    assert torch.equal(found, torch.cat([torch.zeros(96, 32), torch.ones(96, 32)], 1))


def test_evidence_spread_evenly_scores_the_masks_share() -> None:
    """With a head that ignores the picture, every cell has the same evidence, so chance is what comes out."""
    model = small_model(("Alder", "Kessel"))
    with torch.no_grad():
        for name, parameter in model.trunk.named_parameters():
            if name.startswith("stages.5.norm2"):
                parameter.fill_(1e3 if name.endswith("bias") else 0.0)
    mask = Image.new("L", (128, 96))
    mask.paste(255, (64, 0, 128, 96))
    found = evidence_on_own_half(model, [(noise_picture(1, 128, 96), mask)], ("Alder", "Kessel"))
    assert found.share == pytest.approx(0.5, abs=0.02)
    assert found.without_evidence == 1  # what speaks for one school speaks against the other
