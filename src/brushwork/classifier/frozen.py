"""What a frozen trunk sees in each painting: computed once, kept beside the collection by what the pictures contain."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from brushwork.classifier.data import pooled_features
from brushwork.classifier.model import StyleClassifier
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.processes import barrier, gathered, is_writer, say, size
from brushwork.run import write_atomically

Features = npt.NDArray[np.float32]


def frozen_features(
    model: StyleClassifier, collection: Collection, paintings: Sequence[Painting], device: torch.device
) -> Features:
    """The trunk's averaged activations (N, C) of whole canvases, before any centring.

    Kept in the collection's folder under a name that follows from the trunk's weights and the preprocessing, a row for
    every distinct content of pixels; only what is missing is computed. Where the folder cannot be written, nothing is
    kept. In a group the work is shared: all processes must call it.
    """
    path = collection.folder / "features" / f"{_trunk_digest(model)}.safetensors"
    kept = _read(path)
    wanted = {content(painting): painting for painting in paintings}
    missing = {key: painting for key, painting in wanted.items() if key not in kept}
    counts = gathered(np.array([len(missing)]), size())  # and nobody writes before all have read
    if counts.min() != counts.max():  # machines with folders of their own; the work is shared out alike all the same
        missing = wanted
    if missing:
        say(f"reading {len(missing)} paintings with {model.architecture}; kept for the next time")
        model = model.to(memory_format=torch.channels_last)  # a third faster on a CPU
        rows = pooled_features(model, collection, list(missing.values()), device)
        rows = rows + model.centre.mean.cpu().numpy()
        kept |= dict(zip(missing, rows, strict=True))
        if is_writer():
            _write(path, kept)
        barrier()  # nobody asks again before all is written
    return np.stack([kept[content(painting)] for painting in paintings])


def content(painting: Painting) -> str:
    """What stands for the painting's pixels as they are kept: file, size and checksum."""
    return f"{painting.sha256[:24]}-{painting.width}x{painting.height}-{painting.crc32:08x}"


def _trunk_digest(model: StyleClassifier) -> str:
    """Sixteen hexadecimal digits of the trunk's weights, of how pictures reach it and of where it is read."""
    read = (model.architecture, model.options, model.preprocessing, model.reads, model.head.in_features)
    digest = hashlib.sha256(repr(read).encode())
    for name, tensor in sorted(model.trunk.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _read(path: Path) -> dict[str, Features]:
    try:
        with safe_open(path, "numpy") as file:
            keys: list[str] = json.loads((file.metadata() or {})["pictures"])
            return dict(zip(keys, file.get_tensor("features"), strict=True))
    except (SafetensorError, OSError, KeyError, ValueError):  # not there, or damaged: computed again
        return {}


def _write(path: Path, kept: dict[str, Features]) -> None:
    data = save({"features": np.stack(list(kept.values()))}, {"pictures": json.dumps(list(kept))})
    try:
        write_atomically(path, data)
    except UserError as error:
        say(f"what the trunk saw is not kept for the next time: {error}")
