"""What a finished training of a generator is known by: what it has seen, what it costs, how near its pictures come."""

from typing import Any, Protocol

from brushwork.collection import Collection
from brushwork.generator.networks import Painter, cost_of
from brushwork.generator.presets import PAPER_UPDATES, PRESETS, Preset
from brushwork.generator.quality import quality_of
from brushwork.generator.sample import sample
from brushwork.painting import Painting


class Trained(Protocol):
    """A training that came to its end."""

    preset: Preset
    steps_done: int

    @property
    def kimg(self) -> float:
        """Thousands of paintings shown."""

    def painter(self) -> Painter:
        """Its generator."""


def results_of(
    task: Trained, collection: Collection, paintings: list[Painting], styles: list[str], seed: int
) -> dict[str, Any]:
    """The results of a run, as plain data."""
    held_out = [p for p in collection.select(styles) if p.split != "train"]
    reals = collection.squares(task.preset.size, held_out)
    trained_on = collection.squares(task.preset.size, paintings)
    quality = quality_of(sample(task.painter(), len(reals), seed + 1), reals, trained_on, seed)
    return {
        "paintings": len(paintings),
        "held_out": len(held_out),
        "kimg": task.kimg,
        "updates": task.steps_done,
        "paper_updates": PAPER_UPDATES.get(task.preset.name),
        "cost": cost_of(task.preset).to_dict(),
        "paper_cost": cost_of(PRESETS[task.preset.name]).to_dict(),
        "quality": quality.to_dict(),
    }
