"""Maps add up to the log-odds of the verdict, whatever is judged together, and the cells with most evidence are found."""

import numpy as np
import pytest

from brushwork.classifier.calibration import softmax
from brushwork.collection.collection import Pixels
from brushwork.exhibit.seeing import BATCH, log_odds_of, scores_of_pixels, seen, tenth_of
from tests.classifier.test_model import small_model
from tests.exhibit.models import brightness_model


def noise(count: int, side: int = 32, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), np.uint8)


def test_maps_and_bias_add_up_to_the_log_odds_of_the_verdict() -> None:
    model = small_model()
    found = seen(model, noise(5), "Wild")
    assert np.allclose(found.maps.sum((1, 2)) + found.bias, found.log_odds, atol=1e-4)
    assert np.allclose(found.for_it + found.against_it + found.bias, found.log_odds, atol=1e-4)
    assert np.allclose(log_odds_of(found.probabilities, 1), found.log_odds, atol=1e-4)
    assert np.allclose(softmax(scores_of_pixels(model, noise(5))), found.probabilities, atol=1e-5)
    assert found.maps.shape == (5, 4, 4)
    assert found.strong.shape == (5, tenth_of(16), model.weighed)


def test_what_is_judged_together_changes_nothing() -> None:
    model, pictures = small_model(), noise(BATCH + 3)
    whole, alone = seen(model, pictures, "Calm"), seen(model, pictures[-1:], "Calm")
    assert np.allclose(whole.maps[-1], alone.maps[0], atol=1e-5)
    assert np.allclose(whole.strong[-1], alone.strong[0], atol=1e-5)
    assert len(whole.log_odds) == len(pictures)


def test_the_strongest_cells_are_those_of_most_evidence() -> None:
    """Of a model that weighs brightness, which a picture has in one corner only."""
    pictures = np.full((2, 64, 64, 3), 128, np.uint8)
    pictures[0, :16, 48:] = 255
    pictures[1, :16, 48:] = 0
    found = seen(brightness_model(), pictures, "Wild")
    for k, (value, sign) in enumerate(((1.0, 1), (-1.0, -1))):
        assert found.maps[k, 0, 3] * sign == np.abs(found.maps[k]).max()
        assert np.allclose(found.strong[k, 0], value)
        assert np.abs(found.weak[k]).max() < 0.01
        assert found.concentration[k] > 0.9
    even = seen(brightness_model(), np.full((1, 64, 64, 3), 255, np.uint8), "Wild")
    assert even.concentration[0] == pytest.approx(tenth_of(16) / 16)
    assert even.log_odds[0] == pytest.approx(4)


def test_log_odds_are_against_the_most_probable_other() -> None:
    told = np.array([[0.5, 0.3, 0.2], [0.0, 1.0, 0.0]])
    assert log_odds_of(told, 2)[0] == pytest.approx(np.log(0.2 / 0.5))
    assert log_odds_of(told, 0)[0] == pytest.approx(np.log(0.5 / 0.3))
    assert np.isfinite(log_odds_of(told, 0)[1])
