"""The distance is nothing between equals and moves the right way when pictures get worse."""

import numpy as np
import pytest

from brushwork.collection import Collection
from brushwork.collection.collection import Pixels
from brushwork.generator.sliced_wasserstein import sliced_wasserstein
from tests.generator.worse import blurred, noisy


@pytest.fixture(scope="module")
def squares(schools: Collection) -> Pixels:
    return schools.squares(32, schools.select(["Kessel"]))


def distance(a: Pixels, b: Pixels) -> float:
    return float(np.mean(list(sliced_wasserstein(a, b).values())))


def test_levels_go_down_to_sixteen_pixels(squares: Pixels) -> None:
    assert list(sliced_wasserstein(squares, squares)) == [32, 16]


def test_blur_and_noise_and_a_foreign_palette_move_it_up(squares: Pixels) -> None:
    half, other = squares[::2], squares[1::2]
    floor = distance(half, other)
    blur = [distance(blurred(half, radius), other) for radius in (0.7, 1.5, 3)]
    assert floor < blur[0] < blur[1] < blur[2]
    noise = [distance(noisy(half, deviation), other) for deviation in (30, 60, 110)]
    assert floor < noise[0] < noise[1] < noise[2]
    assert distance(half[..., ::-1].copy(), other) > floor


def test_lost_variety_moves_it_up(squares: Pixels) -> None:
    half, other = squares[::2], squares[1::2]
    assert distance(np.repeat(half[:1], len(half), 0), other) > 2 * distance(half, other)


def test_swapped_styles_move_it_up(schools: Collection, squares: Pixels) -> None:
    others = schools.squares(32, schools.select(["Alder"]))
    assert distance(others[::2], squares[1::2]) > distance(squares[::2], squares[1::2])
