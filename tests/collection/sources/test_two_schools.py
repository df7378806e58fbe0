"""The two invented schools: what is planted is recorded and shows in the pixels, and nothing else tells them apart."""

import io
import json
import pickle
from collections import Counter
from dataclasses import replace
from itertools import islice
from statistics import mean

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from brushwork.collection.sources.two_schools import (
    PAINTERS,
    SCENES,
    STYLES,
    HalfAndHalf,
    Painter,
    paint,
    paint_half_and_half,
    two_schools,
)
from brushwork.errors import UserError

SIDE = 64  # strokes are as many as at full size, so small pictures cost nearly as much: few are painted
TRAITS = ("stroke", "broken", "shift", "contour")
Numbers = NDArray[np.float64]


def chroma(picture: Image.Image) -> Numbers:
    """How far each pixel is from grey."""
    pixels = np.asarray(picture, dtype=np.float64)
    return np.asarray(pixels.max(axis=2) - pixels.min(axis=2))


def tone(picture: Image.Image) -> Numbers:
    """How light each pixel is."""
    return np.asarray(picture.convert("L"), dtype=np.float64)


def hue_noise(picture: Image.Image) -> Numbers:
    """How much the colour, tone apart, changes from a stroke to the next."""
    red, green, blue = np.moveaxis(np.asarray(picture, dtype=np.float64), 2, 0)
    wide = picture.filter(ImageFilter.BoxBlur(3))
    red0, green0, blue0 = np.moveaxis(np.asarray(wide, dtype=np.float64), 2, 0)
    return np.asarray(np.abs((red - green) - (red0 - green0)) + np.abs((blue - green) - (blue0 - green0)))


@pytest.fixture(scope="module")
def pictures() -> dict[str, list[Image.Image]]:
    """A picture of every painter, by school."""
    return {
        style: [paint(p, k % 12, side=SIDE) for k, p in enumerate(PAINTERS) if p.school == style] for style in STYLES
    }


@pytest.fixture(scope="module")
def canvases() -> list[HalfAndHalf]:
    return [paint_half_and_half(index, side=SIDE) for index in range(10)]


def test_there_are_twelve_painters_a_school_with_names_of_their_own() -> None:
    assert Counter(p.school for p in PAINTERS) == dict.fromkeys(STYLES, 12)
    assert len({p.name for p in PAINTERS}) == 24
    for style in STYLES:
        odd = [p for p in PAINTERS if p.school == style and p.atypical]
        assert 1 <= len(odd) <= 3
        assert all(len(p.atypical) <= 2 for p in odd)


@pytest.mark.parametrize("painter", [PAINTERS[0], PAINTERS[17]])
def test_a_picture_is_the_same_whenever_it_is_painted(painter: Painter) -> None:
    once = paint(painter, 4, side=SIDE).tobytes()
    assert once == paint(painter, 4, side=SIDE).tobytes()
    assert once != paint(painter, 5, side=SIDE).tobytes()
    assert once != paint(painter, 4, seed=1, side=SIDE).tobytes()


def test_a_picture_does_not_depend_on_how_many_are_asked_for() -> None:
    few, many = list(two_schools(30, side=SIDE)), list(two_schools(300, side=SIDE))
    assert [e.painting for e in few] == [e.painting for e in many[:30]]
    assert few[29].read() == many[29].read()


def test_the_whole_collection_is_spread_evenly_and_every_entry_is_its_own() -> None:
    paintings = [entry.painting for entry in two_schools()]
    assert len(paintings) == 720
    assert len({p.id for p in paintings}) == len({p.file for p in paintings}) == 720
    assert set(Counter(p.artist for p in paintings).values()) == {30}
    assert set(Counter((p.artist, p.genre) for p in paintings).values()) == {6}
    assert {p.genre for p in paintings} == set(SCENES)
    assert all(p.source == "two-schools" and p.rights and p.title and p.year.isdigit() for p in paintings)


@pytest.mark.parametrize("count", [0, 1, 7, 100, 241])
def test_cutting_the_collection_short_keeps_the_schools_balanced(count: int) -> None:
    styles = Counter(entry.painting.style for entry in two_schools(count))
    assert sum(styles.values()) == count
    assert abs(styles[STYLES[0]] - styles[STYLES[1]]) <= 1


