"""Whether a map depends on what the model learned: its parameters made random again (Adebayo et al. 2018)."""

from collections.abc import Iterator, Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.trunks import build_trunk
from brushwork.explain.faithfulness import spearman
from brushwork.explain.mode import random_of

WINDOW, DEEPEST = 7, 3  # cells of SSIM's windows; how deep parts are looked for within parts


def stages(model: nn.Module) -> list[str]:
    """The names of a model's parts that hold anything learned, from the answer back to the picture; together they hold all."""
    return list(reversed(list(_parts(model, "", 0))))


def _parts(module: nn.Module, name: str, depth: int) -> Iterator[str]:
    for own in [*module._parameters, *module._buffers]:  # such as a class token
        if (full := f"{name}.{own}" if name else own) in module.state_dict(prefix=f"{name}." if name else ""):
            yield full
    for child_name, child in module.named_children():
        full = f"{name}.{child_name}" if name else child_name
        if not child.state_dict():
            continue
        if depth < DEEPEST and (full in ("trunk", "trunk.model") or isinstance(child, nn.Sequential | nn.ModuleList)):
            yield from _parts(child, full, depth + 1)
        else:
            yield full


def untrained(model: StyleClassifier, seed: int) -> StyleClassifier:
    """A model of the same make that learned nothing, each layer as its own initialiser leaves it."""
    with random_of(seed, torch.device("cpu")):
        twin = StyleClassifier(
            build_trunk(model.architecture, model.options), model.styles, 2 * model.preprocessing.stride
        )
        twin.head.reset_parameters()
    return twin.eval()


def randomised(model: StyleClassifier, twin: StyleClassifier, names: Sequence[str]) -> StyleClassifier:
    """A copy of a model whose parts of these names are the untrained twin's; the model stays as it is."""
    with torch.inference_mode(False):
        copy = deepcopy(model)
        fresh = twin.state_dict()
        state = {
            key: fresh[key] if any(key == name or key.startswith(f"{name}.") for name in names) else value
            for key, value in model.state_dict().items()
        }
        copy.load_state_dict(state)
    return copy


def likeness(map_: Tensor, other: Tensor) -> dict[str, float]:
    """How alike two maps (h, w) are; 1 is the same.

    Spearman's correlation, its size, that of the maps without their signs, and SSIM.
    """
    found = spearman(map_, other)
    return {
        "spearman": found,
        "size of spearman": abs(found),
        "spearman of sizes": spearman(map_.abs(), other.abs()),
        "ssim": ssim(map_, other),
    }


def ssim(map_: Tensor, other: Tensor) -> float:
    """Structural similarity (Wang et al. 2004) of two maps (h, w), each divided by its greatest absolute value."""
    a, b = (one / one.abs().amax().clamp_min(1e-30) for one in (map_.cpu().double(), other.cpu().double()))
    window = min(WINDOW, *map_.shape)

    def mean(x: Tensor) -> Tensor:
        return F.avg_pool2d(x[None, None], window, 1)

    ma, mb = mean(a), mean(b)
    va, vb, ab = mean(a * a) - ma**2, mean(b * b) - mb**2, mean(a * b) - ma * mb
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2  # the range is -1 to 1
    return float(((2 * ma * mb + c1) * (2 * ab + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2))).mean())
