"""A classifier's trunk as a space: what its head weighs, under its own name, saying what it was taught and on what."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from brushwork.classifier.model import load_model
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.exhibit.seeing import scores_of_pixels
from brushwork.exhibit.trunk_features import trunk_features
from brushwork.generator.distances import effective_rank, kernel_distance
from brushwork.generator.features import scaled
from brushwork.run import Run, read_json, write_json
from tests.generator.worse import noisy


def test_features_are_what_the_head_weighs(classifier: Run, schools: Collection) -> None:
    model = load_model(classifier.folder)
    pixels = schools.squares(32, schools.paintings[:6])
    rows = trunk_features(classifier.folder, schools.fingerprint).of(pixels)
    weight, bias = (tensor.detach().double().numpy() for tensor in (model.head.weight, model.head.bias))
    told = rows @ weight[:, : model.weighed].T + bias
    assert rows.shape == (6, model.weighed)
    assert not weight[:, model.weighed :].any()
    assert np.allclose(told, scores_of_pixels(model, pixels), atol=1e-4)


def test_it_notices_what_is_worse_and_swapped_styles(classifier: Run, schools: Collection) -> None:
    of = trunk_features(classifier.folder, schools.fingerprint).of
    alder, kessel = (of(schools.squares(32, schools.select([style]))) for style in ("Alder", "Kessel"))
    real = alder[::2]
    same, other = (kernel_distance(scaled(rows, real), scaled(real, real)) for rows in (alder[1::2], kessel[1::2]))
    bad = of(noisy(schools.squares(32, schools.select(["Alder"]))[1::2], 60))
    assert other > same + 0.2
    assert kernel_distance(scaled(bad, real), scaled(real, real)) > same + 0.2
    assert effective_rank(scaled(real, real)) > 5


def test_it_says_what_it_was_taught_and_on_what(classifier: Run, schools: Collection) -> None:
    same = trunk_features(classifier.folder, schools.fingerprint)
    other = trunk_features(classifier.folder, "another")
    assert same.name == other.name == "trunk of classifier, trained to tell 2 styles"
    assert "Alder, Kessel on the same collection" in same.about
    assert "on another collection than the generator's, which may hold the paintings of both sides" in other.about
    assert len(same.known_as) == 12
    assert not same.published


def test_a_trunk_that_learned_nothing_here_is_not_said_to_have(
    classifier: Run, schools: Collection, tmp_path: Path
) -> None:
    copy = tmp_path / "frozen"
    shutil.copytree(classifier.folder, copy)
    settings = read_json(copy / "settings.json")
    write_json(copy / "settings.json", settings | {"recipe": settings["recipe"] | {"preset": "transfer", "passes": 0}})
    found = trunk_features(copy, schools.fingerprint)
    assert found.name == "trunk of frozen, as it came"
    assert "taught nothing of these paintings" in found.about
    assert "same collection" not in found.about


def test_a_folder_without_a_classifier_is_refused(schools: Collection, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no run"):
        trunk_features(tmp_path, schools.fingerprint, torch.device("cpu"))
