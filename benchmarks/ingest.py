"""How fast pictures become a collection, against other ways to shrink them, in the same run on two processes.

    python benchmarks/ingest.py [--img2dataset PYTHON]

`PYTHON` is an interpreter that has img2dataset (`make bench` makes one in .venv-peers, since its pins differ from ours).
Every way reads the same JPEGs (quality 90, 4:2:0, full of detail) from disk to a short side of 256 pixels.
"""

import argparse
import io
import math
import multiprocessing
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from threadpoolctl import threadpool_limits

from brushwork.collection import collect
from brushwork.collection.shards import Reading, facts_of
from brushwork.collection.sources import Request, entries_of
from brushwork.collection.sources.files import file_entry
from brushwork.images import open_picture
from brushwork.painting import Painting

SIDE, PROCESSES = 256, 2
SIZES = {"3 megapixels": (2000, 1600, 1024), "12 megapixels": (4000, 3000, 512)}
SLOW = 4  # ways that take long read one picture in so many, which changes no rate
PEER = """
import io, sys, time
from multiprocessing import get_context
from img2dataset.resizer import Resizer

def shrink(paths):
    resizer = Resizer(image_size=256, resize_mode="keep_ratio", resize_only_if_bigger=True)
    for path in paths:
        data, _, _, _, _, error = resizer(io.BytesIO(open(path, "rb").read()))
        assert error is None, error

if __name__ == "__main__":
    paths = sys.stdin.read().split("\\n")
    with get_context("spawn").Pool(2) as pool:
        pool.map(shrink, [paths[:1]] * 4)  # imports are not counted
        began = time.perf_counter()
        pool.map(shrink, [paths[i::16] for i in range(16)], chunksize=1)
        print(len(paths) / (time.perf_counter() - began))
"""


def detailed(width: int, height: int, seed: int) -> Image.Image:
    """A picture with detail at every scale, as a painting has."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width, 3), np.float32)
    for octave in range(8):
        small = rng.normal(0, 1, (max(2, height >> octave), max(2, width >> octave), 3)).astype(np.float32)
        for channel in range(3):
            layer = Image.fromarray(small[..., channel]).resize((width, height), Image.Resampling.BICUBIC)
            total[..., channel] += np.asarray(layer) * (4 + 3 * octave)
    return Image.fromarray(np.clip(total + 128, 0, 255).astype(np.uint8))


def write_pictures(folder: Path, width: int, height: int, count: int) -> list[Path]:
    """`count` files, each a little different from any other."""
    (folder / "style").mkdir(parents=True)
    different = []
    for seed in range(8):
        buffer = io.BytesIO()
        detailed(width, height, seed).save(buffer, "JPEG", quality=90, subsampling="4:2:0")
        different.append(buffer.getvalue())
    paths = [folder / "style" / f"a_{i:04d}.jpg" for i in range(count)]
    for i, path in enumerate(paths):
        path.write_bytes(different[i % 8] + i.to_bytes(4, "big"))  # what follows the end mark is no picture
    return paths


def bare(paths: Sequence[Path]) -> None:
    """The loop that cannot be beaten: reduced decoding and Lanczos, nothing else."""
    for path in paths:
        image = Image.open(path)
        scale = 2 * SIDE / min(image.size)
        image.draft(None, (math.ceil(image.width * scale), math.ceil(image.height * scale)))
        _shrunk(image)


def full(paths: Sequence[Path]) -> None:
    """Pillow as most use it: the whole picture decoded, then Lanczos."""
    for path in paths:
        _shrunk(Image.open(path).convert("RGB"))


def _shrunk(image: Image.Image) -> Image.Image:
    scale = SIDE / min(image.size)
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)


def pooled(work: Callable[[Sequence[Path]], None], paths: Sequence[Path]) -> float:
    """Pictures a second of a loop on spawned processes, their start not counted."""
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(work, [paths[:1]] * 4))
        began = time.perf_counter()
        list(pool.map(work, [paths[i::16] for i in range(16)]))
        return len(paths) / (time.perf_counter() - began)


def torchvision_rate(folder: Path, count: int) -> float:
    """Pictures a second of ImageFolder with Resize in a DataLoader of two workers."""
    from torch.utils.data import DataLoader, Subset
    from torchvision.datasets import ImageFolder
    from torchvision.transforms import Compose, PILToTensor, Resize

    pictures = Subset(ImageFolder(str(folder), Compose([Resize(SIDE), PILToTensor()])), range(count))
    loader: DataLoader[Any] = DataLoader(pictures, batch_size=None, num_workers=PROCESSES)
    began = time.perf_counter()
    assert sum(1 for _ in loader) == count
    return count / (time.perf_counter() - began)


def brushwork_seconds(folder: Path, count: int) -> float:
    """Seconds of a whole `collect`: checks, hashes, checksums, shards, clean-up and catalogue, start and all."""
    with tempfile.TemporaryDirectory() as scratch:
        began = time.perf_counter()
        steps = ["artist-names", "years", "not-paintings", "colourless"]  # the files show eight pictures over and over
        entries = entries_of("folder", Request(str(folder)))[:count]
        collect(entries, Path(scratch, "out"), "folder", workers=PROCESSES, steps=steps)
        return time.perf_counter() - began


def brushwork_rate(folder: Path, count: int) -> float:
    """Pictures a second of `collect` beyond its start and end, from runs of all and of a quarter of the pictures."""
    few = count // 4
    return (count - few) / (brushwork_seconds(folder, count) - brushwork_seconds(folder, few))


def share_of_bare(paths: Sequence[Path]) -> float:
    """The bare loop's time over that of all that is done to a picture, in this one process, in turns, best of six."""
    entries = [file_entry(Painting(path.name, path.name), path) for path in paths]
    best = {"bare": math.inf, "ours": math.inf}
    with threadpool_limits(1):
        for _ in range(6):
            for name in best:
                began = time.perf_counter()
                if name == "bare":
                    bare(paths)
                else:
                    for entry in entries:
                        facts_of(entry, 0, 0, Reading())
                best[name] = min(best[name], time.perf_counter() - began)
    return best["bare"] / best["ours"]


