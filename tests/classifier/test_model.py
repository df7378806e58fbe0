"""The model carries its preprocessing; canvases are cropped by less than a stride and never squashed."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from brushwork.classifier.model import ANY_DETAIL, Preprocessing, StyleClassifier, load_model, save_model
from brushwork.classifier.trunks import SCRATCH, build_trunk, transfer_trunk
from brushwork.errors import UserError
from brushwork.images import LANCZOS
from tests.conftest import noise_picture


def small_model(styles: tuple[str, ...] = ("Calm", "Wild"), seed: int = 0) -> StyleClassifier:
    torch.manual_seed(seed)
    model = StyleClassifier(build_trunk(SCRATCH, {}), list(styles), 64)
    torch.nn.init.normal_(model.head.weight)
    torch.nn.init.normal_(model.head.bias)
    return model.eval()


def test_a_model_comes_back_with_all_it_needs(tmp_path: Path) -> None:
    model = small_model()
    save_model(tmp_path, model, {})
    again = load_model(tmp_path)
    pictures = model.preprocessing.tensor([model.preprocessing.canvas(noise_picture(1, 90, 70))])
    assert again.preprocessing == model.preprocessing
    assert again.styles == model.styles
    assert torch.equal(again(pictures), model(pictures))


def test_what_is_missing_or_foreign_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no finished classifier"):
        load_model(tmp_path)
    save_model(tmp_path, small_model(), {})
    about = json.loads((tmp_path / "model.json").read_text())
    (tmp_path / "model.json").write_text(json.dumps(about | {"styles": ["One"]}))
    with pytest.raises(UserError, match="not written by this version"):
        load_model(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"\x80\x04pickle")
    (tmp_path / "model.json").write_text(json.dumps(about))
    with pytest.raises(UserError, match="not a whole Brushwork checkpoint"):
        load_model(tmp_path)


@pytest.mark.parametrize("detail", [ANY_DETAIL, 50])
@pytest.mark.parametrize("size", [(300, 200), (64, 64), (64, 390), (1201, 777), (40, 45)])
def test_a_canvas_keeps_proportions_and_loses_less_than_a_stride(size: tuple[int, int], detail: int) -> None:
    preprocessing = Preprocessing(64, 16, (0.5,) * 3, (0.5,) * 3, detail)
    canvas = preprocessing.canvas(Image.new("RGB", size))
    assert canvas.size == preprocessing.canvas_size(*size)
    assert min(canvas.size) == 64
    assert all(side % 16 == 0 for side in canvas.size)
    left, top, right, bottom = preprocessing.box(*size)
    scale = 64 / min(size)
    assert (right - left) * scale == pytest.approx(canvas.width, rel=0.02)
    assert (bottom - top) * scale == pytest.approx(canvas.height, rel=0.02)
    assert max(left, size[0] - right, top, size[1] - bottom) * scale < 16
    assert min(left, top, size[0] - right, size[1] - bottom) >= 0


def test_a_sharper_copy_is_seen_as_the_copy_learned_from() -> None:
    """A museum's scan is another kind of picture for a network that learned from small ones, unless made small as they."""
    small = noise_picture(3, 90, 64).resize((135, 96), LANCZOS)
    grain = 40 * np.random.default_rng(0).standard_normal((256, 360, 1))
    scan = Image.fromarray(np.clip(np.asarray(small.resize((360, 256), LANCZOS)) + grain, 0, 255).astype(np.uint8))

    def apart(detail: int) -> float:
        preprocessing = Preprocessing(256, 16, (0.5,) * 3, (0.5,) * 3, detail)
        one, other = (np.asarray(preprocessing.canvas(image), np.float64) for image in (scan, small))
        return float(np.abs(one - other).mean())

    assert apart(96) < 0.4 * apart(ANY_DETAIL)


def test_a_temperature_scales_scores_and_nothing_else() -> None:
    model = small_model()
    pictures = torch.randn(2, 3, 64, 80)
    before = model(pictures)
    seen = model.features(pictures)
    model.scale_(2.0)
    assert torch.allclose(model(pictures), before / 2, atol=1e-6)
    assert torch.equal(model.features(pictures), seen)


