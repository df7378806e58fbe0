"""Whether evidence lies where it must: on canvases painted half in each school, whose halves are known."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image

from brushwork.classifier.model import StyleClassifier
from brushwork.explain.draw import carried_back
from brushwork.explain.panels import explain


@dataclass(frozen=True, slots=True)
class Localisation:
    """Mean share of the positive evidence for a style that lies on the half painted in it; chance is about a half."""

    share: float
    by_style: dict[str, float]
    canvases: int
    without_evidence: int  # canvas and style pairs with no positive evidence at all, left out of the mean

    def to_dict(self) -> dict[str, object]:
        """The result as plain data."""
        return asdict(self)


def evidence_on_own_half(
    model: StyleClassifier, canvases: Sequence[tuple[Image.Image, Image.Image]], styles: tuple[str, str]
) -> Localisation:
    """For pictures with masks (255 where the second style was painted), the share of evidence on the right half."""
    shares: dict[str, list[float]] = {style: [] for style in styles}
    nothing = 0
    for picture, mask in canvases:
        second = np.asarray(mask, np.float32) / 255
        for style, other, own in ((styles[0], styles[1], 1 - second), (styles[1], styles[0], second)):
            found = explain(model, picture, target=(style, other))
            values = carried_back(found.maps["evidence"], picture.size, found.box)
            positive = np.clip(np.nan_to_num(values), 0, None)
            if positive.sum() > 0:
                shares[style].append(float((positive * own).sum() / positive.sum()))
            else:
                nothing += 1
    means = {style: float(np.mean(values)) if values else float("nan") for style, values in shares.items()}
    every = [value for values in shares.values() for value in values]
    return Localisation(float(np.mean(every)), means, len(canvases), nothing)
