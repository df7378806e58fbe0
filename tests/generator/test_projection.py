"""A generated picture is found again; what is found is nearer than any picture looked at, and could have been painted."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from brushwork.errors import UserError
from brushwork.generator.mix import Mixture, mix
from brushwork.generator.networks import networks_of
from brushwork.generator.projection import Projection, project
from brushwork.generator.projection_files import in_words, save_projection, strip
from brushwork.generator.provenance import provenance
from brushwork.generator.sample import painted, sample
from tests.generator.painters import painter

NAMES = ["dcgan-paper", "wgan-gp-paper", "stylegan2"]


def projected(name: str, steps: int, by_layer: bool = False, grain: bool = True) -> Projection:
    """The search for a picture that is not among those it begins from."""
    own = painter(name)
    judge = networks_of(own.preset, 1, 2)[1].eval().requires_grad_(False)
    return project(own, judge, sample(own, 1, 0, first=100)[0], steps, 0, None, by_layer, grain)


@pytest.mark.parametrize("name", NAMES)
def test_a_generated_picture_is_found_again(name: str) -> None:
    own, found = painter(name), projected(name, 60)
    last, first = found.distances[-1], found.distances[0]
    assert last.pixels < 0.4 * first.pixels
    assert last.pixels < 0.4 * min(found.mean.pixels, found.typical.pixels)
    assert last.seen is not None
    assert first.seen is not None
    assert last.seen < 0.5 * first.seen
    error = found.path[-1].astype(float) - found.target
    assert np.sqrt(np.square(error).mean()) == pytest.approx(last.pixels, abs=0.5)
    grain = None if found.grain is None else found.grain[None]
    again = painted(own, found.latent[None], grain)[0]
    assert np.abs(again.astype(int) - found.path[-1]).max() <= 1  # it is what it says it is painted of


@pytest.mark.parametrize("name", NAMES)
def test_what_is_found_could_have_been_painted(name: str) -> None:
    own = painter(name)
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)  # which it cannot paint
    found = project(own, None, picture, 40, 0)
    if name == "dcgan-paper":
        assert float(found.latent.abs().max()) <= 1
    if name == "wgan-gp-paper":
        assert float(found.latent.norm()) <= len(found.latent) ** 0.5 + 2.001
    if name == "stylegan2":
        assert found.grain is not None
        for part in found.grain.split([16, 64, 64, 256, 256, 1024, 1024]):
            assert float(part.norm()) <= len(part) ** 0.5 + 2.001
    assert found.distances[-1].pixels > 30
    assert found.distances[-1].seen is None
    assert found.distances[-1].pixels < found.mean.pixels


def test_nothing_is_lost_by_searching_on() -> None:
    own = painter("wgan-gp-paper")
    found = project(own, None, sample(own, 1, 0, first=5)[0], 4, 0)  # which is among those that it begins from
    assert found.distances[-1].pixels < 1
    assert [tile.caption for tile in strip(found)][-1] == f"nearest: {found.distances[-1].pixels:.1f}"
    assert len(found.path) == len(found.steps) == len(found.distances)


def test_a_search_is_the_same_each_time() -> None:
    one, other = (projected("stylegan2", 3) for _ in range(2))
    assert np.array_equal(one.path, other.path)
    assert one.distances == other.distances


def test_more_freedom_comes_nearer() -> None:
    own = painter("stylegan2")
    target = mix(own, Mixture([100], [101], upto=8), 0)[0, 0]  # of two points, which one cannot paint
    plain, layers, both = (
        project(own, None, target, 60, 0, None, by_layer, grain).distances[-1].pixels
        for by_layer, grain in ((False, False), (True, False), (True, True))
    )
    assert plain > layers > both


def test_everything_is_kept(tmp_path: Path) -> None:
    own, found = painter("stylegan2"), projected("stylegan2", 20)
    value = save_projection(found, tmp_path, provenance(own, 0, projected="it.png"), 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "latent.safetensors", "nearest.png", "path.gif", "projection.json", "strip.png", "target.png",
    ]  # fmt: skip
    told = json.loads((tmp_path / "projection.json").read_text())
    assert told == value
    assert told["path"][-1] == {"step": 20} | told["nearest"]
    assert told["words"] == in_words(found)
    with Image.open(tmp_path / "target.png") as image:
        assert np.array_equal(np.asarray(image), found.target)
        assert not image.info  # which is no generated picture
    with Image.open(tmp_path / "nearest.png") as image:
        assert json.loads(image.info["brushwork"])["projected"] == "it.png"
    with Image.open(tmp_path / "path.gif") as image:
        assert image.size == (128, 64)
    tiles = strip(found)
    assert tiles[0].caption == "target"
    assert tiles[1].caption.startswith("step 0: ")
    assert tiles[-1].caption == f"nearest: {found.distances[-1].pixels:.1f}"


@pytest.mark.parametrize(("by_layer", "grain"), [(True, True), (False, False)])
def test_what_a_network_has_not_is_refused(by_layer: bool, grain: bool) -> None:
    target = torch.zeros(32, 32, 3, dtype=torch.uint8).numpy()
    with pytest.raises(UserError, match="neither a point for each layer nor grain; leave out --"):
        project(painter("dcgan-torch"), None, target, 2, 0, by_layer=by_layer, grain=grain)


def test_a_style_that_is_not_known_is_said() -> None:
    own = painter("stylegan2")
    with pytest.raises(UserError, match="does not know the style 'Odd'"):
        project(own, None, torch.zeros(32, 32, 3, dtype=torch.uint8).numpy(), 2, 0, "Odd")
