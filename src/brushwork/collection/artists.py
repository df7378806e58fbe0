"""Artist names as tables write them, brought to one form."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache

UNKNOWN = re.compile(
    r"(unknown|anonymous|anon|unidentified)\b.*|(artist|painter|maker) (unknown|unidentified)|n/a|nan|none|\W*",
    re.IGNORECASE,
)
QUALIFIERS = (
    "copy after", "after", "attributed to", "attr", "circle of", "follower of", "imitator of", "manner of", "school of",
    "studio of", "style of", "workshop of", "possibly by", "possibly", "probably by", "probably", "by",
)  # fmt: skip
_QUALIFIER = re.compile(rf"^\W*({'|'.join(QUALIFIERS)})\b[.:)]*\s+(?:the\s+)?", re.IGNORECASE)
_QUALIFIER_BEHIND = re.compile(rf"[,(]\s*({'|'.join(QUALIFIERS)})\)?$", re.IGNORECASE)
_SUFFIX = re.compile(r"(jr|sr|ii+|iv|the\b.*|d\.?\s?[äj])\.?$", re.IGNORECASE)
_LIFE = (
    re.compile(r"\s*\([^()]*\d{3,4}[^()]*\)$"),
    re.compile(r",?\s+(?:(?:b\.|born|d\.|died|active|ca?\.)\s*\d{4}|\d{4}\s*[-–—])(?:\s*[-–—]?\s*\d{4})?$"),
    re.compile(r",\s*\d{4}$"),
)
_NO_NAME = re.compile(r"[\d()\[\]#&]|\b(and|in|on|at|an?|or)\b|^[Tt]he\b")
_NATION = re.compile(
    r"american|australian|austrian|belgian|british|canadian|danish|dutch|english|finnish|flemish|french|german|hungarian|"
    r"irish|italian|japanese|mexican|norwegian|polish|portuguese|russian|scottish|spanish|swedish|swiss",
    re.IGNORECASE,
)
_PARTICLES = frozenset({"van", "von", "der", "den", "de", "la", "le", "di", "da", "del", "du", "y", "and", "of"})
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})  # what NFKD leaves whole


@lru_cache(100_000)
def normalised_artist(name: str) -> tuple[str, str]:
    """The artist's name in one form, and what stands between him and the work, such as `after`; empty when unknown.

    NFKC, trimmed, single-spaced, given name first, without life dates; a slug such as `claude-monet` as words. What
    is normalised stays as it is when it is normalised again.
    """
    text = _trimmed(re.sub(r"\s+", " ", unicodedata.normalize("NFKC", name)))
    qualifier = ""
    while found := _QUALIFIER.search(text) or _QUALIFIER_BEHIND.search(text):
        qualifier = qualifier or found[1].lower()
        text = _trimmed(text[: found.start()] + text[found.end() :])
    text = _given_name_first(_without_life(text))
    if text == text.lower() and re.fullmatch(r"([^\W\d_]|\.)+(-([^\W\d_]|\.)+)+", text):
        words = text.split("-")
        text = " ".join(w if w in _PARTICLES and i else w.title() for i, w in enumerate(words))
    return ("", "") if UNKNOWN.fullmatch(text) else (text, "" if qualifier == "by" else qualifier)


def _trimmed(text: str) -> str:
    """The text without what surrounds a name; the point of an initial or of `Jr.` belongs to it."""
    text = text.strip(" ,;")
    return text if re.search(r"\b(\w|jr|sr)\.$", text, re.IGNORECASE) else text.strip(" .,;")


def _without_life(text: str) -> str:
    """The name without years of life, as in `Claude Monet (French, 1840-1926)` and `Monet, Claude, 1840-1926`."""
    for pattern in _LIFE:
        text = _trimmed(pattern.sub("", text)) or text
    return text


def _given_name_first(text: str) -> str:
    """`Gogh, Vincent van` as `Vincent van Gogh`; what does not look like a name, as a title, is left as it is."""
    parts = [part.strip() for part in text.split(",")]
    suffix = parts.pop() if len(parts) == 3 and _SUFFIX.match(parts[2]) else ""
    if len(parts) != 2 or not all(parts) or _SUFFIX.match(parts[1]) or any(map(_NO_NAME.search, parts)):
        return text
    if parts[1][0].islower() and text != text.lower():
        return text
    if _NATION.fullmatch(parts[1]):
        return parts[0]
    return f"{parts[1]} {parts[0]}" + (f", {suffix}" if suffix else "")


@lru_cache(100_000)
def artist_key(name: str) -> str:
    """What makes two spellings one artist: no case, no accents, no punctuation."""
    letters = unicodedata.normalize("NFKD", normalised_artist(name)[0]).casefold().translate(_PLAIN)
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^\w]+", " ", bare).strip()


def spellings_of(names: Iterable[str]) -> dict[str, Counter[str]]:
    """For every artist the spellings as given with their counts, by the name kept: the most frequent in normal form."""
    given: dict[str, Counter[str]] = defaultdict(Counter)
    shown: dict[str, Counter[str]] = defaultdict(Counter)
    for name, count in Counter(names).items():
        artist, _ = normalised_artist(name)
        if artist:
            given[artist_key(artist)][name] += count
            shown[artist_key(artist)][artist] += count
    return {best_spelling(shown[key]): found for key, found in sorted(given.items())}


def best_spelling(spellings: Counter[str]) -> str:
    """The most frequent spelling; of equally frequent ones one not in capitals, then the first in the alphabet."""
    return min(spellings, key=lambda name: (-spellings[name], name == name.upper(), name))
