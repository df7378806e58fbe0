"""Class activation maps as pure functions of an activation (B, C, h, w), a gradient or head weights; all signed.

Z = h * w is the number of cells, A_k(u) channel k at cell u, g_k(u) the gradient of a score there.
"""

from torch import Tensor


def evidence(activation: Tensor, gradient: Tensor) -> Tensor:
    """E(u) = sum_k g_k(u) A_k(u) for the gradient of y_a - y_b: signed, in nats (B, h, w).

    For average pooling and a linear head this is (1/Z) sum_k (w_ak - w_bk) A_k(u), and sum_u E + b_a - b_b is the
    log-odds log p_a - log p_b exactly: softmax ignores what both styles share, and so does the difference. Follows from
    Zhou et al. 2016 (arXiv 1512.04150); for other heads it is HiResCAM (Draelos and Carin, arXiv 2011.08891) of the
    difference, whose sum may miss the log-odds by more than the bias.
    """
    return (gradient * activation).sum(1)


def cam(activation: Tensor, weights: Tensor) -> Tensor:
    """L(u) = sum_k w_k A_k(u) for one style's head weights (B, C): its mean plus bias is y (Zhou et al. 2016, eq. 2)."""
    return (weights[:, :, None, None] * activation).sum(1)


def grad_cam(activation: Tensor, gradient: Tensor) -> Tensor:
    """L(u) = sum_k alpha_k A_k(u), alpha_k = (1/Z) sum_u g_k(u), before the ReLU that the drawing applies.

    Selvaraju et al. 2017 (arXiv 1610.02391), eq. 1 and 2. With average pooling and a linear head it is CAM / Z.
    """
    return cam(activation, gradient.mean((2, 3)))
