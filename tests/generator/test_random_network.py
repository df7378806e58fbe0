"""The ruler is the same for everybody, and its features notice what has become worse."""

import numpy as np
import pytest
import torch
from numpy.random import PCG64

from brushwork.collection import Collection
from brushwork.collection.collection import Pixels
from brushwork.generator.distances import Floats, effective_rank, kernel_distance, neighbourhood
from brushwork.generator.features import scaled
from brushwork.generator.random_network import NAME, RandomNetwork, random_features
from brushwork.randomness import stream_seed
from tests.generator.worse import blurred, few_only, noisy


@pytest.fixture(scope="module")
def halves(schools: Collection) -> tuple[Pixels, Pixels]:
    """Two halves of the paintings, of both schools and all painters."""
    squares = schools.squares(32, schools.paintings)[np.random.default_rng(0).permutation(len(schools))]
    return squares[::2], squares[1::2]


def rows(pixels: Pixels, real: Pixels) -> Floats:
    of = random_features().of
    return scaled(of(pixels), of(real))


def apart(pixels: Pixels, real: Pixels) -> float:
    return kernel_distance(rows(pixels, real), rows(real, real))


def test_weights_follow_from_the_bit_stream_alone() -> None:
    first = RandomNetwork().layers.state_dict()
    weight, bias = first["0.weight"].flatten(), first["0.bias"]
    raw = PCG64(stream_seed(0, NAME, 0)).random_raw(32 * 27 + 32)
    even = ((raw >> np.uint64(11)) * 2.0**-53 * 2 - 1) * 3**0.5
    assert weight.numpy() == pytest.approx(even[: 32 * 27] * (2 / 27) ** 0.5, rel=1e-6)
    assert bias.numpy() == pytest.approx(even[32 * 27 :] * 0.2, rel=1e-6)


@pytest.mark.parametrize("size", [32, 64, 256])
def test_features_are_of_any_size_of_picture(size: int) -> None:
    flat = np.full((2, size, size, 3), 90, np.uint8)
    found = random_features().of(flat)
    assert found.shape == (2, RandomNetwork.dimensions)
    deviations = found[0, 32:64]  # of the first layer over a picture in which nothing varies
    assert np.abs(deviations).max() < 1e-3
    assert found[0] == pytest.approx(random_features().of(flat[:, :32, :32])[0], abs=1e-4)


def test_a_picture_has_the_same_features_in_any_company(halves: tuple[Pixels, Pixels]) -> None:
    of = random_features().of
    assert of(halves[0])[3] == pytest.approx(of(halves[0][3:4])[0], rel=1e-4, abs=1e-5)


def test_making_it_leaves_the_callers_randomness_alone() -> None:
    torch.manual_seed(3)
    wanted = torch.rand(4)
    torch.manual_seed(3)
    RandomNetwork()
    assert torch.equal(torch.rand(4), wanted)


def test_halves_of_one_collection_are_near_and_get_farther_with_blur_and_noise(halves: tuple[Pixels, Pixels]) -> None:
    half, other = halves
    floor = apart(half, other)
    blur = [apart(blurred(half, radius), other) for radius in (0.7, 1.5, 3)]
    noise = [apart(noisy(half, deviation), other) for deviation in (30, 60, 110)]
    assert floor < blur[0] < blur[1] < blur[2]
    assert floor < noise[0] < noise[1] < noise[2]


def test_real_against_real_is_at_zero_within_chance(schools: Collection) -> None:
    squares = schools.squares(32, schools.paintings)
    found = []
    for k in range(12):
        order = np.random.default_rng(k).permutation(len(squares))
        found.append(apart(squares[order[:48]], squares[order[48:]]))
    assert abs(np.mean(found)) < 3 * np.std(found, ddof=1)
    assert min(found) < 0 < max(found)


def test_swapped_styles_and_lost_modes_are_noticed(schools: Collection, halves: tuple[Pixels, Pixels]) -> None:
    half, other = halves
    alder, kessel = (schools.squares(32, schools.select([style])) for style in ("Alder", "Kessel"))
    assert apart(alder, kessel) > 5 * abs(apart(alder[::2], alder[1::2]))
    assert apart(alder, other) > apart(half, other)  # half of the modes
    kept, lost = (neighbourhood(rows(pixels, other), rows(other, other)) for pixels in (half, few_only(half, 4)))
    assert lost.recall < kept.recall
    assert lost.coverage < 0.5 * kept.coverage
    assert lost.precision > 0.5 * kept.precision


def test_features_spread_in_many_directions(halves: tuple[Pixels, Pixels]) -> None:
    assert effective_rank(rows(halves[0], halves[0])) > 15
