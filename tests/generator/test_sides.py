"""Both sides of a comparison have the same styles in the shares learned from, and no artist is on both."""

from collections import Counter

import pytest

from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.generator.sides import Sides, drawn, sides_of


def test_both_sides_have_as_many_of_each_style_and_no_painting_is_on_both(schools: Collection) -> None:
    sides = sides_of(schools, schools.styles)
    counts = sides.counts(1000)
    assert not {p.group for p in sides.trained_on} & {p.group for p in sides.held_out}
    for side in (sides.trained_on, sides.held_out):
        places = drawn(side, counts, "draw", 0)
        assert len(set(places.tolist())) == len(places)
        assert Counter(side[i].style for i in places) == counts
    assert drawn(sides.held_out, counts, "draw", 0).tolist() != drawn(sides.held_out, counts, "draw", 1).tolist()


def test_the_shares_are_those_learned_from_whatever_the_other_side_has(schools: Collection) -> None:
    alder, kessel = (schools.select([style]) for style in schools.styles)
    sides = Sides([*alder[:36], *kessel[:12]], [*alder[:12], *kessel])
    assert sides.counts(1000) == {"Alder": 12, "Kessel": 4}
    assert sides.counts(8) == {"Alder": 6, "Kessel": 2}
    assert Sides(sides.held_out, sides.trained_on).counts(1000) == {"Alder": 3, "Kessel": 12}
    assert not sides.left_out()


def test_a_style_without_paintings_by_others_is_left_out_and_named(schools: Collection) -> None:
    alder, kessel = (schools.select([style]) for style in schools.styles)
    sides = Sides([*alder[:9], *kessel[:3]], kessel[3:])
    assert sides.counts(1000) == {"Kessel": 3}
    assert sides.left_out() == ["Alder"]
    with pytest.raises(UserError, match="no style has both"):
        Sides(alder, kessel).counts(10)
