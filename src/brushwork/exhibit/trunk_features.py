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
    recipe, apart = run.settings["recipe"], "it had no part in training the generator"
    if recipe["preset"] == "transfer" and not recipe["passes"]:
        name = f"trunk of {folder.name}, as it came"
        about = (
            f"the trunk of {folder.name} ({model.architecture}), as it came, taught nothing of these paintings; {apart}"
        )
    else:
        where = (
            "the same collection that the generator learned from, so that it knows the paintings of the floor"
            if run.settings["collection"] == collection
            else "another collection than the generator's, which may hold the paintings of both sides as well"
        )
        name = f"trunk of {folder.name}, trained to tell {len(model.styles)} styles"
        about = f"the trunk of {folder.name} ({model.architecture}), taught to tell {', '.join(model.styles)} on {where}; {apart}"
    return Features(name, partial(pooled_of_pixels, model), about, known_as=fingerprint(folder))
