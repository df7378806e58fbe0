"""Every number in words has its floor, its n and whose eyes it is by; published names appear where they belong alone."""

from dataclasses import replace

import pytest

from brushwork.exhibit.quality_words import figure, in_words, summary, table
from brushwork.generator.memorisation import Lookalike, Memorisation
from brushwork.generator.quality import FRECHET, KERNEL, KINDS, SWD, Measured, Quality, Space
from brushwork.generator.spread import Spread


def measured(
    measure: str, value: float, floor: float, reach: float = 0.01, name: str = "", space: str = "a space"
) -> Measured:
    samples = Spread(value, value - reach, value + reach)
    return Measured(measure, name or measure, space, samples, Spread(floor), Spread(9.87), 321)


def remembered(ratio: float = 1.0, new: float = 1.0, control: float = 0.98) -> Memorisation:
    spreads = Spread(ratio, ratio - 0.02, ratio + 0.02), Spread(new, new - 0.02, new + 0.02)
    return Memorisation(
        "a space", spreads[0], control, spreads[1], 0.125, 0.375, 321, 300, [Lookalike(7, "p9", True, 0.5, 1, "Alder")]
    )


def quality(*measures: Measured, rank: float = 40.0, memory: Memorisation | None = None) -> Quality:
    space = Space("a space", "somewhere", 512, rank)
    return Quality(321, [1, 2, 3], list(measures), [space], [memory] if memory else [])


def test_the_table_has_value_interval_floor_noise_space_and_n() -> None:
    grid = table(quality(measured(SWD, 0.5, 0.25)))
    assert "n = 321" in grid.header[2]
    assert grid.rows == ((SWD, "a space", "0.500\u00a0[0.490,\u00a00.510]", "0.250", "9.87", "smaller"),)
    one = replace(measured(SWD, 0.5, 0.25), samples=Spread(0.5))
    assert table(quality(one)).rows[0][2] == "0.500"


@pytest.mark.parametrize("measure", KINDS)
def test_the_summary_knows_which_way_is_better(measure: str) -> None:
    larger = KINDS[measure].larger_is_better
    good, bad = (0.9, 0.1) if larger else (0.1, 0.9)
    assert "By all of these" in summary(quality(measured(measure, good, 0.5)))
    assert "By none of these" in summary(quality(measured(measure, bad, 0.5)))
    within = summary(quality(measured(measure, bad, 0.5, reach=0.45)))
    assert within == f"Farther, but not beyond what three seeds leave open, by {measure} (a space)."
    both = summary(quality(measured(measure, good, 0.5), measured(SWD, 0.9, 0.5)))
    assert f"1 of 2: {measure} (a space). Short of them by {SWD}" in both


def test_published_names_appear_with_published_features_alone() -> None:
    ours = in_words(quality(measured(FRECHET, 1, 0.5), measured(KERNEL, 1, 0.5)))
    assert "FID" not in ours
    assert "KID" not in ours
    theirs = in_words(quality(measured(FRECHET, 1, 0.5, name="FID", space="Inception v3")))
    assert "FID: the Fréchet distance in the standard Inception" in " ".join(theirs.split())
    assert "KID" not in theirs


def test_a_collapsed_judge_is_warned_of() -> None:
    assert "collapsed" not in in_words(quality(measured(SWD, 1, 1)))
    few = quality(measured(SWD, 1, 1), rank=3.0)
    assert "collapsed" in in_words(few)
    assert "So few paintings, 10, cannot use many." in " ".join(in_words(replace(few, n=10)).split())


def test_copying_is_said_when_it_is_so_and_not_when_the_artists_alone_are_known() -> None:
    def told(**ratios: float) -> str:
        return " ".join(in_words(quality(measured(SWD, 1, 1), memory=remembered(**ratios))).split())

    assert "no sign of it" in told()
    assert "picture 7 of seed 1 in Alder, mirrored, and painting p9" in told()
    assert "it copies, for the other ratio, 0.500, is below what new pictures may have (0.950)." in told(new=0.5)
    assert "it copies, for the plain ratio, 0.800, is below what new pictures may have (0.950)." in told(ratio=0.8)
    assert "the plain ratio, 1.00, is below what new pictures may have (1.04)" in told(ratio=1.0, control=1.1)
    assert "the plain ratio, 0.850, is below what new pictures may have (0.893)" in told(ratio=0.85, control=0.94)
    assert "no sign of it (the plain ratio is below 0.95, but so it is" in told(ratio=0.9, control=0.91)
    assert "it may copy, for the plain ratio, 0.940" in told(ratio=0.94)
    assert "as its interval says" in told(ratio=0.94)
    one = replace(remembered(new=0.9), nearer=0.0, against_new=Spread(0.9, 0.9, 0.9))
    said = " ".join(in_words(quality(measured(SWD, 1, 1), memory=one)).split())
    assert "that cannot be asked, for all its pictures are alike" in said
    assert "it copies" not in said
    assert "12.5 % are nearer" in told().replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.04567, "0.0457"), (0.5, "0.500"), (12.345, "12.3"), (1234.5, "1,234"), (-0.003, "-0.0030"), (1e-7, "0.0000")],
)  # fmt: skip
def test_figures_have_three_digits(value: float, text: str) -> None:
    assert figure(value) == text
