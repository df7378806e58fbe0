"""What is in a collection: in numbers, in words, and as a contact sheet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from PIL import Image, ImageDraw

from brushwork.collection.collection import Collection
from brushwork.collection.splits import SPLITS
from brushwork.lettering import font_of
from brushwork.painting import Painting
from brushwork.randomness import stream

USES = {"train": "learn from", "validation": "watch", "test": "test on"}
FEW = {"train": 3, "validation": 2, "test": 3}  # artists of a style, below which a word of warning is due


@dataclass(frozen=True, slots=True)
class StyleSummary:
    """A style's paintings and how they fall on its artists."""

    style: str
    paintings: int
    artists: int
    effective_artists: float  # as many equal artists would be as concentrated (inverse Simpson index)
    unknown: int  # paintings whose artist is not known; each counts as an artist of its own
    top_artists: list[tuple[str, int]]
    split: dict[str, int]  # paintings by split
    split_artists: dict[str, int]


@dataclass(frozen=True, slots=True)
class CollectionSummary:
    """What was met, kept and dropped."""

    source: str
    fingerprint: str
    met: int
    kept: int
    styles: list[StyleSummary]
    dropped: dict[str, int]  # by reason, the part after a colon left out
    repaired: int  # kept, though their files were cut short
    steps: list[dict[str, object]]  # of the clean-up, with what each did
    rights: dict[str, int]

    def to_dict(self) -> dict[str, object]:
        """The summary as plain data."""
        return asdict(self)


def summary_of(collection: Collection) -> CollectionSummary:
    """Count a collection."""
    reasons = Counter(reason_kind(p.reason) for p in collection.rows if not p.kept)
    return CollectionSummary(
        source=collection.source,
        fingerprint=collection.fingerprint,
        met=len(collection.rows),
        kept=len(collection.paintings),
        styles=[_style(style, collection.select([style])) for style in collection.styles],
        dropped=dict(reasons.most_common()),
        repaired=sum(bool(p.repaired) for p in collection.paintings),
        steps=collection.cleanup,
        rights=dict(Counter(p.rights for p in collection.paintings).most_common()),
    )


def counted(number: int, noun: str) -> str:
    """A number and its noun: `1 artist`, `2 artists`."""
    return f"{number} {noun}{'s' * (number != 1)}"


def reason_kind(reason: str) -> str:
    """What many reasons have in common: the words before the particulars."""
    return reason.split(":")[0].split(" of ")[0]


def _style(style: str, paintings: Sequence[Painting]) -> StyleSummary:
    artists = Counter(p.artist or "unknown" for p in paintings)
    groups = Counter(p.group for p in paintings)
    return StyleSummary(
        style=style,
        paintings=len(paintings),
        artists=len(groups),
        effective_artists=round(len(paintings) ** 2 / sum(n * n for n in groups.values()), 1),
        unknown=sum(not p.artist for p in paintings),
        top_artists=artists.most_common(5),
        split={name: sum(p.split == name for p in paintings) for name in SPLITS},
        split_artists={name: len({p.group for p in paintings if p.split == name}) for name in SPLITS},
    )


def in_words(summary: CollectionSummary) -> str:
    """The summary as lines of text for a terminal."""
    lines = [f"{summary.kept} paintings in use of {summary.met} met; source {summary.source}, {summary.fingerprint}."]
    for style in summary.styles:
        top = ", ".join(f"{artist} {count}" for artist, count in style.top_artists)
        share = sum(count for _, count in style.top_artists) / style.paintings
        parts = ", ".join(f"{style.split[s]} by {style.split_artists[s]} to {use}" for s, use in USES.items())
        lines += [
            f"\n{style.style}: {counted(style.paintings, 'painting')} by {counted(style.artists, 'artist')}, who count "
            f"like {style.effective_artists:g} with equally many paintings each.",
            *([f"  {style.unknown} have no known artist and count as one artist each."] if style.unknown else []),
            f"  Split by artist: {parts}.",
            *_too_few(style),
            f"  Most paintings: {top} ({share:.0%} in all).",
        ]
    dropped = summary.met - summary.kept
    lines.append(f"\nDropped: {dropped or 'none'}." if not dropped else f"\nDropped, {dropped} in all:")
    lines += [f"  {count:6d}  {reason}" for reason, count in summary.dropped.items()]
    if summary.repaired:
        lines.append(f"Kept though their files were cut short: {summary.repaired}, marked in the column `repaired`.")
    if summary.steps:
        lines.append("\nClean-up, each step to be left out with --without NAME:")
    for step in summary.steps:
        lines.append(f"  {step['count'] if step['on'] else 'off':>6}  {step['step']}: {step['what']}")
    return "\n".join(lines)


def _too_few(style: StyleSummary) -> list[str]:
    """A warning where artists are too few for a score to mean much."""
    few = [name for name in SPLITS if style.split_artists[name] < FEW[name]]
    if not few:
        return []
    counts = ", ".join(f"{style.split_artists[name]} to {USES[name]}" for name in few)
    return [f"  Few artists: {counts}; a score on so few hands says little about the style."]


def contact_sheet(collection: Collection, per_style: int = 24, height: int = 110, width: int = 1200) -> Image.Image:
    """Paintings of every style, whole and in their own proportions, as many artists as there is room for."""
    font = font_of(15)
    parts: list[Image.Image] = []
    for style in collection.styles:
        paintings = spread(collection.select([style]), per_style)
        heading = Image.new("RGB", (width, 34), "white")
        ImageDraw.Draw(heading).text((6, 9), f"{style}: {len(collection.select([style]))} paintings", "black", font)
        parts += [heading, *_rows([collection.picture(p) for p in paintings], height, width)]
    sheet = Image.new("RGB", (width, sum(part.height for part in parts) + 6), "white")
    top = 0
    for part in parts:
        sheet.paste(part, (0, top))
        top += part.height
    return sheet


def spread(paintings: Sequence[Painting], count: int) -> list[Painting]:
    """`count` paintings, the artists in turn, the same at every call."""
    turns: list[tuple[int, float, Painting]] = []
    seen: Counter[str] = Counter()
    for i in stream(0, "contact-sheet").permutation(len(paintings)):
        painting = paintings[i]
        turns.append((seen[painting.group], len(turns), painting))
        seen[painting.group] += 1
    return [painting for _, _, painting in sorted(turns, key=lambda turn: turn[:2])[:count]]


def _rows(pictures: Sequence[Image.Image], height: int, width: int) -> list[Image.Image]:
    rows, x = [Image.new("RGB", (width, height + 6), "white")], 6
    for picture in pictures:
        small = picture.resize((max(1, round(picture.width * height / picture.height)), height))
        if x + small.width > width:
            rows.append(Image.new("RGB", (width, height + 6), "white"))
            x = 6
        rows[-1].paste(small, (x, 0))
        x += small.width + 6
    return rows
