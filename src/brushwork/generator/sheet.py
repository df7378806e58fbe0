"""Sheets of captioned tiles, for tools that compare pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from brushwork.collection.collection import Pixels
from brushwork.lettering import font_of

GAP, LINE = 8, 18  # pixels between tiles, and of a caption
FONT = 12


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A picture (S, S, 3) with a line beneath it, or a sign such as + in the picture's place."""

    picture: Pixels | None = None
    caption: str = ""
    sign: str = ""


def tiled(rows: Sequence[Sequence[Tile]], scale: int) -> Image.Image:
    """Rows of tiles, pictures enlarged `scale` times without smoothing; a column is as wide as what stands in it."""
    side = scale * max(len(tile.picture) for row in rows for tile in row if tile.picture is not None)
    columns = range(max(map(len, rows)))
    widths = [max(_width(row[k], side) for row in rows if k < len(row)) for k in columns]
    heights = [side + LINE * any(tile.caption for tile in row) for row in rows]
    sheet = Image.new("RGB", (sum(widths) + GAP * (len(widths) + 1), sum(heights) + GAP * (len(rows) + 1)), "white")
    draw = ImageDraw.Draw(sheet)
    top = GAP
    for row, height in zip(rows, heights, strict=True):
        left = GAP
        for tile, width in zip(row, widths, strict=False):
            middle = left + width // 2
            if tile.picture is not None:
                own = len(tile.picture) * scale
                enlarged = Image.fromarray(tile.picture).resize((own, own), Image.Resampling.NEAREST)
                sheet.paste(enlarged, (middle - own // 2, top))
            draw.text((middle, top + side // 2), tile.sign, fill="black", font=font_of(2 * FONT), anchor="mm")
            draw.text((middle, top + side + 2), tile.caption, fill="black", font=font_of(FONT), anchor="ma")
            left += width + GAP
        top += height + GAP
    return sheet


def _width(tile: Tile, side: int) -> int:
    letters = max(font_of(FONT).getlength(tile.caption), font_of(2 * FONT).getlength(tile.sign))
    return max(side if tile.picture is not None else 0, round(letters))
