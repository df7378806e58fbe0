"""Generated pictures are judged beside real ones that neither network saw: real ones in disguise pass, noise does not."""

import json
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

from brushwork.classifier.model import load_model
from brushwork.collection import Collection
from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.exhibit import judging
from brushwork.exhibit.judged import RULES, read_judged
from brushwork.exhibit.judged_words import basis
from brushwork.exhibit.judging import judge, same_again
from brushwork.exhibit.seeing import scores_of_pixels
from brushwork.generator.networks import Painter, load_generator
from brushwork.generator.sample import sample
from brushwork.painting import Painting
from brushwork.run import Run
from tests.exhibit.conftest import Making

SCHOOLS = ["Alder", "Kessel"]


def disguised(monkeypatch: pytest.MonkeyPatch, pixels: Callable[[str | None], Pixels]) -> None:
    """Whatever the network is, these are the pictures it paints."""

    def painted(_painter: Painter, count: int, seed: int, style: str | None = None, truncation: float = 1) -> Pixels:
        return pixels(style)[:count]

    monkeypatch.setattr(judging, "sample", painted)


def unseen(schools: Collection, style: str | None) -> Pixels:
    return schools.squares(32, schools.select([style] if style else [], "test"))


def test_a_conditional_network_is_judged_style_by_style(classifier: Run, generator: Making) -> None:
    run = generator("stylegan2", SCHOOLS)
    found = judge(classifier, run, count=10, dials=3, device="cpu")
    assert [part.style for part in found.parts] == SCHOOLS
    assert found.same_collection
    assert found.dial is not None
    assert found.dial.seeds == 3
    for part in found.parts:
        assert part.n == 10
        for which in ("generated", "real", "whole"):
            assert sum(getattr(one, which).value for one in part.called.values()) == pytest.approx(1)
        for side in ("generated", "real"):
            for_it, against_it, log_odds = (
                getattr(part.means[name], side).value for name in ("for_it", "against_it", "log_odds")
            )
            assert for_it + against_it + part.bias == pytest.approx(log_odds, abs=1e-4)
            assert np.mean(part.every[side]) == pytest.approx(log_odds, abs=1e-3)
        for shown in (part.generated_shown, part.real_shown):
            median, most, least = ([one.log_odds for one in shown if one.rule == rule] for rule in RULES)
            assert min(most) >= max(median) >= min(median) >= max(least)
            assert len({(one.place, one.painting) for one in shown}) == len(shown)
    assert read_judged(run.folder) == found
    assert same_again(classifier, run, 10, 3, 0) == found
    assert same_again(classifier, run, 11, 3, 0) is None
    assert json.loads((run.folder / "judged.json").read_text())["parts"][0]["style"] == "Alder"
    assert judge(classifier, run, count=10, dials=3, device="cpu") == found


def test_pictures_are_judged_as_near_to_their_styles_mean_as_asked(classifier: Run, generator: Making) -> None:
    run = generator("stylegan2", SCHOOLS)
    free = judge(classifier, run, count=6, dials=2, device="cpu")
    assert same_again(classifier, run, 6, 2, 0, truncation=0.0) is None
    means = judge(classifier, run, count=6, dials=2, device="cpu", truncation=0.0)
    assert same_again(classifier, run, 6, 2, 0, truncation=0.0) == means
    assert "truncation" not in basis(free)
    assert "truncation 0: drawn towards their style's mean" in basis(means)
    model, drawn = load_model(classifier.folder), load_generator(run)
    for part, number in zip(means.parts, (0, 1), strict=True):
        told = scores_of_pixels(model, sample(drawn, 6, 0, style=part.style, truncation=0.0))
        assert part.every["generated"] == pytest.approx(sorted(told[:, number] - told[:, 1 - number]), abs=1e-3)
    assert means.dial is not None
    assert free.dial is not None
    assert means.dial.along != free.dial.along


