"""Parts are made random one by one, from the answer back, and nothing else changes."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.trunks import build_trunk
from brushwork.explain.sanity import likeness, randomised, ssim, stages, untrained
from tests.classifier.test_model import small_model


def test_stages_hold_all_that_is_learned_once_from_the_answer_back() -> None:
    for model in (small_model(), StyleClassifier(build_trunk("test_efficientnet", {}), ["a", "b"], 64),
                  StyleClassifier(build_trunk("test_vit", {}), ["a", "b"], 64)):  # fmt: skip
        names = stages(model)
        assert names[0] == "head"
        assert len(names) > 4
        for name in model.state_dict():  # class tokens, positions and averages too
            assert sum(name == stage or name.startswith(f"{stage}.") for stage in names) == 1, name
        everything = randomised(model, untrained(model, 0), names).state_dict()
        assert all(torch.equal(value, untrained(model, 0).state_dict()[key]) for key, value in everything.items())


def test_only_the_named_parts_change_and_the_model_stays_as_it_is() -> None:
    model = small_model()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    twin = untrained(model, 0)
    other = randomised(model, twin, ["head", "trunk.stages.5"])
    for key, value in other.state_dict().items():
        made_random = key.startswith(("head.", "trunk.stages.5."))
        assert torch.equal(value, twin.state_dict()[key] if made_random else before[key]), key
        assert torch.equal(model.state_dict()[key], before[key])
    assert not torch.equal(other.head.weight, model.head.weight)
    assert torch.equal(untrained(model, 0).head.weight, twin.head.weight)
    assert not torch.equal(untrained(model, 1).head.weight, twin.head.weight)


def test_an_untrained_twin_has_what_its_layers_initialisers_give_and_not_uniform_numbers() -> None:
    """xplique draws weights from 0 to 1, variances included: all positive, which is no initialisation."""
    twin = untrained(small_model(), 0)
    convolutions = [m for m in twin.modules() if isinstance(m, nn.Conv2d)]
    assert all(
        float(conv.weight.detach().mean().abs()) < 0.1 * float(conv.weight.detach().abs().max())
        for conv in convolutions
    )
    assert bool((twin.head.weight != 0).any())


def test_likeness_of_a_map_with_itself_its_negative_and_noise() -> None:
    choose = torch.Generator().manual_seed(0)
    one, other = torch.randn(20, 25, generator=choose), torch.randn(20, 25, generator=choose)
    assert likeness(one, 3 * one) == pytest.approx(
        {"spearman": 1, "size of spearman": 1, "spearman of sizes": 1, "ssim": 1}
    )
    turned = likeness(one, -one)
    assert turned["spearman"] == pytest.approx(-1)
    assert turned["size of spearman"] == turned["spearman of sizes"] == pytest.approx(1)
    assert turned["ssim"] < 0.5
    assert all(abs(value) < 0.15 for value in likeness(one, other).values())
    assert math.isnan(likeness(one, torch.zeros(20, 25))["spearman"])
    assert np.isfinite(ssim(one[:3, :3], other[:3, :3]))
