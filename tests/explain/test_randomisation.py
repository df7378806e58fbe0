"""Courses of maps as parts become random: the trained model is their measure and not one of their points."""

import math

import pytest
import torch

from brushwork.explain.randomisation import (
    Case,
    Sanity,
    _Course,
    _mean,
    beyond_chance,
    label_randomisation,
    parameter_randomisation,
)
from brushwork.explain.sanity import stages
from brushwork.painting import Painting
from tests.classifier.test_model import small_model
from tests.explain.models import some_pictures


def cases(count: int = 2) -> list[Case]:
    model = small_model()
    paintings = [Painting(id=str(k), file="") for k in range(count)]
    return [Case(p, model, some_pictures(count, 64, 96)[k : k + 1], 0, 1) for k, p in enumerate(paintings)]


def test_the_trained_model_itself_is_not_counted() -> None:
    """Quantus' average of a randomisation test includes it, and is too high by as much."""
    names, found, beyond = parameter_randomisation(cases(), 0)
    assert names == stages(small_model())
    for name, sanity in found.items():
        for curves in (sanity.cascade, sanity.single):
            assert all(len(curve) == len(names) for curve in curves.values())
        if name != "eigen-cam":  # the head does not matter to it, and is the first part to become random
            assert abs(sanity.cascade["spearman"][0]) < 0.999
    assert found["eigen-cam"].cascade["spearman"][0] == pytest.approx(1)
    assert found["guided-grad-cam"].n == 2
    assert all(len(values) == 2 for values in beyond.values())


def course(cascade: list[float], single: list[float]) -> _Course:
    nothing = torch.zeros(1, 1)
    return _Course([{"spearman": v} for v in cascade], [{"spearman": v} for v in single], nothing, nothing)


def test_pictures_are_averaged_and_what_cannot_be_told_is_left_out() -> None:
    found = _mean([course([0.5, 0.1], [0.3, float("nan")]), course([0.7, -0.1], [0.5, 0.2])])
    assert found.cascade["spearman"] == pytest.approx([0.6, 0.0])
    assert found.single["spearman"] == pytest.approx([0.4, 0.2])
    assert found.cascade["spearman"][-1] == pytest.approx(0)
    assert isinstance(found, Sanity)


def test_beyond_chance_is_nothing_for_unrelated_maps_and_most_for_the_same_or_the_opposite() -> None:
    choose = torch.Generator().manual_seed(0)
    maps, others = ([torch.rand(5, 6 + k % 2, generator=choose) for k in range(40)] for _ in range(2))
    unrelated = torch.tensor(beyond_chance(maps, others))
    assert abs(float(unrelated.mean())) < 0.06
    for sign in (1, -1):  # a map that comes back turned over has stayed
        same = torch.tensor(beyond_chance(maps, [sign * one for one in maps]))
        assert float(same.mean()) > 0.7
    assert math.isnan(beyond_chance(maps[:1], maps[:1])[0])


def test_a_model_taught_the_same_has_the_same_maps_as_one_taught_the_opposite() -> None:
    turned = small_model()
    with torch.no_grad():
        turned.head.weight.neg_()
    four = cases(4)
    same = label_randomisation([small_model()], four)["evidence"]
    assert label_randomisation([turned], four)["evidence"] == pytest.approx(same, abs=1e-3)
    assert min(same) > 0.3
    assert label_randomisation([small_model(), turned], four)["evidence"] == pytest.approx(same, abs=1e-3)
