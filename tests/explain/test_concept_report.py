"""Concepts of a run: kept, read back, their patches where they were seen, their numbers said with what they mean."""

import json
from pathlib import Path

import numpy as np
import pytest

from brushwork.classifier.folds import train_folds
from brushwork.classifier.model import load_model
from brushwork.classifier.train import Asked
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.exhibit.explanations import explanations_page
from brushwork.explain.concept_file import ConceptReport, read_concepts, same_again
from brushwork.explain.concept_report import activation_of, concept_report
from brushwork.explain.concept_sheet import firing_image
from brushwork.explain.concept_words import in_words, named, named_sentences, titled, whose
from brushwork.explain.judges import input_of
from brushwork.explain.tcav import CONCEPTS
from brushwork.run import Run
from tests.classifier.test_train import FROZEN

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def study(toy: Collection, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, ConceptReport]:
    run = train_folds(Asked(toy, FROZEN, weights), tmp_path_factory.mktemp("concepts") / "run", 2)
    return run, concept_report(run, 3, 24)


def test_it_is_kept_read_back_and_the_same_again(study: tuple[Run, ConceptReport]) -> None:
    run, found = study
    again = read_concepts(run.folder)
    assert again is not None
    assert json.dumps(again.to_dict()) == json.dumps(found.to_dict())
    assert json.dumps(concept_report(run, 3, 24).to_dict()) == json.dumps(found.to_dict())
    assert (run.folder / "concepts.png").exists()
    kept = same_again(run, 3, 24, 0)
    assert kept is not None
    assert json.dumps(kept.to_dict()) == json.dumps(found.to_dict())  # NaN is no equal of itself
    assert same_again(run, 4, 24, 0) is None


def test_importance_is_shared_out_and_nats_are_of_the_styles_weighed(study: tuple[Run, ConceptReport]) -> None:
    _, found = study
    assert sum(one.importance for one in found.concepts) == pytest.approx(1, abs=1e-5)
    assert [one.importance for one in found.concepts] == sorted(
        (one.importance for one in found.concepts), reverse=True
    )
    assert sum(one.nats.value for one in found.concepts) == pytest.approx(found.explained * found.apart, abs=1e-5)
    for one in found.concepts:
        first, second = (one.strength[style] for style in found.styles)
        assert (one.nats.value > 0) == ((first > second) == (one.speaks_for == found.styles[0]))
        assert one.nats.low <= one.nats.value <= one.nats.high


def test_patches_are_parts_of_paintings_the_network_never_saw_by_different_artists(
    study: tuple[Run, ConceptReport], toy: Collection
) -> None:
    run, found = study
    model = load_model(run.folder / f"fold-{found.fold}")
    sizes = {p.id: (p.width, p.height) for p in toy.paintings}
    groups = {p.id: p.group for p in toy.paintings}
    for one in found.concepts:
        assert len({groups[patch.painting] for patch in one.patches}) == len(one.patches)
        strengths = [patch.strength for patch in one.patches]
        assert strengths == sorted(strengths, reverse=True)
        for patch in one.patches:
            left, top, right, bottom = patch.box
            width, height = sizes[patch.painting]
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
            scale = min(width, height) / model.preprocessing.short_side
            assert (right - left) == pytest.approx(32 * scale, abs=2)  # a cell, of which 64 pixels have two


def test_a_concept_is_drawn_where_the_network_finds_it(
    study: tuple[Run, ConceptReport], toy: Collection, tmp_path: Path
) -> None:
    run, found = study
    model = load_model(run.folder / f"fold-{found.fold}")
    by_id = {painting.id: painting for painting in toy.paintings}
    for one in found.concepts:
        assert one.fires is not None
        painting = by_id[one.fires.painting]
        assert one.fires.box == model.preprocessing.box(painting.width, painting.height)
        map_ = np.array(one.fires.map)
        assert map_.shape == activation_of(model, input_of(model, toy, painting)).shape[2:]
        assert map_.min() >= 0 < map_.max()
        assert firing_image(toy, painting, one.fires).size == toy.picture(painting).size
    assert f"the network of fold {found.fold}, of 2" in whose(found)
    page = explanations_page(run.folder, toy, tmp_path)
    assert page is not None
    assert all((tmp_path / Path(card["fires"]["file"]).name).exists() for card in page["concepts"]["cards"])


def test_named_concepts_are_all_tried_on_both_styles(study: tuple[Run, ConceptReport]) -> None:
    _, found = study
    assert {(one.concept, one.style) for one in found.named} == {(c, s) for c in CONCEPTS for s in found.styles}
    assert all(0 <= one.score <= 1 for one in found.named)
    assert all(np.isnan(one.p) if one.artists < 3 else 0 <= one.p <= 1 for one in found.named)
    assert len(named(found).rows) == len(found.named)
    assert len(named_sentences(found)) == 2
    for style, said in zip(found.styles, named_sentences(found), strict=True):
        largest = max((one for one in found.named if one.style == style), key=lambda one: abs(one.derivative.value))
        assert f"The largest step is {largest.concept}" in said


def test_it_is_said_what_is_steady_and_what_is_not(study: tuple[Run, ConceptReport]) -> None:
    _, found = study
    for one in found.concepts:
        assert ("UNSTABLE" in titled(found, one)) == (one.stability < 0.8)
        assert one.speaks_for in titled(found, one)
    assert "3 concepts in 24 paintings" in in_words(found)
    assert found.chance < 0.8
    assert np.isfinite(found.apart)


def test_what_cannot_be_done_is_said(study: tuple[Run, ConceptReport]) -> None:
    run, _ = study
    (run.folder / "concepts.json").write_text('{"concepts": []}')
    with pytest.raises(UserError, match="another version of Brushwork"):
        read_concepts(run.folder)
    assert same_again(run, 3, 24, 0) is None
