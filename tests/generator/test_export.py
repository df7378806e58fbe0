"""What is exported paints the same pictures in onnxruntime, however many at once, and says how each is made."""

import hashlib
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime  # type: ignore[import-untyped]
import pytest
import torch

from brushwork.errors import UserError
from brushwork.generator import export as module
from brushwork.generator import resampling
from brushwork.generator.export import export, inputs_at, painted_by
from brushwork.generator.sample import sample
from tests.generator.painters import STYLES, painter

NAMES = ["dcgan-paper", "wgan-gp-resnet", "stylegan2"]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """All kinds of generators as ONNX files."""
    paths = {}
    for name in NAMES:
        paths[name] = tmp_path_factory.mktemp("onnx") / "it.onnx"
        export(painter(name), paths[name])
    return paths


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_same_picture_in_onnxruntime(name: str, exported: dict[str, Path]) -> None:
    own = painter(name)
    wanted = sample(own, 20, 9).astype(int)
    for count in (20, 7, 1):  # it was exported with two
        inputs = inputs_at(own, 9, range(count))
        found = painted_by(exported[name].read_bytes(), inputs)
        assert np.abs(found - wanted[:count]).max() <= 1
        session = onnxruntime.InferenceSession(exported[name], providers=["CPUExecutionProvider"])
        (floats,) = session.run(None, {key: value.numpy() for key, value in inputs.items()})
        with torch.no_grad():
            exact = own.network(*inputs.values()).numpy()
        assert np.abs(floats - exact).max() < 1e-4


@pytest.mark.slow
def test_onnxruntime_leaves_nothing_in_the_users_home(tmp_path: Path) -> None:
    """It keeps a number of the device there, to report what it does, unless it is told not to before it is imported."""
    home, out = tmp_path / "home", tmp_path / "it.onnx"
    home.mkdir()
    about = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"} | {"HOME": str(home)}
    model = Path(__file__).parents[2] / "models" / "dcgan-32"
    subprocess.run([sys.executable, "-m", "brushwork", "export", model, "--out", out], env=about, check=True)
    assert out.exists()
    assert not [path for path in home.rglob("*") if path.is_file()]


@pytest.mark.slow
def test_style_truncation_and_grain_are_inputs_that_count(exported: dict[str, Path]) -> None:
    own = painter("stylegan2")
    data = exported["stylegan2"].read_bytes()
    inputs = inputs_at(own, 9, range(3), truncation=0.5) | {"style": torch.ones(3, dtype=torch.long)}
    wanted = sample(own, 3, 9, style="Wild", truncation=0.5).astype(int)
    assert np.abs(painted_by(data, inputs) - wanted).max() <= 1
    plain = painted_by(data, inputs | {"grain": torch.zeros_like(inputs["grain"])})
    assert np.abs(plain - wanted).max() > 5


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is_and_how_a_picture_is_made(name: str, exported: dict[str, Path]) -> None:
    model = onnx.load(exported[name])
    onnx.checker.check_model(model)
    told = {entry.key: entry.value for entry in model.metadata_props}
    assert (told["run"], told["preset"], json.loads(told["styles"])) == ("run", name, STYLES)
    about = json.loads((exported[name].parent / "it.onnx.json").read_text())
    assert list(about["inputs"]) == [one.name for one in model.graph.input]
    noise = picture_by_recipe(about, "noise", 9, 3)
    wanted = inputs_at(painter(name), 9, range(3, 4))
    assert torch.equal(noise, wanted["noise"])
    if name == "stylegan2":
        assert torch.equal(picture_by_recipe(about, "grain", 9, 3)[None], wanted["grain"])
        assert about["inputs"]["style"]["numbers"] == {"0": "Calm", "1": "Wild"}


def picture_by_recipe(about: dict[str, Any], what: str, seed: int, place: int) -> torch.Tensor:
    """What the file says, done word by word."""

    def number(s: int, name: str, k: int) -> int:
        return int.from_bytes(hashlib.sha256(f"{s}\x1f{name}\x1f{k}".encode()).digest()[:8], "big") // 2

    assert about["to check"]["number(0, 'sample', 0)"] == str(number(0, "sample", 0))
    found: torch.Tensor = eval(
        about["picture k of seed s"][what], {"torch": torch, "number": number, "s": seed, "k": place}
    )
    return found


def test_what_paints_otherwise_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = painter("dcgan-torch")
    other = sample(own, 5, 1)
    monkeypatch.setattr(module, "painted_by", lambda data, inputs: other)
    with pytest.raises(UserError, match=r"was not written: what it would paint differs by \d+ grey levels"):
        export(own, tmp_path / "it.onnx")
    assert not list(tmp_path.iterdir())


def test_without_the_extra_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"needs onnx and onnxscript and onnxruntime; pip install 'brushwork\[onnx\]'"):
        export(painter("dcgan-torch"), tmp_path / "it.onnx")


@pytest.mark.slow
def test_an_export_before_anything_was_painted_leaves_the_network_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resampling, "_filters", {})  # as in a new process
    own = painter("stylegan2")
    export(own, tmp_path / "it.onnx")
    assert sample(own, 1, 0).shape[0] == 1
    assert all(type(kernel) is torch.Tensor for kernel in resampling._filters.values())
