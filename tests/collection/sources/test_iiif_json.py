"""What IIIF documents say, in whatever form."""

import pytest

from brushwork.collection.sources.iiif_json import Image, text


@pytest.mark.parametrize(
    ("image", "address"),
    [
        (Image("a.jpg", 3000, 2000), "a.jpg"),
        (Image("a.jpg", 3000, 2000, "S", 2, 3), "S/full/768,/0/default.jpg"),
        (Image("a.jpg", 2000, 3001, "S", 1, 2), "S/full/512,/0/default.jpg"),
        (Image("a.jpg", 600, 512, "S", 2, 2), "S/full/full/0/default.jpg"),  # nothing is enlarged
        (Image("a.jpg", 600, 500, "S", 2, 3), "S/full/max/0/default.jpg"),
        (Image("a.jpg", 0, 0, "S", 2, 3), "S/full/max/0/default.jpg"),
        (Image("a.jpg", 3000, 2000, "S", 1, 1), "S/full/768,/0/native.jpg"),
        (Image("a.jpg", 3000, 2000, "S", 0, 2), "a.jpg"),
        (Image("", 3000, 2000, "S", 0, 3), "S/full/max/0/default.jpg"),
        (Image("a.jpg", 3000, 2000, "S", 0, 2, ((1500, 1000), (750, 500), (900, 600))), "S/full/900,/0/default.jpg"),
        (Image("a.jpg", 3000, 2000, "S", 0, 3, ((1500, 1000), (750, 500))), "S/full/1500,1000/0/default.jpg"),
        (Image("a.jpg", 3000, 2000, "S", 0, 3, ((300, 200), (150, 100))), "S/full/300,200/0/default.jpg"),
    ],
)
def test_the_size_asked_for_is_one_the_service_has_and_just_large_enough(image: Image, address: str) -> None:
    assert image.at(512) == address


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Dawn", "Dawn"),
        ({"de": ["Morgen"], "en": ["Dawn"]}, "Dawn"),
        ({"de": ["Morgen"], "none": ["Dawn"]}, "Dawn"),
        ({"de": ["Morgen", "Frühe"]}, "Morgen; Frühe"),
        ({"@value": "Dawn", "@language": "en"}, "Dawn"),
        ([{"@value": "Morgen", "@language": "de"}, {"@value": "Dawn", "@language": "en-GB"}], "Dawn"),
        (["Dawn", "Dusk"], "Dawn; Dusk"),
        ("<p><i>Dawn</i>,<br>&quot;a sketch&quot;</p>", 'Dawn, "a sketch"'),
        ("<Untitled>", "<Untitled>"),
        (1875, "1875"),
        (None, ""),
        ({"en": []}, ""),
    ],
)
def test_text_however_it_is_written(written: object, read: str) -> None:
    assert text(written) == read