def test_real_paintings_are_those_that_neither_saw_and_as_small(
    classifier: Run, generator: Making, schools: Collection
) -> None:
    found = judge(classifier, generator("dcgan-torch", ["Kessel"]), count=50, dials=3, device="cpu")
    (part,) = found.parts
    own = schools.select(["Kessel"], "test")
    assert (part.style, part.real, found.dial) == ("Kessel", len(own), None)
    assert {one.painting for one in part.real_shown} <= {p.id for p in own}
    model = load_model(classifier.folder)
    told = scores_of_pixels(model, schools.squares(32, own)).argmax(1) == model.styles.index("Kessel")
    assert part.called["Kessel"].real.value == pytest.approx(told.mean())
    with torch.inference_mode():
        whole = [model(model.preprocessing.tensor([model.preprocessing.canvas(schools.picture(p))])) for p in own]
    log_odds = sorted(float(one[0, 1] - one[0, 0]) for one in whole)
    assert part.every["whole"] == pytest.approx(log_odds, abs=1e-3)
    other = schools.squares(32, schools.select(["Alder"], "test"))
    assert part.others is not None
    assert part.others.value == pytest.approx((scores_of_pixels(model, other).argmax(1) == 1).mean())


@pytest.mark.slow
def test_paintings_in_disguise_pass_and_noise_does_not(
    classifier: Run, generator: Making, schools: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = generator("stylegan2", SCHOOLS)
    disguised(monkeypatch, lambda style: unseen(schools, style))
    for part in judge(classifier, run, count=12, dials=0, device="cpu").parts:
        assert part.as_often
        assert part.same_features
        assert part.means["log_odds"].more.value == pytest.approx(0, abs=1e-6)
        assert all(one.beyond.low <= 0 for one in part.distances.values())
    noise = np.random.default_rng(0).integers(0, 256, (12, 32, 32, 3), np.uint8)
    disguised(monkeypatch, lambda _: noise)
    for part in judge(classifier, run, count=12, dials=0, device="cpu").parts:
        assert not part.same_features
        assert part.distances["strong"].times > 1.5
    swapped = {"Alder": "Kessel", "Kessel": "Alder"}
    disguised(monkeypatch, lambda style: unseen(schools, swapped[style or "Alder"]))
    found = judge(classifier, run, count=12, dials=0, device="cpu")
    for part in found.parts:
        assert part.others is not None
        assert part.called[part.style].generated.value == pytest.approx(part.others.value)
        own, theirs = part.means["log_odds"].generated, part.means["log_odds"].real
        assert own.value < theirs.value


def test_a_mixed_network_has_shares_of_verdicts(classifier: Run, generator: Making) -> None:
    found = judge(classifier, generator("dcgan-torch", SCHOOLS, "another"), count=10, device="cpu")
    (part,) = found.parts
    assert (part.style, part.asked, part.others) == ("", "Alder", None)
    assert part.real == found.paintings
    assert not found.same_collection


def test_a_mixed_network_is_held_against_paintings_mixed_as_it_met_them(
    schools: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told no style, it cannot know that others than those it learned from have them in other shares."""
    whole = Collection.select

    def few(self: Collection, styles: Sequence[str] = (), split: str = "") -> list[Painting]:
        found = whole(self, styles, split)
        return [p for p in found if p.style == "Alder"][:4] + [p for p in found if p.style == "Kessel"]

    own = schools.select([], "test")
    alder, kessel = (sum(p.style == style for p in own) for style in SCHOOLS)
    monkeypatch.setattr(Collection, "select", few)
    learned = Counter(p.style for p in schools.select(SCHOOLS, "train"))
    kept = Counter(p.style for p in judging._as_often_as_learned(own, schools))
    assert kessel - 1 <= kept["Kessel"] <= kessel
    assert kept["Alder"] / kept["Kessel"] == pytest.approx(learned["Alder"] / learned["Kessel"], abs=1 / kessel)
    assert kept["Alder"] < alder


def test_what_cannot_be_judged_is_said_in_a_sentence(
    classifier: Run, generator: Making, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UserError, match=r"paints 'Cubism', and .* knows Alder, Kessel alone"):
        judge(classifier, generator("dcgan-torch", ["Cubism"]), count=4, device="cpu")
    monkeypatch.setattr(judging, "FEWEST", 1000)
    with pytest.raises(UserError, match="and 1000 are needed to compare with"):
        judge(classifier, generator("dcgan-torch", ["Alder"]), count=4, device="cpu")
