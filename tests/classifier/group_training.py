"""A training of a classifier by one process or a group: `python -m tests.classifier.group_training COLLECTION OUT TRUNK`."""

import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from brushwork import processes
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.parts import Split
from brushwork.classifier.task import ClassifierTask, Recipe
from brushwork.classifier.trunks import SCRATCH, build_trunk
from brushwork.collection import Collection, open_collection
from brushwork.errors import UserError
from brushwork.training import begin_run, fit

CPU = torch.device("cpu")
STEPS, EVERY = 6, 2
# A batch of five is shared unevenly, and everything that can be switched on is on.
SCRATCH_RECIPE = Recipe(
    "scratch", SCRATCH, 48, 48, 0.5, 1.0, 1, 5, 1e-4, 0.05, 0.1, ema=0.9, colour=0.2, keep_best=True
)
RECIPES = {
    SCRATCH: SCRATCH_RECIPE,
    "mobilenetv2_100": replace(
        SCRATCH_RECIPE, preset="transfer", backbone="mobilenetv2_100", crop=64, short_side=64, learning_rate=1e-5
    ),
}


def tiny_task(
    collection: Collection, recipe: Recipe, device: torch.device = CPU, kind: type[ClassifierTask] = ClassifierTask
) -> ClassifierTask:
    """A task with random weights, the same every time."""
    torch.manual_seed(0)
    trunk = build_trunk(recipe.backbone, {})
    model = StyleClassifier(trunk, collection.styles, recipe.short_side)
    torch.nn.init.normal_(model.head.weight, std=0.05)
    named = dict(model.trunk.named_parameters())
    for name in trunk.frozen if recipe.preset == "transfer" else ():
        named[name].requires_grad_(False)
    parts = Split(*([p for p in collection.paintings if p.split == name] for name in ("train", "validation", "test")))
    return kind(model, collection, parts, recipe, 0, device)


class Stops(ClassifierTask):
    """Rank 1 is killed before the step that the environment names, if it names one."""

    def step(self, k: int) -> Mapping[str, Tensor]:
        """The step of old, once the test has had its chance."""
        if str(k) == os.environ.get("STOP_AT") and os.environ.get("RANK") == "1":
            os.kill(os.getpid(), signal.SIGKILL)
        return super().step(k)


def train(collection: Collection, out: Path, backbone: str) -> ClassifierTask:
    """Train for a few steps, going on where `out` stopped."""
    task = tiny_task(collection, RECIPES[backbone], kind=Stops)
    run = begin_run(out, {"kind": "classifier", "backbone": backbone})
    fit(run, task, STEPS, {"kind": "classifier"}, checkpoint_every=EVERY, log_every=1, label="tiny")
    return task


if __name__ == "__main__":
    try:
        with processes.group(CPU):
            train(open_collection(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
    except UserError as error:
        print(f"brushwork: {error}", file=sys.stderr)
        sys.exit(2)
