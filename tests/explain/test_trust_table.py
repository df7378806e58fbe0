"""Summaries: means over pictures, intervals over artists, the best control whichever way a measure runs."""

import math

import numpy as np
import pytest

from brushwork.explain.trust_table import Measured, Table, shared_artists_error
from brushwork.painting import Painting


def painting(k: int, artist: int, style: str = "Calm") -> Painting:
    return Painting(id=str(k), file="", style=style, group=f"artist {artist}")


def filled(values: dict[str, dict[str, list[float]]], per_artist: int = 2) -> Table:
    """By method, by measure, a value for each painting."""
    table = Table(0)
    count = max(len(row) for measures in values.values() for row in measures.values())
    for k in range(count):
        own = {n: {m: row[k] for m, row in measures.items() if k < len(row)} for n, measures in values.items()}
        table.add(painting(k, k // per_artist), own)
    return table


def test_the_interval_is_over_artists_and_not_over_their_paintings() -> None:
    by_artist = np.repeat([0.0, 1.0] * 6, 20).tolist()
    one = filled({"a": {"focus": by_artist}}, per_artist=20).measured("focus", "a", [])
    assert one.mean.value == 0.5
    assert one.mean.high - one.mean.low > 0.4  # twelve witnesses, not 240
    assert (one.n, one.artists, one.ahead) == (240, 12, None)


@pytest.mark.parametrize(("measure", "better"), [("insertion", 0.9), ("deletion", 0.1)])
def test_ahead_is_positive_where_the_method_is_better_and_paired(measure: str, better: float) -> None:
    noise = np.random.default_rng(0).uniform(-0.05, 0.05, 30)
    rows = {"a": better + noise, "near": 0.5 + noise, "far": (1 - better) + noise}
    table = filled({name: {measure: row.tolist()} for name, row in rows.items()})
    found = table.measured(measure, "a", ["near", "far", "absent"])
    assert found.control == "near"
    assert found.ahead is not None
    assert found.ahead.value == pytest.approx(0.4)
    assert found.ahead.low == pytest.approx(0.4)  # the noise is of the paintings and falls out
    assert table.measured(measure, "near", ["near", "far"]).control == "far"


def test_a_method_tried_on_fewer_pictures_is_weighed_against_the_controls_on_these() -> None:
    table = filled({"a": {"road": [0.5, 0.5]}, "control": {"road": [0.4, 0.4, 9.0, 9.0]}})
    found = table.measured("road", "a", ["control"])
    assert found.n == 2
    assert found.ahead is not None
    assert found.ahead.value == pytest.approx(0.1)


def test_what_has_no_value_is_counted_and_left_out() -> None:
    found = filled({"a": {"focus": [0.5, float("nan"), 0.7, float("nan")]}}).measured("focus", "a", [])
    assert found.mean.value == pytest.approx(0.6)
    assert (found.n, found.undefined) == (2, 2)
    nothing = filled({"a": {"focus": [float("nan")] * 4}}).measured("focus", "a", [])
    assert math.isnan(nothing.mean.value)
    alone = filled({"a": {"focus": [0.5, 0.7]}}).measured("focus", "a", [])
    assert math.isnan(alone.mean.low)  # one artist cannot say how others would fare


def test_summaries_come_back_from_plain_data() -> None:
    from dataclasses import asdict

    table = filled({"a": {"road": [0.5, 0.2, 0.7]}, "b": {"road": [0.4, 0.4, 0.3]}})
    for name in ("a", "b"):
        one = table.measured("road", name, ["b"])
        assert Measured.from_dict(asdict(one)) == one


def test_controls_are_those_of_the_same_paintings_in_whatever_order_they_came() -> None:
    """Methods that look often are tried on a few pictures, which are not the first of every fold."""
    table = Table(0)
    for k in range(8):
        values = {"control": {"road": float(k)}}
        if k in (0, 5, 7):
            values |= {"costly": {"road": float(k)}}
        table.add(painting(k, k), values)
    found = table.measured("road", "costly", ["control"])
    assert found.ahead is not None
    assert (found.ahead.value, found.n) == (0, 3)


def test_two_artists_of_a_style_are_no_witnesses_for_others() -> None:
    table = Table(0)
    for k in range(6):
        table.add(painting(k, k // 2, "Calm"), {"a": {"road": float(k)}})
    for artist in (9, 10):
        for k in range(4):
            table.add(painting(10 * artist + k, artist, "Wild"), {"a": {"road": 3.0}})
        assert math.isnan(table.measured("road", "a", []).mean.low)
    table.add(painting(11, 11, "Wild"), {"a": {"road": 3.0}})
    assert table.measured("road", "a", []).mean.low < table.measured("road", "a", []).mean.high


def test_a_control_without_any_value_is_no_rival() -> None:
    nothing = [float("nan")] * 4
    found = filled(
        {"a": {"focus": [0.5, 0.6, 0.7, 0.8]}, "none": {"focus": nothing}, "c": {"focus": [0.1] * 4}}
    ).measured("focus", "a", ["none", "c"])
    assert found.control == "c"


def test_a_painting_measured_several_times_counts_each_time() -> None:
    table = Table(0)
    for value in (0.2, 0.4):
        for k in range(4):
            table.add(painting(k, k), {"a": {"focus": value}, "c": {"focus": value - 0.1}})
    found = table.measured("focus", "a", ["c"])
    assert found.n == 8
    assert found.ahead is not None
    assert found.ahead.value == pytest.approx(0.1)


def test_the_interval_of_mosaics_counts_the_artists_of_all_their_paintings() -> None:
    """Where it is the others' artists that matter, resampling the first painting's artist alone covers a third."""
    choose, covered, runs = np.random.default_rng(0), 0, 150
    for _ in range(runs):
        effects, table = choose.normal(size=12), Table(0)
        for k in range(120):
            rival = int(choose.integers(12))
            value = float(effects[rival] + 0.1 * choose.normal())
            beside = (painting(1000 + rival, 1000 + rival, "Wild"),)
            table.add(painting(k, k % 12), {"a": {"focus": value}}, beside)
        mean = table.measured("focus", "a", []).mean
        covered += mean.low <= 0 <= mean.high
    assert covered / runs > 0.88


def test_a_share_has_no_interval_beyond_one() -> None:
    table = Table(0)
    for k in range(8):
        beside = (painting(50 + k, 50 + k, "Wild"),)
        table.add(painting(k, k), {"a": {"focus": 1.0 if k else 0.5}, "b": {"focus": 0.5}}, beside)
    found = table.measured("focus", "a", ["b"])
    assert found.mean.high == 1
    assert found.ahead is not None
    assert found.ahead.high > 0.5  # a lead is no share


def test_the_error_of_independent_values_is_the_usual_one_and_of_one_artist_the_whole_spread() -> None:
    values = np.random.default_rng(0).normal(size=400)
    alone = shared_artists_error(values, [{str(k)} for k in range(400)])
    assert alone == pytest.approx(values.std(ddof=1) / 20, rel=0.01)
    twins = shared_artists_error(np.repeat(values, 5), [{str(k)} for k in range(400) for _ in range(5)])
    assert twins == pytest.approx(alone)  # five of each tell nothing more
