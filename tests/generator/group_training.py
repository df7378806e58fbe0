"""A short training of a generator by one process or a group: `python -m tests.generator.group_training COLLECTION OUT PRESET`."""

import sys
from pathlib import Path

import torch

from brushwork.collection import open_collection
from brushwork.errors import UserError
from brushwork.generator.presets import preset_with
from brushwork.generator.train import train_generator
from brushwork.run import Run

STEPS = 9  # the penalty of stylegan2 comes twice when it comes every eighth


def train(collection: Path, out: Path, name: str) -> Run:
    """A few steps on both styles, with all that a batch is drawn for."""
    preset = preset_with(name, 32, 4, 16)
    kimg = STEPS * preset.paintings_per_step / 1000
    return train_generator(open_collection(collection), out, preset, [], kimg, device="cpu", sheets=3)


if __name__ == "__main__":
    torch.set_num_threads(1)
    try:
        train(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    except UserError as error:
        print(error, file=sys.stderr)
        raise SystemExit(2) from error
