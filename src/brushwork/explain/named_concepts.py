"""Whether concepts that have names, made by changing pictures, move a network's verdicts."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from PIL import Image

from brushwork.collection import Collection
from brushwork.explain.capture import capture
from brushwork.explain.concepts import Floats
from brushwork.explain.judges import Judge, input_of
from brushwork.explain.sanity import stages
from brushwork.explain.targets import Question
from brushwork.explain.tcav import CONCEPTS, Tcav, tcav
from brushwork.painting import Painting
from brushwork.progress import progress

NAMED = 60  # pictures that concepts are made of, at most


def named_concepts(
    judge: Judge, collection: Collection, paintings: Sequence[Painting], pair: tuple[str, str], seed: int
) -> tuple[str, list[Tcav]]:
    """Named concepts at the middle of the network; those made of half of the paintings are tried on the other half."""
    model = judge.model
    names = [name for name in stages(model) if name.startswith("trunk.") and name in dict(model.named_modules())]
    layer = names[len(names) // 2]  # at the last one TCAV is 0 or 1 for all paintings, whatever the concept
    module = model.get_submodule(layer)
    # Styles come in turn, so that pairs of paintings hold both.
    made = [p for k, p in enumerate(paintings) if k % 4 < 2][:NAMED]
    tried = [p for k, p in enumerate(paintings) if k % 4 >= 2]

    def pooled(change: Callable[[Image.Image, int], Image.Image] | None) -> Floats:
        rows = []
        for k, painting in enumerate(made):
            image = model.preprocessing.canvas(collection.picture(painting))
            image = change(image, seed + k) if change else image
            picture = model.preprocessing.tensor([image]).to(next(model.parameters()).device)
            rows.append(capture(model, module, picture, None).activation.mean((2, 3))[0].cpu().numpy())
        return np.stack(rows)

    gradients: dict[str, list[Floats]] = {style: [] for style in pair}
    artists: dict[str, list[str]] = {style: [] for style in pair}
    for painting in tried:
        other = next(style for style in pair if style != painting.style)
        device = next(model.parameters()).device
        own, others = (torch.tensor([model.styles.index(style)], device=device) for style in (painting.style, other))
        picture = input_of(model, collection, painting)
        seen = capture(model, module, picture, Question(own, others).of)
        artists[painting.style].append(painting.group)
        gradients[painting.style].append(seen.gradient.sum((2, 3))[0].cpu().numpy())
    by_style = {style: np.stack(rows).astype(np.float64) for style, rows in gradients.items() if rows}
    plain = pooled(None).astype(np.float64)
    changed = {}
    with progress(len(CONCEPTS), "named concepts") as advance:
        for k, (name, change) in enumerate(CONCEPTS.items(), 1):
            changed[name] = pooled(change).astype(np.float64)
            advance(k)
    return layer, tcav(by_style, artists, plain, changed, seed)
