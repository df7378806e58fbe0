"""What is said is what was found: odds, thresholds, cards, rows."""

import json
import math

import pytest

from brushwork.classifier.gallery import SEEN, Neighbour
from brushwork.classifier.verdict import (
    Verdict,
    columns,
    no_verdict,
    odds_in_words,
    rate_in_words,
    row,
    threshold_in_words,
)

NEAR = Neighbour("1", "Haystacks", "Claude Monet", "1890", "Calm", 0.71, True)


def told(**changes: object) -> Verdict:
    values: dict[str, object] = {
        "file": "a.png", "style": "Calm", "probabilities": {"Wild": 0.08, "Calm": 0.92}, "log_odds": math.log(12),
        "most_probable": "Calm", "runner_up": "Wild", "model": "m 123", "nearest": {"Calm": [NEAR], "Wild": []},
    }  # fmt: skip
    return Verdict(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("odds", "words"),
    [(1.0, "about even"), (1.2, "about even"), (1.52, "1.5 to 1 on"), (12.2, "12 to 1 on"), (347, "350 to 1 on"),
     (1e30, "more than 1,000 to 1 on")],
)  # fmt: skip
def test_odds_are_said_as_a_bookmaker_does(odds: float, words: str) -> None:
    assert odds_in_words(math.log(odds)) == words


def test_a_threshold_is_said_with_its_risk() -> None:
    assert threshold_in_words(0.74, 0.1) == (
        "below 74%; verdicts from there up are to be wrong on unseen artists no more than one time in ten"
    )
    assert "12.3% of the time" in threshold_in_words(0.74, 0.123)
    assert threshold_in_words(0.6, None) == "below 60%"
    assert threshold_in_words(0.0, None).startswith("never")
    assert "no threshold was found" in threshold_in_words(1.1, 0.1)
    assert "1.8%" in rate_in_words(0.018)


def test_a_card_says_all_there_is() -> None:
    card = told(style="unsure", unlike=SEEN, learned_from=True).card("below 95%", "RATE")
    for said in ("a.png", "unsure, leaning to Calm, below 95%", "Calm rather than Wild, 12 to 1 on", SEEN, "(RATE)",
                 "the verdict is no test", "92.0%", "8.0%", "nearest in Calm", "Claude Monet, Haystacks, 1890",
                 "(learned from this artist)", "likeness 0.71"):  # fmt: skip
        assert said in card
    plain = told().card("below 95%", "RATE")
    for unsaid in ("unsure", "unlike", "no test", "below 95%", "RATE"):
        assert unsaid not in plain


def test_bars_are_as_long_as_probabilities() -> None:
    bars = [
        line.count("█") for line in told(probabilities={"Calm": 0.75, "Wild": 0.25}).card().splitlines() if "█" in line
    ]
    assert bars == [18, 6]


def test_many_styles_are_summed_up() -> None:
    shares = {f"style {i}": 1 / 27 for i in range(27)}
    card = told(probabilities=shares, most_probable="style 0", runner_up="style 1").card()
    assert "21 others" in card
    assert "77.8%" in card


def test_a_row_has_a_cell_for_every_column_and_a_missing_verdict_has_no_numbers() -> None:
    styles = ["Calm", "Wild"]
    cells = dict(zip(columns(styles), row(told(), styles), strict=True))
    assert cells["probability"] == cells["p:Calm"] == "0.92"
    assert cells["nearest artist:Calm"] == "Claude Monet"
    assert cells["nearest title:Wild"] == ""
    assert cells["model"] == "m 123"
    empty = dict(zip(columns(styles), row(no_verdict("b", "m 123", "empty file"), styles), strict=True))
    assert empty["reason"] == "empty file"
    assert empty["log_odds"] == empty["p:Calm"] == empty["probability"] == ""


def test_plain_data_is_json_without_nan() -> None:
    for one in (told(), no_verdict("b", "m", "empty file")):
        json.dumps(one.to_dict(), allow_nan=False)
    nearest = json.loads(json.dumps(told().to_dict()))["nearest"]
    assert nearest["Calm"][0]["artist"] == "Claude Monet"
