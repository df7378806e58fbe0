"""What every measure of generated pictures makes of real paintings, as they are and made worse in known ways.

`python -m benchmarks.measures COLLECTION [--size 64]` prints a table: training paintings in the samples' place (the floor),
then the same blurred, noisy, with a checkerboard, with few modes, and in one style alone. Then what the test of copying makes of
paintings by the same artists that are no copies, of copies, of copies under noise, and of one copy in ten.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from tests.generator.worse import blurred, checkered, few_only, noisy

from brushwork.collection import Collection, open_collection
from brushwork.collection.collection import Pixels
from brushwork.generator.evaluation import memorisation_of
from brushwork.generator.quality import quality_of
from brushwork.generator.random_network import random_features
from brushwork.generator.sides import Sides, drawn, sides_of
from brushwork.randomness import stream

WORSE: dict[str, Callable[[Pixels], Pixels]] = {
    "blurred, radius 0.5": partial(blurred, radius=0.5),
    "blurred, radius 1": partial(blurred, radius=1),
    "blurred, radius 2": partial(blurred, radius=2),
    "noise, deviation 10": partial(noisy, deviation=10),
    "noise, deviation 30": partial(noisy, deviation=30),
    "checkerboard of 8": partial(checkered, strength=8),
    "a tenth of them, repeated": lambda pixels: few_only(pixels, -(-len(pixels) // 10)),
    "upside down": lambda pixels: np.flip(pixels, 1),
    "red and blue swapped": lambda pixels: np.flip(pixels, 3),
}


def print_copying(collection: Collection, sides: Sides, size: int) -> None:
    """A third of the training paintings stand for new ones, as if the rest had been learned from."""
    order = stream(0, "new").permutation(len(sides.trained_on))
    new, rest = np.split(order, [len(order) // 3])
    kept = Sides([sides.trained_on[i] for i in rest], sides.held_out)
    squares, unseen = (collection.squares(size, side) for side in (sides.trained_on, sides.held_out))
    learned, others = squares[rest], squares[new]
    tenth = len(others) // 10
    samples = {
        "new paintings by the same artists": others,
        "copies": learned[: len(others)],
        "copies under noise of deviation 30": noisy(learned[: len(others)], 30),
        "one copy in ten": np.concatenate([learned[:tenth], others[tenth:]]),
    }
    print(f"\nlearned from {len(learned)}, compared with {len(unseen)}")
    print("| samples | space | plain ratio | control | all | copies |")
    print("|---" * 6 + "|")
    for name, pixels in samples.items():
        for one in memorisation_of(pixels, learned, unseen, kept, random_features()):
            numbers = " | ".join(f"{n:.3g}" for n in (one.ratio.value, one.control, one.against_new.value))
            print(f"| {name} | {one.space} | {numbers} | {'yes' if one.copies else 'no'} |", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("collection", type=Path)
    parser.add_argument("--size", type=int, default=64)
    options = parser.parse_args()
    collection = open_collection(options.collection)
    sides = sides_of(collection, collection.styles)
    counts = sides.counts(1000)
    learned = collection.squares(options.size, sides.trained_on)
    real = collection.squares(options.size, sides.held_out)[drawn(sides.held_out, counts, "held-out")]
    floors = [learned[drawn(sides.trained_on, counts, "floor", k)] for k in range(2)]
    columns = {"other training paintings": floors[1]} | {
        name: np.ascontiguousarray(worse(floors[1])) for name, worse in WORSE.items()
    }
    for style in collection.styles:
        own = learned[[p.style == style for p in sides.trained_on]]
        columns[f"{style} alone"] = own[np.arange(len(real)) % len(own)]
    space = random_features()
    for k, (name, pixels) in enumerate(columns.items()):
        found = quality_of([pixels], real, [floors[0]], [space], [1])
        if not k:
            print(
                f"n = {found.n}, {options.size} pixels\n| in the samples' place | "
                + " | ".join(m.name for m in found.measures)
            )
            print("|---" * (len(found.measures) + 1) + "|")
            print("| training paintings (floor) | " + " | ".join(f"{m.floor.value:.3g}" for m in found.measures) + " |")
        print(f"| {name} | " + " | ".join(f"{m.samples.value:.3g}" for m in found.measures) + " |", flush=True)
    print("| noise in the paintings' colours | " + " | ".join(f"{m.noise.value:.3g}" for m in found.measures) + " |")
    print_copying(collection, sides, options.size)


if __name__ == "__main__":
    main()
