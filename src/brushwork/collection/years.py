"""Dates as tables and museums write them, read as a range of years."""

import re

ABOUT = 5  # years that "c." leaves open on either side
_PART = {"early": (0, 33), "mid": (33, 67), "middle": (33, 67), "late": (66, 99),
         "first half": (0, 49), "second half": (50, 99)}  # fmt: skip
_PARTS = re.compile(rf"\b({'|'.join(_PART)})\b")
_NTH = r"(\d{1,2})(?:st|nd|rd|th)"
_CENTURY = re.compile(
    rf"(?:\b({'|'.join(_PART)})[\s-]+(?:of\s+(?:the\s+)?)?)?\b{_NTH}[\s-]+c(?:ent(?:ur(?:y|ies))?)?\b"
)
_CENTURIES = re.compile(rf"\b({'|'.join(_PART)}|)[\s-]*\b{_NTH}\s*(?:[-–—/]|to|and|or)\s*(?={_CENTURY.pattern})")
_DECADE = re.compile(r"\b(\d{3})0['’]?s\b")
_YEAR = re.compile(r"(?<!\d)(\d{3,4})(?!\d)")
_SPAN = re.compile(r"(?<!\d)(\d{3,4})\s*(?:[-–—/]|to|and|or|bis)\s*(?:c(?:irca|a)?\.?\s*)?(\d{1,4})(?!\d)")
_DAY = re.compile(r"\d{4}([-/])\d{1,2}\1\d{1,2}(?!\d)")
_ABOUT = re.compile(r"\bc(?:a|irca)?(?![a-z])|\babout\b|\baround\b|\bum\b|\bvers\b|~|\?")


def year_range(text: str) -> tuple[int, int]:
    """The first and last year that a date allows; (0, 0) when it says none.

    Understood: `1955.0`, `c.1912`, `September 1919`, `1888-90`, `between 1888 and 1890`, `1880s`, `late 19th century`,
    `18th-19th century`, `before 1890` (from 0), `after 1890` (the twenty years from then on).
    """
    lower = re.sub(r"(\d)\.0\b", r"\1", text.lower())
    if century := _CENTURY.search(lower):
        if earlier := _CENTURIES.search(lower):
            spans = [_part_of_century(found[1] or "", int(found[2])) for found in (earlier, century)]
        else:
            spans = [_part_of_century(part, int(century[2])) for part in _PARTS.findall(lower) or [""]]
        return min(first for first, _ in spans), max(last for _, last in spans)
    if decades := [int(decade) * 10 for decade in _DECADE.findall(lower)]:
        return _opened(lower, min(decades), max(decades) + 9)
    if (span := _SPAN.search(lower)) and not _DAY.match(lower, span.start()):
        first, tail = span.groups()
        last = int(first[: max(0, len(first) - len(tail))] + tail)
        if last >= int(first):
            return _opened(lower, int(first), last)
    found = _YEAR.search(lower)
    if not found:
        return 0, 0
    year = int(found[1])
    if re.search(r"\b(before|by)\b", lower):
        return 0, year
    if re.search(r"\bafter\b", lower):
        return year, year + 20
    return _opened(lower, year, year)


def _part_of_century(part: str, number: int) -> tuple[int, int]:
    start = (number - 1) * 100 + 1
    first, last = _PART.get(part, (0, 99))
    return start + first, start + last


def _opened(text: str, first: int, last: int) -> tuple[int, int]:
    """The range, opened a little where the date is only about right."""
    about = ABOUT if _ABOUT.search(text) else 0
    return first - about, last + about
