"""Who is learned from, watched and tested on: every fold keeps what its split promises, or says why it cannot."""

from collections import defaultdict
from pathlib import Path

import pytest

from brushwork.classifier.parts import Split, fold_splits, single_split
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.painting import Painting
from tests.conftest import made_collection, toy_works


def ids(paintings: list[Painting]) -> set[str]:
    return {p.id for p in paintings}


def groups(paintings: list[Painting]) -> set[str]:
    return {p.group for p in paintings}


def apart(parts: Split) -> bool:
    return not (ids(parts.train) & ids(parts.validation) or ids(parts.train + parts.validation) & ids(parts.test))


@pytest.mark.parametrize("folds", [2, 3, 5])
@pytest.mark.parametrize("seed", [0, 1])
def test_no_artist_is_on_two_sides_of_any_fold_by_artist(toy: Collection, folds: int, seed: int) -> None:
    tested: list[str] = []
    for parts in fold_splits(toy, "artist", folds, seed):
        assert not groups(parts.train) & groups(parts.validation)
        assert not groups(parts.train + parts.validation) & groups(parts.test)
        assert ids(parts.train + parts.validation + parts.test) == ids(toy.paintings)
        assert parts.validation
        tested += [p.id for p in parts.test]
    assert sorted(tested) == sorted(ids(toy.paintings))


def test_random_folds_share_out_the_paintings_and_see_the_artists(toy: Collection) -> None:
    splits = fold_splits(toy, "random", 3, 0)
    assert sorted(i for parts in splits for i in ids(parts.test)) == sorted(ids(toy.paintings))
    for parts in splits:
        assert apart(parts)
        assert ids(parts.train + parts.validation + parts.test) == ids(toy.paintings)
        assert len(groups(parts.train) & groups(parts.test)) > 10
        for style in toy.styles:
            number = sum(p.style == style for p in toy.paintings)
            assert abs(3 * sum(p.style == style for p in parts.test) - number) <= 3


def test_within_artists_those_with_several_styles_are_tested_and_known_by_other_paintings(toy: Collection) -> None:
    styles = defaultdict(set)
    for p in toy.paintings:
        styles[p.group].add(p.style)
    several = {group for group, own in styles.items() if len(own) > 1}
    assert len(several) == 2
    splits = fold_splits(toy, "within-artist", 5, 0)
    for parts in splits:
        assert apart(parts)
        assert groups(parts.test) == several
        known = parts.train + parts.validation
        assert {(p.group, p.style) for p in known if p.group in several} == {
            (p.group, p.style) for p in toy.paintings if p.group in several
        }
        assert groups(parts.test) <= groups(parts.train)
    assert sorted(i for parts in splits for i in ids(parts.test)) == sorted(
        p.id for p in toy.paintings if p.group in several
    )


def test_a_single_split_is_the_collections_own_or_the_one_named(toy: Collection) -> None:
    own = single_split(toy, "artist", 0)
    assert [ids(part) for part in (own.train, own.validation, own.test)] == [
        {p.id for p in toy.paintings if p.split == name} for name in ("train", "validation", "test")
    ]
    within = single_split(toy, "within-artist", 0)
    assert apart(within)
    assert groups(within.test) == {p.group for p in toy.paintings if "Ruiz" in p.artist}


def test_what_cannot_be_split_so_is_said_before_anything_is_trained(toy: Collection, tmp_path: Path) -> None:
    for split in (single_split, lambda c, n, s: fold_splits(c, n, 3, s)):
        with pytest.raises(UserError, match="'artits'"):
            split(toy, "artits", 0)
    with pytest.raises(UserError, match="the style 'Wild' has 8 artists, but 9 folds need at least 9"):
        fold_splits(toy, "artist", 9, 0)
    works = {key: seeds[:1] for key, seeds in toy_works().items()}
    few = made_collection(tmp_path, works)
    with pytest.raises(UserError, match=r"'within-artist' leaves no painting of '\w+' to test on; .* fewer --folds"):
        fold_splits(few, "within-artist", 4, 0)


def test_two_of_three_styles_are_enough_to_test_within_artists(tmp_path: Path) -> None:
    works = toy_works() | {("Odd", f"{name} Odd"): [5000 + 10 * i] for i, name in enumerate(("A", "B", "C", "D"))}
    three = made_collection(tmp_path, works)
    for parts in (single_split(three, "within-artist", 0), *fold_splits(three, "within-artist", 2, 0)):
        assert {p.style for p in parts.test} == {"Calm", "Wild"}
        assert {p.style for p in parts.train} == {"Calm", "Wild", "Odd"}
