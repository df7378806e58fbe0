"""What the page of dropped paintings shows: the clean-up, every reason, duplicates, merged names, concentration, rights."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from brushwork.classifier.factors import on_two_sides
from brushwork.classifier.sentences import percent
from brushwork.collection import Collection
from brushwork.collection.cleanup import ARTISTS, DUPLICATES
from brushwork.collection.duplicates import ALIKE
from brushwork.collection.splits import SPLITS
from brushwork.collection.summary import StyleSummary, reason_kind, spread, summary_of
from brushwork.images import shrink, write_image
from brushwork.painting import Painting

SIDE = 150  # pixels of a thumbnail's long side
THUMBNAILS, LISTED, NAMES = 12, 20, 40  # of a reason, of a reason, in all
RANKS = (1, 5, 10, 20, 50, 100)
USES = dict(zip(SPLITS, ("learned from", "watched", "tested on"), strict=True))
GLOSSES = {  # by how the reason begins
    "no file": "The source's table names a picture that was not there.",
    "empty file": "The file holds nothing.",
    "file too large": "The file is larger than any photograph of a painting should be.",
    "not a picture": "The file is not a picture, or of a kind that Pillow, the library that opens pictures, does not know.",
    "too many pixels": "The picture is too large to be opened safely.",
    "too large for the memory": "Opening it would have taken more memory than was allowed.",
    "too small": "Too few pixels to see brushwork in.",
    "too narrow": "A strip: a detail, a frieze or a mistake in cutting.",
    "animated": "The file is a moving picture.",
    "damaged picture": "Part of the file is missing or spoilt; what is left would show grey or coloured bars.",
    "unreadable file": "The disk or the archive did not give the file out; the next collecting tries again.",
    "reading it ended": "The program that opens pictures broke down over this file.",
    "not a painting by its genre": "The source itself calls it a drawing, a print, a poster or the like.",
    "no colour": "Nearly all of it is grey: a drawing, a print or a black-and-white photograph of a painting.",
    "exact duplicate": "The very same file was met before; one copy was kept.",
    "near duplicate": "The same picture in another size, cut or quality; one copy was kept.",
    "same picture under": "Copies carry different labels, nobody here can tell which is right, and so none was kept.",
    "no style": "The source does not say what style it is.",
    "lost": "It was collected, but the file that held its pixels was deleted since.",
    "not fetched": "The server that has the picture did not give it out.",
    "another view": "The record shows one work several times; the first picture of it was kept.",
    "made by the competition's host": "Put into the competition by its organiser to catch cheats.",
}
KINDS = (  # of pairs, how many are shown, and their words
    (
        "contested",
        12,
        "One picture, two labels",
        "The same picture under two artists or two styles. No copy was kept, since nobody here can tell which label is right.",
    ),
    (
        "near",
        8,
        "Nearly the same",
        "The same picture in another size, cut or quality, or mirrored, the least alike first. The copy whose artist is known "
        "was kept, or else the one with most pixels.",
    ),
    ("exact", 4, "Exactly the same", "The very same file, met twice. One was kept."),
)


def dropped_page(collection: Collection, pictures: Path) -> dict[str, Any]:
    """What the page shows, its thumbnails written into `pictures`; raises `UserError` for a damaged shard."""
    summary = summary_of(collection)
    return {
        "name": collection.folder.name,
        "summary": summary,
        "reasons": _reasons(collection, pictures),
        "repaired": _shown(collection, [p for p in collection.paintings if p.repaired], pictures),
        "duplicates": _duplicates(collection, pictures),
        "alike": ALIKE,
        "names": _names(collection.folder / ARTISTS),
        "attributions": _attributions(collection.rows),
        "concentration": [_concentration(style, collection.select([style.style])) for style in summary.styles],
        "split": [_split(style) for style in summary.styles],
        "two_sides": on_two_sides(collection.paintings),
    }


def _reasons(collection: Collection, pictures: Path) -> list[dict[str, Any]]:
    by_kind: dict[str, list[Painting]] = defaultdict(list)
    for painting in collection.rows:
        if not painting.kept:
            # As in the summary, so that its counts are these.
            by_kind[reason_kind(painting.reason)].append(painting)
    return [
        {
            "reason": kind,
            "gloss": next((text for start, text in GLOSSES.items() if kind.startswith(start)), ""),
            **_shown(collection, paintings, pictures),
        }
        for kind, paintings in sorted(by_kind.items(), key=lambda item: -len(item[1]))
    ]


def _shown(collection: Collection, paintings: Sequence[Painting], pictures: Path) -> dict[str, Any]:
    """How many paintings there are, some with their pictures, some without by name, and how many more."""
    seen = spread([p for p in paintings if p.shard >= 0], THUMBNAILS)
    named = [p for p in paintings if p.shard < 0][:LISTED]
    return {
        "count": len(paintings),
        "thumbs": [{"painting": p, "file": _thumbnail(collection, p, pictures)} for p in seen],
        "named": named,
        "more": len(paintings) - len(seen) - len(named),
    }


def _thumbnail(collection: Collection, painting: Painting, pictures: Path) -> str:
    """The picture small, written once however often it is shown; empty for a painting without pixels."""
    if painting.shard < 0:
        return ""
    path = pictures / f"dropped-{painting.shard}-{painting.offset}.jpg"
    if not path.exists():
        image = collection.picture(painting)
        write_image(shrink(image, max(1, round(SIDE * min(image.size) / max(image.size)))), path, quality=85)
    return f"pictures/{path.name}"


def _duplicates(collection: Collection, pictures: Path) -> dict[str, Any] | None:
    """Pairs by kind, the contested ones first; None for a collection without a list of them."""
    rows = _table(collection.folder / DUPLICATES)
    if rows is None:
        return None
    met = {painting.id: painting for painting in collection.rows}
    by_kind: dict[str, list[tuple[float, Painting, Painting]]] = defaultdict(list)
    for row in rows:
        kind = "contested" if row["done"] == "all dropped" else row["kind"]
        by_kind[kind].append((float(row["likeness"]), met[row["painting"]], met[row["other"]]))
    groups = []
    for kind, most, title, gloss in KINDS:
        # Of a contested picture the copies that do not agree come first.
        found = sorted(by_kind[kind], key=lambda pair: (kind == "contested" and _agree(*pair[1:]), pair[0]))
        pairs = [_pair(collection, pair, pictures) for pair in found[:most]]
        groups.append({"title": title, "gloss": gloss, "count": len(found), "pairs": pairs})
    return {"count": len(rows), "groups": groups}


def _agree(one: Painting, other: Painting) -> bool:
    return (one.group, one.style) == (other.group, other.style)


def _pair(collection: Collection, pair: tuple[float, Painting, Painting], pictures: Path) -> dict[str, Any]:
    likeness, *both = pair
    told = f"Likeness {likeness:.2f}."
    if both[0].sha256 == both[1].sha256:
        told = "The same file."
    elif not likeness:  # copies of copies are one group, though not every two of them were found alike
        told = "Joined by a third copy that is like both."
    return {"both": [{"painting": p, "file": _thumbnail(collection, p, pictures)} for p in both], "told": told}


def _names(path: Path) -> dict[str, Any] | None:
    """Artists met under several spellings, those with most paintings first; None without a list of them."""
    rows = _table(path)
    if rows is None:
        return None
    spellings: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for row in rows:
        spellings[row["artist"]].append((row["spelling"], int(row["paintings"])))
    found = sorted(spellings.items(), key=lambda item: -sum(count for _, count in item[1]))
    return {"count": len(found), "shown": found[:NAMES], "more": len(found[NAMES:])}


def _attributions(rows: Iterable[Painting]) -> list[tuple[str, int, int]]:
    """Every attribution qualifier with its paintings met and kept."""
    rows = [p for p in rows if p.attribution]
    kept = Counter(p.attribution for p in rows if p.kept)
    return [(name, count, kept[name]) for name, count in Counter(p.attribution for p in rows).most_common()]


def _table(path: Path) -> list[dict[str, str]] | None:
    if not path.exists():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _concentration(style: StyleSummary, paintings: Sequence[Painting]) -> dict[str, Any]:
    """The shares of a style's paintings by the rank of their artist, for a bar, and the sentence under it."""
    sizes = Counter(p.group for p in paintings).most_common()
    first = next(p.artist for p in paintings if p.group == sizes[0][0]) or "unknown"
    ends = [rank for rank in RANKS if rank < len(sizes)] + [len(sizes)]
    parts = []
    for begin, end in pairwise([0, *ends]):
        label = "1st" if end == 1 else f"{begin + 1}–{end}" if begin + 1 < end else str(end)
        parts.append((label, sum(count for _, count in sizes[begin:end])))
    held = [percent(count / len(paintings)) for count in accumulate(count for _, count in parts)]
    more = "".join(f", the {end} largest {share}" for end, share in zip(ends[1:-1], held[1:-1], strict=True))
    artists = f"The largest of {len(sizes)} artists ({first})" if len(sizes) > 1 else f"The only artist ({first})"
    return {
        "style": style.style,
        "parts": _bar(parts, len(paintings)),
        "equal": f"{style.effective_artists:g}",
        "sentence": f"{artists} holds {held[0]}{more}.",
    }


def _split(style: StyleSummary) -> dict[str, Any]:
    """A style's paintings by use, for a bar, with the words for each."""
    counts = [(name, style.split[name], style.split_artists[name]) for name in SPLITS]
    told = [f"{USES[name]} {n} painting{'s' * (n != 1)} by {by} artist{'s' * (by != 1)}" for name, n, by in counts]
    parts = _bar([(f"{n} by {by}", n) for _, n, by in counts], style.paintings)
    return {"style": style.style, "parts": parts, "told": told}


def _bar(parts: Sequence[tuple[str, int]], total: int) -> list[dict[str, Any]]:
    """Labelled parts of a whole as percentages of its length."""
    bar, start = [], 0
    for label, count in parts:
        bar.append({"label": label, "start": 100 * start / total, "width": 100 * count / total})
        start += count
    return bar
