"""Spectra and palettes have the units that they claim, and move the right way."""

from collections.abc import Callable

import numpy as np
import pytest

from brushwork.collection import Collection
from brushwork.collection.collection import Pixels
from brushwork.colour import image_of, lab_of_pixels
from brushwork.generator.picture_measures import palette_distance, spectrum, spectrum_gap
from tests.generator.worse import blurred, checkered, noisy


@pytest.fixture(scope="module")
def halves(schools: Collection) -> tuple[Pixels, Pixels]:
    squares = schools.squares(32, schools.paintings)[np.random.default_rng(0).permutation(len(schools))]
    return squares[::2], squares[1::2]


@pytest.mark.parametrize("measure", [spectrum_gap, palette_distance])
def test_equals_are_at_zero_order_is_nothing_and_sides_are_alike(
    halves: tuple[Pixels, Pixels], measure: Callable[[Pixels, Pixels], float]
) -> None:
    half, other = halves
    assert measure(half, half) == pytest.approx(0, abs=1e-12)
    assert measure(half, other) == pytest.approx(measure(other, half))


def test_order_is_nothing(halves: tuple[Pixels, Pixels]) -> None:
    half, other = halves
    assert spectrum_gap(half[::-1], other) == pytest.approx(spectrum_gap(half, other))
    assert palette_distance(half[::-1], other) == pytest.approx(palette_distance(half, other), rel=0.05)


def test_ten_times_the_power_are_ten_decibels() -> None:
    choose = np.random.default_rng(0)
    grey = choose.normal(0, 1, (40, 32, 32, 1)).repeat(3, 3)
    weak, strong = (
        np.stack([np.asarray(image_of(np.concatenate([50 + s * g[..., :1], 0 * g[..., :2]], -1))) for g in grey])
        for s in (3, 3 * 10**0.5)
    )
    assert spectrum(strong) - spectrum(weak) == pytest.approx(10, abs=0.5)
    assert spectrum_gap(strong, weak) == pytest.approx(10, abs=0.3)


def test_a_wave_shows_at_its_frequency() -> None:
    wave = 128 + 50 * np.sin(2 * np.pi * 8 * np.arange(32) / 32)
    found = spectrum(np.broadcast_to(wave[None, None, :, None], (2, 32, 32, 3)).astype(np.uint8))
    assert found.argmax() == 8 - 1


def test_blur_noise_and_checkerboards_widen_the_gap(halves: tuple[Pixels, Pixels]) -> None:
    half, other = halves
    floor = spectrum_gap(half, other)
    blur = [spectrum_gap(blurred(half, radius), other) for radius in (0.7, 1.5, 3)]
    noise = [spectrum_gap(noisy(half, deviation), other) for deviation in (15, 40, 100)]
    boards = [spectrum_gap(checkered(half, strength), other) for strength in (6, 20)]
    assert floor < blur[0] < blur[1] < blur[2]
    assert floor < noise[0] < noise[1] < noise[2]
    assert floor < boards[0] < boards[1]
    board = spectrum(checkered(half, 20)) - spectrum(half)
    assert board.argmax() == len(board) - 1  # the highest frequency of all


def test_a_shift_of_all_colours_measures_itself(halves: tuple[Pixels, Pixels]) -> None:
    choose = np.random.default_rng(0)
    lab = np.stack([choose.uniform(40, 60, (8, 24, 24)), *choose.uniform(-10, 10, (2, 8, 24, 24))], -1)
    here = np.stack([np.asarray(image_of(one)) for one in lab])
    for shift in ([6, 0, 0], [0, 6, 0], [0, 0, -6], [2, 4, -4]):
        there = np.stack([np.asarray(image_of(one + shift)) for one in lab])
        assert palette_distance(here, there) == pytest.approx(6, abs=0.5)
    half, other = halves
    assert palette_distance(half[..., ::-1].copy(), other) > palette_distance(half, other)
    assert np.abs(lab_of_pixels(half)[..., 1:]).max() > 1  # there is colour to be wrong


def test_another_schools_palette_is_farther_than_chance(schools: Collection) -> None:
    alder, kessel = (schools.squares(32, schools.select([style])) for style in ("Alder", "Kessel"))
    assert palette_distance(alder, kessel) > 2 * palette_distance(alder[::2], alder[1::2])


def test_sets_may_have_unequal_sizes(halves: tuple[Pixels, Pixels]) -> None:
    half, other = halves
    assert palette_distance(np.concatenate([half, half]), half) < 1 < palette_distance(half[:5], other)
