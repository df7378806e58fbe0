"""FID and KID are named with the published weights alone, which are believed by their checksum and never unpickled."""

import hashlib
import io
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
from torchmetrics.image.fid import NoTrainInceptionV3

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator import inception as module
from brushwork.generator.inception import SHA256, inception_features
from brushwork.generator.quality import FRECHET, KERNEL, quality_of


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of the network, saved as the published ones are."""
    path = tmp_path_factory.mktemp("inception") / "weights-inception-2015-12-05-6726825d.pth"
    torch.manual_seed(0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FeatureExtractorInceptionV3, "load_state_dict", lambda self, state: None)
        empty = io.BytesIO()
        torch.save({}, empty)
        empty.seek(0)
        network = FeatureExtractorInceptionV3("random", ["2048"], feature_extractor_weights_path=empty)
    torch.save(network.state_dict(), path)
    return path


def trusted(path: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(module, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())


def noise(count: int, seed: int) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (count, 32, 32, 3), np.uint8)


def test_the_checksum_is_that_of_the_published_files_name() -> None:
    assert SHA256.startswith("6726825d")
    assert len(SHA256) == 64


@pytest.mark.slow
def test_features_are_torchmetrics_and_measures_have_their_published_names(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted(weights, monkeypatch)
    features = inception_features(weights)
    sets = [noise(3, seed) for seed in range(3)]
    theirs = NoTrainInceptionV3("inception-v3-compat", ["2048"], str(weights))
    with torch.inference_mode():
        wanted = theirs(torch.from_numpy(sets[0]).permute(0, 3, 1, 2)).double().numpy()
    assert features.of(sets[0]) == pytest.approx(wanted, rel=1e-4, abs=1e-6)
    found = quality_of([sets[0]], sets[1], [sets[2]], [features], [0])
    assert found.measured(FRECHET, "Inception v3").name == "FID"
    assert found.measured(KERNEL, "Inception v3").name == "KID"


def test_another_file_is_refused_before_anything_in_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    evil = tmp_path / "weights.pth"
    evil.write_bytes(b"not it")
    monkeypatch.setattr(torch, "load", lambda *a, **k: pytest.fail("it was read"))
    with pytest.raises(UserError, match="is not the standard Inception network"):
        inception_features(evil)
    with pytest.raises(UserError, match="cannot be read"):
        inception_features(tmp_path / "nowhere.pth")


class Evil:
    """Something that would write a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return Path.write_text, (self.path, "taken")  # type: ignore[return-value]


def test_nothing_is_unpickled_even_under_a_right_checksum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, evil = tmp_path / "taken", tmp_path / "weights.pth"
    torch.save({"conv": Evil(taken)}, evil)
    trusted(evil, monkeypatch)
    with pytest.raises(pickle.UnpicklingError):
        inception_features(evil)
    assert not taken.exists()


def test_without_torch_fidelity_it_says_what_to_install(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted(weights, monkeypatch)
    monkeypatch.setitem(__import__("sys").modules, "torch_fidelity.feature_extractor_inceptionv3", None)
    with pytest.raises(UserError, match=r"pip install brushwork\[inception\]"):
        inception_features(weights)
