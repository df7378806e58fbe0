"""Spellings of one artist have one key; different artists keep theirs (painter-by-numbers.md, quirks)."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brushwork.collection.artists import artist_key, best_spelling, normalised_artist, spellings_of
from brushwork.collection.sources.tables import read_table


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (" Wassily Kandinsky", "Wassily Kandinsky"),
        ("Georges Lacombe\xa0", "Georges  Lacombe"),
        ("Kandinsky, Wassily", "Wassily Kandinsky"),
        ("kandinsky, wassily", "Wassily Kandinsky"),
        ("Repin, I.", "I. Repin"),
        ("Derain, A.", "A. Derain"),
        ("Édouard Manet", "EDOUARD MANET"),
        ("Henri de Toulouse-Lautrec", "Henri de Toulouse Lautrec"),
        ("Toulouse-Lautrec, Henri de", "henri-de-toulouse-lautrec"),
        ("Gogh, Vincent van", "vincent-van-gogh"),
        ("P. S. Krøyer", "P.S. Kroyer"),
        ("a.y.-jackson", "A. Y. Jackson"),
        ("georgia-o-keeffe", "Georgia O'Keeffe"),
        ("Sloan, John, Jr.", "John Sloan Jr"),
        ("Bruegel the Elder, Pieter", "Pieter Bruegel, the Elder"),
    ],
)
def test_spellings_of_one_artist_have_one_key(first: str, second: str) -> None:
    assert artist_key(first) == artist_key(second) != ""


def test_different_artists_keep_their_keys() -> None:
    names = ["Claude Monet", "Edouard Manet", "Max Ernst", "Ernst Max Oppler", "John Sloan", "Sloan, John, Jr.",
             "Pieter Bruegel the Elder", "Pieter Bruegel the Younger", "Kunisada", "Kunisada II"]  # fmt: skip
    assert len({artist_key(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    "name",
    ["", "  ", "Unknown Artist", "anonymous", "nan", ".", "?", "-", "n/a", "Unknown (French)", "Unidentified artist",
     "Artist unknown", "unknown-artist", "attributed to Unknown Artist"],
)  # fmt: skip
def test_nobody_is_nobody(name: str) -> None:
    assert normalised_artist(name) == ("", "")
    assert artist_key(name) == ""


@pytest.mark.parametrize(
    ("name", "artist", "attribution"),
    [
        ("after Claude Monet", "Claude Monet", "after"),
        ("After Monet, Claude", "Claude Monet", "after"),
        ("Claude Monet (after)", "Claude Monet", "after"),
        ("(after) Claude Monet", "Claude Monet", "after"),
        ("Monet, Claude, after", "Claude Monet", "after"),
        ("Copy after Rembrandt", "Rembrandt", "copy after"),
        ("circle of Rembrandt", "Rembrandt", "circle of"),
        ("Rembrandt, school of", "Rembrandt", "school of"),
        ("Workshop of the Master of Flémalle", "Master of Flémalle", "workshop of"),
        ("Attributed to: Monet, Claude, 1840-1926", "Claude Monet", "attributed to"),
        ("possibly by Frans Hals", "Frans Hals", "possibly by"),
        ("by Frans Hals", "Frans Hals", ""),
    ],
)
def test_what_stands_between_the_artist_and_the_work_is_told(name: str, artist: str, attribution: str) -> None:
    assert normalised_artist(name) == (artist, attribution)
    assert artist_key(name) == artist_key(artist)


@pytest.mark.parametrize(
    "name",
    ["Monet, Claude, 1840-1926", "Monet, Claude, 1840-1926.", "Claude Monet (French, 1840–1926)", "Claude Monet (1840-1926)",
     "Monet, Claude (1840-1926)", "Claude Monet, 1840–1926", "Claude Monet, born 1840", "Claude Monet, French, 1840-1926",
     "claude-monet", "Monet, Claude", "CLAUDE MONET".title(), "Monet, Claude, b. 1840"],
)  # fmt: skip
def test_life_dates_nations_and_slugs_leave_the_name(name: str) -> None:
    assert normalised_artist(name) == ("Claude Monet", "")


NAMES = [
    "Henri de Toulouse-Lautrec", "Jan van Eyck", "Byam Shaw", "Vincent van Gogh", "Jacques-Louis David", "N.C. Wyeth",
    "M. F. S.", "John Sloan, Jr.", "Robert Henri Jr.", "Canaletto", "El Greco", "Ōgata Kōrin", "Georgia O'Keeffe",
    "Élisabeth Vigée Le Brun", "Pieter Bruegel the Elder", "Jean-Baptiste-Siméon Chardin", "Daniel Chester French",
    "Stanley Spencer", "Anonymus Bosch",
]  # fmt: skip
TITLES = [  # met in the artist's column of the real table
    "January 1958", "Fete du 8 Juin 1902", "Blackberry, pattern #388", "Girls, Death and Devil", "The Sands, Dieppe",
    "said Scrooge, caustic and cold as ever", "Church of the Covenant (Boston)", "Urban Landscape, No. 27", "x2 + bx",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES + TITLES)
def test_names_that_are_well_stay_as_they_are(name: str) -> None:
    assert normalised_artist(name) == (name, "")


@st.composite
def names(draw: st.DrawFn) -> str:
    """Names as tables and museums write them, from the parts of real ones."""
    given_name = draw(
        st.sampled_from(["Claude", "Jean-Baptiste", "H. C.", "P.S.", "Ōgata", "Édouard", "A.", "Max", "El"])
    )
    particle = draw(st.sampled_from(["", "", "de ", "van ", "von der ", "Le ", "da "]))
    family = draw(
        st.sampled_from(["Monet", "Toulouse-Lautrec", "O'Keeffe", "Krøyer", "SARGENT", "Greco", "Byam Shaw", "ßen"])
    )
    name = draw(st.sampled_from([f"{given_name} {particle}{family}", f"{family}, {given_name} {particle}".rstrip()]))
    suffix = draw(st.sampled_from(["", "", " Jr.", ", Jr.", ", the Elder", " II", ", d.ä."]))
    life = draw(
        st.sampled_from(["", "", ", 1840-1926", " (French, 1840–1926)", " (1840-)", ", born 1840", " 1840–1926"])
    )
    before = draw(
        st.sampled_from(["", "", "after ", "Circle of the ", "(after) ", "Copy after: ", "by ", "- ", " \xa0"])
    )
    behind = draw(st.sampled_from(["", "", " (after)", ", workshop of", ".", " ;", "\xa0"]))
    whole = before + name + suffix + life + behind
    slug = name.lower().replace(" ", "-").replace(",", "")
    return draw(st.sampled_from([whole, whole, whole, whole.lower(), whole.upper(), slug]))


@given(names())
def test_normalising_twice_changes_nothing(name: str) -> None:
    once, attribution = normalised_artist(name)
    assert once
    assert normalised_artist(once) == (once, "")
    assert artist_key(name) == artist_key(once)
    assert attribution == attribution.lower()


@given(st.text())
def test_no_text_raises_and_a_name_never_has_an_empty_key(name: str) -> None:
    once, _ = normalised_artist(name)
    assert bool(artist_key(name)) == bool(once)


def test_merged_spellings_are_counted_as_given_under_the_commonest() -> None:
    given_names = ["Monet, Claude", "Claude Monet", "Claude Monet", "CLAUDE MONET", "Max Ernst", "", "Unknown"]
    merged = {name: given for name, given in spellings_of(given_names).items() if len(given) > 1}
    assert merged == {"Claude Monet": Counter({"Claude Monet": 2, "Monet, Claude": 1, "CLAUDE MONET": 1})}


def test_of_equally_frequent_spellings_capitals_lose() -> None:
    assert best_spelling(Counter({"CLAUDE MONET": 1, "Claude Monet": 1})) == "Claude Monet"
    assert best_spelling(Counter({"CLAUDE MONET": 2, "Claude Monet": 1})) == "CLAUDE MONET"


@pytest.mark.real
def test_the_real_tables_artists_are_neither_mangled_nor_wrongly_merged(real_data: Path) -> None:
    table = real_data / "painter-by-numbers-metadata" / "all_data_info.csv.zip"
    given_names = [row["artist"] for row in read_table(table, ["artist"], "all_data_info.csv")]
    for name in set(given_names):
        once, attribution = normalised_artist(name)
        assert (normalised_artist(once), attribution) == ((once, ""), "")
    merged = {name: given for name, given in spellings_of(given_names).items() if len(given) > 1}
    # Found by reading all 2,319 strings: no two of the table's artists have names alike enough to be merged by mistake.
    assert set(merged) == {
        "Driven by the Spirit", "Franz Kline", "Original drawing", "Trollet som grunner på hvor gammelt det er", "Waking Up",
    }  # fmt: skip
    for artist, spellings in merged.items():
        assert {artist_key(name) for name in spellings} == {artist_key(artist)}
