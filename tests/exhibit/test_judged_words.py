"""Each sentence follows from the numbers by rule: other numbers, other words."""

from dataclasses import replace

import pytest

from brushwork.exhibit.judged_words import basis, competence, conclusion, dial, in_words, sentences
from tests.exhibit.made import apart, at, compared, judged, part
from tests.exhibit.test_judged import DIAL


@pytest.mark.parametrize(
    ("right", "strong", "answer"),
    [
        (0.8, 1.1, "Yes, as far as 100 pictures can tell: its pictures are called Calm as often as real ones are"),
        (0.95, 1.1, "Yes, as far as 100 pictures can tell: its pictures are called Calm more often than real ones are"),
        (
            0.8,
            3.0,
            "Its verdict only: its pictures are called Calm as often as real ones are, but what weighs most in them is 3.0 times",
        ),
        (0.3, 1.1, "In part at most: its pictures are called Calm less often than real ones are"),
        (
            0.3,
            3.0,
            "No: its pictures are called Calm less often than real ones are, and what weighs most in them is 3.0 times as far",
        ),
    ],
)
def test_the_answer_weighs_verdict_and_features(right: float, strong: float, answer: str) -> None:
    assert conclusion(judged(part(right=right, strong=strong))).startswith(
        f"Does gan paint what the classifier looks at? {answer}"
    )


def test_of_several_styles_each_has_its_answer() -> None:
    said = conclusion(judged(part("Calm"), part("Wild", right=0.2, strong=4.0)))
    assert "Of Calm, yes" in said
    assert "Of Wild, no" in said


def test_where_the_classifier_may_be_guessing_nothing_is_claimed() -> None:
    blind = judged(part(), at_size=at(0.52))
    assert "cannot be said" in conclusion(blind)
    assert "says nothing of the generator" in competence(blind)
    assert "costs it little" in competence(judged(part()))
    assert "costs it much" in competence(judged(part(), at_size=at(0.6)))


def test_what_is_more_than_chance_is_told_from_what_is_not() -> None:
    same, other = (" ".join(sentences(judged(one), one)) for one in (part(), part(right=0.3, strong=3.0, weak=1.0)))
    assert "80 of 100 generated pictures Calm" in same
    assert "no difference beyond chance" in same
    assert "less often (-50.0 points" in other
    assert "no difference between the two can be told from chance" in same
    assert "it paints what counts worse than what does not" in other
    better = part(strong=1.0, weak=3.0)
    assert "it paints what counts better" in sentences(judged(better), better)[3]
    surer = replace(part(), means=part().means | {"log_odds": compared(3.0, 1.0)})
    assert "the style is overdone" not in sentences(judged(surer), surer)[1]  # the sets themselves are not told apart
    overdone = replace(surer, distances=part().distances | {"log_odds": apart(5.0)})
    assert "the style is overdone" in sentences(judged(overdone), overdone)[1]
    elsewhere = replace(part(), distances=part().distances | {"place": apart(4.0), "log_odds": apart(5.0)})
    assert "not in the same places" in sentences(judged(elsewhere), elsewhere)[2]
    assert "more than chance." in sentences(judged(elsewhere), elsewhere)[1]


def test_a_mixed_generator_has_shares_and_no_style_accuracy() -> None:
    mixed = part("", right=0.3)
    said = in_words(judged(mixed))
    assert (
        "The network is told no style. Of 100 generated pictures the classifier calls 30 Calm and 70 Wild"
        in " ".join(said.split())
    )
    assert "style accuracy" not in said
    assert "style accuracy" in in_words(judged(part()))


def test_the_basis_says_what_stands_beside_what() -> None:
    assert "100 pictures by gan" in basis(judged(part()))
    assert "100 pictures of each style by gan" in basis(judged(part(), part("Wild")))
    assert "may have seen some" in basis(replace(judged(part()), same_collection=False))
    assert "few artists" in basis(judged(replace(part(), artists=3)))


def test_the_dial_is_told_in_counts() -> None:
    said = dial(DIAL)
    assert "never fall for 9 of 10" in said
    assert "For 5 of 10" in said
    assert "9 of 10" in in_words(judged(part(), dial=DIAL))
