"""The datasheet of a collection, written from its catalogue and clean-up record (Gebru et al. 2021)."""

from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

from brushwork.classifier.document import Card, Entry, Grid, Part, Section, markdown
from brushwork.classifier.factors import MADE, by_style, concentration, on_two_sides
from brushwork.classifier.sentences import joined, percent
from brushwork.collection import Collection
from brushwork.collection.splits import SPLITS
from brushwork.collection.summary import CollectionSummary, counted, summary_of
from brushwork.run import read_json, write_atomically

FILE = "datasheet.md"
UNKNOWN = "Not recorded by the source."
USES = dict(zip(SPLITS, ("learned from", "watched", "tested on"), strict=True))
COLUMNS = {
    "artist": "artist",
    "title": "title",
    "year": "year",
    "genre": "genre",
    "rights": "rights",
    "url": "address of its page",
}


def datasheet(collection: Collection) -> Card:
    """The datasheet in Gebru's seven sections; what the data cannot tell is said to be not recorded."""
    summary = summary_of(collection)
    return Card(
        title=f"Datasheet: {collection.folder.name}",
        lead=(
            f"A collection of {counted(summary.kept, 'painting')} in the styles {joined(collection.styles)}, made by Brushwork "
            f"from the source “{summary.source}”. Every figure is counted from its catalogue; nothing is written by hand. The "
            "sections are those of Gebru et al., Datasheets for Datasets (2021)."
        ),
        sections=(
            Section("Motivation", _motivation(collection)),
            Section("Composition", _composition(collection, summary)),
            Section("Collection process", _process(collection, summary)),
            Section("Preprocessing, cleaning, labelling", _cleaning(collection, summary)),
            Section("Uses", _uses(collection)),
            Section("Distribution", _distribution(collection, summary)),
            Section("Maintenance", _maintenance(collection, summary)),
        ),
    )


def write_datasheet(folder: Path, collection: Collection) -> None:
    """Write the datasheet of a run's collection into the run as `datasheet.md`."""
    write_atomically(folder / FILE, markdown(datasheet(collection)).encode())


def _motivation(collection: Collection) -> tuple[Part, ...]:
    styles = joined(collection.styles)
    if collection.source == MADE:
        why = (
            "To have paintings whose truth is known: two invented schools with planted differences, and painters with planted "
            "habits, painted by Brushwork itself, so that what a network claims can be checked."
        )
        return (Entry("For what purpose was it made?", why),)
    return (
        Entry(
            "For what purpose was it made?",
            f"To teach and to test programs that tell {styles} apart. Why the source itself was made: {_lower(UNKNOWN)}",
        ),
        Entry("Who made it, and who paid?", UNKNOWN),
    )


def _composition(collection: Collection, summary: CollectionSummary) -> tuple[Part, ...]:
    split = tuple(
        (s.style, *(f"{s.split[name]:,} by {counted(s.split_artists[name], 'artist')}" for name in SPLITS))
        for s in summary.styles
    )
    sources = Counter(p.source or "not stated" for p in collection.paintings).most_common()
    parts: list[Part] = [
        Entry(
            "What is in it?",
            "Pictures of paintings, each with what the source says of artist, title, year, style, genre and rights.",
        ),
        Entry(
            "How many?",
            f"{summary.kept:,} of the {summary.met:,} met are in use; the others are kept as rows with the reason.",
        ),
        by_style(collection, summary),
        "“As if equal artists” is how many artists with equally many paintings would be as concentrated (inverse Simpson index).",
        Entry("Few hands or many?", concentration(collection, summary)),
        Entry(
            "Is there a recommended division?",
            _division(collection),
        ),
        Grid(("style", *(USES[name] for name in SPLITS)), split, words=True),
    ]
    parts += _missing(collection)
    if len(sources) > 1:
        parts += [
            Entry("Which sources?", "The paintings in use come from:"),
            Grid(("source", "paintings"), tuple((name, f"{n:,}") for name, n in sources)),
        ]
    parts += [
        Entry("Is it all there is, or a sample?", _sample(collection)),
        Entry(
            "Is anything in it offensive, confidential or about living people?",
            "No: its painters and subjects are invented." if collection.source == MADE else UNKNOWN,
        ),
    ]
    return tuple(parts)


def _missing(collection: Collection) -> list[Part]:
    rows = []
    for name, words in COLUMNS.items():
        if without := sum(not getattr(p, name) for p in collection.paintings):
            rows.append((words, f"{without:,}", percent(without / len(collection.paintings))))
    if not rows:
        return [Entry("What is missing?", f"Nothing: every painting in use has its {joined(list(COLUMNS.values()))}.")]
    told = Entry("What is missing?", "Of the paintings in use, these lack an entry:")
    return [told, Grid(("lacking", "paintings", "share"), tuple(rows))]


def _division(collection: Collection) -> str:
    if broken := on_two_sides(collection.paintings):
        return (
            f"There is one, but it is broken: {counted(len(broken), 'artist')} ({', '.join(broken[:3])}, …) are in more than one "
            "part, so a score on it flatters."
        )
    return (
        "Yes, by artist: nobody who is learned from is tested on. An artist group is an artist; a painting by an unknown artist "
        "is a group of its own."
    )


def _sample(collection: Collection) -> str:
    if collection.source == MADE:
        return "All there is: the paintings exist nowhere else."
    return (
        f"It holds the paintings that this collecting met. Out of how many they were chosen, and how: {_lower(UNKNOWN)}"
    )


