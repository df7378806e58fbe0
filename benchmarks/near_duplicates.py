"""Near duplicates: a million hashes joined, and copies of a collection's own pictures found again.

    python benchmarks/near_duplicates.py COLLECTION

Every painting of the collection is copied in five ways (re-encoded, resized, brightened, cropped); all of them and the
originals are collected anew, and what the clean-up step `near-duplicates` ties together is compared with the truth.
"""

import csv
import io
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from PIL import Image

from brushwork.collection import Collection, collect, open_collection
from brushwork.collection.cleanup import DUPLICATES
from brushwork.collection.duplicates import close_pairs
from brushwork.collection.sources import Request, entries_of
from brushwork.randomness import stream

JOINED = 1_000_000


def copies(image: Image.Image, rng: np.random.Generator) -> dict[str, Image.Image]:
    """The copies of one picture, by what was done to it."""
    width, height = image.size
    cut_x, cut_y = round(width * 0.03), round(height * 0.03)
    left, top = int(rng.integers(cut_x + 1)), int(rng.integers(cut_y + 1))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=40)
    return {
        "re-encoded, JPEG 40": Image.open(buffer),
        "resized to 60 %": image.resize((round(width * 0.6), round(height * 0.6)), Image.Resampling.BICUBIC),
        "brightened by 20 %": Image.fromarray(np.clip(np.asarray(image) * 1.2, 0, 255).astype(np.uint8)),
        "cropped by 3 %, anywhere": image.crop((left, top, left + width - cut_x, top + height - cut_y)),
        "cropped by 3 % on every side": image.crop((cut_x, cut_y, width - cut_x, height - cut_y)),
    }


def write_copies(collection: Collection, folder: Path) -> None:
    """All paintings and their copies as a `folder` source; what a file was made of stands in its name."""
    (folder / "all").mkdir(parents=True)
    with (folder / "paintings.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["file", "artist"])
        for number, painting in enumerate(collection.paintings):
            image = collection.picture(painting)
            made = {"original": image, **copies(image, stream(0, "copies", number))}
            for kind, (name, copy) in enumerate(made.items()):
                path = (
                    f"all/{number:06d}-{kind}.png" if name != "re-encoded, JPEG 40" else f"all/{number:06d}-{kind}.jpg"
                )
                if path.endswith("jpg"):
                    copy.save(folder / path, quality=40)
                else:
                    copy.save(folder / path, compress_level=1)
                table.writerow([path, "one hand"])


def main(location: Path) -> None:
    """Print both tables."""
    hashes = np.random.default_rng(0).integers(0, 2**64, JOINED, dtype=np.uint64)
    planted = np.uint64((1 << 3) | (1 << 30) | (1 << 61))
    hashes[-1000:] = hashes[:1000] ^ planted
    began = time.perf_counter()
    first, second = close_pairs(hashes)
    seconds = time.perf_counter() - began
    found = int(((second - first) == JOINED - 1000).sum())
    print(f"{JOINED:,} hashes joined in {seconds:.2f} s; {found} of 1000 planted pairs three bits apart found")

    collection = open_collection(location)
    with tempfile.TemporaryDirectory() as scratch:
        write_copies(collection, Path(scratch, "source"))
        began = time.perf_counter()
        entries = entries_of("folder", Request(str(Path(scratch, "source"))))
        collect(entries, Path(scratch, "out"), "folder", steps=["near-duplicates", "artist-names"])
        print(f"{len(entries):,} pictures collected in {time.perf_counter() - began:.0f} s")
        report(Path(scratch, "out"), collection)


def report(out: Path, collection: Collection) -> None:
    """Recall by kind of copy, and precision over all pairs tied together."""
    kinds = ["original", *copies(Image.new("RGB", (64, 64)), stream(0))]
    group: dict[str, str] = {}
    with (out / DUPLICATES).open() as file:
        for row in csv.DictReader(file):
            group[row["painting"]] = group[row["other"]] = row["other"]
    members: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for file_name, root in group.items():
        number, kind = Path(file_name).stem.split("-")
        members[root].append((int(number), int(kind)))
    right, wrong = Counter[int](), []
    for tied in members.values():
        originals = {whose for whose, what in tied if what == 0}
        right.update(what for whose, what in tied if whose in originals and what > 0)
        wrong += [(a, b) for i, (a, _) in enumerate(tied) for b, _ in tied[i + 1 :] if a != b]
    pairs = sum(len(tied) * (len(tied) - 1) // 2 for tied in members.values())
    total = len(collection.paintings)
    for place, name in enumerate(kinds[1:], 1):
        print(f"recall {right[place] / total:.4f}  {name}")
    print(f"recall {sum(right.values()) / total / (len(kinds) - 1):.4f}  all")
    print(
        f"precision {1 - len(wrong) / max(pairs, 1):.4f}  {pairs:,} pairs tied together, {len(wrong)} of two paintings"
    )
    for (a, b), count in Counter(wrong).most_common(10):
        print(f"  {collection.paintings[a].id} and {collection.paintings[b].id}: {count}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
