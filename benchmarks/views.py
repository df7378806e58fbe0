"""Print whether several looks at a painting tell its style better than one: the rows on crops in docs/verdict.md.

`python benchmarks/views.py COLLECTION WEIGHTS [SEEDS]`: the preset `transfer` with what its frozen trunk sees averaged over
several views of each painting, in learning as in judging; heads and folds as in `heads.py`. An average of views leaves CAM
exact, and costs as many times as much as there are views.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from heads import print_head, print_row
from PIL import Image, ImageOps

from brushwork.classifier.data import detail_of, equal_canvases
from brushwork.classifier.folding import folded
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.threads import in_threads
from brushwork.classifier.train import RECIPES
from brushwork.classifier.trunks import transfer_trunk
from brushwork.collection import Collection, open_collection

Features = npt.NDArray[np.float32]
CROP = 0.75  # of either side


def part(across: float, down: float) -> Callable[[Image.Image], Image.Image]:
    """What cuts three quarters of either side, so far from the left and the top (0..1 of what is left over)."""

    def cut(image: Image.Image) -> Image.Image:
        width, height = round(image.width * CROP), round(image.height * CROP)
        left, top = round((image.width - width) * across), round((image.height - height) * down)
        return image.crop((left, top, left + width, top + height))

    return cut


VIEWS: dict[str, tuple[int, Callable[[Image.Image], Image.Image]]] = {
    "whole": (320, lambda image: image),
    "mirrored": (320, ImageOps.mirror),
    "smaller": (256, lambda image: image),
    "larger": (384, lambda image: image),
    "middle": (320, part(0.5, 0.5)),
    **{f"corner {x}{y}": (320, part(x, y)) for x in (0, 1) for y in (0, 1)},
}
CROPS = [name for name in VIEWS if name.startswith(("middle", "corner"))]
ROWS = {
    "the whole canvas, as the preset has it": ["whole"],
    "and its mirror image": ["whole", "mirrored"],
    "and smaller (256)": ["whole", "smaller"],
    "and larger (384)": ["whole", "larger"],
    "and both": ["whole", "smaller", "larger"],
    "five crops of three quarters alone": CROPS,
    "the whole canvas and five crops": ["whole", *CROPS],
}


def seen(
    collection: Collection, weights: Path, short_side: int, view: Callable[[Image.Image], Image.Image]
) -> Features:
    """The averaged activations (N, C) of one view of every painting."""
    recipe = RECIPES["transfer"]
    trunk = transfer_trunk(recipe.backbone, weights)
    model = StyleClassifier(trunk, collection.styles, short_side, detail_of(collection)).eval()
    model = model.to(memory_format=torch.channels_last)
    preprocessing, paintings = model.preprocessing, collection.paintings
    shapes = [view(Image.new("L", (p.width, p.height))).size for p in paintings]
    jobs = equal_canvases([preprocessing.canvas_size(*shape) for shape in shapes])

    def averages(own: StyleClassifier, places: list[int]) -> Features:
        images = [preprocessing.canvas(view(collection.picture(paintings[i]))) for i in places]
        return np.asarray(own.pooled(preprocessing.tensor(images)).numpy())

    found = np.zeros((len(paintings), trunk.channels), np.float32)
    for places, rows in zip(jobs, in_threads(folded(model), jobs, averages), strict=True):
        found[places] = rows
    return found


def main(folder: Path, weights: Path, seeds: int = 3) -> None:
    """Print the table."""
    collection = open_collection(folder)
    features = {name: seen(collection, weights, *how) for name, how in VIEWS.items()}
    print_head()
    for name, views in ROWS.items():
        print_row(name, np.mean([features[view] for view in views], 0), collection, seeds)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(int, sys.argv[3:]))
