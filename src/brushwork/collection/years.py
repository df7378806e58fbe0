"""Dates as tables and museums write them, read as a range of years."""

import re

ABOUT = 5  # years that "c." leaves open on either side
_CENTURY = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)[\s-]+c(?:ent(?:ury)?)?\b\.?", re.IGNORECASE)
_PART = {"early": (0, 33), "mid": (33, 67), "middle": (33, 67), "late": (66, 99),
         "first half": (0, 49), "second half": (50, 99)}  # fmt: skip


def year_range(text: str) -> tuple[int, int]:
    """The first and last year that a date allows; (0, 0) when it says none.

    Understood: `1955.0`, `c.1912`, `September 1919`, `1888-90`, `between 1888 and 1890`, `1880s`, `late 19th century`,
    `before 1890` (from 0), `after 1890` (the twenty years from then on).
    """
    lower = text.lower().strip()
    if century := _CENTURY.search(lower):
        start = (int(century[1]) - 1) * 100 + 1
        parts = [span for word, span in _PART.items() if re.search(rf"\b{word}\b", lower)]
        first, last = parts[0] if parts else (0, 99)
        return start + first, start + last
    lower = re.sub(r"(\d)\.0\b", r"\1", lower)
    if decade := re.search(r"\b(\d{3})0['’]?s\b", lower):
        return int(decade[1]) * 10, int(decade[1]) * 10 + 9
    if span := re.search(r"(?<!\d)(\d{3,4})\s*(?:[-–—/]|to|and|or|bis)\s*(?:c\.?a?\.?\s*)?(\d{1,4})(?!\d)", lower):
        first, tail = int(span[1]), span[2]
        last = int(span[1][: len(span[1]) - len(tail)] + tail)
        if last >= first and not re.match(r"\d{4}-\d{2}-\d{2}", span[0] + lower[span.end() :]):
            return _opened(lower, first, last)
    found = re.search(r"(?<!\d)(\d{3,4})(?!\d)", lower)
    if not found:
        return 0, 0
    year = int(found[1])
    if re.search(r"\b(before|by)\b", lower):
        return 0, year
    if re.search(r"\bafter\b", lower):
        return year, year + 20
    return _opened(lower, year, year)


def _opened(text: str, first: int, last: int) -> tuple[int, int]:
    """The range, opened a little where the date is only about right."""
    about = ABOUT if re.search(r"\bc(?:a|irca)?\b\.?|\babout\b|\baround\b|\bum\b|\bvers\b|~|\?", text) else 0
    return first - about, last + about
