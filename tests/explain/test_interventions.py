"""Changes of log-odds are those of asking again, summarised by factor and style."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from brushwork.classifier.folds import train_folds
from brushwork.classifier.predict import verdict
from brushwork.classifier.scores import Interval
from brushwork.classifier.train import Asked
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.explain.interventions import (
    OTHER,
    OWN,
    Effect,
    Interventions,
    _asked_again,
    control_of,
    grid,
    in_words,
    intervene,
    read_interventions,
    same_again,
    sentences,
)
from brushwork.explain.operations import OPERATIONS, palette_of
from tests.classifier.test_model import small_model
from tests.classifier.test_train import FROZEN
from tests.conftest import noise_picture


def test_a_change_is_the_difference_of_two_verdicts() -> None:
    model, image = small_model(), noise_picture(0, 90, 70)
    palettes = {style: palette_of([noise_picture(k, 40, 40)]) for k, style in enumerate(model.styles)}
    found = _asked_again(model, image, "Wild", palettes, 0)
    assert set(found) == {"as it is", *OPERATIONS, "palette of Calm", OWN}

    def told(one: Image.Image) -> float:
        said = verdict(model, one, "", "").probabilities
        return float(np.log(said["Wild"]) - np.log(said["Calm"]))

    assert found["as it is"][0] == pytest.approx(told(image), abs=1e-4)
    for name in ("greyscale", "mirrored (control)", "borders cropped"):
        assert found[name][0] == pytest.approx(told(OPERATIONS[name](image, 0)) - told(image), abs=1e-4)
        assert found[name][1] == ((told(OPERATIONS[name](image, 0)) > 0) != (told(image) > 0))


def test_a_crop_moves_a_verdict_only_if_it_does_more_than_its_control() -> None:
    nothing, much = Interval(-0.02, -0.1, 0.06), Interval(-0.3, -0.4, -0.2)
    signature = [Effect("signature zone cropped", "Calm", much, beyond, 0.1, 20, 6) for beyond in (nothing, much)]
    few = Effect("greyscale", "Calm", Interval(1.0, math.nan, math.nan), None, 0.5, 3, 2)
    before = {"Calm": Interval(2, 1, 3)}
    still, moved = (sentences(Interventions("run", [], ["Calm"], 0, 20, before, [one, few]))[0] for one in signature)
    assert "not to be told from nothing: signature zone cropped (beside top cropped (control))" in still
    assert "leaves it" not in still
    assert "signature zone cropped leaves it 0.30 nats [0.20 to 0.40] lower than top cropped (control) does" in moved
    for said in (still, moved):
        assert "by too few artists to tell: greyscale" in said
        assert "20 paintings by 6 artists" in said
    assert control_of(OTHER.format("Wild")) == OWN
    assert control_of(OWN) is None


@pytest.mark.slow
def test_effects_have_intervals_over_artists_and_are_kept_and_said(
    toy: Collection, weights: Path, tmp_path: Path
) -> None:
    run = train_folds(Asked(toy, FROZEN, weights), tmp_path / "run", 2)
    found = intervene(run, 20)
    assert {one.style for one in found.effects} == set(toy.styles)
    assert all(one.n == 10 and one.artists > 2 and one.change.low <= one.change.high for one in found.effects)
    tinted = {one.style: one for one in found.effects if one.factor == "greyscale"}  # the styles differ in tint alone
    mirrored = {one.style: one for one in found.effects if one.is_control and one.factor != OWN}
    assert max(abs(one.change.value) for one in mirrored.values()) < max(
        abs(one.change.value) for one in tinted.values()
    )
    again = read_interventions(run.folder)
    assert again is not None
    assert json.dumps(again.to_dict()) == json.dumps(found.to_dict())
    assert json.dumps(intervene(run, 20).to_dict()) == json.dumps(found.to_dict())
    assert same_again(run, 20, 0) == found
    assert same_again(run, 20, 1) is None
    said = sentences(found)
    assert len(said) == 2
    assert all("nats" in one for one in said)
    assert grid(found).rows[-1][0] in (OWN, "mirrored (control)")
    assert "Had it been painted otherwise" in in_words(found)
    (run.folder / "interventions.json").write_text('{"effects": []}')
    with pytest.raises(UserError, match="another version of Brushwork"):
        read_interventions(run.folder)
    assert same_again(run, 20, 0) is None
