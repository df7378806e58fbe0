"""The join finds every close pair and no other; copies are tied together, look-alikes are not."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from brushwork.collection import Collection
from brushwork.collection.duplicates import _candidates, close_pairs, connected, near_duplicates
from brushwork.collection.hashes import perceptual_hashes
from brushwork.collection.shards import pixel_file
from brushwork.painting import Painting


def by_comparing_all(queries: list[int], base: list[int]) -> set[tuple[int, int]]:
    return {(i, j) for i, a in enumerate(queries) for j, b in enumerate(base) if (a ^ b).bit_count() <= 3}


# Few distinct values with few bits changed, so that close pairs are common.
hashes = st.lists(
    st.tuples(st.sampled_from([0, 2**64 - 1, 0x0123456789ABCDEF]), st.lists(st.integers(0, 63), max_size=5)),
    min_size=1,
    max_size=25,
).map(lambda rows: [value ^ sum(1 << bit for bit in set(bits)) for value, bits in rows])


@given(hashes, hashes)
def test_the_join_is_exact(queries: list[int], base: list[int]) -> None:
    first, second = close_pairs(np.array(queries, np.uint64), np.array(base, np.uint64))
    found = list(zip(first.tolist(), second.tolist(), strict=True))
    assert len(found) == len(set(found))
    assert set(found) == by_comparing_all(queries, base)


@given(hashes)
def test_within_one_list_every_pair_comes_once(values: list[int]) -> None:
    first, second = close_pairs(np.array(values, np.uint64))
    found = list(zip(first.tolist(), second.tolist(), strict=True))
    assert len(found) == len(set(found))
    assert set(found) == {(i, j) for i, j in by_comparing_all(values, values) if i < j}


def test_the_join_is_exact_across_its_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("brushwork.collection.duplicates._CHUNK", 7)
    values = np.random.default_rng(0).integers(0, 4, 60, np.uint64)
    first, second = close_pairs(values)
    assert len(first) == 60 * 59 // 2  # numbers under four are all within two bits of one another
    assert (first < second).all()


def test_a_distance_the_bands_cannot_promise_is_refused() -> None:
    with pytest.raises(ValueError, match="only up to 3"):
        close_pairs(np.zeros(2, np.uint64), distance=4)


@given(st.integers(2, 20).flatmap(lambda n: st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)))))
def test_groups_are_the_connected_components(pairs: list[tuple[int, int]]) -> None:
    groups = connected(pairs, 20)
    home = {i: k for k, group in enumerate(groups) for i in group}
    assert all(home[i] == home[j] for i, j in pairs)
    assert len(home) == sum(map(len, groups))
    for group in groups:  # every group holds together: a walk from its first member reaches all
        reached, last = {group[0]}, 0
        while last != len(reached):
            last = len(reached)
            reached |= {b for a, b in pairs if a in reached} | {a for a, b in pairs if b in reached}
        assert reached == set(group)


def tied(images: list[Image.Image], folder: Path) -> list[list[int]]:
    paintings, offset = [], 0
    with pixel_file(folder, 0).open("wb") as file:
        for i, image in enumerate(images):
            file.write(image.tobytes())
            paintings.append(Painting(str(i), str(i), width=image.width, height=image.height, shard=0, offset=offset))
            offset += image.width * image.height * 3
    groups, likeness = near_duplicates(paintings, [perceptual_hashes(image) for image in images], folder)
    assert all(0.5 <= value <= 1.001 for value in likeness.values())
    return groups


def test_copies_are_tied_to_their_original_and_pictures_by_one_hand_are_not(
    schools: Collection, tmp_path: Path
) -> None:
    originals = [schools.picture(p) for p in schools.paintings]
    assert tied(originals, tmp_path) == []
    copies = [
        originals[0].resize((200, 150)),
        Image.fromarray(np.clip(np.asarray(originals[1]) * 1.2, 0, 255).astype(np.uint8)),
        originals[2].crop((0, 3, originals[2].width - 3, originals[2].height)),
        originals[3].transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    ]
    n = len(originals)
    assert tied([*originals, *copies], tmp_path) == [[i, n + i] for i in range(4)]


def test_many_blank_canvases_make_few_candidates() -> None:
    blank = np.zeros((1000, 8, 2), np.uint64)
    candidates = _candidates(blank)
    assert len(candidates) < 2000
    groups = connected([divmod(code, 1000) for code in candidates.tolist()], 1000)
    assert groups == [list(range(1000))]  # enough to tie them all together


def test_one_picture_alone_has_no_copies(tmp_path: Path) -> None:
    assert near_duplicates([Painting("a", "a")], ["0" * 64], tmp_path) == ([], {})
