"""What is concluded of a method follows from its numbers: each way it can go, made by hand."""

import math

import pytest

from brushwork.classifier.scores import Interval
from brushwork.explain.trust import MethodTrust
from brushwork.explain.trust_table import Measured
from brushwork.explain.trust_words import _verdict

WON, LOST, OPEN = Interval(0.1, 0.05, 0.15), Interval(-0.1, -0.15, -0.05), Interval(0.02, -0.05, 0.1)
MEAN = Interval(0.7, 0.6, 0.8)
NAN = Interval(0.1, math.nan, math.nan)


def measured(ahead: Interval | None = None, mean: Interval = MEAN) -> Measured:
    return Measured(mean, mean.value, 50, 20, control="texture", ahead=ahead)


def method(**measures: Measured) -> MethodTrust:
    return MethodTrust("evidence", False, "", measures)


GONE = measured(mean=Interval(0.0, -0.05, 0.05))
GOOD = {
    "deletion": measured(WON), "insertion": measured(WON), "road": measured(WON), "mu_fidelity": measured(WON),
    "focus": measured(WON), "random_network": GONE, "random_labels": GONE,
}  # fmt: skip


def test_only_what_passed_everything_is_borne_out_by_all() -> None:
    assert _verdict(method(**GOOD)).startswith("borne out by all that it was put to: taking pixels away")
    assert "random labels" in _verdict(method(**GOOD))


@pytest.mark.parametrize("ahead", [LOST, OPEN])
@pytest.mark.parametrize(
    ("measure", "kind"),
    [("deletion", "taking pixels away"), ("road", "taking pixels away"), ("mu_fidelity", "hiding random parts"),
     ("focus", "lying where it must"), ("own_half", "lying where it must")],
)  # fmt: skip
def test_one_measure_not_passed_is_named(measure: str, kind: str, ahead: Interval) -> None:
    said = _verdict(method(**GOOD | {measure: measured(ahead)}))
    assert said.startswith("borne out by ")
    assert said.endswith("to be used with care")
    assert kind in said.partition(", not by ")[2]
    assert kind not in said.partition(", not by ")[0]


def test_maps_that_stay_or_lie_elsewhere_are_refuted() -> None:
    stays = measured(mean=Interval(0.4, 0.2, 0.6))
    for name, words in (("random_network", "made random"), ("random_labels", "random labels")):
        assert _verdict(method(**GOOD | {name: stays})).startswith(
            "not to be believed, since it stays when the network is"
        )
        assert words in _verdict(method(**GOOD | {name: stays}))
    for name, words in (("focus", "right pictures"), ("own_half", "right half")):
        said = _verdict(method(**GOOD | {name: measured(OPEN, Interval(0.5, 0.46, 0.54))}))
        assert said == f"not to be believed, since it does not lie on the {words} of " + (
            "mosaics" if name == "focus" else "canvases painted in both schools"
        )


def test_a_map_not_lost_for_certain_is_not_lost() -> None:
    """0.1 is what counts as gone, and the whole interval must be below it."""
    said = _verdict(method(**GOOD | {"random_network": measured(mean=Interval(0.05, -0.02, 0.12))}))
    assert "random networks" in said.partition(", not by ")[2]
    assert "random networks" not in said.partition(", not by ")[0]


def test_one_test_passed_is_not_all() -> None:
    said = _verdict(method(focus=measured(WON)))
    assert (
        said == "borne out by lying where it must, all other tests being open for want of artists; to be used with care"
    )


def test_what_rests_on_too_few_artists_decides_nothing() -> None:
    assert _verdict(method(deletion=measured(NAN), random_network=measured(mean=NAN))) == (
        "not refuted and not borne out; to be used with care"
    )
    assert "taking pixels" not in _verdict(
        method(**GOOD | {k: measured(NAN) for k in ("deletion", "insertion", "road")})
    )
