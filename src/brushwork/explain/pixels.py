"""Maps at the pixels (B, H, W) by Captum: integrated gradients, SmoothGrad, occlusion, and guided Grad-CAM as a control."""

import copy
import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from brushwork.errors import UserError
from brushwork.explain.mode import evaluating, random_of
from brushwork.explain.targets import Question

STEPS, SAMPLES, NOISE = 50, 50, 0.15  # of the path; of SmoothGrad and its noise as a share of the picture's range
ALONG = 8  # versions of a picture that Captum runs at once
Method = Callable[[nn.Module, nn.Module, Tensor, Question, int], Tensor]


def integrated_gradients(model: nn.Module, layer: nn.Module, pictures: Tensor, asked: Question, seed: int) -> Tensor:
    """From a canvas of the mean colour, 50 steps (Sundararajan et al. 2017); sums to the score less that canvas's."""
    from captum.attr import IntegratedGradients

    found = IntegratedGradients(_scored(model, asked)).attribute(
        pictures,
        additional_forward_args=_places(pictures),
        n_steps=STEPS,
        internal_batch_size=max(ALONG, len(pictures)),
    )
    return _summed(found)


def smooth_grad(model: nn.Module, layer: nn.Module, pictures: Tensor, asked: Question, seed: int) -> Tensor:
    """The mean gradient of 50 pictures with noise of 15 % of the range (Smilkov et al. 2017), colours' sizes summed."""
    from captum.attr import NoiseTunnel, Saliency

    found = []
    for k in range(len(pictures)):  # each by itself: neither its range nor its noise is a matter of the others
        one = pictures[k : k + 1]
        tunnel = NoiseTunnel(Saliency(lambda versions, k=k: asked.of_one(model(versions), k)))
        with random_of(seed, one.device):
            gradients = tunnel.attribute(
                one, nt_type="smoothgrad", nt_samples=SAMPLES, nt_samples_batch_size=ALONG, abs=False,
                stdevs=NOISE * float(one.amax() - one.amin()),
            )  # fmt: skip
        found.append(_summed(gradients.abs()))
    return torch.cat(found)


def occlusion(model: nn.Module, layer: nn.Module, pictures: Tensor, asked: Question, seed: int) -> Tensor:
    """How much the score falls where a window of an eighth of the short side has the mean colour (Zeiler and Fergus 2014)."""
    from captum.attr import Occlusion

    side = max(2, min(pictures.shape[2:]) // 8)
    found = Occlusion(_scored(model, asked)).attribute(
        pictures, (3, side, side), (3, max(1, side // 2), max(1, side // 2)), perturbations_per_eval=ALONG,
        additional_forward_args=_places(pictures),
    )  # fmt: skip
    return _summed(found) / 3  # Captum gives every colour the whole of it


def guided_grad_cam(model: nn.Module, layer: nn.Module, pictures: Tensor, asked: Question, seed: int) -> Tensor:
    """Guided backpropagation times Grad-CAM (Selvaraju et al. 2017): sharp, and hardly a matter of the weights.

    Adebayo et al. 2018 (arXiv 1810.03292) found that it stays when the weights are made random: only a negative control.
    Raises `UserError` for a network without ReLU layers, which it leaves unguided.
    """
    from captum.attr import GuidedGradCam

    name = next(name for name, module in model.named_modules() if module is layer)
    twin = copy.deepcopy(model)
    if not _with_plain_relus(twin):
        raise UserError(
            "guided Grad-CAM changes how gradients pass ReLU layers, and the model has none; use another method."
        )
    scored = _Scored(twin, asked)
    warnings.filterwarnings("ignore", "Setting backward hooks on ReLU")  # of the copy; `pixel_map` takes this back
    found = GuidedGradCam(scored, twin.get_submodule(name)).attribute(
        pictures.requires_grad_(), additional_forward_args=_places(pictures), interpolate_mode="bilinear"
    )
    return _summed(found)


PIXEL_METHODS: dict[str, Method] = {
    "integrated-gradients": integrated_gradients,
    "smoothgrad": smooth_grad,
    "occlusion": occlusion,
    "guided-grad-cam": guided_grad_cam,
}


def pixel_map(name: str, model: nn.Module, layer: nn.Module, pictures: Tensor, asked: Question, seed: int) -> Tensor:
    """The map (B, H, W) by a method of `PIXEL_METHODS`; the model is as it was afterwards."""
    frozen = [parameter for parameter in model.parameters() if parameter.requires_grad]
    try:
        for parameter in frozen:  # Captum would keep a graph for each
            parameter.requires_grad_(False)
        with evaluating(model), torch.inference_mode(False), torch.enable_grad(), warnings.catch_warnings():
            return PIXEL_METHODS[name](model, layer, pictures.detach().clone(), asked, seed).detach()
    finally:
        for parameter in frozen:
            parameter.requires_grad_(True)


class _Scored(nn.Module):
    """A model that answers with the score of its question; Captum takes no model that gives one number otherwise."""

    def __init__(self, model: nn.Module, asked: Question) -> None:
        super().__init__()
        self.model, self.asked = model, asked

    def forward(self, pictures: Tensor, places: Tensor) -> Tensor:
        """(N, 3, H, W) and which picture each is a version of (N,) to scores (N,)."""
        return self.asked.of(self.model(pictures), places.tolist())


def _scored(model: nn.Module, asked: Question) -> Callable[[Tensor, Tensor], Tensor]:
    return lambda pictures, places: asked.of(model(pictures), places.tolist())


def _places(pictures: Tensor) -> Tensor:
    return torch.arange(len(pictures))


def _summed(found: Any) -> Tensor:
    colours: Tensor = found
    return colours.sum(1)


def _with_plain_relus(model: nn.Module) -> int:
    """Make every ReLU of a model one of its own that Captum knows, a ReLU6 one and its ceiling; returns how many there are."""
    count = 0
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if isinstance(child, nn.ReLU6):
                setattr(parent, name, nn.Sequential(nn.ReLU(), nn.Hardtanh(-1.0, 6.0)))
            elif isinstance(child, nn.ReLU):
                setattr(parent, name, nn.ReLU())
            else:
                continue
            count += 1
    return count
