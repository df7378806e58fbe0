"""Print how well a frozen trunk tells styles on artists never seen, by where it is read.

`python benchmarks/real_stages.py COLLECTION WEIGHTS [BACKBONE]`: the head that `brushwork train` fits, on averages of whole
canvases at 192 px, five artist-disjoint folds, seed 0; the same pictures for the last layer, for what the stages hand on
and for the layers that a trunk is read at (of a MobileNet the widened ones).
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from brushwork.classifier.calibration import softmax
from brushwork.classifier.data import pooled_features
from brushwork.classifier.frozen import Features, frozen_features
from brushwork.classifier.head import fit_head
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.parts import fold_splits
from brushwork.classifier.scores import Answers, Scores, scores
from brushwork.classifier.timm_trunks import TimmTrunk, _stages
from brushwork.classifier.trunks import transfer_trunk
from brushwork.collection import Collection, open_collection

CPU, SIDE, FOLDS = torch.device("cpu"), 192, 5


def features_of(collection: Collection, weights: Path, backbone: str) -> Iterator[tuple[str, Features]]:
    """Averages (N, C) over whole canvases, layer by layer and in one row for each painting."""
    trunk, paintings = transfer_trunk(backbone, weights), collection.paintings
    model = StyleClassifier(trunk, collection.styles, SIDE).eval()
    read = frozen_features(model, collection, paintings, CPU)
    yield "last layer", read[:, -trunk.last :]
    timm = trunk.network.get_submodule("model")
    network = TimmTrunk(timm, _stages(timm), 16)
    with torch.no_grad():
        channels = network.pooled(torch.zeros(1, 3, 64, 64)).shape[1]
    handing_on = StyleClassifier(replace(trunk, network=network, channels=channels), collection.styles, SIDE).eval()
    yield "stages", pooled_features(handing_on, collection, paintings, CPU)
    yield "layers as read", read


def reached(name: str, features: Features, collection: Collection) -> Scores:
    """The scores of the head on those features, every painting judged by a fold that knows not its artist."""
    places = {p.id: i for i, p in enumerate(collection.paintings)}
    judged, told = [], []
    for parts in fold_splits(collection, "artist", FOLDS, 0):
        known = parts.train + parts.validation
        head = fit_head(features[[places[p.id] for p in known]], known, collection.styles, 0).head
        told.append(softmax(head.scores(features[[places[p.id] for p in parts.test]])))
        judged += parts.test
    return scores(name, Answers(judged, np.concatenate(told)), collection.styles)


def main(folder: Path, weights: Path, backbone: str = "mobilenetv2_100") -> None:
    """Print the table."""
    collection = open_collection(folder)
    for name, features in features_of(collection, weights, backbone):
        found = reached(name, features, collection)
        numbers = f"balanced accuracy {found.balanced_accuracy}, AUC {found.auc}"
        print(f"{name:<15} {features.shape[1]:6,} channels: {numbers}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
