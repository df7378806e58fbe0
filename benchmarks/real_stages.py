"""Print how well a frozen trunk's last stage and all its stages tell styles on artists never seen.

`python benchmarks/real_stages.py COLLECTION WEIGHTS [BACKBONE]`: logistic regression on standardised averages of whole
canvases at 192 px, five artist-disjoint folds, seed 0; the same regression and the same pictures for both.
"""

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression

from brushwork.classifier.data import canvases, sampling_weights
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.scores import scores
from brushwork.classifier.trunks import transfer_trunk
from brushwork.collection import Collection, open_collection
from brushwork.collection.splits import artist_folds

Features = npt.NDArray[np.float64]


def features_of(collection: Collection, weights: Path, backbone: str) -> dict[str, Features]:
    """Averages over whole canvases: of the last stage as timm gives it, and of all stages with signs apart."""
    model = StyleClassifier(transfer_trunk(backbone, weights), collection.styles, 192).eval()
    met: list[torch.Tensor] = []
    last = model.get_submodule("trunk.model")
    plain = last.forward_features
    last.forward_features = lambda x: met.append(plain(x)) or met[-1]  # type: ignore[assignment, operator, func-returns-value]
    found: dict[str, list[tuple[list[int], Features]]] = {"last stage": [], "all stages": []}
    with torch.inference_mode():
        for places, pictures in canvases(collection, collection.paintings, model.preprocessing):
            found["all stages"].append((places, model.features(pictures).mean((2, 3)).double().numpy()))
            found["last stage"].append((places, met.pop().mean((2, 3)).double().numpy()))
    tables = {}
    for name, parts in found.items():
        tables[name] = np.zeros((len(collection.paintings), parts[0][1].shape[1]))
        for places, rows in parts:
            tables[name][places] = rows
    return tables


def main(folder: Path, weights: Path, backbone: str = "mobilenetv2_100") -> None:
    """Print the table."""
    collection = open_collection(folder)
    paintings = collection.paintings
    labels = np.array([collection.styles.index(p.style) for p in paintings])
    folds = [np.isin([p.id for p in paintings], fold) for fold in artist_folds(paintings, 5, 0)]
    for name, table in features_of(collection, weights, backbone).items():
        for strength in (0.001, 0.003):
            told = np.zeros((len(paintings), len(collection.styles)))
            for test in folds:
                mean, std = table[~test].mean(0), table[~test].std(0) + 1e-6
                own = [p for p, t in zip(paintings, test, strict=True) if not t]
                fitted = LogisticRegression(C=strength, max_iter=2000).fit(
                    (table[~test] - mean) / std, labels[~test], sample_weight=sampling_weights(own) * len(own)
                )
                told[test] = fitted.predict_proba((table[test] - mean) / std)
            result = scores(name, paintings, told, collection.styles)
            print(f"{name}, C {strength:g}: balanced accuracy {result.balanced_accuracy}, AUC {result.auc}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