def test_another_reference_moves_evidence_and_no_verdict() -> None:
    model = small_model()
    pictures = torch.randn(3, 3, 64, 80)
    before, pooled = model(pictures), model.features(pictures).mean((2, 3))
    model.centre_(pooled.mean(0).detach())
    assert torch.allclose(model(pictures), before, atol=1e-5)
    assert torch.allclose(model.features(pictures).mean((0, 2, 3)), torch.zeros(model.head.in_features), atol=1e-5)


def test_a_trunk_of_timm_takes_weights_from_a_file_and_names_what_does_not_fit(tmp_path: Path) -> None:
    import timm

    with pytest.raises(UserError, match="timm has no trunk 'resnet81'; the nearest names are"):
        transfer_trunk("resnet81", tmp_path / "w.safetensors")
    weights = timm.create_model("resnet10t", num_classes=5).state_dict()
    path = tmp_path / "w.safetensors"
    save_file(weights, path, {"architecture": "resnet10t", "mean": "0.1,0.2,0.3"})
    trunk = transfer_trunk("resnet10t", path)
    assert trunk.mean == (0.1, 0.2, 0.3)
    assert trunk.stride == 32
    model = StyleClassifier(trunk, ["A", "B"], 64)
    seen = model.features(torch.randn(1, 3, 64, 96))
    assert seen.shape == (1, trunk.channels, 64 // 32, 96 // 32)  # the cells of its last layer
    assert float(seen.detach().min()) >= 0
    assert 0 < len(trunk.frozen) < len(list(trunk.network.parameters()))
    with pytest.raises(UserError, match="holds weights of 'resnet10t'"):
        transfer_trunk("resnet18", path)
    save_file({k: v for k, v in weights.items() if k != "conv1.0.weight"}, path, {"architecture": "resnet10t"})
    with pytest.raises(UserError, match=r"1 parameters are missing and 0 have another shape \(conv1\.0\.weight\)"):
        transfer_trunk("resnet10t", path)
    path.write_bytes(b"no weights")
    with pytest.raises(UserError, match="not a safetensors file"):
        transfer_trunk("resnet10t", path)


def test_a_trunks_averages_are_those_of_its_stages() -> None:
    trunk = build_trunk("resnet10t", {})
    met: list[torch.Tensor] = []
    for stage in ("layer1", "layer2", "layer3", "layer4"):
        trunk.network.get_submodule(f"model.{stage}").register_forward_hook(lambda _m, _i, output: met.append(output))
    with torch.no_grad():
        pooled = trunk.network(torch.randn(2, 3, 64, 128)).mean((2, 3))
    wanted = torch.cat([(sign * h).clamp_min(0).mean((2, 3)) for h in met for sign in (1, -1)], 1)
    assert torch.allclose(pooled, wanted, atol=1e-5)


@pytest.mark.parametrize("name", [SCRATCH, "test_resnet", "test_efficientnet", "test_vit"])
def test_averages_asked_for_alone_are_those_of_the_map(name: str) -> None:
    torch.manual_seed(0)
    model = StyleClassifier(build_trunk(name, {}), ["A", "B"], 64).eval()
    side = model.preprocessing.stride
    pictures = torch.randn(2, 3, 2 * side, 3 * side)
    with torch.no_grad():
        model.centre_(torch.rand(model.head.in_features))
        pooled, mapped = model.pooled(pictures), model.features(pictures).mean((2, 3))
        assert torch.allclose(pooled, mapped, atol=1e-5 * (1 + float(mapped.abs().max())))
        assert torch.allclose(model.head(pooled), model(pictures), atol=1e-5)


def test_input_is_scaled_by_the_models_own_mean_and_deviation() -> None:
    preprocessing = Preprocessing(32, 16, (0.1, 0.2, 0.3), (0.5, 0.25, 0.2))
    white = preprocessing.tensor([Image.new("RGB", (32, 32), "white")])
    assert np.allclose(white[0, :, 0, 0], [1.8, 3.2, 3.5])
