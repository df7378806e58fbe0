"""Controls know the picture and nothing of the model."""

import torch

from brushwork.explain.controls import CONTROLS


def test_controls_have_the_pictures_size_and_repeat() -> None:
    picture = torch.rand(3, 40, 56)
    for name, make in CONTROLS.items():
        assert make(picture, 0).shape == (40, 56), name
        assert torch.equal(make(picture, 0), make(picture, 0)), name
        assert bool((make(picture, 0) >= 0).all()), name
    assert not torch.equal(CONTROLS["random"](picture, 0), CONTROLS["random"](picture, 1))


def test_edges_and_texture_lie_where_they_are_and_nowhere_on_an_even_picture() -> None:
    even = torch.full((3, 32, 32), 0.4)
    assert float(CONTROLS["edges"](even, 0).abs().max()) < 1e-5
    assert float(CONTROLS["texture"](even, 0).abs().max()) < 1e-5
    half = even.clone()
    half[:, :, 16:] = 0.9
    assert CONTROLS["edges"](half, 0).sum(0).argmax() in (15, 16)
    noisy = even.clone()
    noisy[:, :16] += torch.rand(3, 16, 32)
    texture = CONTROLS["texture"](noisy, 0)
    assert float(texture[:10].mean()) > 20 * float(texture[22:].mean())


def test_the_centre_is_highest_in_the_middle() -> None:
    hill = CONTROLS["centre"](torch.zeros(3, 41, 61), 0)
    assert divmod(int(hill.argmax()), 61) == (20, 30)
    assert torch.allclose(hill, hill.flip(0, 1))
