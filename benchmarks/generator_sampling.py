"""Print how long one picture and 64 take at 64 pixels, by every preset at its own width; the weights are untrained.

`python benchmarks/generator_sampling.py [--threads 2]`: the fastest of five, in seconds, without loading.
"""

import argparse
import time

import torch

from brushwork.generator.networks import Painter, networks_of
from brushwork.generator.presets import PRESETS
from brushwork.generator.sample import sample


def seconds(painter: Painter, count: int) -> float:
    """The fastest of five times for so many pictures."""
    times = []
    for seed in range(6):
        began = time.perf_counter()
        sample(painter, count, seed)
        times.append(time.perf_counter() - began)
    return min(times[1:])


def main() -> None:
    """Print a row a preset."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    print(f"torch {torch.__version__}, {options.threads} threads; seconds\n{'preset':16s}{'one':>8s}{'64':>8s}")
    for name, preset in PRESETS.items():
        network = networks_of(preset, 0, 2)[0].eval().to(memory_format=torch.channels_last)
        painter = Painter(network, preset, ["one", "other"], "untrained", 0.0)
        print(f"{name:16s}{seconds(painter, 1):8.3f}{seconds(painter, 64):8.2f}", flush=True)


if __name__ == "__main__":
    main()
