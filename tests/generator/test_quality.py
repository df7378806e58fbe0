"""Every number stands between its floor and noise, comes back from a file as it was, and moves the right way."""

import json
from collections.abc import Sequence

import numpy as np
import pytest

from brushwork.collection import Collection
from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator.features import Features
from brushwork.generator.quality import FRECHET, KERNEL, KINDS, PALETTE, Quality, quality_from, quality_of
from brushwork.generator.random_network import random_features
from tests.generator.worse import blurred, few_only, noisy

SPACE = "random network"


@pytest.fixture(scope="module")
def thirds(schools: Collection) -> list[Pixels]:
    """Three parts of the paintings of both schools."""
    squares = schools.squares(32, schools.paintings)[np.random.default_rng(0).permutation(len(schools))]
    return [squares[k::3] for k in range(3)]


def measured(samples: Sequence[Pixels], held_out: Pixels, floor: Pixels, *spaces: Features) -> Quality:
    return quality_of(samples, held_out, [floor] * len(samples), spaces or [random_features()], range(len(samples)))


@pytest.fixture(scope="module")
def good(thirds: list[Pixels]) -> Quality:
    """Paintings in the samples' place."""
    return measured([thirds[0]], thirds[1], thirds[2])


def test_paintings_are_at_the_floor_and_noise_is_far_by_every_measure(good: Quality) -> None:
    found = good
    assert found.n == 32
    assert {one.measure for one in found.measures} == set(KINDS)
    assert all(one.n == 32 for one in found.measures)
    for one in found.measures:
        if one.measure == PALETTE:  # of noise that has the paintings' mean colours and their spread
            continue
        ours, floor, noise = one.samples.value, one.floor.value, one.noise.value
        assert abs(ours - floor) < 0.3 * abs(noise - floor), one.measure
        assert (noise < floor) == one.kind.larger_is_better


@pytest.mark.parametrize(
    ("what", "notice"),
    [("blur", set(KINDS) - {PALETTE, "recall"}), ("noise", set(KINDS) - {PALETTE, "precision"}),
     ("lost modes", {KERNEL, FRECHET, "recall", "coverage"}), ("half of the modes", {KERNEL, FRECHET, "coverage"})],
)  # fmt: skip
def test_measures_notice_what_is_worse(
    schools: Collection, thirds: list[Pixels], good: Quality, what: str, notice: set[str]
) -> None:
    samples, held_out, floor = thirds
    alder = schools.squares(32, schools.select(["Alder"]))[:32]
    worse = {
        "blur": blurred(samples, 2),
        "noise": noisy(samples, 60),
        "lost modes": few_only(samples, 3),
        "half of the modes": alder,
    }
    bad = measured([worse[what]], held_out, floor)
    for one, other in zip(good.measures, bad.measures, strict=True):
        if one.measure in notice:
            sign = -1 if one.kind.larger_is_better else 1
            assert sign * other.samples.value > sign * one.samples.value, one.measure


def test_swapped_styles_are_noticed_and_copies_are_not(schools: Collection) -> None:
    """Pictures of the other style are worse by every measure but recall; copies look as good as new pictures."""
    parts = {style: schools.squares(32, schools.select([style])) for style in ("Alder", "Kessel")}
    alder, kessel = (one[np.random.default_rng(0).permutation(len(one))] for one in parts.values())
    held_out, floor = alder[::3], alder[1::3]
    right, swapped, copies = (measured([some], held_out, floor) for some in (alder[2::3], kessel[: len(floor)], floor))
    for good, bad, same in zip(right.measures, swapped.measures, copies.measures, strict=True):
        sign = -1 if good.kind.larger_is_better else 1
        assert (sign * bad.samples.value > sign * good.samples.value) == (good.measure != "recall"), good.measure
        if good.measure != "recall":
            away = abs(bad.samples.value - good.samples.value)
            assert abs(same.samples.value - good.samples.value) < 0.15 * away, good.measure


def test_three_seeds_give_an_interval_and_one_gives_none(thirds: list[Pixels], good: Quality) -> None:
    choose = np.random.default_rng(1)
    draws = [np.concatenate(thirds)[choose.permutation(96)[:16]] for _ in range(3)]
    three = measured(draws, thirds[1][:16], thirds[2][:16])
    assert good.measures[0].samples.low is None
    for many in three.measures:
        ends = many.samples.low, many.samples.high
        assert ends[0] is not None
        assert ends[1] is not None
        assert ends[0] <= many.samples.value <= ends[1]
        if many.kind.is_share:
            assert 0 <= ends[0] <= ends[1] <= 1


def test_too_few_pictures_leave_out_what_they_do_not_allow(thirds: list[Pixels]) -> None:
    few = measured([thirds[0][:4]], thirds[1][:4], thirds[2][:4])
    assert {one.measure for one in few.measures} == {name for name, kind in KINDS.items() if kind.least <= 4}
    alone = measured([thirds[0][:1]], thirds[1][:1], thirds[2][:1])
    assert {one.measure for one in alone.measures} == {name for name, kind in KINDS.items() if kind.least == 1}


def test_it_comes_back_from_json_as_it_was_and_another_versions_is_refused(good: Quality) -> None:
    data = json.loads(json.dumps(good.to_dict()))
    assert quality_from(data, "there") == good
    assert data["measures"][0]["unit"]
    old = {"samples": 0.3, "floor": 0.1, "noise": 1.2, "n": 30, "levels": {"32": 0.3}}
    bad: object
    for bad in (old, None, [], data | {"measures": [{}]}):
        with pytest.raises(UserError, match="there holds measures of another version"):
            quality_from(bad, "there")


def test_a_space_says_where_it_is_from_and_how_many_directions_it_has(thirds: list[Pixels]) -> None:
    def one_direction(pixels: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return np.outer(pixels.mean((1, 2, 3)), np.arange(1.0, 9.0))

    collapsed = Features("collapsed", one_direction, "a judge that knows one thing")
    found = measured([thirds[0][:16]], thirds[1][:16], thirds[2][:16], random_features(), collapsed)
    wide, narrow = found.spaces
    assert (wide.name, narrow.about) == (SPACE, "a judge that knows one thing")
    assert narrow.effective_rank == pytest.approx(1, abs=1e-3)
    assert wide.effective_rank > 10
    assert found.measured(KERNEL, "collapsed").space == "collapsed"


def test_published_features_are_taken_as_they_are_under_published_names(thirds: list[Pixels]) -> None:
    ours = random_features()
    published = Features("published", ours.of, published={KERNEL: "XYZ"})
    found = measured([thirds[0][:16]], thirds[1][:16], thirds[2][:16], ours, published)
    assert found.measured(KERNEL, "published").name == "XYZ"
    assert found.measured(FRECHET, "published").name == FRECHET
    assert found.measured(KERNEL, "published").samples != found.measured(KERNEL, SPACE).samples
