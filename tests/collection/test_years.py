"""Dates of tables and museums as ranges of years (painter-by-numbers.md, quirks; Cataloging Cultural Objects, dates)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brushwork.collection.years import ABOUT, year_range

YEARS = st.integers(1000, 2020)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("1955.0", 1955, 1955),
        ("187.0", 187, 187),
        ("September 1919", 1919, 1919),
        ("12.05.1903", 1903, 1903),
        ("1901-12-31", 1901, 1901),
        ("1903/05/12", 1903, 1903),
        ("1888-90", 1888, 1890),
        ("1888–9", 1888, 1889),
        ("1905/06", 1905, 1906),
        ("1955.0-1960.0", 1955, 1960),
        ("between 1888 and 1890", 1888, 1890),
        ("1888 or 1889", 1888, 1889),
        ("187-1890", 187, 1890),
        ("1889-1885", 1889, 1889),
        ("1880s", 1880, 1889),
        ("1880's", 1880, 1889),
        ("1880s-1890s", 1880, 1899),
        ("19th century", 1801, 1900),
        ("19th c.", 1801, 1900),
        ("18th-19th century", 1701, 1900),
        ("late 18th–early 19th century", 1767, 1834),
        ("late 19th century", 1867, 1900),
        ("Early 20th Century", 1901, 1934),
        ("mid-19th century", 1834, 1868),
        ("early to mid 19th century", 1801, 1868),
        ("second half of the 19th century", 1851, 1900),
        ("4th quarter of the 19th century", 1801, 1900),
        ("before 1890", 0, 1890),
        ("after 1890", 1890, 1910),
    ],
)
def test_a_date_is_the_years_it_allows(text: str, first: int, last: int) -> None:
    assert year_range(text) == (first, last)


@pytest.mark.parametrize(
    "text", ["c.1917", "c1917", "c. 1917", "ca. 1917", "circa 1917", "about 1917", "1917?", "~1917"]
)
def test_an_approximate_date_is_open_on_both_sides(text: str) -> None:
    assert year_range(text) == (1917 - ABOUT, 1917 + ABOUT)


def test_an_approximate_span_is_open_beyond_both_ends() -> None:
    assert year_range("c. 1880 to c. 1885") == (1880 - ABOUT, 1885 + ABOUT)


@pytest.mark.parametrize("text", ["", "ific", "rain", "rver", "n.d.", "undated", "19th dynasty", "No. 27", "98765"])
def test_what_is_no_date_says_nothing(text: str) -> None:
    assert year_range(text) == (0, 0)


@given(YEARS)
def test_every_year_written_plainly_is_itself(year: int) -> None:
    for text in (str(year), f"{year}.0", f" {year} ", f"March {year}", f"({year})"):
        assert year_range(text) == (year, year)


@given(YEARS)
def test_every_range_contains_what_it_names(year: int) -> None:
    for text in (
        f"c.{year}",
        f"{year}-{year + 3}",
        f"{year}/{(year + 3) % 100:02d}",
        f"before {year}",
        f"after {year}",
    ):
        first, last = year_range(text)
        assert first <= year <= last
    assert year_range(f"{year}-{year + 3}") == (year, year + 3)
    assert year_range(f"{year // 10}0s") == (year // 10 * 10, year // 10 * 10 + 9)


@given(
    st.integers(2, 21), st.sampled_from(["", "early ", "mid-", "late ", "first half of the ", "second half of the "])
)
def test_a_part_of_a_century_lies_within_it(number: int, part: str) -> None:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number not in (11, 12, 13) else "th"
    whole = year_range(f"{number}{ending} century")
    first, last = year_range(f"{part}{number}{ending} century")
    assert whole == (100 * number - 99, 100 * number)
    assert whole[0] <= first < last <= whole[1]


_WORDS = st.sampled_from(
    ["c.", "1888", "90", "-", "–", "/", "to", "and", "before", "after", "19th", "century", "0th", "123rd", "1880s", "late",
     "early", "first half", "?", ".0", "187", "5", ",", "(", ")", "bis", "May", " "]
)  # fmt: skip


@given(st.text() | st.lists(_WORDS, max_size=8).map("".join) | st.lists(_WORDS, max_size=8).map(" ".join))
def test_garbage_never_raises_and_never_runs_backwards(text: str) -> None:
    first, last = year_range(text)
    assert first <= last
