"""The clean-up: named rules, each with what it does and how many paintings it touched, each to be switched off."""

import csv
import io
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Collection as Some
from dataclasses import asdict, dataclass
from pathlib import Path

from brushwork.collection.artists import artist_key, normalised_artist, spellings_of
from brushwork.collection.collection import CLEANUP
from brushwork.collection.duplicates import Pair, near_duplicates
from brushwork.collection.shards import Facts
from brushwork.collection.years import year_range
from brushwork.errors import UserError, nearest
from brushwork.painting import Painting, many_rows
from brushwork.run import write_atomically, write_json

ARTISTS, DUPLICATES = "artists.csv", "duplicates.csv"
NOT_PAINTINGS = (
    "advertisement", "architecture", "calligraphy", "caricature", "design", "drawing", "engraving", "etching",
    "illustration", "installation", "jewelry", "lithograph", "performance", "photo", "poster", "print", "sculpture",
    "sketch", "tapestry", "tessellation", "textile", "woodcut", "woodblock",
)  # fmt: skip
_NOT_PAINTING = re.compile(rf"\b({'|'.join(NOT_PAINTINGS)})(s|es|ing|graph|graphs|graphy)?\b", re.IGNORECASE)
COLOURLESS = 0.98  # of the picture without chroma: a drawing, a print, a black-and-white photograph


@dataclass(frozen=True, slots=True)
class Done:
    """What one rule did."""

    step: str
    what: str
    on: bool
    count: int

    def to_dict(self) -> dict[str, object]:
        """The rule's part in the report as plain data."""
        return asdict(self)


@dataclass
class Report:
    """What the clean-up did: every rule, the artists' spellings merged, the duplicates found."""

    steps: list[Done]
    artists: dict[str, Counter[str]]
    duplicates: list[Pair]


Rows = list[Painting]
Rule = Callable[[Rows, Mapping[str, Facts], Path, Report], tuple[Rows, int]]


def clean(rows: Rows, known: Mapping[str, Facts], pictures: Path, steps: Some[str]) -> tuple[Rows, Report]:
    """The rows after the rules in `steps`, in the rules' own order, and the report; raises `UserError` for a strange step."""
    check_steps(steps)
    report = Report([], {}, [])
    with many_rows():
        if "artist-names" not in steps:
            rows = [grouped(row.altered(artist=row.artist.strip())) for row in rows]
        for name, (_, what, rule) in RULES.items():
            count = 0
            if name in steps:
                rows, count = rule(rows, known, pictures, report)
            report.steps.append(Done(name, what, name in steps, count))
    return rows, report


def check_steps(steps: Some[str]) -> None:
    """Raises `UserError` when a step has no rule of that name."""
    for step in steps:
        if step not in RULES:
            raise UserError(f"there is no clean-up step {step!r}; the nearest are {nearest(step, RULES)}.")


def write_report(folder: Path, report: Report) -> None:
    """Write what the clean-up did beside the catalogue: `cleanup.json`, `artists.csv`, `duplicates.csv`."""
    write_json(folder / CLEANUP, [done.to_dict() for done in report.steps])
    spellings = [(artist, s, n) for artist, found in report.artists.items() for s, n in found.most_common()]
    _write_csv(folder / ARTISTS, ("artist", "spelling", "paintings"), spellings)
    pairs = [tuple(asdict(pair).values()) for pair in report.duplicates]
    _write_csv(folder / DUPLICATES, tuple(Pair.__dataclass_fields__), pairs)


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    write_atomically(path, text.getvalue().encode())


def grouped(painting: Painting) -> Painting:
    """An artist group is an artist; a painting whose artist is unknown is a group of its own."""
    return painting.altered(group=_group(painting.id, painting.artist))


def _group(painting: str, artist: str) -> str:
    return artist_key(artist) if artist else f"unknown: {painting}"


def _artist_names(rows: Rows, _: Mapping[str, Facts], __: Path, report: Report) -> tuple[Rows, int]:
    spellings = spellings_of(row.artist for row in rows)
    kept = {name: artist for artist, names in spellings.items() for name in names}
    report.artists = {artist: names for artist, names in spellings.items() if len(names) > 1}
    qualifiers = {name: normalised_artist(name)[1] for name in kept}
    cleaned = []
    for row in rows:
        artist = kept.get(row.artist, "")
        group = _group(row.id, artist)
        cleaned.append(row.altered(artist=artist, attribution=qualifiers.get(row.artist, ""), group=group))
    return cleaned, sum(row.artist != row.artist_given for row in cleaned)


