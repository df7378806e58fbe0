"""Every layer is seen, its largest activations by place; a picture's features are its own, whatever its company."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.generator.discriminator_features import activations, discriminator_features
from brushwork.generator.networks import load_discriminator, networks_of
from brushwork.generator.presets import preset_with
from brushwork.generator.train import train_generator
from brushwork.run import Run

NAMES = ["dcgan-paper", "dcgan-torch", "wgan-gp-paper", "wgan-gp-resnet", "stylegan2"]
PIXELS = np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3), np.uint8)


@pytest.mark.parametrize("name", NAMES)
def test_features_are_the_largest_of_every_layer_in_sixteen_places(name: str) -> None:
    network = networks_of(preset_with(name, 32, 4), 0, 2)[1].eval()
    found = discriminator_features(network, "it").of(PIXELS)
    pictures = torch.from_numpy(PIXELS).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.no_grad():
        layers = activations(network, pictures)
    assert found.shape == (5, 16 * sum(layer.shape[1] for layer in layers))
    first, side = layers[0], layers[0].shape[2]
    by_hand = first.unfold(2, side // 4, side // 4).unfold(3, side // 4, side // 4).amax((4, 5)).flatten(1)
    assert np.allclose(found[:, : by_hand.shape[1]], by_hand.numpy(), atol=1e-6)
    alone = np.concatenate([discriminator_features(network, "it").of(PIXELS[k : k + 1]) for k in range(5)])
    assert np.allclose(found, alone, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_scores_follow_from_what_is_seen_last(name: str) -> None:
    """No layer is left out at the end: what comes after the last activations is the head alone."""
    network = networks_of(preset_with(name, 32, 4), 0)[1].eval()
    pictures = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        last, score = activations(network, pictures)[-1], network(pictures)
        if name.startswith("dcgan") or name == "wgan-gp-paper":
            heads = list(network.layers)  # type: ignore[arg-type]
            rest = heads[-2:]
            wanted = rest[1](rest[0](last))[:, 0]
        elif name == "wgan-gp-resnet":
            wanted = network.last(last.flatten(1))[:, 0]  # type: ignore[operator]
        else:
            seen = F.leaky_relu(network.dense(last.flatten(1)), 0.2) * 2**0.5  # type: ignore[operator]
            wanted = network.score(seen)[:, 0]  # type: ignore[operator]
    assert torch.allclose(score, wanted, atol=2e-3)  # of one picture, the spread over its minibatch is 1e-4


def test_a_runs_discriminator_is_the_one_it_was_trained_with(schools: Collection, tmp_path: Path) -> None:
    for name in ("dcgan-torch", "stylegan2"):
        out = tmp_path / name
        train_generator(schools, out, preset_with(name, 32, 4, 8), [], 0.05, device="cpu", sheets=1)
        network = load_discriminator(Run(out))
        fresh = networks_of(preset_with(name, 32, 4), 0, 2)[1].state_dict()
        assert any(not torch.equal(value, fresh[key]) for key, value in network.state_dict().items())
        assert not any(p.requires_grad for p in network.parameters())
        (out / "checkpoint.safetensors").unlink()
        with pytest.raises(UserError, match="has a generator and no checkpoint, in which its discriminator would be"):
            load_discriminator(Run(out))
