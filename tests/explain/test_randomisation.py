"""Courses of maps as parts become random: the trained model is their measure and not one of their points."""

from dataclasses import replace

import pytest
import torch

from brushwork.explain.randomisation import Case, Sanity, _mean, label_randomisation, parameter_randomisation
from brushwork.explain.sanity import stages
from tests.classifier.test_model import small_model
from tests.explain.models import some_pictures


def cases(count: int = 2) -> list[Case]:
    model = small_model()
    return [Case(model, some_pictures(count, 64, 96)[k : k + 1], 0, 1) for k in range(count)]


def test_the_trained_model_itself_is_not_counted() -> None:
    """Quantus' average of a randomisation test includes it, and is too high by as much."""
    names, found = parameter_randomisation(cases(), 0)
    assert names == stages(small_model())
    for name, sanity in found.items():
        for curves in (sanity.cascade, sanity.single):
            assert all(len(curve) == len(names) for curve in curves.values())
        if name != "eigen-cam":  # the head does not matter to it, and is the first part to become random
            assert abs(sanity.cascade["spearman"][0]) < 0.999
    assert found["eigen-cam"].cascade["spearman"][0] == pytest.approx(1)
    assert found["guided-grad-cam"].n == 2


def test_pictures_are_averaged_and_what_cannot_be_told_is_left_out() -> None:
    course = ([{"spearman": 0.5}, {"spearman": 0.1}], [{"spearman": 0.3}, {"spearman": float("nan")}])
    other = ([{"spearman": 0.7}, {"spearman": -0.1}], [{"spearman": 0.5}, {"spearman": 0.2}])
    found = _mean([course, other])
    assert found.cascade["spearman"] == pytest.approx([0.6, 0.0])
    assert found.single["spearman"] == pytest.approx([0.4, 0.2])
    assert found.all_random == pytest.approx(0)
    assert replace(found, labels={"spearman": 0.1}) == found.with_labels({"spearman": 0.1})
    assert isinstance(found, Sanity)


def test_a_model_taught_the_same_has_the_same_maps_and_one_taught_the_opposite_opposite_ones() -> None:
    same = label_randomisation(small_model(), cases())
    assert same["evidence"]["spearman"] == pytest.approx(1)
    turned = small_model()
    with torch.no_grad():
        turned.head.weight.neg_()
    assert label_randomisation(turned, cases())["evidence"]["spearman"] == pytest.approx(-1)
