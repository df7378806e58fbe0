"""A generator as ONNX, which paints the same of the same noise without PyTorch: in a browser, a game engine, a phone."""

import importlib.util
import json
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator import stylegan2
from brushwork.generator.networks import Painter
from brushwork.generator.provenance import SOFTWARE
from brushwork.generator.sample import grain_at, noise_at, sample, to_pixels
from brushwork.randomness import stream_seed
from brushwork.run import write_atomically, write_json

NEEDED = ("onnx", "onnxscript", "onnxruntime")
CHECKED = 5  # pictures of seed 0 that are painted both ways before an export counts
TOLERANCE = 1  # grey levels, from rounding


class _Told(nn.Module):
    """StyleGAN2 with its inputs in one order and none left out."""

    def __init__(self, network: stylegan2.Generator) -> None:
        super().__init__()
        self.network = network

    def forward(self, noise: Tensor, style: Tensor, truncation: Tensor, grain: Tensor) -> Tensor:
        pictures: Tensor = self.network(noise, style, truncation, grain)
        return pictures


def export(painter: Painter, path: Path) -> dict[str, Any]:
    """Write the generator as ONNX, and beside it, as PATH.json, how picture k of a seed is made; returns what that says.

    Inputs are `noise` (B, Z), and of stylegan2 `style` (B,), by number, `truncation` (), and `grain` (B, G); the output is
    `pictures` (B, 3, S, S); B is free. The first pictures of seed 0 are painted both ways first: raises `UserError` if
    they differ, and where the extra `onnx` is missing.
    """
    need_onnx()
    inputs = inputs_at(painter, 0, range(2))
    network: nn.Module = painter.network.cpu()
    if isinstance(network, stylegan2.Generator):
        network = _Told(network).eval()
    model = _translated(network, inputs)
    about = description(painter)
    for name, value in about["model"].items():
        entry = model.metadata_props.add()
        entry.key, entry.value = name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    data = model.SerializeToString()
    _check(painter, data, path)
    write_atomically(path, data)
    write_json(path.with_name(path.name + ".json"), about)
    return about


def _translated(network: nn.Module, inputs: dict[str, Tensor]) -> Any:
    """The network as an ONNX model, whose first axis is free."""
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings():  # that all inputs share their first axis is what is meant
        warnings.filterwarnings("ignore", "# The axis name: batch will not be used", UserWarning)
        program = torch.onnx.export(
            network,
            tuple(inputs.values()),
            dynamo=True,
            verbose=False,
            input_names=list(inputs),
            output_names=["pictures"],
            dynamic_shapes=tuple({0: batch} if value.ndim else None for value in inputs.values()),
        )
    assert program is not None
    return program.model_proto


def need_onnx() -> None:
    """Raises `UserError` where the extra is missing, with what to install."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise UserError(f"an export needs {' and '.join(missing)}; pip install 'brushwork[onnx]'.")


def inputs_at(painter: Painter, seed: int, places: range, truncation: float = 1.0) -> dict[str, Tensor]:
    """By name what the exported network is given for pictures `places` of a seed, styles in turn."""
    inputs = {"noise": noise_at(painter, seed, places)}
    grain = grain_at(painter, seed, places)
    if grain is None:
        return inputs
    told = torch.tensor([k % len(painter.styles) for k in places])
    return inputs | {"style": told, "truncation": torch.tensor(truncation), "grain": grain}


def painted_by(data: bytes, inputs: dict[str, Tensor]) -> Pixels:
    """Pictures (B, S, S, 3) of the exported network, by onnxruntime."""
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # else it writes a device number into the user's home
    import onnxruntime  # type: ignore[import-untyped]

    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    (pictures,) = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    return to_pixels(torch.from_numpy(np.asarray(pictures)))


def description(painter: Painter) -> dict[str, Any]:
    """What the exported network is, what it is given and gives, and how picture k of a seed is made."""
    preset = painter.preset
    distribution = "normal" if preset.noise == "normal" else "uniform between -1 and 1"
    draw = "torch.randn" if preset.noise == "normal" else "2 * torch.rand"
    after = "" if preset.noise == "normal" else " - 1"
    inputs: dict[str, Any] = {
        "noise": {"shape": ["batch", preset.noise_size], "type": "float32", "drawn": distribution},
    }
    recipe = {
        "seed_of": "number(s, NAME, k) is the first 8 bytes of the SHA-256 of the text of s, NAME and k joined by the "
        "character 31, read as a big-endian number and halved without remainder",
        "noise": f"{draw}(1, {preset.noise_size}, generator=torch.Generator().manual_seed(number(s, 'sample', k))){after}",
    }
    if isinstance(painter.network, stylegan2.Generator):
        size = sum(painter.network.grains)
        inputs |= {
            "style": {"shape": ["batch"], "type": "int64", "numbers": dict(enumerate(painter.styles))},
            "truncation": {"shape": [], "type": "float32", "usual": 1.0, "about": "below 1 nearer to the style's mean"},
            "grain": {"shape": ["batch", size], "type": "float32", "drawn": "normal", "about": "zeros give none"},
        }
        recipe |= {
            "style": f"k modulo {len(painter.styles)}, unless one is asked for",
            "grain": f"torch.randn({size}, generator=torch.Generator().manual_seed(number(s, 'grain', k)))",
        }
    return {
        "model": {
            "software": SOFTWARE, "run": painter.run, "preset": preset.name, "kimg": painter.kimg, "styles": painter.styles,
            "about": f"Paints pictures after {' and '.join(painter.styles)}; they are generated and no paintings.",
        },
        "inputs": inputs,
        "output": {
            "pictures": {"shape": ["batch", 3, preset.size, preset.size], "type": "float32", "channels": "red, green, blue"},
            "pixels": "(value + 1) * 127.5, rounded and held between 0 and 255",
        },
        "picture k of seed s": recipe,
        "to check": {
            "number(0, 'sample', 0)": str(stream_seed(0, "sample", 0)),  # text: more than a JSON number holds everywhere
            "noise of picture 0 of seed 0 begins": [round(float(x), 6) for x in noise_at(painter, 0, [0])[0, :4]],
        },
    }  # fmt: skip


def _check(painter: Painter, data: bytes, path: Path) -> None:
    """Raises `UserError` where the exported network paints anything else than `sample` does."""
    found = painted_by(data, inputs_at(painter, 0, range(CHECKED)))
    apart = int(np.abs(found.astype(int) - sample(painter, CHECKED, 0)).max())
    if apart > TOLERANCE:
        raise UserError(
            f"{path} was not written: what it would paint differs by {apart} grey levels from what {painter.run} paints; "
            "report it with the versions of torch and onnxruntime."
        )
