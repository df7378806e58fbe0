"""A concept that the gradient follows scores one, its opposite none, and none is told from chance by chance."""

import numpy as np
import pytest
from PIL import Image

from brushwork.colour import lab_of
from brushwork.explain.tcav import CONCEPTS, direction, tcav
from tests.conftest import noise_picture

CHOOSE = np.random.default_rng(0)
PLAIN = CHOOSE.normal(size=(60, 30))
AXIS = np.zeros(30)
AXIS[4] = 3.0


def names(count: int) -> list[str]:
    """Ten artists, with about as many paintings each."""
    return [f"artist {k % 10}" for k in range(count)]


def test_scores_are_one_along_the_gradient_and_none_against_it() -> None:
    gradients = {"Calm": CHOOSE.normal(0, 0.3, (40, 30)) + AXIS, "Wild": CHOOSE.normal(0, 0.3, (50, 30)) - AXIS}
    artists = {"Calm": names(40), "Wild": names(50)}
    found = {
        (one.concept, one.style): one
        for one in tcav(gradients, artists, PLAIN, {"fourth": PLAIN + AXIS, "none": PLAIN[::-1]}, 0)
    }
    assert found["fourth", "Calm"].score == 1
    assert found["fourth", "Wild"].score == 0
    assert found["fourth", "Calm"].derivative.value == pytest.approx(9, rel=0.1)
    assert found["fourth", "Wild"].derivative.value == pytest.approx(-9, rel=0.1)
    assert all(one.derivative.low <= one.derivative.value <= one.derivative.high for one in found.values())
    assert all(found["fourth", style].p < 0.05 for style in gradients)
    assert all(found["none", style].p > 0.05 for style in gradients)
    assert (found["fourth", "Calm"].n, found["fourth", "Wild"].n) == (40, 50)


def test_any_fixed_direction_scores_one_or_nothing_where_gradients_agree_and_is_no_finding() -> None:
    """Kim's test of scores calls nearly all of these significant: the model has a slope along anything."""
    choose = np.random.default_rng(5)
    gradients = {"Calm": choose.normal(0, 0.3, (40, 30)) + choose.normal(0, 1, 30)}
    anything = choose.normal(size=(40, 30))
    concepts = {str(k): PLAIN + 30 * one / np.linalg.norm(one) for k, one in enumerate(anything)}
    found = tcav(gradients, {"Calm": names(40)}, PLAIN, concepts, 0)
    assert np.mean([one.score in (0, 1) for one in found]) > 0.3
    assert sum(one.p < 0.05 for one in found) <= 1
    alone = [tcav(gradients, {"Calm": names(40)}, PLAIN, {k: rows}, 0)[0].p for k, rows in concepts.items()]
    assert sum(p < 0.05 for p in alone) <= 6  # 2 of 40 are due by chance


def test_turning_a_concept_round_turns_its_score_round() -> None:
    gradients = {"Calm": CHOOSE.normal(size=(40, 30))}
    one, other = (
        tcav(gradients, {"Calm": names(40)}, PLAIN, {"c": PLAIN + sign * 100 * AXIS}, 0)[0] for sign in (1, -1)
    )
    assert one.score == pytest.approx(1 - other.score)
    assert one.derivative.value == pytest.approx(-other.derivative.value)


def test_p_values_are_corrected_for_the_number_of_tests() -> None:
    gradients = {"Calm": CHOOSE.normal(0, 1.5, (40, 30)) + AXIS / 6}
    artists = {"Calm": names(40)}
    alone = tcav(gradients, artists, PLAIN, {"c": PLAIN + AXIS / 3}, 0)[0]
    among = tcav(gradients, artists, PLAIN, {"c": PLAIN + AXIS / 3, **{str(k): PLAIN + k for k in range(9)}}, 0)[0]
    assert among.p == pytest.approx(min(1, 10 * alone.p))
    assert tcav(gradients, artists, PLAIN, {"c": PLAIN + AXIS / 3}, 0)[0] == alone
    with pytest.raises(ValueError, match="the same pictures"):
        tcav(gradients, artists, PLAIN, {"c": PLAIN[:10]}, 0)


def test_one_artist_is_no_proof_and_many_paintings_of_four_no_more_than_four() -> None:
    gradient = CHOOSE.normal(0, 0.3, (40, 30)) + AXIS
    gradient[20:] -= 2 * AXIS  # two artists' paintings go the other way
    four = tcav({"Calm": gradient}, {"Calm": sorted("ABCD" * 10)}, PLAIN, {"c": PLAIN + AXIS}, 0)[0]
    assert four.p > 0.3
    assert four.artists == 4
    alone = tcav({"Calm": gradient[:20]}, {"Calm": ["A"] * 20}, PLAIN, {"c": PLAIN + AXIS}, 0)[0]
    assert (alone.score, alone.artists) == (1, 1)
    assert np.isnan(alone.p)
    assert np.isnan(alone.derivative.low)


def test_directions_are_of_length_one() -> None:
    assert np.linalg.norm(direction(PLAIN + AXIS, PLAIN)) == pytest.approx(1)
    assert direction(PLAIN + AXIS, PLAIN) == pytest.approx(AXIS / 3)
    assert np.isfinite(direction(PLAIN, PLAIN)).all()


def test_named_concepts_change_what_they_name() -> None:
    image = noise_picture(0, 90, 60).resize((90, 60)).convert("L").convert("RGB")
    grey = Image.new("RGB", (60, 60), (128, 128, 128))
    warm, cool = (lab_of(CONCEPTS[name](grey, 0))[5, 5] for name in ("warm palette", "cool palette"))
    assert warm[2] > 8 > -8 > cool[2]
    red = Image.new("RGB", (60, 60), (150, 90, 90))
    assert lab_of(CONCEPTS["strong colours"](red, 0))[0, 0, 1] > 1.3 * lab_of(red)[0, 0, 1]
    broken = lab_of(CONCEPTS["broken colour"](grey, 0))
    assert broken[..., 1].std() > 5
    assert abs(float(broken[..., 0].mean()) - 53.6) < 1.5
    for name, change in CONCEPTS.items():
        assert change(image, 0).size == image.size, name
        assert np.array_equal(np.asarray(change(image, 0)), np.asarray(change(image, 0))), name
