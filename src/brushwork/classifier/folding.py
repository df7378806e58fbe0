"""Batch normalisation folded into convolutions: the same answers, in little more than half the time on a CPU."""

from copy import deepcopy
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from brushwork.classifier.model import StyleClassifier

NEAR = 0.01  # of a channel's size; folding itself moves it by a thousandth at most
ROUNDING = 1e-5  # of the greatest channel's size, for those that are next to nothing


def folded(model: StyleClassifier) -> StyleClassifier:
    """A copy of a model in evaluation mode whose batch norms are part of the convolutions that they follow.

    Which batch norm follows which convolution is taken from the order in which a module names its parts (timm's
    activation, where the batch norm holds one, stays in its place). A network that does not keep to that order answers
    otherwise when it is tried, and is given back as it is; so is a model in training.
    """
    if model.training:
        return model
    copy = deepcopy(model)
    for parent in list(copy.trunk.modules()):
        for (place, conv), (norm_place, norm) in pairwise(list(parent.named_children())):
            if not (isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d)):
                continue
            if conv.out_channels == norm.num_features and norm.running_mean is not None:
                setattr(parent, place, fuse_conv_bn_eval(conv, norm))
                rest = (getattr(norm, name, nn.Identity()) for name in ("drop", "act"))
                setattr(parent, norm_place, nn.Sequential(*rest))
    copy = copy.to(memory_format=torch.channels_last)
    return copy if _answer_alike(model, copy) else model


def _answer_alike(one: StyleClassifier, other: StyleClassifier) -> bool:
    first, second = _tried(one), _tried(other)
    size, apart = first.abs().amax((0, 2, 3)), (first - second).abs().amax((0, 2, 3))  # (C,)
    return bool((apart <= NEAR * size + ROUNDING * size.max()).all())


@torch.inference_mode()
def _tried(model: StyleClassifier) -> Tensor:
    """The activations (2, C, h, w) of a canvas of noise and of its mirror image."""
    side = 2 * model.preprocessing.stride
    noise = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(0)).to(next(model.parameters()))
    activation: Tensor = model.trunk(torch.cat([noise, noise.flip(3)]))
    return activation
