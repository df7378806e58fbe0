"""`attribute`: a map for any model that ends in classes, with the number it explains beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, overload

import torch
from torch import Tensor, nn

from brushwork.errors import UserError, nearest
from brushwork.explain.answers import need_batch
from brushwork.explain.black_box import channel_scores, rise
from brushwork.explain.cam import ablation_cam, cam, evidence, pooled_drops, score_cam
from brushwork.explain.capture import Capture, Score, capture, capture_all
from brushwork.explain.heads import pooled_head
from brushwork.explain.layers import layer_of
from brushwork.explain.methods import METHODS
from brushwork.explain.pixels import PIXEL_METHODS, pixel_map
from brushwork.explain.targets import Question, Target, finer, question
from brushwork.explain.variants import drops_without_channels

MASKS = 1000  # of RISE


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Signed maps (B, h, w) at layer resolution, or (B, H, W) of methods that work on pixels, and what they explain."""

    maps: Tensor
    method: str
    target: Tensor  # (B,) the class explained; -1 where a callable was
    against: Tensor  # (B,) the class it is weighed against; equal to target where it is explained by itself
    score: Tensor  # (B,) what is explained: a class's score, the difference of two, or a callable's value
    standard_error: Tensor | None = None  # of the maps, where they are estimates


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence(Attribution):
    """Maps in nats that add up: `maps.sum((1, 2)) + bias + gap == log_odds`.

    `bias` is the difference of the head's biases, which lies nowhere on the canvas; `gap` is what the map cannot account
    for: 0 where the head is average pooling and one linear layer, all of the rest elsewhere. Maps of a model that says it is
    `levelled` are without what varies over an even canvas of the same size, which is the canvas's doing; their sum stays.
    """

    bias: Tensor  # (B,)
    exact: bool  # whether the head is average pooling and one linear layer

    @property
    def log_odds(self) -> Tensor:
        """(B,) in nats, of `target` against `against`."""
        return self.score

    @property
    def gap(self) -> Tensor:
        """What of the log-odds the map and the bias leave open (B,), in nats."""
        return self.score - self.maps.sum((1, 2)) - self.bias

    @property
    def gap_share(self) -> Tensor:
        """The size of the gap as a share of the log-odds (B,); rounding (the model's own) where the head is exact."""
        return self.gap.abs() / self.score.abs().clamp_min(1e-12)


@overload
def attribute(
    model: nn.Module,
    pictures: Tensor,
    method: Literal["evidence"] = "evidence",
    target: Target = None,
    layer: nn.Module | str | None = None,
    *,
    masks: int = MASKS,
    seed: int = 0,
) -> Evidence: ...
@overload
def attribute(
    model: nn.Module,
    pictures: Tensor,
    method: str,
    target: Target = None,
    layer: nn.Module | str | None = None,
    *,
    masks: int = MASKS,
    seed: int = 0,
) -> Attribution: ...
def attribute(
    model: nn.Module,
    pictures: Tensor,
    method: str = "evidence",
    target: Target = None,
    layer: nn.Module | str | None = None,
    *,
    masks: int = MASKS,
    seed: int = 0,
) -> Attribution:
    """Maps of preprocessed pictures (B, 3, H, W) by one of `METHODS`; an `Evidence` by `evidence`.

    `target` is a class by index or by name (if the model has `styles`), a pair (for, against), or a callable from the
    model's answer (B, K) to (B,); None takes the most probable class, for evidence against the runner-up. `layer` is a
    module or its name; None takes the one the model declares, or the last that gives a map. `masks` are those of RISE, `seed`
    theirs and SmoothGrad's. Raises `UserError` for an unknown method, class or layer, where a method does not apply to
    the model's head, where the pictures are too small, and where the model's answer is not finite.
    """
    return attribute_all(model, pictures, (method,), target, layer, masks=masks, seed=seed)[method]


def attribute_all(
    model: nn.Module,
    pictures: Tensor,
    methods: Sequence[str],
    target: Target = None,
    layer: nn.Module | str | None = None,
    *,
    masks: int = MASKS,
    seed: int = 0,
) -> dict[str, Attribution]:
    """`attribute` by several methods, all that read the layer from one look at the model."""
    need_methods(methods)
    need_batch(pictures)
    place = layer_of(model, layer, pictures)
    asked: dict[str, Question] = {}
    scores: dict[str, Score] = {}  # those that need a gradient of their own

    def asks(output: Tensor) -> list[Score]:
        plain = question(model, output, target, contrast=False)
        asked.update(dict.fromkeys(methods, plain))
        if "evidence" in methods:
            asked["evidence"] = question(model, output, target, contrast=True)
            scores["evidence"] = asked["evidence"].of
        if "finer-cam" in methods:
            asked["finer-cam"] = finer(plain, output)
            scores["finer-cam"] = asked["finer-cam"].of
        if any(METHODS[method].of and METHODS[method].of_a_style and method not in scores for method in methods):
            scores[""] = plain.of
        return list(scores.values())

    looks = capture_all(model, [place], pictures, asks)[0]
    by_score = dict(zip(scores, looks, strict=bool(scores)))
    found = {}
    for method in methods:
        seen = by_score.get(method, by_score.get("", looks[0]))
        found[method] = _attribution(model, place, pictures, method, asked[method], seen, masks, seed)
    return found


