"""A dial that turns a verdict step by step is told from one that goes back, and from one that does nothing."""

from collections.abc import Sequence

import numpy as np
import pytest

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.exhibit import dials
from brushwork.exhibit.dials import dial_monotone, monotone, rank_correlation
from tests.exhibit.models import brightness_model
from tests.generator.painters import painter


def test_what_never_falls_is_monotone_and_what_stands_still_is_not() -> None:
    rows = np.array([[0, 1, 1, 2], [0, 2, 1, 3], [1, 1, 1, 1], [3, 2, 1, 0]], float)
    assert monotone(rows).tolist() == [True, False, False, False]
    assert rank_correlation(rows) == pytest.approx([np.sqrt(0.9), 0.8, 0, -1])


def test_dials_are_judged_each_by_itself_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every third goes back at one step, every other never leaves its first style."""

    def grey(place: int, steps: int) -> Pixels:
        levels = np.linspace(20, 230, steps) if place % 2 else np.linspace(20, 100, steps)
        if place % 3 == 0:
            levels[2:4] = levels[3:1:-1]
        return np.round(levels)[:, None, None, None].astype(np.uint8) * np.ones((1, 32, 32, 3), np.uint8)

    def greys(_painter: object, places: Sequence[int], steps: int, seed: int, truncation: float) -> Pixels:
        return np.stack([grey(place, steps) for place in places])

    monkeypatch.setattr(dials, "dials", greys)
    found = dial_monotone(brightness_model(), painter("stylegan2"), 24, 7)
    assert (found.first, found.last, found.seeds, found.steps) == ("Calm", "Wild", 24, 7)
    assert found.monotone.value == pytest.approx(16 / 24)
    assert found.ranked.value == 1  # one step back of seven
    assert found.turned.value == pytest.approx(12 / 24)
    assert found.monotone.low < found.monotone.value < found.monotone.high
    means = [one.value for one in found.along]
    assert means[0] < 0 < means[-1]
    assert all(one.low <= one.value <= one.high for one in found.along)


def test_a_network_that_is_told_no_style_has_no_dial() -> None:
    with pytest.raises(UserError, match="the dial needs a network that is told one of several styles"):
        dial_monotone(brightness_model(), painter("dcgan-torch"), 2)


def test_the_dial_of_a_real_network_begins_and_ends_in_its_styles_pictures() -> None:
    found = dial_monotone(brightness_model(), painter("stylegan2"), 3, 4, seed=1)
    again = dial_monotone(brightness_model(), painter("stylegan2"), 3, 4, seed=1)
    assert found == again
    assert len(found.along) == 4
