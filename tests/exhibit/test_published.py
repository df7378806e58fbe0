"""What is given away paints and judges as the run does, names no folder, holds no painting, and is small."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from brushwork.classifier.model import fingerprint, load_model
from brushwork.cli import cli
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.exhibit.published import CARD, publish
from brushwork.generator import looks
from brushwork.generator.evaluation import evaluate_generator
from brushwork.generator.networks import load_generator
from brushwork.generator.presets import preset_with
from brushwork.generator.quality import quality_from
from brushwork.generator.sample import sample
from brushwork.generator.train import train_generator
from brushwork.run import Run, open_run


def test_a_generators_copy_paints_the_same_and_says_what_it_is(schools: Collection, tmp_path: Path) -> None:
    preset = preset_with("stylegan2", 32, 4, 8)
    run = train_generator(schools, tmp_path / "run", preset, [], 0.08, device="cpu", sheets=2)
    files = publish(run.folder, tmp_path / "model", schools)
    own, copied = load_generator(run), load_generator(Run(tmp_path / "model"))
    difference = sample(own, 8, 0).astype(int) - sample(copied, 8, 0).astype(int)
    assert np.abs(difference).mean() < 1  # of 255, by the rounding of weights
    assert copied.run == "model"
    told = evaluate_generator(run, schools, device="cpu")
    publish(run.folder, tmp_path / "measured", schools)
    results = json.loads((tmp_path / "measured" / "results.json").read_text())
    assert quality_from(results["quality"], "") == told, "the copy has the figures of its card"
    whole, lean = ((folder / "generator.safetensors").stat().st_size for folder in (run.folder, tmp_path / "model"))
    assert lean < 0.7 * whole
    card = (tmp_path / "model" / CARD).read_text()
    assert "Alder and Kessel" in card
    assert card.startswith("# Model card: model\n")
    assert "sliced Wasserstein" in card
    for file in files:
        if file.suffix in (".json", ".md"):
            assert str(schools.folder.parent) not in file.read_text(), file.name
    assert "checkpoint.safetensors" not in {file.name for file in files}


def test_a_classifiers_copy_judges_the_same(classifier: Run, tmp_path: Path) -> None:
    files = publish(classifier.folder, tmp_path / "model")
    own, copied = load_model(classifier.folder), load_model(tmp_path / "model")
    assert own.styles == copied.styles
    for (name, a), b in zip(own.state_dict().items(), copied.state_dict().values(), strict=True):
        assert np.allclose(a, b, rtol=1e-3, atol=1e-4), name
    assert not [file for file in files if file.name.startswith("gallery")]
    card = (tmp_path / "model" / CARD).read_text()
    assert card.startswith("# Model card: model\n")
    assert fingerprint(tmp_path / "model") in card
    assert fingerprint(classifier.folder) not in card
    assert "predictions lie beside" not in card
    settings = json.loads((tmp_path / "model" / "settings.json").read_text())
    assert settings["kind"] == "classifier"


def test_what_is_unfinished_and_a_folder_in_use_are_refused(schools: Collection, tmp_path: Path) -> None:
    open_run(tmp_path / "begun", {"kind": "gan"})
    with pytest.raises(UserError, match="is unfinished"):
        publish(tmp_path / "begun", tmp_path / "model")
    run = train_generator(
        schools, tmp_path / "run", preset_with("dcgan-torch", 32, 4, 8), [], 0.05, device="cpu", sheets=1
    )
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="is a file, and a folder is needed"):
        publish(run.folder, tmp_path / "file")
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "precious.txt").write_text("x")
    with pytest.raises(UserError, match="is not empty"):
        publish(run.folder, tmp_path / "used")


def test_a_card_says_where_nothing_watched_over_the_training(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for fewest, said in ((looks.FEWEST, False), (10_000, True)):
        monkeypatch.setattr(looks, "FEWEST", fewest)
        run = train_generator(
            schools, tmp_path / f"{fewest}", preset_with("dcgan-torch", 32, 4, 8), [], 0.02, device="cpu", sheets=1
        )
        publish(run.folder, tmp_path / f"copy-{fewest}", schools)
        card = (tmp_path / f"copy-{fewest}" / CARD).read_text()
        shown = CliRunner().invoke(cli, ["show", str(run.folder)]).output
        assert ("nobody was told" in card) is ("nobody was told" in shown) is said
