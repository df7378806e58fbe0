"""Kill short trainings of every generator at random instants, go on, and compare what comes out bit by bit.

`python benchmarks/generator_kills.py [--kills 20] [--presets stylegan2 ...]`

A training of the built-in collection is killed (SIGKILL) at an instant drawn evenly over its whole length, and the same
call is made again until it ends; then its checkpoint (networks, average, moments, augmentation), its last and its best
generator, its last sheet and its results must be the bytes of a training that nobody disturbed.
"""

import argparse
import os
import random
import shutil
import signal
import tempfile
import time
from pathlib import Path

from brushwork.collection import Collection, collect, open_collection
from brushwork.collection.shards import Reading
from brushwork.collection.sources import Request, entries_of
from brushwork.generator.presets import PRESETS, preset_with
from brushwork.generator.train import train_generator

SHEETS = 8  # a checkpoint every third step: also between two changes of the augmentation
COMPARED = ("checkpoint.safetensors", "generator.safetensors", "best.safetensors", "results.json")


def begun(collection: Collection, out: Path, name: str) -> int:
    """A child that trains, or goes on; its process number."""
    child = os.fork()
    if child:
        return child
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 2)
    try:
        preset = preset_with(name, 32, 4, 8)
        kimg = 24 * preset.paintings_per_step / 1000
        train_generator(collection, out, preset, [], kimg, device="cpu", sheets=SHEETS)
    except BaseException:  # whatever it is, the parent is told by the status
        os._exit(1)
    os._exit(0)


def ended(child: int) -> None:
    """Wait for a child that must end well."""
    _, status = os.waitpid(child, 0)
    if status:
        raise SystemExit(f"a training ended with status {status}")


def same(one: Path, other: Path) -> list[str]:
    """The files that differ between two runs."""
    sheet = f"samples/{max((one / 'samples').iterdir()).name}"
    return [name for name in (*COMPARED, sheet) if (one / name).read_bytes() != (other / name).read_bytes()]


def killed_and_gone_on(collection: Collection, out: Path, name: str, after: float) -> int:
    """Kill a training after so many seconds and let it go on to its end; how many of its steps the log had at the kill."""
    child = begun(collection, out, name)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    log = out / "log.jsonl"
    steps = len(log.read_text().splitlines()) if log.exists() else 0
    ended(begun(collection, out, name))
    return steps


def main() -> None:
    """Print a line a preset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--presets", nargs="+", default=list(PRESETS), choices=list(PRESETS))
    parser.add_argument("--seed", type=int, default=0, help="of the instants")
    options = parser.parse_args()
    random.seed(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        collect(entries_of("two-schools", Request(count=96, seed=0)), root / "schools", "two-schools", Reading(96))
        collection = open_collection(root / "schools")
        for name in options.presets:
            whole = root / name / "whole" / "run"  # runs of one name, for a generator says whose it is
            began = time.monotonic()
            ended(begun(collection, whole, name))
            length = time.monotonic() - began
            equal, steps = 0, []
            for k in range(options.kills):
                out = root / name / str(k) / "run"
                steps.append(killed_and_gone_on(collection, out, name, random.uniform(0, length)))
                differing = same(whole, out)
                equal += not differing
                if differing:
                    print(
                        f"  {name}, kill {k} after {steps[-1]} logged steps: {', '.join(differing)} differ", flush=True
                    )
                shutil.rmtree(out)
            print(
                f"{name:16s} {equal} of {options.kills} bit-identical; killed after {min(steps)} to {max(steps)} of 24 steps",
                flush=True,
            )


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
