"""Artist names as tables write them, brought to one form."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

UNKNOWN = frozenset({"", "unknown", "unknown artist", "artist unknown", "anonymous", "anon", "unidentified artist",
                     "unidentified", "unknown painter", "n/a", "nan", "none", "?"})  # fmt: skip
QUALIFIERS = (
    "copy after", "after", "attributed to", "attr", "circle of", "follower of", "imitator of", "manner of", "school of",
    "studio of", "style of", "workshop of", "possibly by", "possibly", "probably by", "probably", "by",
)  # fmt: skip
_QUALIFIER = re.compile(rf"^\W*({'|'.join(QUALIFIERS)})\b[.:]?\s+(?:the\s+)?", re.IGNORECASE)
_QUALIFIER_BEHIND = re.compile(rf"[,(]\s*({'|'.join(QUALIFIERS)})\)?$", re.IGNORECASE)
_SUFFIX = re.compile(r"(jr|sr|ii+|iv|the\b.*|d\.?\s?[äj])\.?$", re.IGNORECASE)
_PARTICLES = frozenset({"van", "von", "der", "den", "de", "la", "le", "di", "da", "del", "du", "y", "and", "of"})


@lru_cache(100_000)
def normalised_artist(name: str) -> tuple[str, str]:
    """The artist's name in one form, and what stands between him and the work, such as `after`; empty when unknown.

    NFKC, trimmed, single-spaced, given name first, without life dates; a slug such as `claude-monet` as words.
    """
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", name)).strip(" .,;")
    qualifier = ""
    for pattern in (_QUALIFIER, _QUALIFIER_BEHIND):
        if found := pattern.search(text):
            qualifier = found[1].lower()
            text = (text[: found.start()] + text[found.end() :]).strip(" .,;")
    text = _without_life(text)
    if text.count(",") == 1:
        family, given = (part.strip() for part in text.split(","))
        if given and not _SUFFIX.match(given):
            text = f"{given} {family}"
    if re.fullmatch(r"[^\W\d_]+(-[^\W\d_]+)+", text) and text == text.lower():
        words = text.split("-")
        text = " ".join(w if w in _PARTICLES and i else w.capitalize() for i, w in enumerate(words))
    return ("", "") if text.casefold() in UNKNOWN else (text, "" if qualifier == "by" else qualifier)


@lru_cache(100_000)
def artist_key(name: str) -> str:
    """What makes two spellings one artist: no case, no accents, no punctuation."""
    letters = unicodedata.normalize("NFKD", normalised_artist(name)[0]).casefold()
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^\w]+", " ", bare).strip()


def spellings_merged(names: Iterable[str]) -> dict[str, Counter[str]]:
    """For every artist met under several spellings, the spellings as given with their counts, by the name kept.

    The name kept is the most frequent one in normal form.
    """
    given: dict[str, Counter[str]] = defaultdict(Counter)
    shown: dict[str, Counter[str]] = defaultdict(Counter)
    for name in names:
        artist, _ = normalised_artist(name)
        if artist:
            given[artist_key(artist)][name] += 1
            shown[artist_key(artist)][artist] += 1
    return {best_spelling(shown[key]): found for key, found in sorted(given.items()) if len(found) > 1}


def best_spelling(spellings: Counter[str]) -> str:
    """The most frequent spelling; of equally frequent ones one not in capitals, then the first in the alphabet."""
    return min(spellings, key=lambda name: (-spellings[name], name == name.upper(), name))


def _without_life(text: str) -> str:
    """The name without years of life, as in `Claude Monet (French, 1840-1926)` and `Monet, Claude, 1840-1926`."""
    bare = re.sub(r"\s*\([^()]*\d{3,4}[^()]*\)\s*$", "", text)
    bare = re.sub(r",?\s+(?:b\.|born|d\.|died|active|ca?\.)?\s*\d{4}\s*(?:[-–—]\s*(?:\d{4})?)?$", "", bare)
    return bare.strip(" .,;") or text
