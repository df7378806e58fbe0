"""Which paintings to show, chosen by rule, and their maps."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from PIL import Image

from brushwork.classifier.model import StyleClassifier
from brushwork.collection import Collection
from brushwork.explain.attribution import Evidence, attribute_all
from brushwork.explain.draw import Box, Map, Tile, drawn_on, panel, shared_limit, where
from brushwork.explain.targets import Target
from brushwork.painting import Painting

RULES = ("most confident and right", "most confident and wrong", "most uncertain")


@dataclass(frozen=True, slots=True)
class Explained:
    """One painting's verdict with its maps on the network's canvas, which is `box` of the painting."""

    style: str
    against: str
    log_odds: float  # of style against the runner-up
    bias: float  # the part of it that lies nowhere on the canvas
    maps: dict[str, Map]  # by method, signed
    box: Box
    size: tuple[int, int]

    @property
    def sentence(self) -> str:
        """Where the evidence lies, in words."""
        return where(self.maps["evidence"], self.style)

    def to_dict(self) -> dict[str, object]:
        """The explanation as plain data."""
        return asdict(self) | {"maps": {k: v.tolist() for k, v in self.maps.items()}, "sentence": self.sentence}


def explain(
    model: StyleClassifier, image: Image.Image, methods: Sequence[str] = ("evidence",), target: Target = None
) -> Explained:
    """The verdict on a whole painting and its maps by the given methods."""
    device = next(model.parameters()).device
    pictures = model.preprocessing.tensor([model.preprocessing.canvas(image)]).to(device)
    found = attribute_all(model, pictures, list(dict.fromkeys(("evidence", *methods))), target)
    main = found["evidence"]
    assert isinstance(main, Evidence)
    first, second = int(main.target[0]), int(main.against[0])
    maps = {method: one.maps[0].float().cpu().numpy() for method, one in found.items()}
    return Explained(
        style=model.styles[first],
        against=model.styles[second],
        log_odds=float(main.log_odds[0]),
        bias=float(main.bias[0]),
        maps=maps,
        box=model.preprocessing.box(*image.size),
        size=image.size,
    )


def drawn(image: Image.Image, explained: Explained, methods: Sequence[str], title: str) -> Image.Image:
    """The painting, in any size, and its maps in a row, each map with its scale in words."""
    tiles = [Tile(image, "the painting, whole")]
    across, down = (own / explained_size for own, explained_size in zip(image.size, explained.size, strict=True))
    left, top, right, bottom = explained.box
    box = left * across, top * down, right * across, bottom * down
    for method in methods:
        values = explained.maps[method]
        if method == "evidence":
            limit, unit = shared_limit([values]), "nats a cell"
            ends = f"{explained.against} {limit:g}", f"{limit:g} {unit}, {explained.style}"
            total = float(values.sum())
            caption = (
                f"evidence: {total:+.2f} on the canvas {explained.bias:+.2f} bias = {explained.log_odds:+.2f} nats"
            )
        else:
            values = np.clip(values, 0, None) if method == "grad-cam" else values
            limit = shared_limit([values])
            ends, caption = (
                ("0" if method == "grad-cam" else f"-{limit:g}", f"{limit:g}"),
                f"{method} for {explained.style}",
            )
        lowest = 0.0 if method == "grad-cam" else -1.0
        tiles.append(Tile(drawn_on(image, values, box, limit), caption, ends, lowest))
    return panel(tiles, title)


def chosen_by_rule(
    paintings: Sequence[Painting], probabilities: dict[str, list[float]], styles: Sequence[str], style: str, each: int
) -> dict[str, list[Painting]]:
    """Of the test paintings in a style, `each` by every rule; no painting twice, in the order of the rules."""
    own = [p for p in paintings if p.style == style and p.id in probabilities]
    place = list(styles).index(style)

    def margin(painting: Painting) -> float:
        row = probabilities[painting.id]
        return row[place] - max(p for i, p in enumerate(row) if i != place)

    right = sorted((p for p in own if margin(p) > 0), key=margin, reverse=True)
    wrong = sorted((p for p in own if margin(p) <= 0), key=margin)
    picked = {RULES[0]: right[:each], RULES[1]: wrong[:each]}
    taken = {p.id for ps in picked.values() for p in ps}
    picked[RULES[2]] = sorted((p for p in own if p.id not in taken), key=lambda p: abs(margin(p)))[:each]
    return picked


def explained_paintings(
    model: StyleClassifier, collection: Collection, paintings: Sequence[Painting], methods: Sequence[str]
) -> list[Explained]:
    """Explanations of a collection's paintings, towards each one's verdict."""
    with torch.no_grad():
        return [explain(model, collection.picture(painting), methods) for painting in paintings]
