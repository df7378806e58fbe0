"""No artist on two sides, whatever the collection; styles that cannot be split are named."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brushwork.collection.catalogue import with_splits
from brushwork.collection.cleanup import grouped
from brushwork.collection.splits import artist_folds, assign_splits, held_out_artists, need_artists, random_split
from brushwork.errors import UserError
from brushwork.painting import Painting


def painting(number: int, style: str, artist: str) -> Painting:
    return grouped(Painting(id=f"p{number}", file="f", style=style, artist=artist, sha256=str(number)))


paintings_of_any_kind = st.lists(
    st.tuples(st.sampled_from(["Calm", "Wild", "Odd"]), st.integers(0, 30)), min_size=1, max_size=80
).map(lambda rows: [painting(i, style, f"Artist {artist}") for i, (style, artist) in enumerate(rows)])


@given(paintings_of_any_kind)
def test_no_artist_is_in_two_splits_and_the_rest_moves_nobody(paintings: list[Painting]) -> None:
    half = paintings[: len(paintings) // 2]
    before = {p.group: p.split for p in with_splits(half, {})}
    after = with_splits(paintings, before)
    sides = defaultdict(set)
    for p in after:
        sides[p.group].add(p.split)
    assert all(len(names) == 1 for names in sides.values())
    assert all(sides[group] == {split} for group, split in before.items())


def test_splits_do_not_depend_on_what_else_is_there_once_every_style_has_artists() -> None:
    many = [painting(i, "Calm" if i % 2 else "Wild", f"Artist {i % 60}") for i in range(240)]
    more = many + [painting(1000 + i, "Calm", f"Newcomer {i}") for i in range(50)]
    first, second = assign_splits(many, {}), assign_splits(more, {})
    assert all(second[group] == split for group, split in first.items())


def test_every_style_has_artists_to_watch_and_test_where_it_has_three() -> None:
    few = [painting(i, style, f"{style} {i}") for style in ("Calm", "Wild") for i in range(3)]
    by_style = {style: {p.split for p in with_splits(few, {}) if p.style == style} for style in ("Calm", "Wild")}
    assert by_style == {"Calm": {"train", "validation", "test"}, "Wild": {"train", "validation", "test"}}


@given(st.lists(st.text("abcdefgh", min_size=3, max_size=8), min_size=6, max_size=6, unique=True))
def test_three_artists_a_style_are_enough_whatever_their_names(names: list[str]) -> None:
    few = [painting(i, "Calm" if i < 3 else "Wild", name) for i, name in enumerate(names)]
    for style in ("Calm", "Wild"):
        assert {p.split for p in with_splits(few, {}) if p.style == style} == {"train", "validation", "test"}


def test_folds_hold_every_painting_once_and_no_artist_twice() -> None:
    paintings = [painting(i, "Calm" if i % 3 else "Wild", f"Artist {i % 17}") for i in range(170)]
    folds = artist_folds(paintings, 5, seed=3)
    assert sorted(i for fold in folds for i in fold) == sorted(p.id for p in paintings)
    groups = [{p.group for p in paintings if p.id in set(fold)} for fold in folds]
    assert sum(map(len, groups)) == len(set().union(*groups))
    held = held_out_artists(paintings, 0.15, seed=1)
    assert not {p.group for p in paintings if p.id in held} & {p.group for p in paintings if p.id not in held}


def test_a_random_split_has_the_same_sizes_and_the_same_artists_on_both_sides() -> None:
    paintings = with_splits([painting(i, "Calm" if i % 2 else "Wild", f"Artist {i % 20}") for i in range(400)], {})
    drawn = random_split(paintings, 0)
    for style in ("Calm", "Wild"):
        own = [p for p in paintings if p.style == style]
        for name in ("train", "validation", "test"):
            assert sum(p.split == name for p in own) == sum(drawn[p.id] == name for p in own)
    by_split = {name: {p.group for p in paintings if drawn[p.id] == name} for name in ("train", "test")}
    assert len(by_split["train"] & by_split["test"]) > 10


def test_one_artist_only_and_one_style_only_are_named() -> None:
    lonely = [painting(i, "Calm", "The Only One") for i in range(5)] + [
        painting(9 + i, "Wild", f"A {i}") for i in range(5)
    ]
    with pytest.raises(UserError, match="the style 'Calm' has 1 artist, but 5 folds need at least 5"):
        artist_folds(lonely, 5, 0)
    with pytest.raises(UserError, match="needs two styles; this collection has Wild"):
        need_artists([p for p in lonely if p.style == "Wild"], 3, "three")
