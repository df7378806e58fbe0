"""With real paintings and learned weights, the head alone tells unseen artists' styles, and its maps sum to its verdicts."""

from dataclasses import replace
from pathlib import Path

import pytest

from brushwork.classifier.model import load_model
from brushwork.classifier.predict import verdict
from brushwork.classifier.train import RECIPES, Asked, train_classifier
from brushwork.collection import collect, open_collection
from brushwork.collection.sources import Request, entries_of
from brushwork.explain.panels import explain

pytestmark = [pytest.mark.real, pytest.mark.slow]


def test_a_learned_trunk_beats_guessing_and_its_evidence_adds_up(real_data: Path, tmp_path: Path) -> None:
    weights = real_data.parent / "weights" / "mobilenetv2_100.imagenet.safetensors"
    if not weights.is_file():
        pytest.skip("no weights of mobilenetv2_100 beside the real paintings")
    collect(
        entries_of("painter-by-numbers", Request(str(real_data / "painter-by-numbers"), count=500)), tmp_path / "c", "p"
    )
    collection = open_collection(tmp_path / "c")
    recipe = replace(RECIPES["transfer"], short_side=128, crop=128, passes=0.2)
    run = train_classifier(Asked(collection, recipe, weights), tmp_path / "run")
    assert (run.results or {})["scores"]["auc"]["value"] > 0.8
    model = load_model(run.folder)
    for painting in collection.select(split="test")[:40]:
        image = collection.picture(painting)
        found = explain(model, image)
        total = float(found.maps["evidence"].sum()) + found.bias
        assert total == pytest.approx(verdict(model, image, "f", "m").log_odds, rel=1e-4, abs=1e-5)
