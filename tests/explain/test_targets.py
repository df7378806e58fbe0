"""The same question of methods and of their tests, asked of batches of any make."""

import numpy as np
import pytest
import torch
from torch import nn

from brushwork.errors import UserError
from brushwork.explain.targets import finer, question


def test_a_question_is_asked_of_versions_of_its_own_picture() -> None:
    output, head = torch.randn(4, 3), nn.Linear(5, 3)
    asked = question(head, output, None, contrast=True)
    top = output.sort(1, descending=True).values
    assert torch.allclose(asked.of(output), top[:, 0] - top[:, 1])
    for i in range(4):
        versions = torch.randn(7, 3)
        wanted = versions[:, int(asked.target[i])] - versions[:, int(asked.against[i])]
        assert torch.equal(asked.of_one(versions, i), wanted)
    single = question(head, output, 1, contrast=False)
    assert torch.equal(single.of(output), output[:, 1])
    assert not single.contrast
    assert asked.contrast


@pytest.mark.parametrize("target", [None, 1, (0, 2)])
def test_the_heads_weights_and_bias_make_the_score(target: int | tuple[int, int] | None) -> None:
    head, pooled = nn.Linear(5, 3), torch.randn(4, 5)
    output = head(pooled)
    asked = question(head, output.detach(), target, contrast=target is None)
    weights = asked.weights(head)
    assert weights is not None
    assert torch.allclose((weights * pooled).sum(1) + asked.bias(head), asked.of(output), atol=1e-6)
    called = question(head, output.detach(), lambda told: told[:, 0], contrast=True)
    assert called.weights(head) is None
    assert torch.equal(called.of(output), output[:, 0])


def test_against_a_single_style_stands_the_most_probable_other_one() -> None:
    output = torch.tensor([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])
    asked = question(nn.Identity(), output, 1, contrast=True)
    assert asked.against.tolist() == [0, 2]
    assert finer(question(nn.Identity(), output, 1, contrast=False), output).of(output).tolist() == pytest.approx(
        [2 - 0.6 * 2, 2 - 0.6 * 2]
    )


def test_whole_numbers_of_numpy_and_torch_are_numbers() -> None:
    output = torch.tensor([[0.0, 1.0, 2.0]])
    for one in (np.int64(1), torch.tensor(1)):
        assert question(nn.Identity(), output, one, contrast=False).target.tolist() == [1]
        pair = question(nn.Identity(), output, (one, 0), contrast=True)
        assert (pair.target.tolist(), pair.against.tolist()) == ([1], [0])


def test_styles_the_model_does_not_know_are_said_so() -> None:
    named = nn.Identity()
    named.styles = ["Calm", "Wild"]  # type: ignore[assignment]
    output = torch.zeros(1, 2)
    for target, words in (
        ("Odd", "does not know the style 'Odd'; it knows Calm, Wild"),
        (("Calm", "Calm"), "'Calm' was to be weighed against itself"),
        (7, "class 7 was asked for, but the model has 2, counted from 0"),
        (-1, "class -1 was asked for"),
        (("Calm", "Wild", "Odd"), "3 styles were given as the target; give one, or a pair"),
    ):
        with pytest.raises(UserError, match=words):
            question(named, output, target, contrast=True)  # type: ignore[arg-type]
    with pytest.raises(UserError, match="does not know the style 'Calm'; it knows only numbers"):
        question(nn.Identity(), output, "Calm", contrast=False)
    with pytest.raises(UserError, match=r"the model gives \(1, 1\)"):
        question(named, torch.zeros(1, 1), None, contrast=False)
