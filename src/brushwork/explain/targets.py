"""What is explained: a style, one style against another, or any score of the answer; the same for methods and their tests."""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, SupportsIndex

import torch
from torch import Tensor, nn

from brushwork.errors import UserError
from brushwork.explain.capture import Score

Style = str | SupportsIndex  # a name or a number, also of NumPy or torch
Target = Style | tuple[Style, Style] | Callable[[Tensor], Tensor] | None
MOST_RIVALS = 3  # of Finer-CAM


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A score of each of B pictures: that of style `target` less that of `against`, or a callable's.

    `target` and `against` (B,) are equal where a style is explained by itself, and -1 for a callable.
    """

    target: Tensor
    against: Tensor
    score: Score | None = None

    @property
    def contrast(self) -> bool:
        """Whether one style is weighed against another."""
        return self.score is None and bool((self.target != self.against).any())

    def of(self, output: Tensor, places: Sequence[int] | None = None) -> Tensor:
        """The score (N,) of answers (N, K), the i-th to the picture `places[i]`, or to the i-th."""
        if self.score is not None:
            return self.score(output)
        first, second = (
            (self.target, self.against) if places is None else (self.target[list(places)], self.against[list(places)])
        )
        row = torch.arange(len(output), device=output.device)
        told = output[row, first]
        return torch.where(first == second, told, told - output[row, second])

    def of_one(self, output: Tensor, place: int) -> Tensor:
        """The score (N,) of answers (N, K) to N versions of one picture."""
        return self.of(output, [place] * len(output))

    def weights(self, head: nn.Linear) -> Tensor | None:
        """The weights (B, C) by which a linear head makes the score; None for a callable."""
        if self.score is not None:
            return None
        weight = head.weight.detach()
        return torch.where(
            (self.target == self.against)[:, None], weight[self.target], weight[self.target] - weight[self.against]
        )

    def bias(self, head: nn.Linear) -> Tensor:
        """What of the score (B,) comes from a linear head's biases."""
        bias = head.bias.detach() if head.bias is not None else head.weight.new_zeros(head.out_features)
        return torch.where(self.target == self.against, bias[self.target], bias[self.target] - bias[self.against])


def question(model: nn.Module, output: Tensor, target: Target, contrast: bool) -> Question:
    """What is asked of a model that gave `output` (B, K) without a graph.

    `target` is a style by index or by name (if the model has `styles`), a pair (for, against) or a callable from the
    output to (B,); None takes the most probable style. With `contrast` a single style is weighed against the most
    probable other one. Raises `UserError` for styles that the model does not have.
    """
    if callable(target):
        nobody = torch.full((len(output),), -1, device=output.device)
        return Question(nobody, nobody, target)
    names: Sequence[str] = getattr(model, "styles", [])
    target = tuple(map(_whole, target)) if isinstance(target, tuple) else _whole(target)
    if output.ndim != 2 or output.shape[1] < 2:
        raise UserError(
            f"the model gives {tuple(output.shape)}; a map needs scores (pictures, at least two classes), or a callable that "
            "makes one number a picture of them as the target."
        )
    if not isinstance(target, str | int | tuple | None):
        raise UserError(
            f"{target!r} was given as the target; give a style by name or number, a pair (for, against), or a callable."
        )
    order = output.argsort(stable=True, dim=1, descending=True)
    pair: tuple[Style, ...] = target if isinstance(target, tuple) else () if target is None else (target,)
    if isinstance(target, tuple) and len(pair) != 2:
        raise UserError(f"{len(pair)} styles were given as the target; give one, or a pair (for, against).")
    indices = [torch.full((len(output),), _index(names, one, output.shape[1]), device=output.device) for one in pair]
    if len(indices) == 2:
        if bool((indices[0] == indices[1]).any()):
            raise UserError(f"{pair[0]!r} was to be weighed against itself; name two different styles.")
        return Question(indices[0], indices[1])
    first = indices[0] if indices else order[:, 0]
    if not contrast:
        return Question(first, first)
    return Question(first, torch.where(order[:, 0] == first, order[:, 1], order[:, 0]))


def _whole(one: Any) -> Any:
    """NumPy's and torch's whole numbers as Python's; all else as it is."""
    try:
        return operator.index(one)
    except TypeError:
        return one


def finer(asked: Question, output: Tensor, gamma: float = 0.6) -> Question:
    """Finer-CAM's score y_c - gamma * mean_d y_d, d the (at most three) other styles whose scores are nearest y_c.

    Zhang et al. 2025 (arXiv 2501.11309). With two styles there is one other; of a pair (for, against) it is the second.
    Raises `UserError` for a callable, which has no styles.
    """
    if asked.score is not None:
        raise UserError(
            "Finer-CAM weighs a style against others, but a callable was given as the target; give a style."
        )
    own = output[torch.arange(len(output), device=output.device), asked.target]
    apart = (output - own[:, None]).abs()
    apart.scatter_(1, asked.target[:, None], torch.inf)
    rivals = apart.argsort(stable=True, dim=1)[:, : min(MOST_RIVALS, output.shape[1] - 1)]  # (B, up to 3)
    if asked.contrast:
        rivals = asked.against[:, None]

    def score(told: Tensor) -> Tensor:
        return told.gather(1, asked.target[:, None])[:, 0] - gamma * told.gather(1, rivals).mean(1)

    return Question(asked.target, asked.against, score)


def _index(names: Sequence[str], target: Style, count: int) -> int:
    if isinstance(target, str):
        if target not in names:
            raise UserError(
                f"the model does not know the style {target!r}; it knows {', '.join(names) or 'only numbers'}."
            )
        return names.index(target)
    if not 0 <= (number := operator.index(target)) < count:
        raise UserError(f"class {number} was asked for, but the model has {count}, counted from 0.")
    return number
