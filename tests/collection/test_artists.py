"""Spellings of one artist have one key; different artists keep theirs (painter-by-numbers.md, quirks)."""

import pytest

from brushwork.collection.artists import artist_key, normalised_artist


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (" Wassily Kandinsky", "Wassily Kandinsky"),
        ("Georges Lacombe\xa0", "Georges  Lacombe"),
        ("Kandinsky, Wassily", "Wassily Kandinsky"),
        ("Repin, I.", "I. Repin"),
        ("Édouard Manet", "EDOUARD MANET"),
        ("Henri de Toulouse-Lautrec", "Henri de Toulouse Lautrec"),
    ],
)
def test_spellings_of_one_artist_have_one_key(first: str, second: str) -> None:
    assert artist_key(first) == artist_key(second)


def test_different_artists_keep_their_keys() -> None:
    names = ["Claude Monet", "Edouard Manet", "Max Ernst", "Ernst Max Oppler", "John Sloan", "Sloan, John, Jr."]
    assert len({artist_key(name) for name in names}) == len(names)


@pytest.mark.parametrize("name", ["", "  ", "Unknown Artist", "anonymous", "nan", "."])
def test_nobody_is_nobody(name: str) -> None:
    assert normalised_artist(name) == ("", "")