def _process(collection: Collection, summary: CollectionSummary) -> tuple[Part, ...]:
    settings = read_json(collection.folder / "settings.json")
    addressed = sum(bool(p.url) for p in collection.paintings)
    if collection.source == MADE:
        how = "Painted by a program, “brushwork collect two-schools”; no picture was found anywhere."
        return (Entry("How was it acquired?", how), Entry("Over what time?", "The paintings' years are invented."))
    parts = [
        Entry(
            "How was it acquired?",
            f"By “brushwork collect {summary.source}”, which reads the source and changes nothing in it.",
        ),
        Entry(
            "Where does each painting come from?",
            f"{addressed:,} of {summary.kept:,} paintings have the address of their page at the source.",
        ),
        Entry("How was each picture read?", _reading(settings)),
    ]
    unrecorded = (
        "Who chose the paintings, and were they paid?",
        "Over what time were they collected?",
        "How were they photographed?",
    )
    return (*parts, *(Entry(question, UNKNOWN) for question in unrecorded))


def _reading(settings: dict[str, Any]) -> str:
    trimmed = " and plain borders cut off" if settings.get("trim_borders") else ""
    return (
        f"Opened, turned upright, converted to sRGB and reduced to {settings['short_side']} pixels on the short side where it "
        f"was larger{trimmed}."
    )


def _cleaning(collection: Collection, summary: CollectionSummary) -> tuple[Part, ...]:
    steps = tuple(
        (str(s["step"]), str(s["what"]), "yes" if s["on"] else "no", f"{s['count']:,}" if s["on"] else "none")
        for s in summary.steps
    )
    dropped = tuple((reason, f"{count:,}") for reason, count in summary.dropped.items())
    parts: list[Part] = []
    if steps:
        parts += [
            Entry("What was done?", "These steps, one after the other, each of which can be switched off:"),
            Grid(("step", "what it does", "on", "paintings"), steps, words=True),
        ]
    else:
        parts.append(Entry("What was done?", "Not recorded: an older version of Brushwork made this collection."))
    if dropped:
        told = f"{counted(summary.met - summary.kept, 'painting')} of {summary.met:,}; the exhibit shows them."
        parts += [Entry("What was left out, and why?", told), Grid(("reason", "paintings"), dropped)]
    else:
        parts.append(Entry("What was left out, and why?", f"None of the {summary.met:,} paintings met."))
    if summary.repaired:
        parts.append(
            f"{counted(summary.repaired, 'file')} cut short at the end but kept, marked in the catalogue's column “repaired”."
        )
    labels = (
        "The program knows which school it painted in."
        if collection.source == MADE
        else "Style, artist, year and genre are the source's own, brought to one spelling where the steps say so; nobody has "
        f"checked them against the literature. By whom, and by what rule, a work was given its style: {_lower(UNKNOWN)}"
    )
    raw = "The source's own files are not part of it; the artist as the source writes him stands in the column “artist_given”."
    return (*parts, Entry("Who gave the labels?", labels), Entry("Is the raw data kept?", raw))


def _uses(collection: Collection) -> tuple[Part, ...]:
    styles = joined(collection.styles)
    return (
        Entry(
            "What can it be used for?",
            f"Asking what programs can see of the difference between {styles}, with artists kept apart; teaching.",
        ),
        Entry(
            "What could go wrong?",
            "What goes along with style here (the artists, their subjects and years, the way the pictures were photographed and "
            "stored) can be taken for style. A result says nothing of artists, regions and "
            "periods that are not in it.",
        ),
        Entry(
            "What should it not be used for?",
            "Attributing works to artists, dating, authentication or valuation; saying what the art of a time was like, which a "
            "chosen few cannot show; numbers from a split in which the same artists are learned from and tested on.",
        ),
    )


def _distribution(collection: Collection, summary: CollectionSummary) -> tuple[Part, ...]:
    rights = tuple((right or "not stated", f"{count:,}") for right, count in summary.rights.items())
    return (
        Entry(
            "Under what rights?",
            "What the source says of the rights in the paintings in use. Brushwork repeats it and has not checked it.",
        ),
        Grid(("statement", "paintings"), rights),
        "A collection holds copies of the pictures, and so does an exhibit of it: passing either on needs the right to.",
        Entry(
            "Who may get it, and how?",
            UNKNOWN if collection.source != MADE else "Anyone: “brushwork collect two-schools” paints it again.",
        ),
    )


def _maintenance(collection: Collection, summary: CollectionSummary) -> tuple[Part, ...]:
    settings = read_json(collection.folder / "settings.json")
    return (
        Entry(
            "Which state is this?",
            f"Fingerprint {summary.fingerprint}, which changes when a painting, its label or its side of the split does; format "
            f"{settings.get('format', 1)}; this sheet was written by Brushwork {version('brushwork')}.",
        ),
        Entry("Is it whole?", "“brushwork show COLLECTION --verify” computes every checksum again."),
        Entry(
            "How is it extended or corrected?",
            "By the same “brushwork collect” into the same folder once the source has changed. Artists keep their side of the "
            "split, so paintings added later move nobody; a run made on an earlier state says so and is refused for this one.",
        ),
        Entry("Who looks after it, and who is told of mistakes?", UNKNOWN),
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
