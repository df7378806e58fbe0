"""Print what deletion, insertion and ROAD cost beside Quantus and torch-cam, and how far results are apart.

Needs the `bench` extra (`make .venv-explain/installed`). All on the same pictures, maps and network (timm, random weights), in
one run. torch-cam's deletion and insertion are right, so they must agree with ours. Quantus' ROAD raises an IndexError for any
picture in colour (version 0.6), so its own steps are taken here one by one, with the pixels' places in place of the colours':
imputation picture by picture, then the network on all. Both remove the same pixels; ours in both orders, theirs in one.
"""

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
import quantus
import timm
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchcam.metrics import DeletionInsertionMetric

from brushwork.classifier.folding import folded
from brushwork.classifier.threads import in_threads
from brushwork.explain import curves
from brushwork.explain.road import imputed

STEPS = 20


def pictures_and_maps(count: int) -> tuple[Tensor, Tensor]:
    """Smooth coloured noise (N, 3, 224, 224) and maps (N, 224, 224), the same every time."""
    choose = torch.Generator().manual_seed(0)
    coarse = torch.randn(count, 3, 28, 28, generator=choose)
    fine = 0.3 * torch.randn(count, 3, 224, 224, generator=choose)
    maps = F.interpolate(torch.randn(count, 1, 7, 7, generator=choose), (224, 224), mode="bilinear")[:, 0]
    return F.interpolate(coarse, (224, 224), mode="bicubic") + fine, maps


def ours(model: nn.Module, pictures: Tensor, maps: Tensor, what: str) -> list[tuple[float, float]]:
    """Deletion and insertion on black, or ROAD, of every picture by as many threads as torch uses."""

    def one(own: nn.Module, k: int) -> tuple[float, float]:
        picture = pictures[k : k + 1]
        told = curves.told_by(own, lambda output: output.softmax(1)[:, 0])
        end = curves.ends(told, picture)
        end = curves.Ends(picture, end.empty, end.empty, end.told[[0, 2, 2]])  # torch-cam begins insertion with nothing
        ranked = curves.ranks(maps[k], 0)
        if what == "road":
            found = curves.road(told, end, ranked, 0)
            return found.combined, found.abpc
        removed = curves.removal(told, end, ranked, STEPS)
        return removed.deletion, removed.insertion

    return list(in_threads(folded(model, pictures[:1]), range(len(pictures)), one))


class Given:
    """What torch-cam asks of an extractor, giving maps that are there already."""

    def __init__(self, model: nn.Module, maps: Tensor) -> None:
        self.model, self.maps = model, maps

    def __call__(self, *_: object, **__: object) -> list[Tensor]:
        """The maps, whatever the class."""
        return [self.maps]

    def fuse_cams(self, cams: list[Tensor]) -> Tensor:
        """There is one layer."""
        return cams[0]

    def _hooks_off(self) -> torch.no_grad:
        return torch.no_grad()


def by_torchcam(model: nn.Module, pictures: Tensor, maps: Tensor) -> dict[str, float]:
    """Its deletion and insertion areas, means over the pictures."""
    metric = DeletionInsertionMetric(Given(model, maps), lambda output: output.softmax(1), steps=STEPS)
    metric.update(pictures, 0)
    return dict(metric.summary())


def by_quantus_road(model: nn.Module, pictures: Tensor, maps: Tensor) -> list[float]:
    """The probability of the first class as `ROAD.evaluate_batch` takes the most important pixels away, mean by level."""
    order = np.argsort(-maps.flatten(1).numpy(), axis=1)
    told = []
    for level in curves.LEVELS:
        filled = np.stack(
            [
                quantus.functions.perturb_func.noisy_linear_imputation(arr=picture, indices=own, noise=0.01)
                for picture, own in zip(pictures.numpy(), order[:, : int(order.shape[1] * level)], strict=True)
            ]
        )
        with torch.no_grad():
            told.append(float(model(torch.from_numpy(filled).float()).softmax(1)[:, 0].mean()))
    return told


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """Seconds and result."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def compared(name: str, pictures: Tensor, maps: Tensor, road: int) -> None:
    """Print times and results of one network."""
    torch.manual_seed(0)
    model = timm.create_model(name, num_classes=2).eval()
    mine, found = timed(lambda: ours(model, pictures, maps, "removal"))
    theirs, told = timed(lambda: by_torchcam(model, pictures, maps))
    deletion, insertion = np.mean(np.array(found), 0)
    print(
        f"{name}, {len(pictures)} pictures, deletion and insertion in {STEPS} steps: {mine:.1f} s, torch-cam {theirs:.1f} s,"
    )
    print(f"  {theirs / mine:.1f} times ours; ours {deletion:.5f} {insertion:.5f}, theirs {told}")
    few = slice(road)
    mine, _ = timed(lambda: ours(model, pictures[few], maps[few], "road"))
    theirs, _ = timed(lambda: by_quantus_road(model, pictures[few], maps[few]))
    print(
        f"{name}, {few.stop} pictures, ROAD in 9 levels: {mine:.1f} s for both orders, Quantus {theirs:.1f} s for one,"
    )
    print(f"  {theirs / mine:.1f} times ours, {2 * theirs / mine:.1f} if theirs did both", flush=True)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=100)
    parser.add_argument("--road", type=int, default=100, help="Of these, pictures of ROAD.")
    parser.add_argument("--networks", nargs="+", default=["resnet18", "mobilenetv2_100"])
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    pictures, maps = pictures_and_maps(asked.pictures)
    for name in asked.networks:
        compared(name, pictures, maps, asked.road)
    missing = curves.taken(curves.ranks(maps[0], 0), 0.5)
    solved = quantus.functions.perturb_func.noisy_linear_imputation(
        pictures[0].numpy(), missing.flatten().nonzero()[:, 0].numpy(), noise=0.0
    )
    apart = np.abs(imputed(pictures[:1], missing[None, None], 1e-6)[0].numpy() - solved).max()
    print(f"largest difference of half a picture filled, from Quantus' sparse solver: {apart:.1e}")


if __name__ == "__main__":
    main()
