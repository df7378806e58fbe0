"""Class activation maps as pure functions of an activation (B, C, h, w), a gradient of it or head weights; all signed.

Z = h * w is the number of cells, A_k(u) channel k at cell u, g_k(u) the gradient of a score there. Where a paper ends in
a ReLU over the sum, it is left to the drawing, so that nothing is lost: what a map has against the style is there too.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from brushwork.errors import UserError


def evidence(activation: Tensor, gradient: Tensor) -> Tensor:
    """E(u) = sum_k g_k(u) A_k(u) for the gradient of y_a - y_b: signed, in nats (B, h, w).

    For average pooling and a linear head this is (1/Z) sum_k (w_ak - w_bk) A_k(u), and sum_u E + b_a - b_b is the
    log-odds log p_a - log p_b exactly: softmax ignores what both styles share, and so does the difference. Follows from
    Zhou et al. 2016 (arXiv 1512.04150); for other heads it is HiResCAM of the difference, whose sum may miss the
    log-odds by more than the bias.
    """
    return hires_cam(activation, gradient)


def cam(activation: Tensor, weights: Tensor) -> Tensor:
    """L(u) = sum_k w_k A_k(u) for one style's head weights (B, C): its mean plus bias is y (Zhou et al. 2016, eq. 2)."""
    return torch.einsum("bc,bchw->bhw", weights, activation)


def grad_cam(activation: Tensor, gradient: Tensor) -> Tensor:
    """L(u) = sum_k alpha_k A_k(u), alpha_k = (1/Z) sum_u g_k(u).

    Selvaraju et al. 2017 (arXiv 1610.02391), eq. 1 and 2. With average pooling and a linear head it is CAM / Z.
    """
    return cam(activation, gradient.mean((2, 3)))


def counterfactual(activation: Tensor, gradient: Tensor) -> Tensor:
    """Grad-CAM of the negated score: what, if it were not there, would make the style more likely (Selvaraju, sec. 3.3)."""
    return grad_cam(activation, -gradient)


def grad_cam_plus_plus(activation: Tensor, gradient: Tensor) -> Tensor:
    """L(u) = sum_k w_k A_k(u), w_k = sum_u a_k(u) ReLU(g_k(u)), a = g^2 / (2 g^2 + sum_v A(v) g^3), 0 where g is.

    Chattopadhyay et al. 2018 (arXiv 1710.11063), for the score exp(y), whose factors e^y cancel.
    """
    below = 2 + activation.sum((2, 3), keepdim=True) * gradient  # both divided by g^2, which may underflow
    alpha = torch.where((gradient != 0) & (below != 0), 1 / torch.where(below == 0, 1, below), 0)
    return cam(activation, (alpha * F.relu(gradient)).sum((2, 3)))


def hires_cam(activation: Tensor, gradient: Tensor) -> Tensor:
    """L(u) = sum_k g_k(u) A_k(u), the gradient not pooled (Draelos and Carin 2020, arXiv 2011.08891)."""
    return (gradient * activation).sum(1)


def layer_cam(activation: Tensor, gradient: Tensor) -> Tensor:
    """L(u) = sum_k ReLU(g_k(u)) A_k(u) (Jiang et al. 2021, LayerCAM, IEEE TIP 30)."""
    return (F.relu(gradient) * activation).sum(1)


def xgrad_cam(activation: Tensor, gradient: Tensor) -> Tensor:
    """L(u) = sum_k alpha_k A_k(u), alpha_k = sum_u g_k(u) A_k(u) / sum_v A_k(v), 0 where a channel sums to 0.

    Fu et al. 2020 (arXiv 2008.02312); Grad-CAM where g does not vary over the cells. Meant for channels that are
    nowhere negative: of others the sum can be near 0 and the weight enormous.
    """
    total = activation.sum((2, 3))
    weights = (gradient * activation).sum((2, 3)) / torch.where(total == 0, 1, total)
    return cam(activation, torch.where(total == 0, 0, weights))


def eigen_cam(activation: Tensor) -> Tensor:
    """L = A v_1, A the activation (Z, C), v_1 its first right-singular vector: not of any one style, unsigned by nature.

    Muhammad and Yeasin 2020 (arXiv 2008.00299). By the smaller of the Gram matrices A A^T and A^T A; the sign,
    which a singular vector leaves open, is that of <L, sum_k A_k>. The eigenvectors are found on the CPU, in double precision,
    which not every device has.
    """
    b, c, h, w = activation.shape
    cells = activation.flatten(2).mT  # (B, Z, C)
    scale = cells.abs().amax((1, 2), keepdim=True).clamp_min(torch.finfo(cells.dtype).tiny)
    cells = cells / scale  # squares of small numbers
    if h * w <= c:
        values, vectors = torch.linalg.eigh((cells @ cells.mT).to("cpu", torch.double))
        found = vectors[..., -1] * values[..., -1:].clamp_min(0).sqrt()  # A v_1 = s_1 u_1
    else:
        first = torch.linalg.eigh((cells.mT @ cells).to("cpu", torch.double)).eigenvectors[..., -1:]
        found = (cells.cpu().double() @ first)[..., 0]
    found = found.to(cells)
    sign = torch.where((found * cells.sum(2)).sum(1, keepdim=True) < 0, -1, 1)
    eigen: Tensor = (found * sign * scale[..., 0]).reshape(b, h, w)
    return eigen


def ablation_cam(activation: Tensor, drops: Tensor) -> Tensor:
    """L(u) = sum_k w_k A_k(u), w_k = y - y[A_k = 0], the score's drops (B, C) without a channel.

    Desai and Ramaswamy 2020 (WACV), without its division by y, which would turn the map over where y < 0. With
    average pooling and a linear head the drop is w_k mean_u A_k(u), so no further pass is needed (`pooled_drops`).
    """
    return cam(activation, drops)


def pooled_drops(activation: Tensor, weights: Tensor) -> Tensor:
    """By how much a score of pooled channels and weights (B, C) drops without each channel, (B, C)."""
    return weights * activation.mean((2, 3))


def score_cam(activation: Tensor, scores: Tensor) -> Tensor:
    """L(u) = sum_k softmax_k(C) A_k(u), C_k = y(x * H_k), the scores (B, C) of the picture seen through each channel.

    Wang et al. 2020 (arXiv 1910.01279); the baseline y(x_b), the same for all channels, cancels.
    """
    return cam(activation, scores.softmax(1))


def fused(maps: list[Tensor], size: tuple[int, int]) -> Tensor:
    """Maps (B, h, w) of several layers, deepest last, as one (B, *size): tanh(2 L / max L), then the greater of each cell.

    Jiang et al. 2021: the scaling is for shallow layers; the deepest is divided by its maximum. Raises `UserError` where a
    later map is larger than an earlier one.
    """
    sizes = [one.shape[1] * one.shape[2] for one in maps]
    if sizes != sorted(sizes, reverse=True):
        raise UserError(f"maps of {sizes} cells were given; give those of earlier layers first, the deepest last.")
    shown = []
    for k, one in enumerate(maps):
        positive = F.relu(one)
        share = positive / positive.amax((1, 2), keepdim=True).clamp_min(torch.finfo(one.dtype).tiny)
        scaled = share if k == len(maps) - 1 else torch.tanh(2 * share)
        shown.append(F.interpolate(scaled[:, None], size, mode="bilinear", align_corners=False)[:, 0])
    return torch.stack(shown).amax(0)
