"""A setting is changed by its name, and what cannot be is said in a sentence."""

from dataclasses import dataclass
from typing import Literal

import pytest

from brushwork.errors import UserError
from brushwork.settings import changed


@dataclass(frozen=True)
class Recipe:
    rate: float = 0.1
    betas: tuple[float, float] = (0.0, 0.9)
    loss: Literal["hinge", "logistic"] = "hinge"
    mirrored: bool = True
    size: int = 32


def test_values_have_their_settings_kinds() -> None:
    found = changed(Recipe(), ["rate=2", "betas=(0.5,0.9)", "loss=logistic", "mirrored=false"], "a recipe", ("size",))
    assert found == Recipe(2.0, (0.5, 0.9), "logistic", False)
    assert changed(Recipe(), [], "a recipe") == Recipe()


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("rates=1", "a recipe has no setting 'rates'; the nearest are"),
        ("rate", "--set rate was given; it needs a name and a value, NAME=VALUE"),
        ("size=64", "size is a recipe's own or has an option of its own"),
        ("rate=fast", "rate=fast was given, but rate needs a value such as 0.1"),
        ("loss=none", "loss=none was given, but loss needs one of hinge, logistic"),
        ("betas=0.5", "betas=0.5 was given, but betas needs a value such as"),
        ("mirrored=1", "mirrored=1 was given, but mirrored needs a value such as True"),
    ],
)
def test_what_cannot_be_changed_is_said(change: str, sentence: str) -> None:
    with pytest.raises(UserError) as error:
        changed(Recipe(), [change], "a recipe", ("size",))
    assert sentence in str(error.value)
