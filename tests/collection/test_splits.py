"""No artist on two sides, whatever the collection; styles that cannot be split are named."""

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brushwork.collection.catalogue import with_splits
from brushwork.collection.cleanup import grouped
from brushwork.collection.splits import (
    artist_folds,
    assign_splits,
    held_out_artists,
    named_split,
    need_artists,
    random_split,
)
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


@given(paintings_of_any_kind, st.integers(0, 5))
def test_no_group_is_on_two_sides_of_any_split_that_promises_it(paintings: list[Painting], seed: int) -> None:
    sourced = [replace(p, source=f"source {i % 3}") for i, p in enumerate(with_splits(paintings, {}))]
    for name in ("artist", "leave-source-out:source 1"):
        try:
            split = named_split(sourced, name, seed)
        except UserError:
            continue
        sides = defaultdict(set)
        for p in sourced:
            if p.id in split:
                sides[p.group].add(split[p.id])
        assert all(len(names) == 1 for names in sides.values())
        if name.startswith("leave"):
            assert {p.id for p in sourced if split.get(p.id) == "test"} == {
                p.id for p in sourced if p.source == "source 1"
            }


def test_within_artists_the_test_is_on_those_with_several_styles_and_knows_their_hands() -> None:
    both = [painting(i, "Calm" if i % 2 else "Wild", f"Both {i % 4 // 2}") for i in range(16)]
    single = [painting(100 + i, "Calm" if i % 2 else "Wild", f"One {i}") for i in range(40)]
    paintings = with_splits(both + single, {})
    split = named_split(paintings, "within-artist", 0)
    tested = [p for p in paintings if split[p.id] == "test"]
    assert {p.group for p in tested} == {"both 0", "both 1"}
    for group in ("both 0", "both 1"):
        assert {p.style for p in tested if p.group == group} == {"Calm", "Wild"}
        learned = {p.style for p in paintings if p.group == group and split[p.id] == "train"}
        assert learned == {"Calm", "Wild"}


def test_a_split_that_has_nothing_to_test_on_says_so() -> None:
    paintings = with_splits([painting(i, "Calm", f"Artist {i}") for i in range(9)], {})
    with pytest.raises(UserError, match="no artist here carries several styles"):
        named_split(paintings, "within-artist", 0)
    with pytest.raises(UserError, match="the sources here are ''"):
        named_split(paintings, "leave-source-out:elsewhere", 0)
    with pytest.raises(UserError, match="there is no split 'artits'"):
        named_split(paintings, "artits", 0)


def test_a_style_with_one_giant_artist_still_has_a_share_to_test_on() -> None:
    giant = [painting(i, "Wild", "Giant") for i in range(100)]
    others = [painting(1000 + i, "Wild", f"Other {i // 5}") for i in range(100)]
    calm = [painting(2000 + i, "Calm", f"Calm {i // 5}") for i in range(100)]
    for paintings in (giant + others + calm, others + calm):
        for style in ("Wild", "Calm"):
            split = [p.split for p in with_splits(paintings, {}) if p.style == style]
            assert 0.1 <= split.count("test") / len(split) <= 0.35
            assert 0.075 <= split.count("validation") / len(split) <= 0.27
