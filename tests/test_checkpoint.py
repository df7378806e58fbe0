"""A state comes back as it was; what is damaged, foreign or of another training is refused."""

import json
from pathlib import Path

import pytest
import torch

from brushwork.checkpoint import load_state, save_state
from brushwork.errors import UserError

ABOUT = {"kind": "toy", "preset": "a"}


def test_nested_state_comes_back_as_it_was(tmp_path: Path) -> None:
    state = {"a": torch.arange(3), "b": {0: [1, 2.5, None, "x", torch.ones(2, dtype=torch.bfloat16)]}, "c": True}
    save_state(tmp_path / "s", state, ABOUT)
    found = load_state(tmp_path / "s", ABOUT)
    assert torch.equal(found["a"], state["a"])  # type: ignore[arg-type]
    assert found["b"][0][:4] == [1, 2.5, None, "x"]
    assert found["b"][0][4].dtype == torch.bfloat16
    with pytest.raises(TypeError):
        save_state(tmp_path / "t", {"a": object()}, ABOUT)


def test_a_checkpoint_of_another_preset_is_refused(tmp_path: Path) -> None:
    save_state(tmp_path / "s", {"a": 1}, ABOUT)
    with pytest.raises(UserError, match=r"is of another training \(preset a in place of b\); restore"):
        load_state(tmp_path / "s", ABOUT | {"preset": "b"})


@pytest.mark.parametrize("skeleton", [[], 7, {"dict": [1]}, {"tensor": "none"}])
def test_a_foreign_checkpoint_is_refused(tmp_path: Path, skeleton: object) -> None:
    from safetensors.torch import save_file

    told = json.dumps({"skeleton": skeleton, "about": ABOUT})
    save_file({"a": torch.zeros(1)}, tmp_path / "s", {"brushwork": told})
    with pytest.raises(UserError, match="is not a whole Brushwork checkpoint"):
        load_state(tmp_path / "s", ABOUT)


def test_a_checkpoint_that_cannot_be_read_is_not_called_damaged(tmp_path: Path) -> None:
    for there, why in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(UserError, match=rf"cannot be read \({why}\)"):
            load_state(there, ABOUT)
