"""Copies are told from new pictures by the same artists, however few paintings there are to compare with."""

from dataclasses import replace

import numpy as np
import pytest

from brushwork.generator.memorisation import Both, Floats, Memorisation, Places, memorisation
from brushwork.generator.spread import Spread

D = 12


class World:
    """Paintings as points round their artists', a mirror that turns signs, and 300 learned from against 100 not."""

    def __init__(self) -> None:
        choose = self.choose = np.random.default_rng(0)
        self.artists = choose.normal(size=(40, D)) * 2
        self.learned, self.unseen = self.by(self.artists[:30], 300), self.by(self.artists[30:], 100)
        self.draws: list[tuple[Places, Places]] = [
            (choose.permutation(300)[:100].astype(np.intp), np.arange(100, dtype=np.intp)) for _ in range(10)
        ]

    def by(self, artists: Floats, count: int) -> Floats:
        return np.asarray(np.repeat(artists, count // len(artists), 0) + self.choose.normal(size=(count, D)))

    def asked(self, samples: Floats) -> Memorisation:
        both = [Both(rows, rows * mirror) for rows in (samples, self.learned, self.unseen)]
        return memorisation("a world", both[0], both[1], both[2], self.draws, [f"p{i}" for i in range(300)])


mirror = np.where(np.arange(D) < 6, 1.0, -1.0)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def test_new_pictures_by_the_same_artists_are_no_copies(world: World) -> None:
    found = world.asked(world.by(world.artists[:30], 300))
    assert found.against_new.low is not None
    assert found.against_new.high is not None
    assert found.against_new.low < 1 < found.against_new.high
    assert found.ratio.value == pytest.approx(found.control, abs=0.05)
    assert found.ratio.value < 0.95  # the artists are known, and that is not copying: the control says so
    assert not found.copies
    assert (found.n, found.references) == (300, 100)


def test_copies_are_found_also_mirrored_noisy_or_among_others(world: World) -> None:
    new = world.by(world.artists[:30], 300)
    cases = {
        "copies": world.learned,
        "mirrored": world.learned * mirror,
        "noisy": world.learned + 0.2 * world.choose.normal(size=(300, D)),
        "a third": np.concatenate([world.learned[:100], new[:200]]),
    }
    found = {name: world.asked(samples) for name, samples in cases.items()}
    assert all(one.copies for one in found.values())
    assert found["copies"].against_new.value == pytest.approx(0, abs=1e-6)
    assert found["copies"].nearer == 1
    assert found["mirrored"].against_new.value == pytest.approx(0, abs=1e-6)
    assert found["mirrored"].lookalikes[0].mirrored
    assert found["copies"].against_new.value < found["noisy"].against_new.value < 0.5
    assert found["a third"].against_new.value < 0.9
    assert found["a third"].nearer > world.asked(new).nearer + 0.1


@pytest.mark.parametrize(
    ("ratio", "control", "copies"),
    [
        (0.94, 1.0, True),
        (0.96, 1.0, False),
        (0.93, 0.969, True),
        (0.93, 0.94, False),
        (0.85, 0.94, True),
        (1.0, 1.1, True),
    ],
)
def test_below_95_hundredths_is_copying_unless_new_pictures_are_below_them_as_well(
    world: World, ratio: float, control: float, copies: bool
) -> None:
    new = world.asked(world.by(world.artists[:30], 300))
    found = replace(new, ratio=Spread(ratio), control=control, against_new=Spread(1.0))
    assert found.copies is copies


def test_pictures_like_nobodys_are_no_copies(world: World) -> None:
    found = world.asked(world.by(world.choose.normal(size=(30, D)) * 2, 300))
    assert not found.copies
    assert found.nearer < 0.5


def test_the_most_alike_are_named_each_painting_once(world: World) -> None:
    samples = world.by(world.choose.normal(size=(30, D)) * 2, 60)
    samples[7], samples[8], samples[9] = world.learned[123], world.learned[123], world.learned[45] + 0.01
    found = world.asked(samples).lookalikes
    assert [(one.sample, one.painting) for one in found[:2]] == [(7, "p123"), (9, "p45")]
    assert len({one.painting for one in found}) == len(found) == 8
    assert [one.ratio for one in found] == sorted(one.ratio for one in found)


def test_order_is_nothing(world: World) -> None:
    samples = world.by(world.artists[:30], 90)
    assert world.asked(samples[::-1]).ratio.value == pytest.approx(world.asked(samples).ratio.value)
