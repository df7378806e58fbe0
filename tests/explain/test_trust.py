"""A run's explanations are tested on artists it never saw; what is found is kept, read back and said."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from brushwork.classifier.folds import train_folds
from brushwork.classifier.train import Asked, train_classifier
from brushwork.collection import Collection
from brushwork.collection.half_and_half import write_half_and_half
from brushwork.errors import UserError
from brushwork.explain.judges import Judge, chosen, in_turn
from brushwork.explain.methods import METHODS
from brushwork.explain.randomisation import LABELS
from brushwork.explain.trust import Plan, Trust, trust
from brushwork.explain.trust_file import read_trust, same_again
from brushwork.explain.trust_words import basis, conclusions, grid, in_words, intervals
from brushwork.painting import Painting
from brushwork.run import Run, write_json
from tests.classifier.test_model import small_model
from tests.classifier.test_train import FROZEN, TINY

PLAN = Plan(pictures=12, costly=1, steps=2)


class Study(NamedTuple):
    run: Run
    collection: Collection
    found: Trust


@pytest.fixture(scope="module")
def folds(toy: Collection, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Two folds of a frozen trunk."""
    run = train_folds(Asked(toy, FROZEN, weights), tmp_path_factory.mktemp("trust") / "folds", 2)
    return Study(run, toy, trust(run, PLAN))


@pytest.fixture(scope="module")
def planted(schools: Collection, tmp_path_factory: pytest.TempPathFactory) -> Study:
    """One network trained from nothing on two-schools, with canvases painted half in each."""
    root = tmp_path_factory.mktemp("planted")
    shutil.copytree(schools.folder, root / "schools")
    collection = Collection(root / "schools")
    write_half_and_half(collection.folder, 0, 2)
    run = train_classifier(Asked(collection, replace(TINY, passes=1.0)), root / "run")
    return Study(run, collection, trust(run, PLAN, retrain=True))


@pytest.mark.slow
def test_every_method_and_control_has_its_numbers_on_the_planned_pictures(folds: Study) -> None:
    found = folds.found
    names = [one.name for one in found.methods]
    assert [name for name in METHODS if name in names] == [n for n in names if n in METHODS]
    assert set(METHODS) - set(names) <= {"guided-grad-cam", "counterfactual"}  # a trunk without ReLUs; Grad-CAM negated
    counts = {"drop": 12, "deletion": PLAN.removal, "road": PLAN.road, "mu_fidelity": PLAN.slow}
    evidence = found.method("evidence")
    assert evidence is not None
    for measure, count in counts.items():
        assert evidence.measures[measure].n + evidence.measures[measure].undefined == count
    rise = found.method("rise")
    assert rise is not None
    assert rise.measures["deletion"].n == 1
    assert found.artists > 2
    assert found.paintings == 12
    assert "the last layer was taught the same paintings" in found.labels
    assert evidence.sanity is not None
    assert evidence.measures["random_labels"].n + evidence.measures["random_labels"].undefined == PLAN.slow
    assert len(evidence.sanity.cascade["spearman"]) == len(found.stages)


@pytest.mark.slow
def test_what_the_test_knows_by_construction(folds: Study) -> None:
    """Eigen-CAM does not look at the head, the others do; a map that is another has its numbers."""
    for name in ("cam", "grad-cam", "hirescam"):
        one, evidence = folds.found.method(name), folds.found.method("evidence")
        assert one is not None
        assert evidence is not None
        assert one.same_as == "evidence"
        assert one.measures["deletion"].mean.value == evidence.measures["deletion"].mean.value
    eigen = folds.found.method("eigen-cam")
    assert eigen is not None
    assert eigen.sanity is not None
    assert eigen.sanity.cascade["spearman"][0] == pytest.approx(1)
    assert eigen.sanity.single["spearman"][0] == pytest.approx(1)
    uniform = folds.found.method("uniform")
    assert uniform is not None
    assert uniform.measures["drop"].mean.value == pytest.approx(0, abs=1e-6)
    assert uniform.measures["focus"].mean.value == pytest.approx(0.5, abs=1e-6)


