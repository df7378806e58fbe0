"""What tests of trust measure of one picture or mosaic: every method's map and every control's, side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from brushwork.classifier.model import StyleClassifier
from brushwork.explain.attribution import attribute_all
from brushwork.explain.controls import CONTROLS
from brushwork.explain.curves import at_size, ends, ranks, removal, road, told_by
from brushwork.explain.faithfulness import (
    disturbed,
    drop_through,
    falls_without,
    hidden_cells,
    infidelity_of,
    max_sensitivity,
    mu_fidelity,
    normalised,
)
from brushwork.explain.methods import METHODS

QUICK = tuple(name for name, one in METHODS.items() if not one.costly and name != "counterfactual")
COSTLY = tuple(name for name, one in METHODS.items() if one.costly)
SUBSTRATE = "substrate"  # not a map: the probability of the style told once all of a picture is blurred, or empty
EMPTY = "empty"  # a map of nothing, a control of drop, gain and increase alone
ALIKE = 1e-3  # of their greatest values, up to which two maps are one
Values = dict[str, dict[str, float]]  # by method or control, by measure


@dataclass(frozen=True, slots=True)
class Depth:
    """Which measures a picture takes part in, and in how many steps its curves are drawn."""

    removal: bool
    road: bool
    slow: bool
    steps: int


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """Maps (H, W) at the pixels of one picture (1, 3, H, W) by method and control, and the verdict they explain."""

    picture: Tensor
    target: int
    against: int
    maps: dict[str, Tensor]


def maps_by(
    model: StyleClassifier, picture: Tensor, methods: Sequence[str], target: int, against: int
) -> dict[str, Tensor]:
    """Maps (h, w) of a picture (1, 3, H, W): evidence for one style against another, by other methods for the one alone."""
    if len(model.styles) == 2 or "evidence" not in methods:  # there is but one other style
        found = attribute_all(model, picture, methods, target)
    else:
        others = [method for method in methods if method != "evidence"]
        found = attribute_all(model, picture, ["evidence"], (target, against))
        found |= attribute_all(model, picture, others, target)
    return {method: found[method].maps[0] for method in methods}


def maps_of(picture: Tensor, small: Mapping[str, Tensor], target: int, against: int, seed: int) -> Maps:
    """Methods' maps (h, w) of a picture (1, 3, H, W) at its pixels, and every control's."""
    size = (picture.shape[2], picture.shape[3])
    maps = {name: at_size(one[None], size)[0] for name, one in small.items()}
    maps |= {name: make(picture[0], seed).to(picture) for name, make in CONTROLS.items()}
    return Maps(picture, target, against, maps)


def twins(maps: Mapping[str, Tensor]) -> dict[str, str]:
    """For every map the first one that is the same but for its scale."""
    firsts: dict[str, Tensor] = {}
    same = {}
    for name, one in maps.items():
        unit = normalised(one[None], (one.shape[0], one.shape[1]))[0]
        same[name] = next((n for n, other in firsts.items() if float((unit - other).abs().amax()) < ALIKE), name)
        if same[name] == name:
            firsts[name] = unit
    return same


def measured(model: StyleClassifier, seen: Maps, depth: Depth, same: Mapping[str, str], seed: int) -> Values:
    """All measures of a picture's maps, those of maps that are the `same` as another, see `twins`, taken once."""
    told = told_by(lambda x: _answer(model, x), lambda output: output.softmax(1)[:, seen.target])
    odds = told_by(lambda x: _answer(model, x), lambda output: output[:, seen.target] - output[:, seen.against])
    end = ends(told, seen.picture)
    whole = float(end.told[0])
    subsets = hidden_cells(seed) if depth.slow else None
    falls = falls_without(told, seen.picture, subsets, whole) if subsets is not None else None
    noisy = disturbed(odds, seen.picture, seed) if depth.slow else None
    values: Values = {}
    for name, map_ in seen.maps.items():
        if same[name] != name:
            values[name] = dict(values[same[name]])
            continue
        own: dict[str, float] = asdict(drop_through(told, seen.picture, map_, whole))
        ranked = ranks(map_, seed)
        if depth.removal:
            own |= asdict(removal(told, end, ranked, depth.steps))
        if depth.road:
            own |= {"road": (found := road(told, end, ranked, seed)).combined, "abpc": found.abpc}
        if falls is not None and subsets is not None and noisy is not None:
            own["mu_fidelity"] = mu_fidelity(map_, subsets, falls)
            own["infidelity"] = infidelity_of(noisy, map_)
        if depth.slow and name in QUICK:
            own["sensitivity"] = sensitivity(model, seen, name, seed)
        values[name] = own
    style, (_, blurred, empty) = model.styles[seen.target], end.told.tolist()
    values[SUBSTRATE] = {f"blurred {style}": blurred, f"empty {style}": empty}
    values[EMPTY] = asdict(drop_through(told, seen.picture, torch.zeros_like(seen.picture[0, 0]), whole))
    return values


def _answer(model: StyleClassifier, pictures: Tensor) -> Tensor:
    scores: Tensor = model.head(model.pooled(pictures))  # no map is wanted
    return scores


def sensitivity(model: StyleClassifier, seen: Maps, method: str, seed: int) -> float:
    """Max-sensitivity of one method's map of the same question."""
    pair = (seen.target, seen.against) if method == "evidence" else seen.target

    def explain(pictures: Tensor) -> Tensor:
        return attribute_all(model, pictures, (method,), pair)[method].maps

    return max_sensitivity(explain, seen.picture, seed)
