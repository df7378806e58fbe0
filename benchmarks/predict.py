"""`brushwork predict` on folders of thousands: its memory, its speed against the bare trunk, and one picture alone.

    python benchmarks/predict.py [--counts 1000,10000] [--weights FILE] [--threads 2] [--single 40] [--short-side 320]

JPEGs of 100 different pictures (short sides of 480 to 560 pixels, six formats) are hard-linked to as many names as asked
for. The run is a `mobilenetv2_100` as `--preset transfer` has it, weights random or from FILE, with a gallery of a
small two-schools collection, made here: nothing is trained, since neither memory nor speed depends on what was learned.

Memory: the largest resident set (`ru_maxrss`) of `brushwork predict --out` in a process of its own for each count; the
ratio of the last to the first is due within 1.05.
Rate: pictures of the last count less those of the first, over the difference of the two processes' times, so that the
start of the process, the reading of weights and the first batch fall out. Against it the bare timm network's `forward_features`
on ready tensors of the same canvases in batches of the same sizes, in this process with as many threads, all on one
batch, and each on its own with its batch norms folded as the command has it, timed before and after and averaged, since
a busy machine drifts; due at 0.9 or more of the network as it is.
One picture: the median time of `explain`, verdict and evidence map, on an opened picture with two threads.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from brushwork.classifier.data import detail_of, equal_canvases, pooled_features
from brushwork.classifier.folding import folded
from brushwork.classifier.gallery import write_gallery
from brushwork.classifier.model import StyleClassifier, save_model
from brushwork.classifier.predict import WINDOW, picture_bytes, picture_files
from brushwork.classifier.threads import in_threads
from brushwork.classifier.train import RECIPES
from brushwork.classifier.trunks import build_trunk, transfer_trunk
from brushwork.collection import collect, open_collection
from brushwork.collection.shards import Reading
from brushwork.collection.sources import Request, entries_of
from brushwork.explain.panels import explain
from brushwork.images import open_picture
from brushwork.randomness import stream
from brushwork.run import open_run

TRUNK, ORIGINALS = "mobilenetv2_100", 100
FORMATS = (1.0, 4 / 3, 3 / 4, 5 / 4, 3 / 2, 2 / 3)
# Says its peak in bytes and its seconds, the imports included, on its last line of standard error.
CHILD = """
import resource, sys, time
began = time.perf_counter()
from brushwork.cli import cli
try:
    cli(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(peak, time.perf_counter() - began, file=sys.stderr)
"""


def made_run(base: Path, weights: Path | None, short_side: int) -> tuple[Path, StyleClassifier]:
    """A run that was never trained, with a gallery, and its model."""
    if not (base / "schools").exists():
        entries = entries_of("two-schools", Request(count=48, seed=0))
        collect(entries, base / "schools", "two-schools", Reading(224), workers=0)
    collection = open_collection(base / "schools")
    torch.manual_seed(0)
    trunk = transfer_trunk(TRUNK, weights) if weights else build_trunk(TRUNK, {})
    model = StyleClassifier(trunk, collection.styles, short_side, detail_of(collection)).eval()
    torch.nn.init.normal_(model.head.weight, std=0.01)
    if not weights:
        settle(model)
    run = open_run(base / "run", {"kind": "classifier"})
    save_model(run.folder, model, {})
    pooled = pooled_features(model, collection, collection.paintings, torch.device("cpu"))
    write_gallery(run.folder, model, collection, collection.paintings, set(), pooled, 0)
    return run.folder, model.to(memory_format=torch.channels_last)


def settle(model: StyleClassifier) -> None:
    """Give random weights the batch statistics of noise: else activations fade to denormal numbers, ten times as slow."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        model.train()(torch.randn(8, 3, 192, 192))
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
    model.eval()


def made_pictures(base: Path, counts: list[int]) -> None:
    """Folders of so many JPEGs each, all links to the same hundred."""
    (base / "originals").mkdir()
    for i in range(ORIGINALS):
        rng = stream(0, "picture", i)
        short, shape = int(rng.integers(480, 561)), FORMATS[i % len(FORMATS)]
        size = (round(short * max(shape, 1.0)), round(short * max(1 / shape, 1.0)))
        coarse = Image.fromarray(rng.integers(0, 256, (24, 24, 3), np.uint8)).resize(size, Image.Resampling.BICUBIC)
        grain = np.asarray(coarse) + rng.normal(0, 12, (size[1], size[0], 3))
        Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8)).save(base / "originals" / f"{i:03d}.jpg", quality=88)
    for count in counts:
        (base / str(count)).mkdir()
        for i in range(count):
            (base / str(count) / f"{i:06d}.jpg").hardlink_to(base / "originals" / f"{i % ORIGINALS:03d}.jpg")


