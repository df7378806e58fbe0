"""A line finds what can be told by a line and nothing else, on artists it has not seen."""

from collections.abc import Callable

import numpy as np
import pytest

from brushwork.classifier.linear_probe import STRENGTHS, Described, colour_histograms, probe, thumbnails
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.randomness import stream

Values = Callable[[np.random.Generator], np.ndarray]


def test_what_says_the_style_is_found_and_noise_is_chance(schools: Collection) -> None:
    paintings, draw = schools.paintings, stream(0, "test")
    truth = np.array([p.style == "Kessel" for p in paintings], float)
    hand = {group: draw.normal(size=300) for group in sorted({p.group for p in paintings})}
    artist = np.stack([hand[p.group] for p in paintings])
    noise = draw.normal(size=(len(paintings), 300))
    told = noise.copy()
    told[:, :100] += 2 * truth[:, None]
    described = {
        "told": Described(told, ""),
        "few": Described(told[:, 5:9], ""),  # fewer features than paintings
        "noise": Described(noise, ""),
        "artist": Described(artist, ""),  # whoever knows the artists learned from knows nothing of the others
        "nothing": Described(np.ones((len(paintings), 3)), ""),
    }
    found = probe(paintings, described, seed=0)
    rows = {row.features: row for row in found.rows}
    assert rows["few"].balanced_accuracy.value > 0.7
    assert rows["told"].balanced_accuracy.value > 0.9
    assert rows["noise"].balanced_accuracy.low < 0.5 < rows["noise"].balanced_accuracy.high + 0.05
    assert rows["artist"].balanced_accuracy.low < 0.5 + 0.1
    assert rows["nothing"].balanced_accuracy.value == 0.5
    assert rows["told"].gain is None
    assert rows["few"].gain is not None
    expected = rows["told"].balanced_accuracy.value - rows["few"].balanced_accuracy.value
    assert rows["few"].gain.value == pytest.approx(expected)
    assert all(row.strength in STRENGTHS for row in found.rows)
    tested = [p for p in paintings if p.split == "test"]
    assert (found.n, found.artists) == (len(tested), len({p.group for p in tested}))


def test_units_and_the_order_of_paintings_change_nothing(schools: Collection) -> None:
    paintings, draw = schools.paintings, stream(1, "test")
    values = draw.normal(size=(len(paintings), 200))
    values[:, 0] += [3.0 * (p.style == "Kessel") for p in paintings]
    once = probe(paintings, {"a": Described(values, "")}, 0)
    scaled = probe(paintings, {"a": Described(values * 1000 + 5, "")}, 0)
    order = draw.permutation(len(paintings))
    other = probe([paintings[i] for i in order], {"a": Described(values[order], "")}, 0)
    assert once.rows[0].balanced_accuracy.value == scaled.rows[0].balanced_accuracy.value
    assert once.rows[0].balanced_accuracy.value == other.rows[0].balanced_accuracy.value


def test_the_plain_features_are_what_they_say() -> None:
    pixels = np.zeros((2, 16, 16, 3), np.uint8)
    pixels[0, :8] = (255, 0, 31)
    histograms = colour_histograms(pixels)
    assert histograms.shape == (2, 512)
    assert histograms[0, 7 * 64] == 0.5
    assert histograms[1, 0] == 1
    assert np.allclose(histograms.sum(1), 1)
    small = thumbnails(pixels).reshape(2, 8, 8, 3)
    assert np.allclose(small[0, :4], [1, 0, 31 / 255])
    assert not small[0, 4:].any()


def test_a_split_without_a_style_is_said(schools: Collection) -> None:
    kept = [p for p in schools.paintings if (p.style, p.split) != ("Kessel", "validation")]
    with pytest.raises(UserError, match="no painting of Kessel is in the validation split"):
        probe(kept, {"a": Described(np.zeros((len(kept), 2)), "")}, 0)
