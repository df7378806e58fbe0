"""Pictures as they would be had one thing been painted otherwise: each operation takes one thing away or changes it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageFilter, ImageOps
from torch import Tensor
from torch.nn import functional as F

from brushwork.colour import Floats, image_of, lab_of
from brushwork.randomness import stream

PATCHES = 4  # on the short side, of a shuffled composition
KUWAHARA, BLUR = 4, 2.0  # pixels of 320 on the short side: radius, and deviation of the low-pass
DARKENED, CONTOUR = 0.7, 0.15  # by how much at most, and the share of pixels that are contours, at most
BORDER, SIGNATURE = 0.06, 0.12  # of a side; of the height


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """The mean and deviation (3,) of a style's colours in CIELAB, each painting counting alike."""

    mean: Floats
    deviation: Floats


def palette_of(images: Iterable[Image.Image]) -> Palette:
    """The palette of pictures of one style."""
    each = [(lab.mean((0, 1)), lab.std((0, 1))) for lab in map(lab_of, images)]
    return Palette(np.mean([mean for mean, _ in each], 0), np.mean([deviation for _, deviation in each], 0))


def greyscale(image: Image.Image, seed: int) -> Image.Image:
    """Lightness alone, in CIELAB."""
    lab = lab_of(image)
    lab[..., 1:] = 0
    return image_of(lab)


def in_palette(image: Image.Image, palette: Palette) -> Image.Image:
    """The picture's colours moved to another mean and deviation (Reinhard et al. 2001, in CIELAB)."""
    lab = lab_of(image)
    mean, deviation = lab.mean((0, 1)), lab.std((0, 1))
    return image_of((lab - mean) / np.maximum(deviation, 1e-6) * palette.deviation + palette.mean)


def strokes_removed(image: Image.Image, seed: int) -> Image.Image:
    """Kuwahara's filter (1976): every pixel the mean of the most even of four squares around it; edges stay, strokes go."""
    radius = max(1, round(KUWAHARA * min(image.size) / 320))
    x = _tensor(image)
    side = radius + 1
    padded = F.pad(x, (radius,) * 4, mode="replicate")
    mean = F.avg_pool2d(padded, side, 1)  # (1, 3, H + radius, W + radius): the square whose upper left corner is there
    variance = (F.avg_pool2d(padded.square(), side, 1) - mean.square()).sum(1)
    h, w = x.shape[2:]
    corners = [(dy, dx) for dy in (0, radius) for dx in (0, radius)]
    spreads = torch.stack([variance[0, dy : dy + h, dx : dx + w] for dy, dx in corners])
    means = torch.stack([mean[0, :, dy : dy + h, dx : dx + w] for dy, dx in corners])
    chosen = spreads.argmin(0)[None, None].expand(1, 3, -1, -1)
    return _image(means.gather(0, chosen)[0])


def composition_shuffled(image: Image.Image, seed: int) -> Image.Image:
    """Square patches, four on the short side, dealt out anew; what is left over at the ends stays."""
    side = min(image.size) // PATCHES
    columns, rows = image.width // side, image.height // side
    places = [(c * side, r * side) for r in range(rows) for c in range(columns)]
    shuffled = image.copy()
    for k, (left, top) in zip(stream(seed, "patches").permutation(len(places)), places, strict=True):
        x, y = places[k]
        shuffled.paste(image.crop((x, y, x + side, y + side)), (left, top))
    return shuffled


def contours_thickened(image: Image.Image, seed: int) -> Image.Image:
    """The strongest edges of the blurred picture, where strokes are none, widened by a pixel each way and darkened."""
    x = _tensor(image)
    blurred = F.pad(_tensor(low_pass(image, seed)), (1,) * 4, mode="replicate")
    kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    each = (
        F.conv2d(blurred.transpose(0, 1), torch.stack([kernel, kernel.T])[:, None]).square().sum(1).sqrt()
    )  # (3, H, W)
    edge = each.amax(0)[None, None]  # where colours alone meet there is an edge too
    least = max(float(edge.flatten().quantile(1 - CONTOUR)), float(edge.max()) / 4, 1e-6)
    strong = (edge / least).clamp(0, 1).square()
    return _image(x[0] * (1 - DARKENED * F.max_pool2d(strong, 3, 1, 1)[0]))


def low_pass(image: Image.Image, seed: int) -> Image.Image:
    """Blurred, as if seen from afar."""
    return image.filter(ImageFilter.GaussianBlur(BLUR * min(image.size) / 320))


def borders_cropped(image: Image.Image, seed: int) -> Image.Image:
    """Without the outer 6 % on every side, where frames and the edges of photographs are."""
    across, down = (round(side * BORDER) for side in image.size)
    return image.crop((across, down, image.width - across, image.height - down))


def signature_cropped(image: Image.Image, seed: int) -> Image.Image:
    """Without the lowest 12 %, where signatures mostly are."""
    return image.crop((0, 0, image.width, image.height - round(image.height * SIGNATURE)))


def top_cropped(image: Image.Image, seed: int) -> Image.Image:
    """Without the highest 12 %: what cropping so much does where no signature is."""
    return image.crop((0, round(image.height * SIGNATURE), image.width, image.height))


def mirrored(image: Image.Image, seed: int) -> Image.Image:
    """Left and right exchanged: a control, since no style lies in it."""
    return ImageOps.mirror(image)


OPERATIONS: dict[str, Callable[[Image.Image, int], Image.Image]] = {
    "greyscale": greyscale,
    "strokes removed": strokes_removed,
    "composition shuffled": composition_shuffled,
    "contours thickened": contours_thickened,
    "blurred (low-pass)": low_pass,
    "borders cropped": borders_cropped,
    "signature zone cropped": signature_cropped,
    "top cropped (control)": top_cropped,
    "mirrored (control)": mirrored,
}


def _tensor(image: Image.Image) -> Tensor:
    """(1, 3, H, W), 0 to 1."""
    return torch.from_numpy(np.asarray(image.convert("RGB"), np.float32) / 255).permute(2, 0, 1)[None]


def _image(pixels: Tensor) -> Image.Image:
    """The picture of (3, H, W), 0 to 1."""
    return Image.fromarray((pixels.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy())
