"""What the trunk of a classifier makes of pictures, as a space in which a generator's are measured."""

from functools import partial
from pathlib import Path

import torch

from brushwork.classifier.model import fingerprint, load_model
from brushwork.exhibit.seeing import pooled_of_pixels
from brushwork.generator.features import Features
from brushwork.run import load_run


def trunk_features(folder: Path, collection: str, device: torch.device | str = "cpu") -> Features:
    """The features of a classifier's run that its head weighs; `collection` is the fingerprint of the generator's own.

    Pictures are brought to the size at which the classifier judges. Raises `UserError` when the run has no classifier.
    """
    run = load_run(folder, "classifier", "folds")
    model = load_model(folder, device)
    same = run.settings["collection"] == collection
    where = (
        "the same collection that the generator learned from, so that it knows the paintings of the floor"
        if same
        else "another collection than the generator"
    )
    about = (
        f"the trunk of {folder.name} ({model.architecture}), taught to tell {', '.join(model.styles)} on {where}; it had no part "
        "in training the generator"
    )
    name = f"trunk of {folder.name}, trained to tell {len(model.styles)} styles"
    return Features(name, partial(pooled_of_pixels, model), about, known_as=fingerprint(folder))
