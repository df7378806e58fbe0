"""Crops are the collection's own pixels, lie everywhere, and depend on nothing but seed, turn and place."""

import numpy as np
import pytest
from torch.utils.data import DataLoader

from brushwork.collection import Collection
from brushwork.collection.feed import _uniform
from brushwork.errors import UserError


def test_a_crop_is_a_part_of_its_painting(schools: Collection) -> None:
    crops = schools.crops(64, seed=3)
    for i in (0, 5, len(crops) - 1):
        pixels, style = crops[i]
        painting = crops.paintings[i]
        assert schools.styles[style] == painting.style
        windows = np.lib.stride_tricks.sliding_window_view(schools.pixels(painting), (64, 64, 3))
        assert (windows == pixels).all(axis=(-1, -2, -3)).any()


def test_a_crop_is_the_same_alone_and_in_any_batch_and_differs_by_turn(schools: Collection) -> None:
    crops, again = schools.crops(48, seed=1), schools.crops(48, seed=1, turn=1)
    order = [7, 0, 3]
    pixels, styles = crops.batch(order)
    assert all(np.array_equal(pixels[k], crops[i][0]) and styles[k] == crops[i][1] for k, i in enumerate(order))
    assert not np.array_equal(pixels, again.batch(order)[0])


def test_a_torch_data_loader_gathers_whole_batches(schools: Collection) -> None:
    crops = schools.crops(32, split="train")
    seen = 0
    for pixels, styles in DataLoader(crops, batch_size=10, collate_fn=crops.collate):  # type: ignore[arg-type]
        assert pixels.shape[1:] == (32, 32, 3)
        assert len(pixels) == len(styles)
        seen += len(pixels)
    assert seen == len(crops) == len(schools.select(split="train"))


def test_places_are_uniform_and_independent() -> None:
    found = _uniform(12345, np.arange(20_000))
    assert found.min() >= 0
    assert found.max() < 1
    assert np.allclose(np.histogram(found[:, 0], 10, (0, 1))[0], 2000, atol=200)
    assert abs(np.asarray(np.corrcoef(found.T))[0, 1]) < 0.03
    assert abs(np.asarray(np.corrcoef(found[1:, 0], found[:-1, 0]))[0, 1]) < 0.03
    assert not np.array_equal(found, _uniform(12346, np.arange(20_000)))


def test_squares_larger_than_a_painting_are_refused(schools: Collection) -> None:
    with pytest.raises(UserError, match="squares of 500 pixels were asked for"):
        schools.crops(500)


def test_one_painting_by_id_and_the_table(schools: Collection) -> None:
    painting = schools.paintings[3]
    assert schools[painting.id] == painting == schools[3]
    assert len(schools) == len(schools.paintings)
    with pytest.raises(UserError, match="has no painting 'nobody'"):
        schools["nobody"]
    frame = schools.table.to_pandas()
    assert list(frame.loc[frame.reason == "", "id"]) == [p.id for p in schools.paintings]
