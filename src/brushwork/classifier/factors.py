"""What goes along with the styles of a collection: hands, years, subjects; for the model card and the datasheet."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Sequence

from brushwork.classifier.document import Grid
from brushwork.classifier.sentences import joined, percent
from brushwork.collection import Collection
from brushwork.collection.summary import CollectionSummary, counted
from brushwork.painting import Painting

MADE = "two-schools"  # the source whose paintings and painters are invented


def by_style(collection: Collection, summary: CollectionSummary) -> Grid:
    """Each style's paintings, how they fall on artists, and the years and genres that go along with it."""
    rows = []
    for found in summary.styles:
        paintings = collection.select([found.style])
        cells = (f"{found.paintings:,}", f"{found.artists:,}", f"{found.effective_artists:g}")
        rows.append((found.style, *cells, percent(_largest(paintings)), _years(paintings), _genres(paintings)))
    header = ("style", "paintings", "artists", "as if equal artists", "the largest holds", "years", "commonest genres")
    return Grid(header, tuple(rows), words=True)


def concentration(collection: Collection, summary: CollectionSummary) -> str:
    """How many hands each style rests on, in sentences."""
    return " ".join(
        f"{s.style} rests on {counted(s.artists, 'artist')} (who count like {s.effective_artists:g} with equally many "
        f"paintings each), the largest of whom holds {percent(_largest(collection.select([s.style])))} of it."
        for s in summary.styles
    )


def on_two_sides(paintings: Sequence[Painting]) -> list[str]:
    """The artist groups with paintings in more than one part of the split; empty when the split keeps its promise."""
    parts: dict[str, set[str]] = defaultdict(set)
    for painting in paintings:
        parts[painting.group].add(painting.split)
    return sorted(group for group, found in parts.items() if len(found) > 1)


def files(paintings: Sequence[Painting]) -> str:
    """The sizes and kinds of the files that the pictures were met as, by style, where that is known."""
    told = []
    for style in sorted({p.style for p in paintings}):
        own = [p for p in paintings if p.style == style]
        sizes = [min(p.original_width, p.original_height) for p in own if p.original_width]
        if sizes:
            told.append(f"{style} {statistics.median(sizes):,.0f} pixels")
    return (
        f"The short side of the files is, in the middle, {joined(told)}."
        if told
        else "The files' sizes are not recorded."
    )


def _largest(paintings: Sequence[Painting]) -> float:
    return max(Counter(p.group for p in paintings).values()) / len(paintings)


def _years(paintings: Sequence[Painting]) -> str:
    known = sorted((p.year_from + p.year_to) / 2 for p in paintings if p.year_to)
    if not known:
        return "not recorded"
    low, high = known[len(known) // 10], known[-1 - len(known) // 10]
    some = f"; {len(paintings) - len(known):,} unknown" if len(known) < len(paintings) else ""
    return f"mostly {low:.0f} to {high:.0f}, middle {statistics.median(known):.0f}{some}"


def _genres(paintings: Sequence[Painting]) -> str:
    told = Counter(p.genre.strip() for p in paintings if p.genre.strip()).most_common(3)
    return ", ".join(f"{genre} {percent(count / len(paintings))}" for genre, count in told) or "not recorded"
