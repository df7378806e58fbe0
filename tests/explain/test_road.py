"""Filling from neighbours solves the paper's equations, whatever the shape, and is given back as one answer for all."""

import numpy as np
import pytest
import torch
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import spsolve
from torch import Tensor

from brushwork.explain.road import imputed, noisy_imputed


def directly(picture: Tensor, missing: Tensor) -> Tensor:
    """The same by a sparse LU decomposition, equation by equation."""
    _, height, width = picture.shape
    place = -np.ones((height, width), int)
    place[missing.numpy()] = np.arange(int(missing.sum()))
    rows, columns, values = [], [], []
    right = np.zeros((int(missing.sum()), len(picture)))
    for i, j in missing.nonzero().tolist():
        k, total = place[i, j], 0.0
        for di in (-1, 0, 1):
            for dj in (-1, 0, 1):
                if (di or dj) and 0 <= i + di < height and 0 <= j + dj < width:
                    weight = 1 / 12 if di and dj else 1 / 6
                    total += weight
                    if place[i + di, j + dj] >= 0:
                        rows.append(k)
                        columns.append(place[i + di, j + dj])
                        values.append(-weight)
                    else:
                        right[k] += weight * picture[:, i + di, j + dj].numpy()
        rows.append(k)
        columns.append(k)
        values.append(total)
    solved = picture.clone()
    solved[:, missing] = torch.from_numpy(spsolve(csc_matrix((values, (rows, columns))), right).T).to(picture)
    return solved


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("size", [(32, 32), (23, 41), (128, 160)])
def test_the_answer_is_that_of_a_direct_solver(size: tuple[int, int], share: float) -> None:
    choose = torch.Generator().manual_seed(0)
    picture = torch.randn(3, *size, generator=choose, dtype=torch.float64)
    smooth = torch.nn.functional.interpolate(
        torch.randn(1, 1, 5, 5, generator=choose), size, mode="bilinear", align_corners=False
    )[0, 0]
    for missing in (torch.rand(size, generator=choose) < share, smooth < smooth.quantile(share)):  # dots and lakes
        found = imputed(picture[None], missing[None, None], tolerance=1e-9)[0]
        assert torch.allclose(found, directly(picture, missing), atol=1e-6)
        quick = imputed(picture[None].float(), missing[None, None])[0]
        assert float((quick - found).abs().mean()) < 0.001  # a tenth of the noise that ROAD adds


def test_what_is_known_stays_and_an_even_picture_is_filled_evenly() -> None:
    picture = torch.full((1, 3, 20, 30), 0.7)
    missing = torch.zeros(1, 1, 20, 30, dtype=torch.bool)
    missing[..., 3:18, 2:29] = True
    assert torch.allclose(imputed(picture, missing, 1e-7), picture, atol=1e-5)
    noise = torch.randn(2, 3, 20, 30)
    masks = torch.stack([missing[0], ~missing[0]])
    together = imputed(noise, masks)
    for k in range(2):
        assert torch.allclose(together[k], imputed(noise[k : k + 1], masks[k : k + 1])[0], atol=0.01)
        assert torch.equal(together[k][:, ~masks[k, 0]], noise[k][:, ~masks[k, 0]])


def test_everything_and_nothing_missing_are_no_trouble() -> None:
    picture = torch.randn(1, 3, 9, 9)
    everything = torch.ones(1, 1, 9, 9, dtype=torch.bool)
    assert torch.equal(imputed(picture, everything), torch.zeros_like(picture))
    assert torch.equal(imputed(picture, ~everything), picture)
    filled = noisy_imputed(picture, ~everything, 0)
    assert torch.equal(filled, picture)  # noise goes where something was filled and nowhere else
    assert torch.equal(noisy_imputed(picture, everything, 1), noisy_imputed(picture, everything, 1))
