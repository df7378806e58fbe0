"""Losses agree with the definition."""

import torch
from torch.nn import functional as F

from brushwork.generator.dcgan import discriminator_loss, generator_loss


def test_losses_are_binary_cross_entropies() -> None:
    real, fake = torch.randn(7), torch.randn(7)
    bce = F.binary_cross_entropy_with_logits
    assert torch.allclose(discriminator_loss(real, fake), bce(real, torch.ones(7)) + bce(fake, torch.zeros(7)))
    assert torch.allclose(generator_loss(fake), bce(fake, torch.ones(7)))
