"""A temperature makes probabilities true, and a threshold keeps the risk that it was chosen for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from brushwork.classifier.calibration import LEAST_VERDICTS, fitted_temperature, softmax, threshold_for_risk
from brushwork.classifier.metrics import Floats, Indices, calibration_error
from brushwork.errors import UserError
from brushwork.painting import Painting

STYLES = ["Calm", "Wild", "Odd"]


def paintings(truth: Indices) -> list[Painting]:
    return [Painting(id=str(i), file="", style=STYLES[style], group=f"group {i}") for i, style in enumerate(truth)]


def drawn(seed: int, count: int = 4000) -> tuple[Floats, list[Painting]]:
    """Scores whose softmax is the truth's own distribution, and the truth."""
    lucky = np.random.default_rng(seed)
    table = lucky.normal(0, 2, (count, 3))
    return table, paintings((softmax(table).cumsum(1) > lucky.random((count, 1))).argmax(1))


def error(probabilities: Floats, truth: list[Painting]) -> float:
    places = np.array([STYLES.index(p.style) for p in truth])
    return float(calibration_error(places, probabilities, np.ones((1, len(places))))[0])


def test_probabilities_add_up_and_ignore_what_is_added_to_all_scores() -> None:
    table, _ = drawn(0, 50)
    assert np.allclose(softmax(table).sum(1), 1)
    assert np.allclose(softmax(table + 1e4), softmax(table))


@pytest.mark.parametrize("planted", [0.5, 1.0, 2.5])
def test_a_planted_temperature_is_found_and_makes_the_calibration_error_fall(planted: float) -> None:
    table, truth = drawn(1)
    found = fitted_temperature(planted * table, truth, STYLES)
    assert found == pytest.approx(planted, rel=0.1)
    before, after = error(softmax(planted * table), truth), error(softmax(planted * table / found), truth)
    assert after < 0.03
    if planted != 1:
        assert after < 0.5 * before


def test_the_temperature_is_the_least_surprised_and_stays_within_its_bounds() -> None:
    table, truth = drawn(3, 200)
    places = np.arange(200), [STYLES.index(p.style) for p in truth]
    found = fitted_temperature(table, truth, STYLES)

    def surprise(heat: float) -> float:
        return float(-np.log(softmax(table / heat)[places]).mean())

    assert all(surprise(found) <= surprise(found * factor) for factor in (0.7, 0.9, 0.96, 1.04, 1.1, 1.4))
    assert fitted_temperature(table + 5, truth, STYLES) == found
    right, wrong = (paintings((table.argmax(1) + shift) % 3) for shift in (0, 1))
    assert fitted_temperature(table, right, STYLES) == 0.25
    assert fitted_temperature(table, wrong, STYLES) == 8


@st.composite
def verdicts(draw: st.DrawFn) -> tuple[Floats, list[Painting]]:
    """Some tens of verdicts, often equally sure, of which the surer are more often right."""
    count, levels = draw(st.integers(2, 120)), draw(st.sampled_from([3, 10, 1000]))
    lucky = np.random.default_rng(draw(st.integers(0, 1000)))
    table = np.round(softmax(lucky.normal(0, 1.5, (count, 3))) * levels) / levels
    right = lucky.random(count) < table.max(1) + 0.2
    truth = np.where(right, table.argmax(1), (table.argmax(1) + 1) % 3)
    return table, paintings(truth)


def risk_above(threshold: float, table: Floats, truth: list[Painting]) -> float:
    """The share of verdicts given that are wrong, if every style were equally common."""
    places = np.array([STYLES.index(p.style) for p in truth])
    weight = 1 / np.bincount(places, minlength=3)[places]
    own = table.max(1) >= threshold
    return float((weight * (table.argmax(1) != places))[own].sum() / weight[own].sum())


@given(verdicts(), st.floats(0, 0.6))
def test_the_threshold_is_the_lowest_that_keeps_the_risk(given_: tuple[Floats, list[Painting]], risk: float) -> None:
    table, truth = given_
    found = threshold_for_risk(table, truth, STYLES, risk)
    least = min(LEAST_VERDICTS, len(truth))
    if found <= 1:
        assert found in table.max(1)
        assert (table.max(1) >= found).sum() >= least
        assert risk_above(found, table, truth) <= risk + 1e-9
    for lower in {float(s) for s in table.max(1) if s < found}:
        if (table.max(1) >= lower).sum() >= least:
            assert risk_above(lower, table, truth) > risk - 1e-9


@given(verdicts(), st.floats(0, 1), st.floats(0, 1))
def test_who_bears_more_risk_gets_more_verdicts(
    given_: tuple[Floats, list[Painting]], one: float, other: float
) -> None:
    low, high = (threshold_for_risk(*given_, STYLES, risk) for risk in sorted((one, other)))
    assert low >= high
    assert threshold_for_risk(*given_, STYLES, 1.0) == given_[0].max(1).min()


def test_no_verdict_is_given_where_none_is_safe() -> None:
    table, _ = drawn(2, 60)
    wrong = paintings((table.argmax(1) + 1) % 3)
    assert threshold_for_risk(softmax(table), wrong, STYLES, 0.1) > 1
    right = paintings(table.argmax(1))
    assert threshold_for_risk(softmax(table), right, STYLES, 0.0) == softmax(table).max(1).min()


def test_without_paintings_there_is_nothing_to_go_by() -> None:
    with pytest.raises(UserError, match="no painting is left for validation"):
        fitted_temperature(np.zeros((0, 3)), [], STYLES)
    with pytest.raises(UserError, match="no painting is left for validation"):
        threshold_for_risk(np.zeros((0, 3)), [], STYLES, 0.1)
