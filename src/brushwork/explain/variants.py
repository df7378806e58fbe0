"""Many versions of one picture through a model: the scores of each, a few at a time and without a graph."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from brushwork.classifier.folding import folded
from brushwork.classifier.threads import in_threads
from brushwork.explain.answers import answer
from brushwork.explain.capture import Score, hooked
from brushwork.explain.layers import channel_axis
from brushwork.explain.mode import evaluating

TOGETHER = 200_000  # pixels of pictures that go through together; more leave a CPU's caches and take longer
CELLS = 2_000_000  # numbers of a layer's activation held at once for all versions together


def batches(count: int, together: int) -> Iterator[range]:
    """Ranges that divide `count` things into batches of at most so many, of one at least."""
    step = max(1, together)
    return (range(first, min(first + step, count)) for first in range(0, count, step))


def scores_of_versions(
    model: nn.Module, picture: Tensor, make: Callable[[range], Tensor], count: int, score: Score
) -> Tensor:
    """The scores (count,) of versions of a picture (1, 3, H, W), `make(range)` of which gives (n, 3, H, W).

    In threads, each with its own batch: what is held does not grow with `count`.
    """

    def told(own: nn.Module, part: range) -> Tensor:
        return score(answer(own, make(part)))

    jobs = batches(count, TOGETHER // (picture.shape[2] * picture.shape[3]))
    with evaluating(model):
        return torch.cat(list(in_threads(folded(model, picture), jobs, told))).clone()


def drops_without_channels(model: nn.Module, layer: nn.Module, picture: Tensor, score: Score) -> Tensor:
    """By how much the score of one picture (1, 3, H, W) drops without each of a layer's channels, (C,).

    Only what follows the layer sees all versions; what comes before runs on the one picture, where the model lets it
    (where both meet again behind the layer it may not).
    """
    met: list[Tensor] = []

    def remember(_module: nn.Module, _inputs: object, output: object) -> Tensor:
        assert isinstance(output, Tensor)
        met.append(output)
        return output.clone()  # what follows may change it in place

    with evaluating(model), torch.inference_mode(False), torch.no_grad():  # in this order: the first turns graphs on
        with hooked([layer], remember):
            whole = score(answer(model, picture))
        activation = met[0]
        axis = channel_axis(activation, model, layer, (picture.shape[2], picture.shape[3]))
        channels = activation.shape[axis]
        parts = list(batches(channels, CELLS // activation[0].numel()))
        try:
            found = [_without(model, layer, picture, activation, axis, part, score) for part in parts]
        except torch.OutOfMemoryError:
            raise
        except RuntimeError:  # one picture cannot be joined with many versions of it
            found = []
        if sum(map(len, found)) != channels:
            found = [
                _without(model, layer, picture.expand(len(part), -1, -1, -1), activation, axis, part, score)
                for part in parts
            ]
        return whole - torch.cat(found)


def _without(
    model: nn.Module, layer: nn.Module, picture: Tensor, activation: Tensor, axis: int, part: range, score: Score
) -> Tensor:
    """The scores (n,) of one picture with each channel in `part` set to nothing."""
    versions = activation.repeat(len(part), *[1] * (activation.ndim - 1)).movedim(axis, 1)
    versions[range(len(part)), list(part)] = 0
    replaced = versions.movedim(1, axis)
    with hooked([layer], lambda _module, _inputs, _output: replaced.clone()):
        return score(model(picture))
