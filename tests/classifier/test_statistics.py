"""Statistics of a picture: known colours have known numbers, a mirror changes none, and nothing is measured twice."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brushwork.classifier import statistics as module
from brushwork.classifier.statistics import COLOUR, STATISTICS, picture_statistics, statistics_of
from brushwork.collection import Collection
from tests.conftest import noise_picture


def named(image: Image.Image) -> dict[str, float]:
    return dict(zip(STATISTICS, picture_statistics(image).tolist(), strict=True))


def halves(left: str, right: str, size: int = 64) -> Image.Image:
    image = Image.new("RGB", (size, size), left)
    image.paste(right, (size // 2, 0, size, size))
    return image


@pytest.mark.parametrize(
    ("colour", "lightness", "a", "b"),
    [  # as Lindbloom's calculator gives them
        ((255, 0, 0), 53.24, 80.09, 67.20),
        ((0, 255, 0), 87.73, -86.18, 83.18),
        ((0, 0, 255), 32.30, 79.19, -107.86),
        ((255, 255, 255), 100.0, 0.0, 0.0),
        ((119, 119, 119), 50.03, 0.0, 0.0),
        ((2, 2, 2), 0.55, 0.0, 0.0),  # the straight part near black
    ],
)
def test_known_colours_have_known_lab(colour: tuple[int, int, int], lightness: float, a: float, b: float) -> None:
    found = named(Image.new("RGB", (40, 50), colour))
    for name, wanted in (("lightness", lightness), ("a", a), ("b", b), ("chroma", np.hypot(a, b))):
        assert found[f"{name}_mean"] == pytest.approx(wanted, abs=0.01)
        assert found[f"{name}_sd"] == pytest.approx(0, abs=1e-3)
    assert found["lightness_5"] == pytest.approx(lightness, abs=0.01)


@pytest.mark.parametrize("colour", ["white", "black", "red", "#808080"])
def test_a_blank_picture_has_no_texture_and_one_colour(colour: str) -> None:
    found = named(Image.new("RGB", (300, 200), colour))
    assert all(np.isfinite(value) for value in found.values())
    assert (found["commonest_colour"], found["flat_share"]) == (1, 1)
    for name in ("gradient_mean", "edge_share", "fine_to_coarse", "orientation_entropy", "saturation_sd"):
        assert found[name] == 0
    assert found["hue_spread"] == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (8, 8), (300, 9), (400, 301)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_mirror_changes_nothing_and_all_is_finite(size: tuple[int, int], mode: str) -> None:
    image = noise_picture(3, *size, mode=mode)
    found = picture_statistics(image)
    assert np.isfinite(found).all()
    for turn in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM):
        assert picture_statistics(image.transpose(turn)) == pytest.approx(found, rel=1e-3, abs=1e-3)


def test_colour_does_not_see_where_pixels_lie_and_texture_does() -> None:
    plain = np.asarray(halves("#f0b090", "#304080"))
    mixed = Image.fromarray(np.random.default_rng(0).permutation(plain.reshape(-1, 3)).reshape(plain.shape))
    before, after = picture_statistics(Image.fromarray(plain)), picture_statistics(mixed)
    colour = list(COLOUR)
    assert after[colour] == pytest.approx(before[colour], rel=1e-4, abs=1e-4)
    texture = [i for i in range(len(STATISTICS)) if i not in COLOUR]
    assert (np.abs(after - before)[texture] > 0.1).all()


def test_hues_all_around_spread_and_neighbouring_ones_do_not() -> None:
    opposed, close = named(halves("#d85040", "#00a0b0")), named(halves("#d85040", "#d86040"))
    assert close["hue_spread"] < 0.05
    assert opposed["hue_spread"] > 0.5
    assert named(noise_picture(0, mode="L").convert("RGB"))["hue_spread"] == pytest.approx(0, abs=1e-3)


def test_shares_count_pixels() -> None:
    found = named(halves("white", "black"))
    for name in ("white_share", "black_share", "commonest_colour"):
        assert found[name] == 0.5
    assert (found["grey_share"], found["saturation_mean"]) == (1, 0)
    assert named(halves("white", "red"))["grey_share"] == 0.5
    assert named(halves("white", "red"))["saturation_mean"] == 0.5


def test_stripes_of_one_direction_have_no_entropy_and_noise_has_most() -> None:
    ramp = np.repeat(np.linspace(0, 255, 96).astype(np.uint8)[None, :, None], 96, 0).repeat(3, 2)
    assert named(Image.fromarray(ramp))["orientation_entropy"] == pytest.approx(0, abs=1e-3)
    found = named(noise_picture(1, 96, 96))
    assert found["orientation_entropy"] > 0.98
    assert found["fine_to_coarse"] == pytest.approx(1, abs=0.03)  # of noise, no two pixels know of each other
    assert named(Image.fromarray(ramp))["fine_to_coarse"] == pytest.approx(1 / 8, abs=0.01)


def test_a_larger_scan_of_the_same_picture_measures_alike() -> None:
    rough = noise_picture(5, 20, 16).resize((1200, 960), Image.Resampling.BICUBIC)
    large, small = picture_statistics(rough), picture_statistics(rough.resize((500, 400), Image.Resampling.LANCZOS))
    assert small == pytest.approx(large, rel=0.02, abs=0.02)


def test_a_collection_is_measured_once_in_the_order_asked_for(
    schools: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = schools.paintings[7:12][::-1]
    table = statistics_of(schools, some)
    for row, painting in zip(table, some, strict=True):
        assert np.array_equal(row, picture_statistics(schools.picture(painting)))

    def again(_: Image.Image) -> None:
        raise AssertionError("measured again")

    with monkeypatch.context() as patch:
        patch.setattr(module, "picture_statistics", again)
        assert np.array_equal(statistics_of(schools, some), table)
        assert np.array_equal(statistics_of(schools, some[::-1]), table[::-1])
        patch.setattr(module, "VERSION", -1)
        with pytest.raises(AssertionError, match="measured again"):
            statistics_of(schools, some)


def test_a_damaged_cache_is_made_again(schools: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "VERSION", -2)  # no other test's
    some = schools.paintings[:3]
    before = set((schools.folder / "statistics").glob("*"))
    table = statistics_of(schools, some)
    (path,) = set((schools.folder / "statistics").glob("*")) - before
    whole = path.read_bytes()
    for damaged in (b"", whole[:60], b"\x93NUMPY" + bytes(40), np.zeros(3).tobytes()):
        path.write_bytes(damaged)
        assert np.array_equal(statistics_of(schools, some), table)
        assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_goes_without_the_cache(
    schools: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = schools.paintings[20:22]

    def read_only(_: Path, *__: object, **___: object) -> None:
        raise OSError(30, "Read-only file system")

    kept = set(schools.folder.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(Path, "mkdir", read_only)
        table = statistics_of(schools, some)
    assert np.array_equal(table[1], picture_statistics(schools.picture(some[1])))
    assert set(schools.folder.iterdir()) == kept