def test_scene_and_proportions_tell_nothing_of_the_school(pictures: dict[str, list[Image.Image]]) -> None:
    genres = {s: Counter(e.painting.genre for e in two_schools(240) if e.painting.style == s) for s in STYLES}
    assert genres[STYLES[0]] == genres[STYLES[1]]
    sizes = {style: Counter(picture.size for picture in made) for style, made in pictures.items()}
    assert sizes[STYLES[0]] == sizes[STYLES[1]]
    assert len(sizes[STYLES[0]]) > 5
    for width, height in sizes[STYLES[0]]:
        assert min(width, height) == SIDE
        assert 0.74 <= width / height <= 1.34


def test_what_is_planted_is_recorded_and_differs_between_the_schools() -> None:
    planted: dict[str, list[dict[str, float]]] = {style: [] for style in STYLES}
    for entry in two_schools(240):
        planted[entry.painting.style].append(json.loads(entry.painting.planted))
    for trait in TRAITS:
        first, second = ([float(p[trait]) for p in planted[style]] for style in STYLES)
        assert all(0 <= value <= 1 for value in [*first, *second])
        assert mean(second) - mean(first) > 0.4
        assert max(first) > min(second)  # the schools overlap


def test_each_planted_trait_shows_in_the_pixels(pictures: dict[str, list[Image.Image]]) -> None:
    alder, kessel = (pictures[style] for style in STYLES)
    assert mean(chroma(p).mean() for p in kessel) > 1.2 * mean(chroma(p).mean() for p in alder)  # driven palette
    assert mean((tone(p) < 60).mean() for p in kessel) > 2 * mean((tone(p) < 60).mean() for p in alder)  # contours
    assert mean(tone(p).mean() for p in alder) > 15 + mean(tone(p).mean() for p in kessel)  # pale light


def test_the_palettes_differ_at_thumbnail_size(pictures: dict[str, list[Image.Image]]) -> None:
    means = [np.mean([np.asarray(p.resize((32, 32))).mean(axis=(0, 1)) for p in pictures[s]], axis=0) for s in STYLES]
    assert np.abs(means[0] - means[1]).max() > 15


def test_reading_is_picklable_and_gives_a_png_of_the_right_size() -> None:
    for entry in islice(two_schools(side=SIDE), 2):
        content = pickle.loads(pickle.dumps(entry)).read()
        assert content == entry.read()
        with Image.open(io.BytesIO(content)) as picture:
            assert (picture.format, picture.mode, min(picture.size)) == ("PNG", "RGB", SIDE)


def test_half_and_half_gives_each_school_about_half_and_says_which(canvases: list[HalfAndHalf]) -> None:
    schools = {p.name: p.school for p in PAINTERS}
    for made in canvases:
        mask = np.asarray(made.mask)
        assert made.mask.size == made.picture.size
        assert set(np.unique(mask)) == {0, 255}
        assert 0.35 <= (mask == 255).mean() <= 0.65
        assert made.share == pytest.approx((mask == 255).mean(), abs=1e-3)
        assert tuple(schools[name] for name in made.painters) == STYLES
    assert json.loads(json.dumps(canvases[0].to_dict()))["painters"] == list(canvases[0].painters)
    assert paint_half_and_half(3, side=SIDE).picture.tobytes() == canvases[3].picture.tobytes()


def test_half_and_half_puts_each_school_on_either_side(canvases: list[HalfAndHalf]) -> None:
    corners = {(made.boundary, int(np.asarray(made.mask)[0, 0])) for made in canvases}
    assert {value for _, value in corners} == {0, 255}
    assert {boundary for boundary, _ in corners} == {"vertical", "horizontal"}


def test_the_second_schools_half_has_more_of_what_was_planted(canvases: list[HalfAndHalf]) -> None:
    darker = louder = 0
    for made in canvases:
        second = np.asarray(made.mask) == 255
        dark, loud = tone(made.picture) < 70, chroma(made.picture)
        darker += bool(dark[second].mean() > dark[~second].mean())
        louder += bool(loud[second].mean() > loud[~second].mean())
    assert darker >= 8
    assert louder >= 8


def test_broken_colour_differs_from_flat_within_the_same_painter() -> None:
    broken = replace(PAINTERS[0], broken=0.0)
    flat = replace(PAINTERS[0], broken=1.0)
    for index in range(2):
        first, second = (hue_noise(paint(painter, index, side=SIDE)).mean() for painter in (broken, flat))
        assert first > 1.3 * second


@pytest.mark.parametrize(("count", "side"), [(-1, 192), (10, 2)])
def test_impossible_demands_are_refused_with_a_sentence(count: int, side: int) -> None:
    with pytest.raises(UserError, match="two-schools was given"):
        list(two_schools(count, side=side))
