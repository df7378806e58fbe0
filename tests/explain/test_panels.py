"""Paintings are chosen by rule, none twice; explanations of whole paintings keep the identity."""

from dataclasses import replace

import numpy as np
import pytest

from brushwork.classifier.predict import verdict
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.explain.methods import METHODS
from brushwork.explain.panels import RULES, _caption, chosen_by_rule, drawn, explain
from brushwork.painting import Painting
from tests.classifier.test_model import small_model
from tests.conftest import noise_picture


def test_the_rules_choose_what_they_say() -> None:
    paintings = [Painting(id=str(i), file="", style="Calm") for i in range(11)]
    calm = {str(i): i / 10 for i in range(11)}
    found = chosen_by_rule(paintings, {k: [p, 1 - p] for k, p in calm.items()}, ["Calm", "Wild"], "Calm", 2)
    ids = {rule: [p.id for p in found[rule]] for rule in RULES}
    assert ids[RULES[0]] == ["10", "9"]
    assert ids[RULES[1]] == ["0", "1"]
    assert set(ids[RULES[2]]) <= {"4", "5", "6"}


@pytest.mark.parametrize("size", [(90, 60), (60, 90), (64, 300)])
def test_the_map_of_a_whole_painting_sums_to_its_verdict(size: tuple[int, int]) -> None:
    model, image = small_model(), noise_picture(3, *size)
    found = explain(model, image, ("evidence", "cam", "grad-cam"))
    told = verdict(model, image, "f", "m")
    assert found.style == told.most_probable
    assert float(found.maps["evidence"].sum()) + found.bias == pytest.approx(told.log_odds, rel=1e-4, abs=1e-5)
    assert drawn(image, found, ("evidence", "cam", "grad-cam"), "title").width > 0


def test_a_map_lies_where_it_belongs_on_a_painting_drawn_larger() -> None:
    """The place of the colours is that on the painting the map was made from, ends that the map does not reach left free."""
    model, image = small_model(), noise_picture(3, 64, 127)  # 15 rows are outside the canvas
    found = explain(model, image)
    small, large = (drawn(shown, found, ("evidence",), "title") for shown in (image, image.resize((192, 381))))
    assert small.size == large.size  # panels are of one height, whatever is drawn
    apart = np.abs(np.asarray(small, np.float64) - np.asarray(large, np.float64)).mean()
    wrong = drawn(image.resize((192, 381)), replace(found, size=(192, 381)), ("evidence",), "title")
    assert apart < 0.3 * np.abs(np.asarray(small, np.float64) - np.asarray(wrong, np.float64)).mean()


def test_a_hundred_paintings_sum_to_their_log_odds_and_negate_when_swapped(schools: Collection) -> None:
    model = small_model(("Alder", "Kessel"))
    for painting in schools.paintings[:100]:
        image = schools.picture(painting)
        one, other = (
            explain(model, image, target=("Alder", "Kessel")),
            explain(model, image, target=("Kessel", "Alder")),
        )
        told = verdict(model, image, "f", "m").probabilities
        wanted = np.log(told["Alder"]) - np.log(told["Kessel"])
        assert float(one.maps["evidence"].sum()) + one.bias == pytest.approx(wanted, rel=1e-4, abs=1e-5)
        assert np.allclose(one.maps["evidence"], -other.maps["evidence"], atol=1e-6)


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_a_finer_map_adds_up_and_it_is_said_whether_the_verdict_held(factor: int) -> None:
    model, image = small_model(), noise_picture(3, 90, 130)
    usual, found = explain(model, image), explain(model, image, short_side=64 * factor + 5)
    assert (
        found.maps["evidence"].shape == (model.preprocessing.canvas_size(90, 130)[1] // 16 * factor, 4 * factor)
        or factor > 1
    )
    assert float(found.maps["evidence"].sum()) + found.bias == pytest.approx(found.log_odds, rel=1e-4, abs=1e-5)
    assert (found.style, found.against) == (usual.style, usual.against)  # the verdict explained is the network's
    assert found.usual_log_odds == pytest.approx(usual.log_odds, abs=1e-5)
    if factor == 1:
        assert found.held == ""
    else:
        held = found.log_odds > 0
        assert ("the verdict held" in found.held) == held
        assert ("DID NOT HOLD" in found.held) == (not held)
    with pytest.raises(UserError, match="this network judges at 64 pixels"):
        explain(model, image, short_side=32)


def test_every_method_has_a_tile_and_an_empty_map_is_said_to_be_empty() -> None:
    model, image = small_model(), noise_picture(3, 64, 64)
    methods = list(METHODS)
    found = explain(model, image, [m for m in methods if not METHODS[m].costly])
    page = drawn(image, found, list(found.maps), "title")
    assert page.width < 1800
    empty = replace(found, maps={name: np.zeros_like(one) for name, one in found.maps.items()})
    assert empty.sentence == f"No evidence for {found.style}: no part of the canvas speaks for it."
    assert drawn(image, empty, list(found.maps), "title").size[0] > 0
    assert _caption("grad-cam", empty) == f"grad-cam: no evidence for {found.style}"
    assert "of no one style" in _caption("eigen-cam", found)


def test_what_a_map_leaves_open_is_said_as_a_share() -> None:
    found = explain(small_model(), noise_picture(3, 64, 64))
    assert "left open" not in _caption("evidence", found)
    other = replace(found, gap=0.5, log_odds=2.0)
    assert "+0.50 left open (25%)" in _caption("evidence", other)
