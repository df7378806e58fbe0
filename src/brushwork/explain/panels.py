"""Which paintings to show, chosen by rule, and their maps."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from brushwork.classifier.model import Preprocessing, StyleClassifier
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.explain.attribution import Evidence, attribute_all
from brushwork.explain.draw import OPACITY, Box, Map, Tile, drawn_on, panel, shared_limit, where
from brushwork.explain.methods import METHODS
from brushwork.explain.targets import Target
from brushwork.painting import Painting
from brushwork.run import read_json

RULES = ("most confident and right", "most confident and wrong", "most uncertain")
LARGEST = 2048  # pixels on the short side of what is explained


@dataclass(frozen=True, slots=True)
class Explained:
    """One painting's verdict with its maps on the network's canvas, which is `box` of the painting."""

    style: str
    against: str
    log_odds: float  # of style against the runner-up
    bias: float  # the part of it that lies nowhere on the canvas
    gap: float  # what map and bias leave open: rounding, for the head is average pooling and one linear layer
    maps: dict[str, Map]  # by method, signed; those that work on pixels as large as the canvas
    box: Box
    size: tuple[int, int]
    usual_log_odds: float  # the same at the size that the network judges at; another where a finer map was asked for

    @property
    def sentence(self) -> str:
        """Where the evidence lies, in words."""
        return where(self.maps["evidence"], self.style)

    @property
    def held(self) -> str:
        """Whether the verdict at this size is that at the usual one, in words; empty at the usual one."""
        if self.log_odds == self.usual_log_odds:
            return ""
        same = "the verdict held" if self.log_odds * self.usual_log_odds > 0 else "THE VERDICT DID NOT HOLD"
        return f"At this larger size {same}: {self.log_odds:+.2f} nats, at the usual one {self.usual_log_odds:+.2f}."

    def to_dict(self) -> dict[str, object]:
        """The explanation as plain data."""
        return asdict(self) | {"maps": {k: v.tolist() for k, v in self.maps.items()}, "sentence": self.sentence}


def panel_of(folder: Path, name: str, asked: Mapping[str, object]) -> Path:
    """The file of a panel: `NAME.png`, or `NAME-2.png` and so on where the one before answers to something else `asked`."""
    names = itertools.chain([name], (f"{name}-{place}" for place in itertools.count(2)))
    return next(folder / f"{one}.png" for one in names if _answers(folder / one, asked))


def _answers(panel: Path, asked: Mapping[str, object]) -> bool:
    """Whether nothing stands at a panel's place, or what answers to just this."""
    said = panel.with_name(f"{panel.name}.json")
    if not said.exists():
        return not panel.with_name(f"{panel.name}.png").exists()
    there = read_json(said)
    return isinstance(there, dict) and there.get("asked") == asked


def explain(
    model: StyleClassifier,
    image: Image.Image,
    methods: Sequence[str] = ("evidence",),
    target: Target = None,
    short_side: int | None = None,
    seed: int = 0,
) -> Explained:
    """The verdict on a whole painting and its maps by the given methods.

    With a larger `short_side` than the network judges at, maps are finer, their identity is the same, and the verdict may be
    another. Raises `UserError` for a short side below the network's own or above 2,048.
    """
    usual = model.preprocessing
    used = finer(usual, short_side)
    device = next(model.parameters()).device
    pictures = used.tensor([used.canvas(image)]).to(device)
    told: list[float] = []
    if used != usual:
        with torch.inference_mode():
            told = model(usual.tensor([usual.canvas(image)]).to(device))[0].tolist()
        if target is None:  # the verdict is that at the usual size, also where the map is finer
            target = int(np.argmax(told))
    found = attribute_all(model, pictures, list(dict.fromkeys(("evidence", *methods))), target, seed=seed)
    main = found["evidence"]
    assert isinstance(main, Evidence)
    first, second = int(main.target[0]), int(main.against[0])
    log_odds = float(main.log_odds[0])
    return Explained(
        style=model.styles[first],
        against=model.styles[second],
        log_odds=log_odds,
        bias=float(main.bias[0]),
        gap=float(main.gap[0]),
        maps={method: found[method].maps[0].float().cpu().numpy() for method in dict.fromkeys(("evidence", *methods))},
        box=used.box(*image.size),
        size=image.size,
        usual_log_odds=told[first] - told[second] if told else log_odds,
    )


def finer(preprocessing: Preprocessing, short_side: int | None) -> Preprocessing:
    """The same for larger canvases; `UserError` where they would be smaller, or larger than memory allows."""
    if short_side is None:
        return preprocessing
    if not preprocessing.short_side <= short_side <= LARGEST:
        raise UserError(
            f"--size {short_side} was given, but this network judges at {preprocessing.short_side} pixels on the short side; "
            f"give that or more, up to {LARGEST}."
        )
    return replace(preprocessing, short_side=short_side - short_side % preprocessing.stride)


def drawn(
    image: Image.Image,
    explained: Explained,
    methods: Sequence[str],
    title: str,
    opacity: float = OPACITY,
    contours: bool = True,
) -> Image.Image:
    """The painting, in any size, and its maps in rows, each map with its scale in words."""
    tiles, any_lines = [Tile(image, "the painting, whole")], False
    across, down = (own / explained_size for own, explained_size in zip(image.size, explained.size, strict=True))
    left, top, right, bottom = explained.box
    box = left * across, top * down, right * across, bottom * down
    for method in methods:
        values = explained.maps[method]
        signed = METHODS[method].signed
        values = values if signed else np.clip(values, 0, None)
        limit = shared_limit([values])
        lined = contours and values.any() and not METHODS[method].at_pixels  # those would be lines and nothing else
        lines = [limit / 2, *([-limit / 2] if signed else [])] if lined else []
        shown, any_lines = drawn_on(image, values, box, limit, opacity, lines), any_lines or bool(lined)
        ends, lowest = _ends(method, explained, limit), -1.0 if signed else 0.0
        tiles.append(Tile(shown, _caption(method, explained), ends, lowest, opacity))
    notes = [explained.sentence, *filter(None, [explained.held])]
    if any_lines:
        notes.append("Lines: half of full colour.")
    return panel(tiles, title, notes=notes)


def _caption(method: str, explained: Explained) -> str:
    if method == "evidence":
        total = float(explained.maps["evidence"].sum())
        gap = (
            f" {explained.gap:+.2f} left open ({abs(explained.gap / explained.log_odds):.0%})"
            if _is_open(explained)
            else ""
        )
        return f"evidence: {total:+.2f} on the canvas {explained.bias:+.2f} bias{gap} = {explained.log_odds:+.2f} nats"
    if not METHODS[method].of_a_style:
        return f"{method}: of no one style"
    if method == "counterfactual":
        found = explained.maps[method].max() > 0
        return f"counterfactual: {'against' if found else 'nothing against'} {explained.style}"
    if not explained.maps[method].any() or (not METHODS[method].signed and explained.maps[method].max() <= 0):
        return f"{method}: no evidence for {explained.style}"
    return f"{method} for {explained.style}{' (a control that is to fail)' if METHODS[method].is_control else ''}"


def _is_open(explained: Explained) -> bool:
    return abs(explained.gap) > 1e-3 * max(1.0, abs(explained.log_odds))


def _ends(method: str, explained: Explained, limit: float) -> tuple[str, str]:
    if method == "evidence":
        return f"{explained.against} {limit:g}", f"{limit:g} nats a cell, {explained.style}"
    return f"-{limit:g}" if METHODS[method].signed else "0", f"{limit:g}"


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
