"""What a finished training of a generator is known by: what it has seen, what it costs, how near its pictures come."""

from collections.abc import Mapping
from typing import Any, Protocol

from brushwork.collection import Collection
from brushwork.generator.evaluation import first_quality
from brushwork.generator.looks import Looks
from brushwork.generator.networks import Painter, cost_of
from brushwork.generator.presets import PAPER_UPDATES, PRESETS, Preset
from brushwork.generator.sides import Sides
from brushwork.painting import Painting


class Trained(Protocol):
    """A training that came to its end."""

    preset: Preset
    steps_done: int
    looks: Looks | None

    @property
    def kimg(self) -> float:
        """Thousands of paintings shown."""

    def done(self) -> str:
        """Why it ended before its last step, if it did."""


def ending(results: Mapping[str, Any]) -> str:
    """How a training ended, where that was before its time or nobody watched; else nothing."""
    if not results.get("watched", True):  # of earlier versions' it is not known
        return (
            "Too few paintings by other artists were there to watch over its training by: had it collapsed, or learned by "
            "heart, nobody was told."
        )
    return f"It was ended early: {results['ended']}." if results.get("ended") else ""


def results_of(
    task: Trained, painter: Painter, collection: Collection, paintings: list[Painting], seed: int
) -> dict[str, Any]:
    """The results of a training and of the generator that it ended with, as plain data."""
    held_out = [p for p in collection.select(painter.styles) if p.split != "train"]
    quality = first_quality(painter, collection, Sides(paintings, held_out), seed + 1)
    return {
        "collection": str(collection.folder.resolve()),
        "paintings": len(paintings),
        "held_out": len(held_out),
        "kimg": task.kimg,
        "updates": task.steps_done,
        "ended": task.done(),
        "watched": task.looks is not None and task.looks.watching,
        "paper_updates": PAPER_UPDATES.get(task.preset.name),
        "cost": cost_of(task.preset).to_dict(),
        "paper_cost": cost_of(PRESETS[task.preset.name]).to_dict(),
        "quality": quality.to_dict(),
    }
