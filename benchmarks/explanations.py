"""Print how our Grad-CAM and evidence map compare with Captum's Grad-CAM in result and in time (the `bench` extra)."""

import time
from collections.abc import Callable

import timm
import torch
from captum.attr import LayerGradCam

from brushwork.explain import attribute

REPEATS = 5


def seconds(work: Callable[[], object]) -> float:
    """The fastest of a few runs."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times)


def main() -> None:
    """Print the table."""
    torch.manual_seed(0)
    model = timm.create_model("resnet18", num_classes=2).eval()
    x = torch.randn(4, 3, 224, 224)
    peer = LayerGradCam(model, model.layer4)
    theirs = peer.attribute(x, target=0)[:, 0]
    ours = attribute(model, x, "grad-cam", target=0, layer="layer4").maps
    print(f"largest difference from Captum's LayerGradCam: {float((ours - theirs.detach()).abs().max()):.1e}")

    def forward() -> object:
        with torch.no_grad():
            return model(x)

    base = seconds(forward)
    works: dict[str, Callable[[], object]] = {
        "captum LayerGradCam": lambda: peer.attribute(x, target=0),
        "brushwork grad-cam": lambda: attribute(model, x, "grad-cam", target=0, layer="layer4"),
        "brushwork evidence": lambda: attribute(model, x, "evidence", target=(0, 1), layer="layer4"),
    }
    for name, work in works.items():
        print(f"{name:24s} {seconds(work) / base:.2f} x a forward pass (resnet18, 224 px, batch 4)")


if __name__ == "__main__":
    main()
