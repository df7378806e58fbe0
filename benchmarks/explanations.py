"""Print what maps cost beside a forward pass and beside other libraries, and how far their results are from ours.

Needs the `bench` extra (`make .venv-explain/installed`). Counted operations do not depend on the machine; times are the
least of several, taken by turns, and given as ratios of the same run. `--slow` adds Score-CAM and Ablation-CAM of
pytorch-grad-cam, which take minutes, and the memory of ours.
"""

import argparse
import contextlib
import io
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Mapping

import numpy as np
import pytorch_grad_cam as pgc
import timm
import torch
from captum.attr import LayerGradCam
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from brushwork.explain import attribute, attribute_layers

QUICK = ("evidence", "cam", "grad-cam", "grad-cam++", "hirescam", "layercam", "xgrad-cam", "eigen-cam", "ablation-cam")
PEERS = {
    "grad-cam": pgc.GradCAM,
    "hirescam": pgc.HiResCAM,
    "xgrad-cam": pgc.XGradCAM,
    "layercam": pgc.LayerCAM,
    "grad-cam++": pgc.GradCAMPlusPlus,
    "eigen-cam": pgc.EigenCAM,
}
SLOW_PEERS = {"ablation-cam": pgc.AblationCAM, "score-cam": pgc.ScoreCAM}
Work = Callable[[], object]


def least_seconds(works: Mapping[str, Work], rounds: int) -> dict[str, float]:
    """The least time of each, measured by turns so that a busy moment falls on all."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - began)
    return {name: min(values) for name, values in times.items()}


def operations(work: Work) -> int:
    """Counted floating-point operations of convolutions and matrix products."""
    with FlopCounterMode(display=False) as counter:
        work()
    return int(counter.get_total_flops())


def shown(maps: Tensor, size: tuple[int, int]) -> np.ndarray:
    """Maps (B, h, w) cut off at zero, stretched to 0..1, enlarged and stretched again, as pytorch-grad-cam does."""
    positive = F.relu(maps)
    for step in (True, False):
        positive = positive - positive.amin((1, 2), keepdim=True)
        positive = positive / (1e-7 + positive.amax((1, 2), keepdim=True))
        if step:
            positive = F.interpolate(positive[:, None], size, mode="bilinear", align_corners=False)[:, 0]
    return positive.numpy()


def theirs(kind: type, model: nn.Module, layer: nn.Module, x: Tensor, target: int) -> np.ndarray:
    """The map by pytorch-grad-cam, made anew as a user does, without its progress bars."""
    with contextlib.redirect_stderr(io.StringIO()), kind(model=model, target_layers=[layer]) as cam:
        return np.asarray(cam(input_tensor=x, targets=[ClassifierOutputTarget(target)] * len(x)))


def agreement(model: nn.Module, x: Tensor, kinds: Mapping[str, type]) -> None:
    """How far each method is from pytorch-grad-cam's after the same stretching, and Grad-CAM from Captum's."""
    layer = model.get_submodule("layer4")
    with torch.no_grad():
        target = int(model(x)[0].argmax())
    captum = LayerGradCam(model, layer).attribute(x, target=target).detach()[:, 0]
    ours = attribute(model, x, "grad-cam", target, "layer4").maps
    print(
        f"  {'grad-cam':14s} {float((ours - captum).abs().max() / captum.abs().max()):.1e} of the largest, from Captum"
    )
    for method, kind in kinds.items():
        ours = attribute(model, x, method, target, "layer4").maps
        apart = float(np.abs(shown(ours, (x.shape[2], x.shape[3])) - theirs(kind, model, layer, x, target)).max())
        print(f"  {method:14s} {apart:.1e} from pytorch-grad-cam")


def costs(name: str, rounds: int) -> None:
    """Operations and times of one picture of 224 pixels, beside a forward pass and pytorch-grad-cam."""
    model, x = trunk(name), torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    layer = model.get_submodule("layer4")

    def forward() -> object:
        with torch.no_grad():
            return model(x)

    layers = ["layer1", "layer2", "layer3", "layer4"]
    ours: dict[str, Work] = {m: lambda m=m: attribute(model, x, m, (0, 1), "layer4") for m in QUICK}  # type: ignore[misc]
    ours["layercam, all layers"] = lambda: attribute_layers(model, x, "layercam", layers, 0)
    peers: dict[str, Work] = {m: lambda kind=kind: theirs(kind, model, layer, x, 0) for m, kind in PEERS.items()}  # type: ignore[misc]
    print(f"{name}, a picture of 224 x 224 pixels, {torch.get_num_threads()} threads; times a forward pass")
    print(f"  {'':22s} operations   time   pytorch-grad-cam: operations   time   times ours")
    base = operations(forward)
    times = least_seconds({"forward": forward} | ours | {f"peer {m}": work for m, work in peers.items()}, rounds)
    one = times["forward"]
    for method, work in ours.items():
        line = f"  {method:22s} {operations(work) / base:10.3f} {times[method] / one:6.2f}"
        if method in peers:
            peer = times[f"peer {method}"]
            line += f"{operations(peers[method]) / base:30.2f} {peer / one:6.2f} {peer / times[method]:12.1f}"
        print(line)


def slow_costs(name: str) -> None:
    """Ablation-CAM and Score-CAM against pytorch-grad-cam's, and the memory that Score-CAM takes."""
    model, x = trunk(name), torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    for method, kind in SLOW_PEERS.items():
        works: dict[str, Work] = {
            "ours": lambda m=method: attribute(model, x, m, 0, "layer4"),  # type: ignore[misc]
            "peer": lambda kind=kind: theirs(kind, model, model.get_submodule("layer4"), x, 0),  # type: ignore[misc]
        }
        times = least_seconds(works, 1 if method == "score-cam" else 2)
        print(f"{name} {method}: {times['ours']:.2f} s, pytorch-grad-cam {times['peer']:.1f} s, "
              f"{times['peer'] / times['ours']:.1f} times ours")  # fmt: skip