@pytest.mark.slow
def test_it_is_kept_read_back_and_the_same_again(folds: Study) -> None:
    again = read_trust(folds.run.folder)
    assert again is not None
    assert json.dumps(again.to_dict()) == json.dumps(folds.found.to_dict())
    other = trust(folds.run, PLAN)
    assert json.dumps(replace(other, minutes=0).to_dict()) == json.dumps(replace(again, minutes=0).to_dict())
    for retrain in (False, True):  # the head was taught random labels anyhow
        kept = same_again(folds.run, PLAN, 0, retrain)
        assert kept is not None
        assert kept.to_dict() == other.to_dict()
    assert same_again(folds.run, PLAN, 1, False) is None
    assert same_again(folds.run, replace(PLAN, steps=3), 0, False) is None
    (folds.run.folder / "trust.json").write_text('{"methods": [{}]}')
    with pytest.raises(UserError, match="is of another version of Brushwork"):
        read_trust(folds.run.folder)
    assert same_again(folds.run, PLAN, 0, False) is None
    write_json(folds.run.folder / "trust.json", again.to_dict())


@pytest.mark.slow
def test_planted_evidence_and_random_labels_of_a_network_trained_again(planted: Study) -> None:
    evidence = planted.found.method("evidence")
    assert evidence is not None
    assert evidence.measures["own_half"].n + evidence.measures["own_half"].undefined == 4
    assert "own_half" in planted.found.method("texture").measures  # type: ignore[union-attr]
    assert "the whole network was trained again" in planted.found.labels
    assert (planted.run.folder / LABELS / "model.safetensors").exists()
    written = (planted.run.folder / LABELS / "model.safetensors").stat().st_mtime_ns
    again = trust(planted.run, replace(PLAN, pictures=4, costly=0), retrain=True)
    assert (planted.run.folder / LABELS / "model.safetensors").stat().st_mtime_ns == written
    assert again.paintings == 4
    without = trust(planted.run, replace(PLAN, pictures=4, costly=0))
    assert "--retrain does so" in without.labels
    plan = replace(PLAN, pictures=4, costly=0)
    kept = same_again(planted.run, plan, 0, False)
    assert kept is not None
    assert kept.to_dict() == without.to_dict()
    assert same_again(planted.run, plan, 0, True) is None
    guided = planted.found.method("guided-grad-cam")
    assert guided is not None
    assert "guided-grad-cam" in " ".join(conclusions(planted.found))


@pytest.mark.slow
def test_all_of_it_is_said_in_sentences_and_tables(folds: Study) -> None:
    said = conclusions(folds.found)
    assert len(said) == sum(not one.is_control for one in folds.found.methods)
    assert "for this network always the same map as evidence" in said[1]
    table = grid(folds.found)
    assert len(table.rows) == len(folds.found.methods) - 1  # nothing at all has no place in the first table
    assert "12 paintings" in basis(folds.found)
    text = in_words(folds.found)
    assert "control: texture" in text
    assert "nan" not in " ".join(said).lower()
    assert not any("nan" in cell for row in intervals(folds.found, "focus").rows for cell in row)


def test_paintings_are_chosen_at_random_styles_in_turn() -> None:
    paintings = [
        Painting(id=f"{style}{artist}{k}", file="", style=style, group=f"{style}{artist}")
        for style in "AB"
        for artist in range(5)
        for k in range(1 + 3 * artist)
    ]
    found = chosen(paintings, 30, 0)
    assert [p.style for p in found] == ["A", "B"] * 15
    for style in "AB":  # no artist comes twice before all have come
        own = [p.group for p in found if p.style == style]
        assert len(set(own[: len(set(own))])) == len(set(own))
    assert len(chosen(paintings, 1000, 0)) == len(paintings)
    assert np.any([a != b for a, b in zip(found, chosen(paintings, 30, 1), strict=True)])


def test_the_first_few_of_several_judges_are_of_all_styles_and_judges() -> None:
    judges = []
    for k in range(5):
        own = [Painting(id=f"{k}{style}{i}", file="", style=style, group=f"{k}{i}") for i in range(4) for style in "AB"]
        judges.append(Judge(Run(Path()), small_model(), own, chosen(own, 8, 0)))
    first = in_turn(judges)[:10]
    assert [painting.style for _, painting in first] == ["A", "B"] * 5
    assert len({id(judge) for judge, _ in first}) == 5
    assert len({painting.group for _, painting in first}) == 10
    assert len(in_turn(judges)) == 40


@pytest.mark.slow
def test_runs_that_cannot_be_tested_are_refused_in_a_sentence(folds: Study, tmp_path: Path) -> None:
    shutil.copytree(folds.run.folder, tmp_path / "run")
    with pytest.raises(UserError, match="leaves nothing to test on"):
        trust(Run(tmp_path / "run"), replace(PLAN, pictures=0))
    (tmp_path / "run" / "results.json").unlink()
    with pytest.raises(UserError, match="is unfinished"):
        trust(Run(tmp_path / "run"), PLAN)
