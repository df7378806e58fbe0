"""Names from all over Europe can be written on pictures."""

from PIL import ImageFont

from brushwork.lettering import font_of


def test_letters_of_names_have_shapes_of_their_own() -> None:
    font = font_of(15)
    assert isinstance(font, ImageFont.FreeTypeFont)
    missing = bytes(font.getmask("\U0010ffff"))
    for letter in "éøüñčłŠőЖя":
        assert bytes(font.getmask(letter)) != missing, letter
