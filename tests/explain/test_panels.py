"""Paintings are chosen by rule, none twice; explanations of whole paintings keep the identity."""

from dataclasses import replace

import numpy as np
import pytest

from brushwork.classifier.predict import verdict
from brushwork.collection import Collection
from brushwork.explain.panels import RULES, chosen_by_rule, drawn, explain
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