def predicted(run: Path, folder: Path, threads: int) -> tuple[float, float]:
    """Peak bytes and seconds of the command on a folder, in a process of its own."""
    out = folder.with_suffix(".csv")
    arguments = ["predict", str(run), str(folder), "--out", str(out), "--device", "cpu"]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    peak, seconds = map(float, done.stderr.splitlines()[-1].split())
    return peak, seconds


def trunk_rates(model: StyleClassifier, files: list[Path]) -> tuple[float, float]:
    """Pictures a second of the trunk alone on ready tensors, in batches as `predict` makes them.

    All threads on one batch, as torch does it, and each thread on its own, as `predict` does it.
    """
    images = [
        model.preprocessing.canvas(open_picture(picture_bytes(path), model.preprocessing.detail)) for path in files
    ]
    batches = []
    for start in range(0, len(images), WINDOW):
        own = images[start : start + WINDOW]
        places = equal_canvases([image.size for image in own])
        batches += [model.preprocessing.tensor([own[i] for i in part]) for part in places]

    def forward(own: StyleClassifier, batch: torch.Tensor) -> None:
        bare: Any = own.get_submodule("trunk.model")
        bare.forward_features(batch)

    with torch.inference_mode():
        forward(model, batches[0])
        began = time.perf_counter()
        for batch in batches:
            forward(model, batch)
        together = time.perf_counter() - began
    began = time.perf_counter()
    deque(in_threads(folded(model), batches, forward), 0)
    return len(images) / together, len(images) / (time.perf_counter() - began)


def single(model: StyleClassifier, file: Path, repeats: int) -> float:
    """The median seconds of a verdict with its evidence map on one opened picture."""
    image, times = open_picture(picture_bytes(file), model.preprocessing.detail), []
    for _ in range(repeats + 3):
        began = time.perf_counter()
        explain(model, image)
        times.append(time.perf_counter() - began)
    return statistics.median(times[3:])


def main() -> None:
    """Print the three figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", default="1000,10000", help="pictures, the fewer first")
    parser.add_argument("--weights", type=Path, help=f"safetensors of {TRUNK}; default random")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--single", type=int, default=40, help="verdicts of one picture to time")
    side = RECIPES["transfer"].short_side
    parser.add_argument("--short-side", type=int, default=side, help="pixels of the canvases; default the preset's")
    given = parser.parse_args()
    counts = [int(word) for word in given.counts.split(",")]
    if len(counts) != 2 or counts[0] >= counts[1]:
        raise SystemExit(f"--counts {given.counts}: give two numbers, the fewer pictures first")
    torch.set_num_threads(given.threads)
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch)
        run, model = made_run(base, given.weights, given.short_side)
        made_pictures(base, counts)
        sample = list(picture_files([base / str(counts[0])]))[: 2 * ORIGINALS]
        before = trunk_rates(model, sample)
        (peak, short), (last_peak, long) = (predicted(run, base / str(count), given.threads) for count in counts)
        together, apart = (sum(pair) / 2 for pair in zip(before, trunk_rates(model, sample), strict=True))
        rate = (counts[1] - counts[0]) / (long - short)
        print(f"{peak / 1e6:8.1f} MB   {counts[0]:,} pictures, peak")
        print(f"{last_peak / 1e6:8.1f} MB   {counts[1]:,} pictures, peak: {last_peak / peak:.3f} of the first")
        print(f"{rate:8.1f} /s   the command, beyond its start of {short - counts[0] / rate:.1f} s")
        print(
            f"{together:8.1f} /s   the trunk alone, all threads on one batch: the command reaches {rate / together:.2f} of it"
        )
        print(
            f"{apart:8.1f} /s   the trunk alone, folded, each thread on its own: the command reaches {rate / apart:.2f} of it"
        )
        print(f"{1000 * single(model, sample[0], given.single):8.1f} ms   one verdict with its evidence map, median")


if __name__ == "__main__":
    main()
