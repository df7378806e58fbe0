"""A card's Markdown shows its text as it is, whatever marks that text holds."""

import pytest

from brushwork.classifier.document import Card, Entry, Grid, Section, markdown


def test_a_card_keeps_its_order_and_its_words() -> None:
    parts = ("A paragraph.", Entry("A term.", "Its words."), Grid(("row", "n"), (("one", "1"), ("two", "2"))))
    text = markdown(Card("Title", "Lead.", (Section("First", parts), Section("Second", ()))))
    places = [text.index(words) for words in ("# Title", "Lead.", "## First", "A paragraph.", "**A term.** Its words.")]
    assert places == sorted(places)
    assert "| row | n |\n|---|--:|\n| one | 1 |\n| two | 2 |" in text
    assert text.index("## First") < text.index("| two") < text.index("## Second")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a | b", r"a \| b"),
        ("<script>", r"\<script>"),
        ("*bold* and `code`", r"\*bold\* and \`code\`"),
        ("mobilenetv2_100", "mobilenetv2_100"),
        ("_leaning_", r"\_leaning\_"),
        ("[a](b)", r"[a\](b)"),
        ("0.8 [0.7, 0.9]", "0.8 [0.7, 0.9]"),
        ("# no heading", r"\# no heading"),
        ("- no list", r"\- no list"),
        ("1. no list", r"1\. no list"),
        ("&lt;", r"\&lt;"),
        ("two\nlines and\u00a0spaces", "two lines and spaces"),
    ],
)
def test_marks_in_the_text_are_shown(text: str, shown: str) -> None:
    assert f"\n\n{shown}\n\n" in markdown(Card("Title", text, (Section("S", ("p",)),)))


def test_a_row_that_does_not_fit_its_header_is_refused() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        Grid(("a", "b"), (("one",),))
