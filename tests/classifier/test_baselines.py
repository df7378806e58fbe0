"""Each baseline sees what it says it reads, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from brushwork.classifier.baselines import BASELINES
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.painting import Painting

STYLES = ["Calm", "Wild"]
NOWHERE = Collection(Path("nowhere"))  # for baselines that look at no picture
WITHOUT_PICTURES = [name for name in BASELINES if name != "colour statistics"]
Make = Callable[..., Collection]


def paintings(artists: int = 8, each: int = 5, styles: Sequence[str] = STYLES, seed: int = 0) -> list[Painting]:
    """Paintings of one kind of file, whose sizes, shapes and pressures know nothing of the style."""
    draw = np.random.default_rng(seed)
    return [
        Painting(
            id=f"{style}{a}-{n}", file=f"{style}{a}-{n}.jpg", style=style, group=f"{style}{a}",
            width=int(width), height=int(height), bytes=int(width * height / draw.uniform(2, 8)),
            jpeg_quality=int(draw.integers(60, 95)),
        )
        for style in styles for a in range(artists) for n in range(each)
        for width, height in [draw.integers(200, 400, 2)]
    ]  # fmt: skip


def halves(rows: Sequence[Painting], artists: int = 4) -> tuple[list[Painting], list[Painting]]:
    """Paintings to learn from and to be tested on, with no artist in both."""
    known = [p for p in rows if int(p.group[-1]) < artists]
    return known, [p for p in rows if p not in known]


def ask(
    name: str, train: Sequence[Painting], test: Sequence[Painting], styles: Sequence[str] = STYLES
) -> npt.NDArray[np.float64]:
    return BASELINES[name].answers(NOWHERE, train, test, styles, 0)


def share_right(answers: npt.NDArray[np.float64], test: Sequence[Painting]) -> float:
    return float(np.mean([STYLES[i] == p.style for i, p in zip(answers.argmax(1), test, strict=True)]))


def test_the_table_says_which_rows_are_rivals() -> None:
    assert list(BASELINES) == ["majority", "artist lookup", "aspect ratio", "file properties", "colour statistics"]
    assert all(baseline.name == name for name, baseline in BASELINES.items())
    assert [name for name, baseline in BASELINES.items() if not baseline.must_beat] == ["artist lookup"]


@pytest.mark.parametrize("name", WITHOUT_PICTURES)
@pytest.mark.parametrize("count", [1, 2, 5])
def test_rows_sum_to_one_and_do_not_know_of_each_other(name: str, count: int) -> None:
    styles = [f"Style {letter} " for letter in "abcde"[:count]]
    rows = paintings(styles=styles)
    train, test = halves(rows, 5)
    test += train[:3]
    answers = ask(name, train, test, styles)
    assert answers.dtype == np.float64
    assert answers.shape == (len(test), count)
    assert answers.min() >= 0
    assert answers.sum(1) == pytest.approx(1)
    assert ask(name, train, test[::-1], styles)[::-1] == pytest.approx(answers, abs=1e-9)
    assert ask(name, train, test[4:5], styles) == pytest.approx(answers[4:5], abs=1e-9)
    assert ask(name, train, [], styles).shape == (0, count)


@pytest.mark.parametrize("name", WITHOUT_PICTURES)
def test_a_style_nobody_learned_from_keeps_its_column_near_zero(name: str) -> None:
    rows = paintings(styles=["Calm", "Lost", "Wild"])
    train, test = halves([p for p in rows if p.style != "Lost"])
    answers = ask(name, train, test, ["Calm", "Lost", "Wild"])
    assert answers[:, 1].max() < 0.01
    assert answers[:, [0, 2]] == pytest.approx(ask(name, train, test), abs=1e-6)


@pytest.mark.parametrize("name", WITHOUT_PICTURES)
def test_columns_that_are_unknown_or_all_alike_tell_nothing(name: str) -> None:
    bare = [
        replace(p, file=p.id, width=0, height=0, bytes=0, jpeg_quality=0) for p in paintings()
    ]  # as a catalogue of long ago might have it
    train, test = halves(bare)
    assert ask(name, train, test) == pytest.approx(np.full((len(test), 2), 0.5), abs=0.01)


@pytest.mark.parametrize("name", BASELINES)
def test_nothing_to_learn_from_is_said_so(name: str) -> None:
    with pytest.raises(UserError, match="no painting is left to learn"):
        ask(name, [], paintings())


def test_majority_answers_with_the_shares() -> None:
    train = [p for p in paintings() if p.style == "Wild" or p.group in ("Calm0", "Calm1")]
    assert ask("majority", train, train[:2]).tolist() == [[0.2, 0.8]] * 2


def test_the_lookup_knows_every_known_artist_and_no_other() -> None:
    train = [p for p in paintings() if p.style == "Wild" or p.group in ("Calm0", "Calm1")]
    unseen = [replace(p, group=f"unseen {p.group}") for p in train]
    assert share_right(ask("artist lookup", train, train), train) == 1
    assert ask("artist lookup", train, unseen).tolist() == [[0.2, 0.8]] * len(unseen)


def test_the_lookup_is_no_surer_of_an_artist_than_his_paintings_allow() -> None:
    hand = [replace(p, group="hand") for p in paintings(1, 3)]  # three of each style
    other = [replace(p, group="other") for p in paintings(1, 3) if p.style == "Wild"]
    both, one = ask("artist lookup", hand + other, [hand[0], other[0]])
    assert both.tolist() == [0.5, 0.5]
    assert one.tolist() == [0.5 / 4, 3.5 / 4]


@pytest.mark.parametrize("original", [True, False])
def test_aspect_ratio_tells_wide_from_tall_and_equal_shapes_from_nothing(original: bool) -> None:
    def shaped(painting: Painting, width: int, height: int) -> Painting:
        if not original:
            return replace(painting, width=width, height=height)
        return replace(painting, width=200, height=200, original_width=width, original_height=height)

    draw = np.random.default_rng(1)
    long = [int(edge) for edge in draw.integers(320, 500, 80)]
    rows = [shaped(p, *((e, 300) if p.style == "Calm" else (300, e))) for p, e in zip(paintings(), long, strict=True)]
    train, test = halves(rows)
    answers = ask("aspect ratio", train, test)
    assert share_right(answers, test) == 1
    larger = [
        shaped(p, 3 * w, 3 * h)
        for p in test
        for w, h in [((p.original_width or p.width), (p.original_height or p.height))]
    ]
    assert ask("aspect ratio", train, larger) == pytest.approx(answers)
    train, test = halves([shaped(p, e, 300) for p, e in zip(rows, [*long[:40], *long[:40]], strict=True)])
    assert ask("aspect ratio", train, test) == pytest.approx(np.full((len(test), 2), 0.5), abs=0.01)


def test_aspect_ratio_tells_squares_from_both() -> None:
    rows = [
        replace(p, width=300 + 4 * i % 20 if p.style == "Calm" else (200, 450)[i % 2], height=300)
        for i, p in enumerate(paintings())
    ]
    train, test = halves(rows)
    assert share_right(ask("aspect ratio", train, test), test) == 1


@pytest.mark.parametrize(
    "planted",
    [
        lambda p: {"bytes": p.bytes * 8},
        lambda p: {"jpeg_quality": 40},
        lambda p: {"file": p.file.replace("jpg", "png"), "jpeg_quality": 0},
        lambda p: {"width": p.width * 3, "height": p.height * 3, "bytes": p.bytes * 9},
        lambda p: {"grey": 0.99},
    ],
    ids=["bytes per pixel", "quality", "kind", "pixels", "black and white"],
)
def test_file_properties_are_seen_where_they_are_planted(planted: Callable[[Painting], dict[str, int]]) -> None:
    def altered(rows: list[Painting]) -> list[Painting]:
        return [p.altered(**planted(p)) if p.style == "Wild" else p for p in rows]

    train, test = halves(altered(paintings(8, 10)))
    assert share_right(ask("file properties", train, test), test) > 0.95
    train, test = halves(paintings(8, 10))
    assert 0.25 < share_right(ask("file properties", train, test), test) < 0.75


def test_files_without_a_picture_are_enough_for_all_but_colour() -> None:
    train, test = halves(paintings())
    coloured = [replace(p, grey=0.5, crc32=7, sha256="other", shard=3, title="T", genre="g", year="1900") for p in test]
    for name in WITHOUT_PICTURES:  # the collection is nowhere, so that none can open a picture
        assert np.array_equal(ask(name, train, coloured), ask(name, train, test))


def test_styles_weigh_alike_where_a_classifier_learns() -> None:
    rows = [replace(p, width=300, height=300, bytes=9000, jpeg_quality=80) for p in paintings()]
    train = [p for p in rows if p.style == "Wild" or p.group == "Calm0"]  # 5 against 40
    for name in ("aspect ratio", "file properties"):
        assert ask(name, train, rows) == pytest.approx(np.full((len(rows), 2), 0.5), abs=1e-3)


RED, BLUE = (60, 0, 0), (0, 0, 60)


def tinted(root: Path, tints: Sequence[tuple[int, int, int]], seed: int) -> Path:
    """A folder of noise in one tint a style, by four artists each; the shapes are the same in both."""
    for style, tint in zip(STYLES, tints, strict=True):
        (root / style).mkdir(parents=True)
        for n in range(16):
            noise = np.random.default_rng([seed, n, STYLES.index(style)]).integers(60, 190, (48, 64, 3))
            name = f"{style.lower()}-artist-{'abcd'[n % 4]}_work_{n}.png"
            Image.fromarray((noise + tint).astype(np.uint8)).save(root / style / name)
    return root


@pytest.fixture
def red_and_blue(tmp_path: Path, collected: Make) -> Collection:
    return collected(tinted(tmp_path / "tinted", (RED, BLUE), 0), "tinted collection")


def test_colour_statistics_tell_red_from_blue(red_and_blue: Collection) -> None:
    ask_colour = BASELINES["colour statistics"].answers
    rows = red_and_blue.paintings
    train = [p for p in rows if p.artist.endswith(("A", "B", "a", "b"))]
    test = [p for p in rows if p not in train]
    assert len(train) == len(test) == 16
    answers = ask_colour(red_and_blue, train, test, STYLES, 0)
    assert share_right(answers, test) == 1
    assert answers.sum(1) == pytest.approx(1)
    assert ask_colour(red_and_blue, train, test[::-1], STYLES, 0)[::-1] == pytest.approx(answers)
    assert len(list((red_and_blue.folder / "statistics").iterdir())) == 1  # every fold reads the same table
    assert ask_colour(red_and_blue, [p for p in train if p.style == "Calm"], test, STYLES, 0)[:, 0].min() > 0.99


def test_colour_statistics_are_read_where_the_tested_pictures_are(
    red_and_blue: Collection, tmp_path: Path, collected: Make
) -> None:
    other = collected(tinted(tmp_path / "swapped", (BLUE, RED), 1), "swapped collection")
    answers = BASELINES["colour statistics"].answers(
        red_and_blue, red_and_blue.paintings, other.paintings, STYLES, 0, other
    )
    assert share_right(answers, other.paintings) == 0


def test_colour_statistics_read_no_shapes(red_and_blue: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = red_and_blue.paintings
    ask_colour = BASELINES["colour statistics"].answers
    before = ask_colour(red_and_blue, rows, rows, STYLES, 0)
    plain = Collection.picture

    def shuffled(self: Collection, painting: Painting) -> Image.Image:
        pixels = np.asarray(plain(self, painting))
        return Image.fromarray(np.random.default_rng(0).permutation(pixels.reshape(-1, 3)).reshape(pixels.shape))

    monkeypatch.setattr(Collection, "picture", shuffled)
    for path in (red_and_blue.folder / "statistics").iterdir():
        path.unlink()
    assert ask_colour(red_and_blue, rows, rows, STYLES, 0) == pytest.approx(before, abs=1e-3)
