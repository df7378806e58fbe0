"""Print whether memory stays flat over ten thousand explanations, and that nothing is left on the model."""

import argparse
import gc

import psutil
import timm
import torch
from torch import nn

from brushwork.explain import METHODS, attribute_all

METHOD_NAMES = tuple(name for name, one in METHODS.items() if not one.costly)


def left_on(model: nn.Module) -> list[object]:
    """Everything of a model that an explanation must not change."""
    modules = list(model.modules())
    hooks = [len(m._forward_hooks) + len(m._forward_pre_hooks) + len(m._backward_hooks) for m in modules]
    return [*hooks, *(m.training for m in modules), *map(id, modules), *(len(vars(m)) for m in modules),
            *(p.grad is None and p.requires_grad for p in model.parameters()),
            *(float(p.detach().double().sum()) for p in model.state_dict().values())]  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--network", default="resnet18")
    asked = parser.parse_args()
    torch.manual_seed(0)
    model = timm.create_model(asked.network, num_classes=2).train()  # as a careless caller has it
    before, process, sizes = left_on(model), psutil.Process(), []
    for k in range(asked.count):
        picture = torch.randn(1, 3, 64, 64 + 32 * (k % 2))
        attribute_all(model, picture, METHOD_NAMES, k % 2)
        if (k + 1) % (asked.count // 10) == 0:
            gc.collect()
            sizes.append(process.memory_info().rss / 2**20)
            print(f"{k + 1:6d} pictures, {len(METHOD_NAMES)} methods each: {sizes[-1]:.1f} MB", flush=True)
    print(f"last over first: {sizes[-1] / sizes[0]:.4f}; the model is as it was: {left_on(model) == before}")


if __name__ == "__main__":
    main()
