"""Every operation changes what it says and leaves what it does not."""

import numpy as np
import pytest
from PIL import Image

from brushwork.colour import lab_of
from brushwork.explain.operations import OPERATIONS, in_palette, palette_of
from tests.conftest import noise_picture


def halves() -> Image.Image:
    """Two plain halves, red and blue, with faint strokes on them."""
    plain = np.zeros((120, 160, 3), np.int16)
    plain[:, :80] = (180, 60, 50)
    plain[:, 80:] = (40, 60, 170)
    noise = np.random.default_rng(0).integers(-14, 15, (120, 160, 1))
    return Image.fromarray((plain + noise).clip(0, 255).astype(np.uint8))


def array(image: Image.Image) -> np.ndarray:
    return np.asarray(image, np.float64)


def test_greyscale_keeps_lightness_and_loses_colour() -> None:
    before, after = lab_of(halves()), lab_of(OPERATIONS["greyscale"](halves(), 0))
    assert np.abs(after[..., 1:]).max() < 1
    assert np.abs(after[..., 0] - before[..., 0]).max() < 0.5


def test_a_palette_moves_mean_and_deviation_and_its_own_changes_little() -> None:
    image, other = halves(), noise_picture(3, 100, 100)
    target = palette_of([other])
    moved = lab_of(in_palette(image, target)).reshape(-1, 3)
    before = lab_of(image).reshape(-1, 3)
    assert (
        np.abs(moved.mean(0) - target.mean).sum() < 0.4 * np.abs(before.mean(0) - target.mean).sum()
    )  # some are cut off
    assert np.abs(array(in_palette(image, palette_of([image]))) - array(image)).max() <= 1
    even = Image.new("RGB", (20, 20), (100, 100, 100))
    assert np.isfinite(array(in_palette(even, target))).all()


def test_strokes_go_and_the_edge_stays_where_blurring_loses_it() -> None:
    image = halves()
    calm, blurred = (array(OPERATIONS[name](image, 0)) for name in ("strokes removed", "blurred (low-pass)"))
    assert calm[:, 10:70].std((0, 1)).max() < 0.5 * array(image)[:, 10:70].std((0, 1)).max()
    step = [one[:, 82].mean(0)[0] - one[:, 77].mean(0)[0] for one in (array(image), calm)]
    assert step[1] == pytest.approx(step[0], rel=0.1)
    assert np.abs(blurred[:, 79] - blurred[:, 80]).mean() < 0.7 * np.abs(calm[:, 79] - calm[:, 80]).mean()


def test_a_shuffled_composition_has_the_same_pixels_elsewhere() -> None:
    image = noise_picture(0, 160, 120)
    shuffled = OPERATIONS["composition shuffled"](image, 0)
    assert np.array_equal(np.sort(array(shuffled).reshape(-1, 3), 0), np.sort(array(image).reshape(-1, 3), 0))
    assert not np.array_equal(array(shuffled), array(image))
    assert np.array_equal(array(shuffled), array(OPERATIONS["composition shuffled"](image, 0)))
    odd = noise_picture(0, 163, 125)
    assert np.array_equal(array(OPERATIONS["composition shuffled"](odd, 1))[:, 155:], array(odd)[:, 155:])


def test_contours_are_dark_where_things_meet_and_nothing_is_lighter() -> None:
    before, after = array(halves()), array(OPERATIONS["contours thickened"](halves(), 0))
    assert (after <= before + 1).all()
    assert after[:, 78:82].mean() < 0.6 * before[:, 78:82].mean()
    assert after[:, 20:60].mean() > 0.9 * before[:, 20:60].mean()


def test_crops_take_the_borders_and_the_signature_and_mirroring_turns() -> None:
    image = noise_picture(1, 200, 100)
    assert np.array_equal(array(OPERATIONS["borders cropped"](image, 0)), array(image)[6:94, 12:188])
    assert np.array_equal(array(OPERATIONS["signature zone cropped"](image, 0)), array(image)[:88])
    assert np.array_equal(array(OPERATIONS["top cropped (control)"](image, 0)), array(image)[12:])
    assert np.array_equal(array(OPERATIONS["mirrored (control)"](image, 0)), array(image)[:, ::-1])


@pytest.mark.parametrize("name", list(OPERATIONS))
@pytest.mark.parametrize("size", [(64, 400), (33, 40), (320, 320)])
def test_pictures_of_any_shape_come_out_as_pictures(name: str, size: tuple[int, int]) -> None:
    out = OPERATIONS[name](noise_picture(2, *size), 0)
    assert out.mode == "RGB"
    assert all(0.8 * a <= b <= a for a, b in zip(size, out.size, strict=True))
