"""The models that come with the repository are small, described, hold no painting, and work without any training."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from brushwork.classifier.model import fingerprint as model_fingerprint
from brushwork.classifier.model import load_model
from brushwork.classifier.predict import predict
from brushwork.cli import cli
from brushwork.generator.networks import fingerprint, load_generator
from brushwork.generator.sample import sample
from brushwork.run import load_run
from tests.conftest import noise_picture

MODELS = sorted(folder for folder in (Path(__file__).parents[1] / "models").iterdir() if folder.is_dir())
ALLOWED = {".json", ".md", ".safetensors"}


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_a_model_is_small_described_and_works(folder: Path, tmp_path: Path) -> None:
    files = list(folder.iterdir())
    assert sum(file.stat().st_size for file in files) < 15e6
    card, run = (folder / "model_card.md").read_text(), load_run(folder, "classifier", "gan")
    assert card.startswith(f"# Model card: {folder.name}\n")
    assert (
        f"Weights {(fingerprint if run.kind == 'gan' else model_fingerprint)(folder)}, rounded to half precision"
        in card
    )
    if run.kind == "gan":
        assert {file.suffix for file in files} <= ALLOWED | {".png"}  # a sheet of what it paints
        painter = load_generator(run)
        pixels = sample(painter, 4, 0)
        assert painter.fingerprint == fingerprint(folder)
        told = CliRunner().invoke(cli, ["show", str(folder)])
        assert told.exit_code == 0
        assert f'"brushwork evaluate {folder} --collection PATH"' in " ".join(told.stdout.split())
        assert pixels.shape == (4, painter.preset.size, painter.preset.size, 3)
        assert len({picture.tobytes() for picture in pixels}) == 4
        assert np.array_equal(pixels[1:2], sample(painter, 1, 0, first=1))
        return
    assert {file.suffix for file in files} <= ALLOWED
    noise_picture(1, 200, 150).save(tmp_path / "picture.png")
    (verdict,) = predict(load_model(folder), [tmp_path / "picture.png"], folder.name)
    assert sum(verdict.probabilities.values()) == pytest.approx(1, abs=1e-3)