def decibels(path: Path) -> float:
    """Peak signal-to-noise ratio of our shrunk picture against the full decode with Lanczos."""
    ours = np.asarray(open_picture(path.read_bytes(), SIDE), np.float64)
    wanted = np.asarray(_shrunk(Image.open(path).convert("RGB")), np.float64)
    return float(10 * np.log10(255**2 / np.mean((ours - wanted) ** 2)))


def main() -> None:
    """Print the table: pictures a second, and the ratio to Pillow's full decode."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--img2dataset", metavar="PYTHON")
    peer = parser.parse_args().img2dataset
    for name, (width, height, count) in SIZES.items():
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch, "pictures")
            paths = write_pictures(folder, width, height, count)
            ways: dict[str, Callable[[], float]] = {
                "Pillow, full decode": lambda paths=paths: pooled(full, paths[::SLOW]),  # type: ignore[misc]
                "torchvision ImageFolder, Resize": lambda f=folder, n=count // SLOW: torchvision_rate(f, n),  # type: ignore[misc]
                "bare reduced decode and resize": lambda paths=paths: pooled(bare, paths),  # type: ignore[misc]
                "brushwork collect, start and all": lambda f=folder, n=count: n / brushwork_seconds(f, n),  # type: ignore[misc]
                "brushwork collect, beyond its start": lambda f=folder, n=count: brushwork_rate(f, n),  # type: ignore[misc]
            }
            if peer:
                script = Path(scratch, "peer.py")
                script.write_text(PEER)
                ways["img2dataset's resizer"] = lambda paths=paths, script=script: float(  # type: ignore[misc]
                    subprocess.run([peer, str(script)], input="\n".join(map(str, paths[::SLOW])), capture_output=True,
                                   text=True, check=True).stdout
                )  # fmt: skip
            rates: dict[str, list[float]] = {way: [] for way in ways}
            for turn in range(4):  # in turns, so that what else the machine does falls on all alike
                for way, measure in ways.items():
                    if turn < 2 or "bare" in way or "brushwork" in way:  # the others take long and are far away
                        rates[way].append(measure())
            best = {way: max(found) for way, found in rates.items()}
            print(f"\n{name}, {paths[0].stat().st_size / 1e6:.2f} MB each, {count} pictures, best of four turns")
            for way, rate in best.items():
                against = " ".join(f"{rate / best[other]:6.2f}" for other in list(ways)[:3:2])
                print(f"  {rate:7.1f}/s  {against}  {way}")
            print("             x full, x bare")
            print(f"  {share_of_bare(paths[:8]):.3f} of the bare loop's rate, picture by picture in one process")
            print(f"  {decibels(paths[0]):.1f} dB against full decode and Lanczos", flush=True)


if __name__ == "__main__":
    main()