def _years(rows: Rows, *_: object) -> tuple[Rows, int]:
    ranges = {year: year_range(year) for year in {row.year for row in rows}}
    cleaned = [
        row.altered(year_from=ranges[row.year][0], year_to=ranges[row.year][1]) if any(ranges[row.year]) else row
        for row in rows
    ]
    return cleaned, sum(row.year_to > 0 for row in cleaned)


def _not_paintings(rows: Rows, *_: object) -> tuple[Rows, int]:
    genres = {genre for genre in {row.genre for row in rows} if _NOT_PAINTING.search(genre)}
    return _dropped(rows, {r.id: f"not a painting by its genre: {r.genre}" for r in rows if r.genre in genres})


def _colourless(rows: Rows, *_: object) -> tuple[Rows, int]:
    """Drawings, prints and black-and-white photographs of paintings have no colour."""
    reasons = {row.id: f"no colour: {row.grey:.0%} of it is grey" for row in rows if row.grey > COLOURLESS}
    return _dropped(rows, reasons)


def _exact_duplicates(rows: Rows, _: Mapping[str, Facts], __: Path, report: Report) -> tuple[Rows, int]:
    same: dict[str, Rows] = defaultdict(list)
    for row in rows:
        if row.kept:
            same[row.sha256].append(row)
    return _without_copies(rows, [copies for copies in same.values() if len(copies) > 1], "exact", report, {})


def _near_duplicates(rows: Rows, known: Mapping[str, Facts], pictures: Path, report: Report) -> tuple[Rows, int]:
    kept = [row for row in rows if row.kept]
    groups, likeness = near_duplicates(kept, [known[row.id].hashes for row in kept], pictures)
    return _without_copies(rows, [[kept[i] for i in group] for group in groups], "near", report, likeness)


def _without_copies(
    rows: Rows, groups: Sequence[Rows], kind: str, report: Report, likeness: Mapping[frozenset[str], float]
) -> tuple[Rows, int]:
    """Of the copies of one picture the best stays, and the others say which.

    Copies under two artists or two styles are all dropped and listed: nobody can tell which label is right, and either
    would put one picture on both sides of a split. Their artists are not merged, for chains of copies would tie half a
    collection together.
    """
    reasons: dict[str, str] = {}
    for copies in groups:
        # One whose artist is known stays before one unknown, then the one with most pixels, then the first by name.
        best = min(copies, key=lambda copy: (not copy.artist, -copy.original_width * copy.original_height, copy.id))
        artists = sorted({copy.group: copy.artist for copy in copies if copy.artist}.values())
        styles = sorted({copy.style for copy in copies})
        many = artists if len(artists) > 1 else styles if len(styles) > 1 else []
        word = "artists" if len(artists) > 1 else "styles"
        for copy in copies:
            if many:
                reasons[copy.id] = f"same picture under {len(many)} {word}: {', '.join(many)}"
            elif copy is not best:
                reasons[copy.id] = f"{kind} duplicate of {best.id}"
            if copy is not best:
                alike = likeness.get(frozenset((best.id, copy.id)), 1.0 if kind == "exact" else 0.0)
                report.duplicates.append(Pair(copy.id, best.id, kind, alike, "all dropped" if many else "one kept"))
    return _dropped(rows, reasons)


def _dropped(rows: Rows, reasons: Mapping[str, str]) -> tuple[Rows, int]:
    """The rows with these reasons, where there was none before, and how many there are."""
    new = {row.id for row in rows if row.kept and reasons.get(row.id)}
    return [row.altered(reason=reasons[row.id]) if row.id in new else row for row in rows], len(new)


RULES: dict[str, tuple[bool, str, Rule]] = {
    "artist-names": (True, "artists' names brought to one form; those changed", _artist_names),
    "years": (True, "dates read as a range of years; those understood", _years),
    "not-paintings": (True, "dropped by genre: drawings, prints, posters, design, …", _not_paintings),
    "colourless": (True, f"dropped: more than {COLOURLESS:.0%} of the picture is grey", _colourless),
    "exact-duplicates": (True, "dropped: the same file again", _exact_duplicates),
    "near-duplicates": (
        True,
        "dropped: the same picture again, resized, re-encoded, cropped or mirrored",
        _near_duplicates,
    ),
}
DEFAULT_STEPS = tuple(name for name, (on, _, _) in RULES.items() if on)
