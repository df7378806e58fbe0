"""Paragraphs, entries and tables, and cards made of them: kept as structure, shown as Markdown, a page or plain text."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

_MARKS = re.compile(r"[\\`*<|]|\](?=\()|(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
_OPENINGS = re.compile(r"^(\d*)([.)+-](?=\s)|#(?=[\s#])|>)")  # what would begin a list, a heading or a quotation


@dataclass(frozen=True, slots=True)
class Entry:
    """A term or question, and what is to be said about it."""

    term: str
    words: str


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of plain text, its first column naming the rows; `words` where the cells are words rather than numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: bool = False

    def __post_init__(self) -> None:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError(f"a row does not have the {len(self.header)} cells of its header")


Part = str | Entry | Grid


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a card; a plain string is a paragraph."""

    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A model card or a datasheet: plain text in the field's usual sections, no markup."""

    title: str
    lead: str
    sections: tuple[Section, ...]

    def to_dict(self) -> dict[str, Any]:
        """The card as plain data."""
        return asdict(self)


def markdown(card: Card) -> str:
    """The card as Markdown (CommonMark with tables); what the text itself holds of marks is shown, not obeyed."""
    blocks = [f"# {_shown(card.title)}", _shown(card.lead)]
    for section in card.sections:
        blocks.append(f"## {_shown(section.title)}")
        blocks += [_block(part) for part in section.parts]
    return "\n\n".join(blocks) + "\n"


def plain_text(parts: Sequence[Part], width: int = 110) -> str:
    """The parts as text for a terminal: paragraphs wrapped, columns aligned, no line cut."""
    return "\n\n".join(_plain_block(part, width) for part in parts)


def _plain_block(part: Part, width: int) -> str:
    if isinstance(part, Grid):
        cells = [[_plain(cell) for cell in row] for row in (part.header, *part.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(part.header))]
        lines = ("  ".join(map(str.ljust, row, widths)) for row in cells)
        return "\n".join(f"  {line}".rstrip() for line in lines)
    return textwrap.fill(_plain(f"{part.term} {part.words}" if isinstance(part, Entry) else part), width)


def _plain(text: str) -> str:
    return " ".join(text.split())  # spaces that do not break as well


def _block(part: Part) -> str:
    if isinstance(part, Entry):
        return f"**{_shown(part.term)}** {_shown(part.words)}"
    if isinstance(part, Grid):
        line = "|---|" + ("---|" if part.words else "--:|") * (len(part.header) - 1)
        return "\n".join([_row(part.header), line, *map(_row, part.rows)])
    return _shown(part)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(map(_shown, cells)) + " |"


def _shown(text: str) -> str:
    return _OPENINGS.sub(r"\1\\\2", _MARKS.sub(r"\\\g<0>", " ".join(text.split())))