def need_methods(methods: Sequence[str]) -> None:
    """Raises `UserError`, with the nearest names, when one of the methods does not exist, and for a name in place of several."""
    if isinstance(methods, str):
        raise UserError(f"{methods!r} was given as the methods; give several names, such as ({methods!r},).")
    for method in methods:
        if method not in METHODS:
            raise UserError(f"there is no method {method!r}; the nearest are {nearest(method, METHODS)}.")


def attribute_layers(
    model: nn.Module,
    pictures: Tensor,
    method: str,
    layers: Sequence[nn.Module | str],
    target: Target = None,
) -> list[Attribution]:
    """`attribute` for several layers at once, by one forward pass and one backward pass down to the first of them.

    For methods that need no more than activation and gradient; `UserError` for others. See `cam.fused` for LayerCAM's way to
    make one map of them.
    """
    if not layers:
        raise UserError("no layer was given; give at least one module or name.")
    make = METHODS[method].of if method in METHODS else None
    if make is None or method == "finer-cam":
        able = [name for name, one in METHODS.items() if one.of and name != "finer-cam"]
        raise UserError(f"{method!r} is not made for several layers at once; the nearest are {nearest(method, able)}.")
    need_batch(pictures)
    places = [layer_of(model, layer, pictures) for layer in layers]
    asked: list[Question] = []

    def asks(output: Tensor) -> list[Score]:
        asked.append(question(model, output, target, contrast=method == "evidence"))
        return [asked[0].of]

    looks = capture_all(model, places, pictures, asks)
    return [
        _attribution(model, p, pictures, method, asked[0], seen, 0, 0) for p, (seen,) in zip(places, looks, strict=True)
    ]


def _attribution(
    model: nn.Module,
    layer: nn.Module,
    pictures: Tensor,
    method: str,
    asked: Question,
    seen: Capture,
    masks: int,
    seed: int,
) -> Attribution:
    """The map by one method, of what was captured and, where that is not enough, of further looks."""
    make, error = METHODS[method].of, None
    if make is not None:
        maps = make(seen.activation, seen.gradient)
    elif method == "rise":
        parts = [
            rise(model, pictures[i : i + 1], partial(asked.of_one, place=i), masks, seed) for i in range(len(pictures))
        ]
        maps, error = torch.stack([one.map for one in parts]), torch.stack([one.standard_error for one in parts])
    elif method in PIXEL_METHODS:
        maps = pixel_map(method, model, layer, pictures, asked, seed)
    else:
        maps = _by_channels(model, layer, pictures, method, asked, seen)
    told, target, against = asked.of(seen.output).detach(), asked.target, asked.against
    if method != "evidence":
        return Attribution(maps=maps, method=method, target=target, against=against, score=told, standard_error=error)
    head = pooled_head(model, seen) if asked.score is None else None
    bias = asked.bias(head) if head else torch.zeros_like(told)
    if head and getattr(model, "levelled", False):
        even = capture(model, layer, torch.zeros_like(pictures[:1]), None).activation.expand_as(seen.gradient)
        slope = evidence(even, seen.gradient)  # (B, h, w), which should be the same everywhere
        maps = maps - (slope - slope.mean((1, 2), keepdim=True))
    return Evidence(
        maps=maps, method=method, target=target, against=against, score=told, bias=bias, exact=head is not None
    )


def _by_channels(
    model: nn.Module, layer: nn.Module, pictures: Tensor, method: str, asked: Question, seen: Capture
) -> Tensor:
    """CAM, Ablation-CAM or Score-CAM: a weight for each channel."""
    head = pooled_head(model, seen)
    weights = asked.weights(head) if head else None  # (B, C)
    weights = None if weights is None else weights.to(seen.activation.dtype)
    if method == "cam":
        if weights is None:
            raise UserError(
                f"CAM needs a style or two and average pooling with one linear layer on the map's {seen.activation.shape[1]} "
                "channels, which this model, layer or question does not have; use evidence or grad-cam."
            )
        return cam(seen.activation, weights)
    if method == "ablation-cam" and weights is not None:
        return ablation_cam(seen.activation, pooled_drops(seen.activation, weights))
    rows = []
    for i in range(len(pictures)):
        one, activation, score = pictures[i : i + 1], seen.activation[i : i + 1], partial(asked.of_one, place=i)
        if method == "ablation-cam":
            rows.append(drops_without_channels(model, layer, one, score))
        else:
            rows.append(channel_scores(model, one, activation, score))
    return (ablation_cam if method == "ablation-cam" else score_cam)(seen.activation, torch.stack(rows))
