"""The scenes both schools paint, by name."""

from collections.abc import Callable

from brushwork.collection.sources.two_schools_indoors import figure, still_life
from brushwork.collection.sources.two_schools_outdoors import harbour, landscape, street
from brushwork.collection.sources.two_schools_stage import (
    Light,
    Random,
    Stage,
    View,
)

_DRAWN: dict[str, Callable[[Stage, Random], None]] = {
    "landscape": landscape,
    "harbour": harbour,
    "street": street,
    "figure": figure,
    "still life": still_life,
}
SCENES = ("landscape", "harbour", "street", "figure", "still life")


def compose(scene: str, width: int, height: int, light: Light, rng: Random) -> View:
    """A scene of this kind in this light, at this size."""
    stage = Stage(width, height, light, rng)
    _DRAWN[scene](stage, rng)
    return stage.view(f"{scene.capitalize()} {light.phrase}")
