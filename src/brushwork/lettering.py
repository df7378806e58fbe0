"""The letters on pictures: DejaVu Sans, which comes with matplotlib and has those of names from all over Europe."""

from functools import cache
from pathlib import Path

from PIL import ImageFont


@cache
def font_of(size: int) -> ImageFont.FreeTypeFont:
    """The font at a size in pixels."""
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)
