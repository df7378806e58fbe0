"""From one process to many: `torchrun` starts the ranks, and a training in them is one training; alone, all is free."""

import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import torch
import torch.distributed as dist
import torch.distributed.nn  # before any group: its functions' defaults would keep one, whose threads outlive Python
from torch import Tensor, nn

from brushwork import progress
from brushwork.errors import UserError
from brushwork.heartbeat import TERMINATED, BrokenError, Heartbeat

Item = TypeVar("Item")
Number = TypeVar("Number", bound=np.generic)

TIMEOUT = timedelta(
    hours=12
)  # of a collective, for the writer may be long at work; a death is noticed by its heartbeat


def started_by_torchrun() -> bool:
    """Whether the environment says that this is one of several processes."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def rank() -> int:
    """This process's place in the group, 0 when it is alone."""
    return _watch.own if _watch else 0


def size() -> int:
    """How many processes the group has, 1 when there is none."""
    return _watch.count if _watch else 1


def is_writer() -> bool:
    """Whether this process writes and speaks: rank 0, or one alone; true to the environment outside `group` as well."""
    return not started_by_torchrun() or os.environ.get("RANK", "0") == "0"


def say(text: str) -> None:
    """One line to the user, from the writer alone."""
    if is_writer():
        progress.say(text)


def shard(items: Sequence[Item]) -> list[Item]:
    """The items of this process: every `size()`-th from the `rank()`-th."""
    return list(items[rank() :: size()])


def own_rows(rows: Tensor) -> Tensor:
    """The rows of this process: every `size()`-th from the `rank()`-th, as `shard` has it."""
    return rows[rank() :: size()] if size() > 1 else rows


def gathered(rows: npt.NDArray[Number], count: int) -> npt.NDArray[Number]:
    """All `count` rows (count, ...) in order, from every process's rows (n, ...) of its `shard`; all must call it."""
    if size() == 1:
        return rows
    each = -(-count // size())
    own = torch.zeros((each, *rows.shape[1:]), dtype=torch.from_numpy(rows).dtype)
    own[: len(rows)] = torch.from_numpy(rows)
    with _collective():
        sent = own.to(_wire())
        parts = [torch.empty_like(sent) for _ in range(size())]
        dist.all_gather(parts, sent)
        joined = torch.stack(parts, 1).cpu().reshape(each * size(), *rows.shape[1:])[:count]
    return np.asarray(joined.numpy(), rows.dtype)


def all_sum_(tensors: Iterable[Tensor]) -> None:
    """Replace every tensor by its sum over all processes, in one message; they must be of one dtype."""
    if size() == 1:
        return
    kept = list(tensors)
    with torch.no_grad():
        flat = torch.cat([tensor.reshape(-1) for tensor in kept])
        with _collective():
            wire = flat.to(_wire())
            dist.all_reduce(wire)
        for tensor, total in zip(kept, wire.to(flat.device).split([t.numel() for t in kept]), strict=True):
            tensor.copy_(total.view(tensor.shape))


def broadcast_(module: nn.Module) -> None:
    """Give every process rank 0's parameters and buffers."""
    if size() == 1:
        return
    with torch.no_grad(), _collective():
        for tensor in module.state_dict().values():
            sent = tensor.to(_wire(), copy=True).contiguous()
            dist.broadcast(sent, 0)
            tensor.copy_(sent)


def first(number: float) -> float:
    """Rank 0's number, on every process."""
    return float(gathered(np.array([number], np.float64), size())[0])


def barrier() -> None:
    """Wait until every process is here."""
    first(0.0)


def standing(text: str) -> None:
    """What the group's last words say of what was saved, such as `the checkpoint of step 10 stands`."""
    if _watch:
        _watch.standing = text


@contextmanager
def group(device: torch.device) -> Iterator[None]:
    """Join the processes that `torchrun` started, NCCL for CUDA and gloo elsewhere; alone, or within one, do nothing.

    Whatever ends one process inside ends all: raises `GroupError` in the one that has it to say, and `SystemExit` in
    the others. A process ends inside only when all have come to the end.
    """
    global _watch
    if not started_by_torchrun() or _watch:
        yield
        return
    watch = _watch = _join(device)
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED)) if main else None
    well = False
    try:
        yield
        barrier()
        well = True
    except BaseException as error:
        if main:  # torchrun ends the survivors by this signal, and they have yet to say why
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        last = watch.last_words(error)
        if last is error:
            raise
        raise last from error
    finally:
        watch.stop()
        _watch = None
        if main:
            signal.signal(signal.SIGTERM, before)
        if well or device.type != "cuda":  # NCCL would wait here for those who are gone
            dist.destroy_process_group()


@contextmanager
def _collective() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise BrokenError(str(error)) from error


def _wire() -> torch.device:
    """The device that the group's backend sends from."""
    assert _watch is not None
    return _watch.wire


def _join(device: torch.device) -> Heartbeat:
    missing = [name for name in ("RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT") if name not in os.environ]
    if missing:
        raise UserError(
            f"WORLD_SIZE is {os.environ['WORLD_SIZE']} but {', '.join(missing)} is not set; start the processes with "
            "`torchrun --nproc-per-node N -m brushwork ...`, or unset WORLD_SIZE."
        )
    own, count = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
    address = os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"])
    cuda = device.type == "cuda"
    try:
        dist.init_process_group("nccl" if cuda else "gloo", timeout=TIMEOUT, device_id=device if cuda else None)
        # A connection of its own: a beat must not wait for what the backend asks of the store.
        store = dist.TCPStore(  # type: ignore[attr-defined]
            *address, is_master=False, wait_for_workers=False, timeout=timedelta(seconds=10)
        )
        return Heartbeat(store, own, count, device if cuda else torch.device("cpu"))
    except (RuntimeError, ValueError) as error:
        said = str(error).splitlines()[0][:120]
        raise UserError(
            f"rank {own} of {count} could not meet the others at {address[0]}:{address[1]} ({said}); see that all "
            "machines reach that address and that the same `torchrun` runs on each."
        ) from error


_watch: Heartbeat | None = None
