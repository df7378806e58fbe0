"""The methods by name: what each shows, where it comes from, what it needs."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from brushwork.explain import cam


@dataclass(frozen=True, slots=True)
class Method:
    """A method of explanation; `of` makes the map (B, h, w) of an activation and a gradient where that is all it needs."""

    shows: str
    source: str
    of: Callable[[Tensor, Tensor], Tensor] | None = None
    at_pixels: bool = False  # its maps have the picture's size, not the layer's
    of_a_style: bool = True  # it depends on what is explained
    is_control: bool = False  # known to fail, kept to show that the tests notice
    costly: bool = False  # needs tens to thousands of forward passes
    signed: bool = False  # what is below zero is part of the map as published, and not cut off


METHODS: dict[str, Method] = {
    "evidence": Method(
        "what speaks for one style and against another, adding up to the log-odds",
        "Zhou 2016",
        cam.evidence,
        signed=True,
    ),
    "cam": Method("what makes up one style's score", "Zhou 2016", signed=True),
    "grad-cam": Method("what one style's score rises with", "Selvaraju 2017", cam.grad_cam),
    "grad-cam++": Method(
        "the same, small places counted like large ones", "Chattopadhyay 2018", cam.grad_cam_plus_plus
    ),
    "hirescam": Method(
        "the same, without averaging the gradient", "Draelos and Carin 2020", cam.hires_cam, signed=True
    ),
    "layercam": Method("the same, of earlier layers too", "Jiang 2021", cam.layer_cam),
    "xgrad-cam": Method("the same, weighed by what is there", "Fu 2020", cam.xgrad_cam),
    "eigen-cam": Method(
        "what is most present in the layer, whatever the style (not class-specific)",
        "Muhammad 2020",
        lambda activation, _: cam.eigen_cam(activation),
        of_a_style=False,
    ),
    "ablation-cam": Method("what the score loses without each channel", "Desai 2020"),
    "score-cam": Method("what the score is when only a channel's places are seen", "Wang 2020", costly=True),
    "finer-cam": Method("what tells a style from those most like it", "Zhang 2025", cam.grad_cam),
    "counterfactual": Method("what stands against a style", "Selvaraju 2017, section 3.3", cam.counterfactual),
    "integrated-gradients": Method(
        "each pixel's part on the way from an even canvas",
        "Sundararajan 2017",
        at_pixels=True,
        costly=True,
        signed=True,
    ),
    "smoothgrad": Method("to which pixels the score is sensitive", "Smilkov 2017", at_pixels=True, costly=True),
    "occlusion": Method(
        "what the score loses where a window is covered",
        "Zeiler and Fergus 2014",
        at_pixels=True,
        costly=True,
        signed=True,
    ),
    "rise": Method(
        "what the score gains where random masks are open", "Petsiuk 2018", at_pixels=True, costly=True, signed=True
    ),
    "guided-grad-cam": Method(
        "edges; hardly the network (a control that is to fail)",
        "Selvaraju 2017, Adebayo 2018",
        at_pixels=True,
        is_control=True,
        costly=True,
        signed=True,
    ),
}