def trunk(name: str) -> nn.Module:
    """A network of timm with random weights and two classes, its batch norms having seen noise."""
    torch.manual_seed(0)
    model: nn.Module = timm.create_model(name, num_classes=2)
    model.train()
    with torch.no_grad():
        for _ in range(3):
            model(torch.randn(8, 3, 96, 96))
    return model.eval()


def memory_of_score_cam(name: str) -> None:
    """Print how many megabytes the process has at most during Score-CAM of one picture, Python, torch and network included."""
    torch.manual_seed(0)
    model, x = timm.create_model(name, num_classes=2).eval(), torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        model(x)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    maps = attribute(model, x, "score-cam", 0).maps
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{name} score-cam, {model.num_features} channels, map {tuple(maps.shape[1:])}: at most {after / 1024:.0f} MB in all, "
          f"{(after - before) / 1024:.0f} MB more than a forward pass")  # fmt: skip


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--memory", metavar="NAME", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    warnings.filterwarnings("ignore")
    if asked.memory:
        memory_of_score_cam(asked.memory)
        return
    for name in ("resnet18", "resnet50"):
        costs(name, asked.rounds)
    print("largest difference of resnet18's maps of four pictures, layer4")
    agreement(trunk("resnet18"), torch.randn(4, 3, 224, 224), PEERS)
    if asked.slow:
        slow_costs("resnet18")
        agreement(trunk("resnet18"), torch.randn(1, 3, 224, 224), SLOW_PEERS)
        sys.stdout.flush()
        for name in ("resnet50", "mobilenetv2_100", "convnext_tiny", "vit_small_patch16_224"):
            subprocess.run([sys.executable, __file__, "--memory", name], env=os.environ, check=True)


if __name__ == "__main__":
    main()
