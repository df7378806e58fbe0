"""One process of a group, for test_processes.py: `python -m tests.group_member WHAT FOLDER`."""

import signal
import sys
import time
import weakref
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
from torch import nn

from brushwork import processes
from brushwork.errors import UserError
from brushwork.norm import BatchNorm


def agree(_: Path) -> None:
    """Rows come back in order, sums are sums, rank 0's weights and numbers reach all, one speaks."""
    rank, size = processes.rank(), processes.size()
    for count in (0, 1, 4, 7):
        whole = np.arange(count * 3, dtype=np.float32).reshape(count, 3)
        assert np.array_equal(processes.gathered(whole[rank::size], count), whole)
        assert processes.shard(range(count)) == list(range(count))[rank::size]
    tensors = [torch.full((2, 3), float(rank + 1)), torch.tensor(10.0 * rank)]
    processes.all_sum_(tensors)
    assert torch.equal(tensors[0], torch.full((2, 3), size * (size + 1) / 2))
    assert tensors[1] == 10 * size * (size - 1) / 2
    module = nn.BatchNorm2d(4)
    nn.init.constant_(module.weight, rank + 5)
    assert module.num_batches_tracked is not None
    module.num_batches_tracked.fill_(rank + 3)
    processes.broadcast_(module)
    assert torch.equal(module.weight, torch.full((4,), 5.0))
    assert module.num_batches_tracked == 3
    assert processes.first(rank + 0.1) == 0.1
    processes.say("one voice")


def normalise(_: Path) -> None:
    """Batch norm over uneven shards is torch's over the whole batch: outputs, statistics and all gradients."""
    torch.manual_seed(0)
    pictures = torch.randn(5, 4, 3, 2) * torch.tensor([1.0, 0.1, 10, 1]).view(4, 1, 1) + 3
    wanted, found = nn.BatchNorm2d(4), BatchNorm(4)
    wanted.weight.data.uniform_(0.5, 2)
    found.load_state_dict(wanted.state_dict())
    own = slice(processes.rank(), None, processes.size())
    whole, part = pictures.clone().requires_grad_(), pictures[own].clone().requires_grad_()
    expected, got = wanted(whole), found(part)
    scale = torch.randn(5, 4, 3, 2)
    (expected.sin() * scale).sum().backward()
    (got.sin() * scale[own]).sum().backward()
    processes.all_sum_([found.weight.grad, found.bias.grad])  # type: ignore[list-item]
    assert whole.grad is not None
    assert part.grad is not None
    pairs = [(got, expected[own]), (part.grad, whole.grad[own])]
    pairs += [(a.grad, b.grad) for a, b in zip(found.parameters(), wanted.parameters(), strict=True)]
    pairs += list(zip(found.state_dict().values(), wanted.state_dict().values(), strict=True))
    for a, b in pairs:
        assert torch.allclose(a.double(), b.double(), rtol=1e-4, atol=1e-4), (a, b)


def optimise(_: Path) -> None:
    """One step of Adam, whose first use imports all of torch that can hold on to the group."""
    layer = nn.Linear(2, 1)
    layer(torch.ones(1, 2)).sum().backward()
    torch.optim.Adam(layer.parameters()).step()


def bad_user(_: Path) -> None:
    """Rank 1 has something to say to the user while the others wait for it."""
    if processes.rank() == 1:
        raise UserError("the disk is full")
    processes.barrier()


def all_bad(_: Path) -> None:
    """Every rank meets the same error."""
    raise UserError("no such collection")


def bug(_: Path) -> None:
    """Rank 1 has a bug."""
    if processes.rank() == 1:
        raise ZeroDivisionError("a bug")
    processes.barrier()


def work(folder: Path) -> None:
    """Steps without end, after a first checkpoint."""
    processes.standing("the checkpoint of step 7 stands")
    for step in range(100_000):
        processes.barrier()
        if step == 20:
            (folder / f"rank-{processes.rank()}").touch()
        time.sleep(0.01)


def sleep(folder: Path) -> None:
    """Rank 0 computes by itself for long, in Python, while it is told to end."""
    (folder / f"rank-{processes.rank()}").touch()
    time.sleep(600)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with processes.group(torch.device("cpu")):
            joined = weakref.ref(dist.group.WORLD)
            globals()[sys.argv[1]](Path(sys.argv[2]))
        assert joined() is None, "its threads would outlive Python, which aborts"
    except UserError as error:
        print(f"brushwork: {error}", file=sys.stderr)
        sys.exit(2)
