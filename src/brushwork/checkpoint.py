"""Checkpoints: nested tensors and plain data as one safetensors file that says what it is of; nothing is pickled."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_safetensors
from torch import Tensor

from brushwork.errors import UserError
from brushwork.run import write_atomically

CHECKPOINT = "checkpoint.safetensors"  # of a run, by which its training goes on
RESTORE = (
    "restore it, or delete it and give the same training command again, in a new --out where its training had ended."
)


def save_state(path: Path, state: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Write nested tensors and plain data as one safetensors file, atomically."""
    tensors: dict[str, Tensor] = {}
    skeleton = _skeleton(state, "", tensors)
    # One entry only: safetensors writes several in no fixed order, and equal states must give equal files.
    metadata = {"brushwork": json.dumps({"skeleton": skeleton, "about": dict(about)})}
    write_atomically(path, to_safetensors(tensors, metadata))


def load_state(path: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """Read back what `save_state` wrote; nothing is unpickled.

    Raises `UserError` when the file cannot be read, is damaged or was written by a training that says other things `about`
    itself.
    """
    try:
        path.open("rb").close()  # which says why not, as safetensors does not
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}); see whether it is there and may be read."
        ) from error
    try:
        with safe_open(path, "pt") as file:
            metadata = json.loads((file.metadata() or {})["brushwork"])
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
        state: dict[str, Any] = _filled(metadata["skeleton"], tensors)
        there = dict(metadata["about"])
    except (SafetensorError, OSError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise UserError(f"{path} is not a whole Brushwork checkpoint ({error}); {RESTORE}") from error
    if there != (wanted := json.loads(json.dumps(dict(about)))):
        unlike = sorted(key for key in there.keys() | wanted.keys() if there.get(key) != wanted.get(key))
        named = ", ".join(f"{key} {there.get(key, 'unsaid')} in place of {wanted.get(key, 'none')}" for key in unlike)
        raise UserError(f"{path} is of another training ({named}); {RESTORE}")
    return state


def _skeleton(value: Any, key: str, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, Tensor):
        tensors[key or "value"] = value.detach().cpu().contiguous().clone()
        return {"tensor": key or "value"}
    if isinstance(value, Mapping):
        return {"dict": [[k, _skeleton(v, f"{key}/{k}", tensors)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return {"list": [_skeleton(v, f"{key}/{i}", tensors) for i, v in enumerate(value)]}
    if value is None or isinstance(value, bool | int | float | str):
        return {"value": value}
    raise TypeError(f"{key}: {type(value).__name__} has no place in a checkpoint")


def _filled(skeleton: Any, tensors: Mapping[str, Tensor]) -> Any:
    ((kind, value),) = skeleton.items()
    if kind == "tensor":
        return tensors[value]
    if kind == "dict":
        return {k: _filled(v, tensors) for k, v in value}
    if kind == "list":
        return [_filled(v, tensors) for v in value]
    return value
