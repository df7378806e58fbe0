"""Artist names as tables write them, brought to one form."""

import re
import unicodedata

UNKNOWN = frozenset({"", "unknown", "unknown artist", "anonymous", "anon", "unidentified artist", "n/a", "nan", "none"})


def normalised_artist(name: str) -> str:
    """The name in NFKC, trimmed, single-spaced, given name first; empty when the artist is not known."""
    text = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", name)).strip(" .,;")
    if text.count(",") == 1:
        family, given = (part.strip() for part in text.split(","))
        if given and not re.match(r"(jr|sr|ii+|iv|the)\b", given, re.IGNORECASE):
            text = f"{given} {family}"
    return "" if text.casefold() in UNKNOWN else text


def artist_key(name: str) -> str:
    """What makes two spellings one artist: no case, no accents, no punctuation."""
    letters = unicodedata.normalize("NFKD", normalised_artist(name)).casefold()
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^\w]+", " ", bare).strip()
