"""What a search for a painting's nearest picture leaves behind: pictures, the path that moves, numbers and words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from brushwork.checkpoint import save_state
from brushwork.errors import UserError
from brushwork.generator.projection import Distance, Projection
from brushwork.generator.provenance import save_image
from brushwork.generator.sample import captioned
from brushwork.generator.sheet import Tile, tiled
from brushwork.generator.walk import save_moving
from brushwork.images import write_image
from brushwork.run import read_json, write_json

STRIP = 5  # pictures of the path on the strip
REST = 12  # frames for which the end of the path stands still


def save_projection(found: Projection, out: Path, about: Mapping[str, Any], scale: int) -> dict[str, Any]:
    """Write target.png, nearest.png, path.gif, strip.png, projection.json and latent.safetensors into a folder.

    The last holds what the nearest picture is painted of. Returns what the one before holds.
    """
    value = dict(about) | to_dict(found) | {"words": in_words(found)}
    write_json(out / "projection.json", value, indent=None)
    save_state(out / "latent.safetensors", {"latent": found.latent, "grain": found.grain}, about)
    save_image(Image.fromarray(found.path[-1]), out / "nearest.png", about)
    write_image(Image.fromarray(found.target), out / "target.png")
    beside = np.concatenate([found.path, np.repeat(found.path[-1:], REST, 0)])
    moving = np.concatenate([np.broadcast_to(found.target, beside.shape), beside], 2)  # target at the left
    both = dict(about) | {"beside": "the picture that was searched for"}
    save_moving(moving, out / "path.gif", both, scale)
    caption = (
        f"{about['run']}, seed {about['seed']}: how far from the target in grey levels of 255; the rest is generated."
    )
    save_image(captioned(tiled([strip(found)], scale), caption), out / "strip.png", both)
    return value


def check_place(out: Path, sha256: str) -> None:
    """Raises `UserError` where a folder holds the search for another picture than that of this digest."""
    there = out / "projection.json"
    if there.exists() and read_json(there).get("sha256") != sha256:
        raise UserError(f"{out} holds the search for another picture; choose another --out.")


def to_dict(found: Projection) -> dict[str, Any]:
    """The numbers as plain data; distances in grey levels, and as the discriminator sees them."""
    path = [{"step": step} | _plain(distance) for step, distance in zip(found.steps, found.distances, strict=True)]
    reference = {"mean_picture": _plain(found.mean), "typical_picture": _plain(found.typical)}
    return {"nearest": _plain(found.distances[-1])} | reference | {"path": path}


def in_words(found: Projection) -> str:
    """How near the search came, beside what it means."""
    first, last = found.distances[0], found.distances[-1]
    seen = "" if last.seen is None else f"; as the discriminator sees it {last.seen:.3f}, from {first.seen:.3f}"
    return (
        f"the nearest picture found differs by {last.pixels:.1f} grey levels of 255, the search began at {first.pixels:.1f}, "
        f"the mean picture differs by {found.mean.pixels:.1f}, a typical one by {found.typical.pixels:.1f}{seen}. "
        "What is left is what this generator does not paint, or the search did not find"
        + (
            "."
            if found.grain is None
            else "; what is small was sought in its grain, too, the noise that its layers are given."
        )
    )


def strip(found: Projection) -> list[Tile]:
    """The target, a few pictures on the path to it, evenly through what was gained, and the nearest."""
    pixels = np.array([distance.pixels for distance in found.distances])
    levels = np.linspace(pixels[0], pixels[-1], STRIP + 1)[:-1]
    places = sorted({int(np.abs(pixels[:-1] - level).argmin()) for level in levels}) if len(pixels) > 1 else []
    tiles = [Tile(found.path[k], f"step {found.steps[k]}: {pixels[k]:.1f}") for k in places]
    return [Tile(found.target, "target"), *tiles, Tile(found.path[-1], f"nearest: {pixels[-1]:.1f}")]


def _plain(distance: Distance) -> dict[str, float | None]:
    return {
        "pixels": round(distance.pixels, 3),
        "seen": None if distance.seen is None else round(distance.seen, 5),
    }
