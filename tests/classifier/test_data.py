"""What is drawn and cut: by seed and step alone, capped by artist, colours moved only as told."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from brushwork import processes
from brushwork.classifier.data import Cutting, detail_of, draw_crops, random_crops, recoloured, sampling_weights
from brushwork.classifier.model import Preprocessing
from brushwork.collection import Collection
from brushwork.images import shrink

PREPROCESSING = Preprocessing(48, 16, (0.5, 0.4, 0.3), (0.25, 0.3, 0.2))


@pytest.mark.parametrize("cap", [0, 1, 3, 100])
def test_an_artists_weight_is_his_capped_number_or_its_root(schools: Collection, cap: int) -> None:
    numbers = {"few": 1, "some": 4, "many": 16, "other": 5}
    paintings = [
        replace(schools.paintings[0], group=artist, style="Kessel" if artist == "other" else "Alder")
        for artist, n in numbers.items()
        for _ in range(n)
    ]
    weights = sampling_weights(paintings, cap)
    assert weights.sum() == pytest.approx(1)
    shares = Counter[str]()
    for painting, weight in zip(paintings, weights, strict=True):
        shares[painting.group] += weight
    assert shares["other"] == pytest.approx(0.5)
    wanted = {a: min(n, cap) if cap else n**0.5 for a, n in numbers.items() if a != "other"}
    for artist, value in wanted.items():
        assert shares[artist] == pytest.approx(value / sum(wanted.values()) / 2)


def test_colour_leaves_the_crops_where_they_are_and_stays_within_its_bounds(schools: Collection) -> None:
    paintings = schools.paintings[:40]
    plain, coloured = (draw_crops(paintings, Cutting(64, 0.5, 1.0, colour=colour), 0, 3) for colour in (0.0, 0.2))
    assert [replace(crop, colour=(1.0, 1.0, 1.0)) for crop in coloured] == plain
    factors = np.array([crop.colour for crop in coloured])
    assert 0.8 <= factors.min() < 0.83
    assert 1.17 < factors.max() <= 1.2
    for crop, painting in zip(plain, paintings, strict=True):
        assert 0 <= crop.left <= painting.width - crop.edge + 1e-9
        assert 0 <= crop.top <= painting.height - crop.edge + 1e-9


def test_only_the_mirroring_goes_when_it_is_not_wanted(schools: Collection) -> None:
    half, none = (
        draw_crops(schools.paintings[:40], Cutting(64, 0.5, 1.0, mirrored), 0, 3) for mirrored in (True, False)
    )
    assert 10 < sum(crop.mirrored for crop in half) < 30
    assert [replace(crop, mirrored=False) for crop in half] == none


def test_the_shards_of_all_processes_are_the_batch_of_one(schools: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    def crops() -> torch.Tensor:
        return random_crops(schools, schools.paintings[:5], PREPROCESSING, Cutting(32, 0.5, 1.0, colour=0.2), 0, 7)

    whole, together = crops(), torch.zeros(5, 3, 32, 32)
    for rank in (0, 1):
        monkeypatch.setattr("brushwork.classifier.data.shard", lambda items, rank=rank: list(items[rank::2]))
        together[rank::2] = crops()
    assert processes.size() == 1
    assert torch.equal(whole, together)


def test_with_less_detail_crops_are_those_of_paintings_brought_down_before(
    schools: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crops(detail: int) -> torch.Tensor:
        coarse = replace(PREPROCESSING, detail=detail)
        return random_crops(schools, schools.paintings[:5], coarse, Cutting(32, 0.5, 1.0), 0, 7)

    whole, coarse = crops(10_000), crops(24)
    assert torch.equal(whole, crops(detail_of(schools))), "what has no more loses nothing"
    assert not torch.allclose(whole, coarse, atol=0.1)
    real = Collection.picture
    monkeypatch.setattr(Collection, "picture", lambda self, painting: shrink(real(self, painting), 24))
    assert torch.equal(coarse, crops(24))
    assert torch.equal(coarse, crops(10_000))


def test_colours_of_a_crop_change_before_they_are_normalised(schools: Collection) -> None:
    without, coloured_too = (Cutting(32, 0.9, 1.0, colour=colour) for colour in (0.0, 0.3))
    plain, coloured = (
        random_crops(schools, schools.paintings[:4], PREPROCESSING, how, 0, 1) for how in (without, coloured_too)
    )
    mean, std = (torch.tensor(v).view(3, 1, 1) for v in (PREPROCESSING.mean, PREPROCESSING.std))
    factors = torch.tensor([c.colour for c in draw_crops(schools.paintings[:4], coloured_too, 0, 1)])
    wanted = recoloured(plain * std + mean, factors)
    assert torch.allclose(coloured * std + mean, wanted, atol=1e-5)
    assert not torch.allclose(coloured, plain, atol=0.01)


def test_each_factor_does_what_it_is_named_for() -> None:
    pictures = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 0.5 + 0.2
    assert torch.allclose(recoloured(pictures, torch.ones(2, 3)), pictures, atol=1e-6)
    assert torch.allclose(recoloured(pictures, torch.tensor([[1.1, 1, 1]] * 2)), pictures * 1.1, atol=1e-6)
    flat = recoloured(pictures, torch.tensor([[1.0, 0, 1]] * 2))
    assert torch.allclose(flat, flat[:, :1, :1, :1].expand_as(flat), atol=1e-6)
    grey = recoloured(pictures, torch.tensor([[1.0, 1, 0]] * 2))
    assert torch.allclose(grey[:, 0], grey[:, 1], atol=1e-6)
    luma = torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)
    assert torch.allclose(grey[:, 0], (pictures * luma).sum(1), atol=1e-6)
    assert float(recoloured(pictures, torch.tensor([[9.0, 1, 1]] * 2)).max()) == 1
