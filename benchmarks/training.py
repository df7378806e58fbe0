"""Print how fast a learned trunk is trained, and to what result, beside a plain torchvision and timm script.

`python benchmarks/training.py COLLECTION WEIGHTS [PASSES]`: the plain script is written in the usual way: JPEG files in
folders, `RandomResizedCrop(224)`, mirroring, a `DataLoader` with two workers, `timm.create_model`, AdamW, all weights
learned; it is given the paintings as the collection keeps them, so that it decodes small files, in its favour. Ours are
`--preset transfer --passes PASSES` on squares of the same size, and the preset as it is, whose trunk is read once and
whose head is fitted. All three learn from the same paintings, in the same run, two threads; the result is the balanced
accuracy on the collection's test artists. The rate is pictures shown over seconds of training: of the preset as it is,
which is shown every painting once, of fine-tuning, and of both together.
"""

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import timm
import torch
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from brushwork.classifier.data import detail_of, pooled_features
from brushwork.classifier.frozen import frozen_features
from brushwork.classifier.head import fit_head, plain_head, set_head
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.parts import Split, single_split
from brushwork.classifier.task import ClassifierTask
from brushwork.classifier.train import RECIPES
from brushwork.classifier.trunks import transfer_trunk
from brushwork.collection import Collection, open_collection

SIDE, BATCH = 224, 32
CPU = torch.device("cpu")


def plain(parts: Split, collection: Collection, weights: Path, passes: float) -> tuple[float, float, int]:
    """Seconds of training, balanced accuracy and pictures shown, of the usual script."""
    normalise = transforms.Normalize((0.5,) * 3, (0.5,) * 3)
    crop = transforms.RandomResizedCrop(SIDE, scale=(0.25, 1), antialias=True)
    learn = transforms.Compose([crop, transforms.RandomHorizontalFlip(), transforms.ToTensor(), normalise])
    judge = transforms.Compose(
        [transforms.Resize(256, antialias=True), transforms.CenterCrop(SIDE), transforms.ToTensor(), normalise]
    )
    with tempfile.TemporaryDirectory() as scratch:
        for use, paintings in (("train", parts.train + parts.validation), ("test", parts.test)):
            for painting in paintings:
                folder = Path(scratch, use, painting.style)
                folder.mkdir(parents=True, exist_ok=True)
                collection.picture(painting).save(folder / f"{painting.sha256[:16]}.jpg", quality=90)
        model = timm.create_model("mobilenetv2_100", num_classes=len(collection.styles), pad_type="same")
        told = load_file(weights)
        model.load_state_dict({k: v.float() for k, v in told.items() if not k.startswith("classifier")}, strict=False)
        adam = torch.optim.AdamW(model.parameters(), 1e-4)
        shown, total = 0, round(passes * len(parts.train + parts.validation))
        loader: Any = DataLoader(
            datasets.ImageFolder(Path(scratch, "train"), learn), BATCH, shuffle=True, num_workers=2, drop_last=True
        )
        counts = np.bincount([label for _, label in loader.dataset.samples])
        loss = nn.CrossEntropyLoss(torch.tensor(len(loader.dataset) / counts / len(counts), dtype=torch.float32))
        began = time.perf_counter()
        while shown < total:
            for pictures, labels in loader:
                # The weights came with batch norm folded: statistics must stay (see their own description).
                model.eval()
                adam.zero_grad()
                loss(model(pictures), labels).backward()
                adam.step()
                shown += len(pictures)
                if shown >= total:
                    break
        seconds = time.perf_counter() - began
        model.eval()
        right: dict[int, list[float]] = {}
        with torch.inference_mode():
            for pictures, labels in DataLoader(datasets.ImageFolder(Path(scratch, "test"), judge), BATCH):
                for guess, label in zip(model(pictures).argmax(1).tolist(), labels.tolist(), strict=True):
                    right.setdefault(label, []).append(guess == label)
    return seconds, float(np.mean([np.mean(v) for v in right.values()])), shown


def ours(parts: Split, collection: Collection, weights: Path, passes: float) -> tuple[float, float, float, float, int]:
    """Seconds and balanced accuracy of the preset as it is, then of so many passes of fine-tuning after it."""
    recipe = replace(RECIPES["transfer"], passes=passes, crop=SIDE, batch=BATCH)
    model = StyleClassifier(
        transfer_trunk(recipe.backbone, weights), collection.styles, recipe.short_side, detail_of(collection)
    ).eval()
    known = parts.train + parts.validation
    began = time.perf_counter()
    features = frozen_features(model, _nothing_kept(collection), known, CPU)
    set_head(model, fit_head(features, known, collection.styles, 0).head)
    head_seconds = time.perf_counter() - began
    head = _accuracy(model, collection, parts)
    task = ClassifierTask(model, collection, Split(known, [], []), recipe, 0, CPU)
    began = time.perf_counter()
    for k in range(task.steps):
        task.step(k)
    task.finish()
    features = pooled_features(model, collection, known, CPU)
    set_head(model, plain_head(features, known, collection.styles))
    seconds = time.perf_counter() - began
    return head_seconds, head, seconds, _accuracy(model, collection, parts), task.steps * BATCH


def _nothing_kept(collection: Collection) -> Collection:
    """The collection without what was kept of earlier readings: its pictures alone, in a folder of their own."""
    folder = Path(tempfile.mkdtemp())
    for item in collection.folder.iterdir():
        if item.name != "features":
            (folder / item.name).symlink_to(item.resolve())
    return open_collection(folder)


def _accuracy(model: StyleClassifier, collection: Collection, parts: Split) -> float:
    from brushwork.classifier.data import scores_of

    guess = scores_of(model.eval(), collection, parts.test, CPU).argmax(1)
    truth = np.array([collection.styles.index(p.style) for p in parts.test])
    return float(np.mean([(guess == truth)[truth == style].mean() for style in np.unique(truth)]))


def main(folder: Path, weights: Path, passes: float = 1.0) -> None:
    """Print the table."""
    torch.set_num_threads(2)
    collection = open_collection(folder)
    parts = single_split(collection, "artist", 0)
    seconds, accuracy, shown = plain(parts, collection, weights, passes)
    head_seconds, head, tuned_seconds, tuned, tuned_shown = ours(parts, collection, weights, passes)
    usual = shown / seconds
    print(f"plain script         {usual:7.1f} pictures/s          balanced accuracy {accuracy:.3f}, {seconds:.0f} s")
    known, total = len(parts.train + parts.validation), head_seconds + tuned_seconds
    rate = known / head_seconds
    print(
        f"ours, head alone     {rate:7.1f} pictures/s  x{rate / usual:4.2f}  balanced accuracy {head:.3f}, {head_seconds:.0f} s: "
        f"each of {known} read once, and no more is needed"
    )
    rate, whole = tuned_shown / tuned_seconds, tuned_shown / total
    print(
        f"ours, fine-tuning    {rate:7.1f} pictures/s  x{rate / usual:4.2f}  balanced accuracy {tuned:.3f}, {total:.0f} s with "
        f"the head before it: {whole:.1f} pictures/s, x{whole / usual:4.2f}"
    )


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), Path(sys.argv[2]), *map(float, sys.argv[3:]))
