"""Depths, transparency and profiles that other tools got wrong (collections.md, section 3) come out as they look."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from brushwork.images import open_picture
from brushwork.srgb import in_srgb
from tests.conftest import encoded, noise_picture


def test_sixteen_bits_are_scaled_and_not_clipped() -> None:
    grey = np.linspace(0, 65535, 100 * 80).reshape(80, 100).astype(np.uint16)
    found = np.asarray(open_picture(encoded(Image.fromarray(grey))), float)
    assert np.abs(found[..., 0] - grey / 257).max() <= 1


def test_transparency_shows_white_and_never_the_hidden_colour() -> None:
    hidden = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    assert open_picture(encoded(hidden)).getpixel((5, 5)) == (255, 255, 255)
    palette = Image.new("P", (64, 64), 0)
    palette.putpalette([200, 10, 10] * 256)
    found = open_picture(encoded(palette, "PNG", transparency=0))
    assert found.getpixel((5, 5)) == (255, 255, 255)
    half = Image.new("LA", (64, 64), (0, 128))
    assert open_picture(encoded(half)).getpixel((5, 5)) == pytest.approx((127, 127, 127), abs=1)


def test_a_profile_of_srgb_changes_nothing_and_neither_does_none() -> None:
    picture = noise_picture(0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (None, profile, b"broken" * 40):
        assert np.abs(np.asarray(in_srgb(picture, icc), int) - np.asarray(picture, int)).max() <= 1
