"""How fast random squares come out of a collection, and how long a training step waits for its batch.

    python benchmarks/feed.py [COLLECTION]

The squares are counted on one core; the waiting is that of `brushwork train classifier`, preset scratch. Without a
collection one of 600 pictures of noise is made.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.parts import Split
from brushwork.classifier.task import ClassifierTask
from brushwork.classifier.train import RECIPES
from brushwork.classifier.trunks import SCRATCH, build_trunk
from brushwork.collection import Collection, collect, open_collection
from brushwork.collection.sources import Request, entries_of

SIDE, BATCH = 224, 128


def crops_per_second(collection: Collection) -> float:
    """Random squares of 224 pixels a second, in shuffled batches, best of five."""
    crops = collection.crops(SIDE)
    order = np.random.default_rng(0).permutation(np.repeat(np.arange(len(crops)), 1 + 4000 // len(crops))).tolist()
    best = 0.0
    for _ in range(5):
        began = time.perf_counter()
        for start in range(0, len(order), BATCH):
            crops.batch(order[start : start + BATCH])
        best = max(best, len(order) / (time.perf_counter() - began))
    return best


def waited(collection: Collection, steps: int = 40) -> tuple[float, float]:
    """Seconds a training step takes, and the share of it that it waits for its batch."""
    recipe = RECIPES["scratch"]
    parts = Split(*(collection.select(split=name) for name in ("train", "validation", "test")))
    model = StyleClassifier(build_trunk(SCRATCH, {}), collection.styles, recipe.short_side)
    task = ClassifierTask(model, collection, parts, recipe, 0, torch.device("cpu"))
    task.step(0)
    task.batches.waited = 0.0
    began = time.perf_counter()
    for k in range(1, steps + 1):
        task.step(k)
    seconds = time.perf_counter() - began
    return seconds / steps, task.batches.waited / seconds


def write_pictures(folder: Path) -> None:
    """Pictures of noise by thirty artists in two styles."""
    for n in range(600):
        path = folder / ("Calm" if n % 2 else "Wild") / f"artist-{n % 30}_{n}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        values = np.random.default_rng(n).integers(0, 256, (288, 384, 3), np.uint8)
        Image.fromarray(values).save(path, quality=90)


def main(location: Path | None) -> None:
    """Print both."""
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as scratch:
        if location is None:
            location = Path(scratch, "collection")
            write_pictures(Path(scratch, "pictures"))
            collect(entries_of("folder", Request(str(Path(scratch, "pictures")))), location, "folder")
        collection = open_collection(location)
        small = [p.id for p in collection.paintings if min(p.width, p.height) < SIDE]
        if small:
            print(f"{len(small)} paintings are smaller than {SIDE} pixels; collect with a larger --short-side.")
        else:
            print(f"{crops_per_second(collection):,.0f} squares of {SIDE} pixels a second on one core")
        step, share = waited(collection)
        print(f"{step * 1000:.0f} ms a training step, of which {share:.2%} waiting for the batch")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
