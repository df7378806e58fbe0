"""Maps that are one are measured once and have the same numbers; all methods are asked the same of a picture."""

import pytest
import torch

from brushwork.explain.controls import CONTROLS
from brushwork.explain.trust_measures import EMPTY, QUICK, SUBSTRATE, Depth, maps_by, maps_of, measured, twins
from tests.classifier.test_model import small_model
from tests.explain.models import some_pictures

PICTURE = some_pictures(1, 64, 96)


def test_for_a_pooled_linear_head_five_methods_are_one() -> None:
    model = small_model()
    with torch.no_grad():  # as the regression leaves the head of two styles
        model.head.weight[1] = -model.head.weight[0]
        model.head.bias[1] = -model.head.bias[0]
    maps = maps_by(model, PICTURE, QUICK, 0, 1)
    same = twins(maps)
    assert {name for name, first in same.items() if first == "evidence"} == {
        "evidence", "cam", "grad-cam", "hirescam", "xgrad-cam", "finer-cam"
    }  # fmt: skip
    assert same["eigen-cam"] == "eigen-cam"


def test_with_many_styles_evidence_is_against_the_one_named() -> None:
    model = small_model(("A", "B", "C"))
    maps = maps_by(model, PICTURE, ("evidence", "grad-cam"), 0, 2)
    single = [maps_by(model, PICTURE, ("grad-cam",), k, 1)["grad-cam"] for k in (0, 2)]
    assert torch.allclose(maps["evidence"], single[0] - single[1], atol=1e-6)


@pytest.mark.parametrize("slow", [False, True])
def test_every_map_has_its_measures_and_twins_have_the_same(slow: bool) -> None:
    model = small_model()
    seen = maps_of(PICTURE, maps_by(model, PICTURE, QUICK, 0, 1), 0, 1, 0)
    same = twins(seen.maps)
    values = measured(model, seen, Depth(True, True, slow, 2), same, 0)
    assert set(values) == {*QUICK, *CONTROLS, EMPTY, SUBSTRATE}
    wanted = {"drop", "gain", "increase", "deletion", "insertion", "aopc", "road", "abpc"}
    wanted |= {"mu_fidelity", "infidelity"} if slow else set()
    for name in [*QUICK, *CONTROLS]:
        assert set(values[name]) == wanted | ({"sensitivity"} if slow and name in QUICK else set())
        assert values[name] == values[same[name]]
    assert set(values[EMPTY]) == {"drop", "gain", "increase"}
    assert values["uniform"]["drop"] == pytest.approx(0, abs=1e-6)  # what keeps everything loses nothing
    none = measured(model, seen, Depth(False, False, False, 2), same, 0)
    assert set(none["evidence"]) == {"drop", "gain", "increase"}
