"""The one training loop; what is trained is a `Task`."""

import math
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import torch
from torch import Tensor

from brushwork import processes
from brushwork.checkpoint import CHECKPOINT, load_state, save_state
from brushwork.errors import UserError
from brushwork.interruption import interruptions
from brushwork.processes import barrier, is_writer, say
from brushwork.progress import progress
from brushwork.run import Run, held, open_run
from brushwork.scalars import Also

Batch = TypeVar("Batch")


class Task(Protocol):
    """Something that learns step by step; step k draws all its randomness from streams named by k."""

    def step(self, k: int) -> Mapping[str, Tensor]:
        """Do step k (counted from 0) and return scalars to log."""

    def state(self) -> dict[str, Any]:
        """Everything that the next step depends on: tensors and plain data, nested."""

    def restore(self, state: dict[str, Any]) -> None:
        """Take a state back."""

    def look(self, k: int) -> Mapping[str, float]:
        """Called after step k at every checkpoint: measure, draw samples; returns numbers to log."""


@runtime_checkable
class EndsEarly(Protocol):
    """A task that may have learned enough before its last step, the same on every process."""

    def done(self) -> str:
        """Why no further step is wanted, or nothing; asked after every checkpoint, and its answer depends on `state` alone."""


@runtime_checkable
class CountsPaintings(Protocol):
    """A task whose pace is told in paintings a second."""

    @property
    def paintings_per_step(self) -> int:
        """How many paintings it is shown in one step."""


class Ahead(Generic[Batch]):
    """Makes the batch of the next step while this one is computed; batch k is `make(k)` whenever it is made."""

    def __init__(self, make: Callable[[int], Batch]) -> None:
        self.make, self.waited = make, 0.0  # seconds that steps waited for their batch
        self.thread = ThreadPoolExecutor(1, "batches")
        self.coming: tuple[int, Future[Batch]] | None = None

    def batch(self, k: int) -> Batch:
        """Batch k, made already if batch k-1 was the last one asked for."""
        began = time.perf_counter()
        coming, self.coming = self.coming, None
        ready = coming[1].result() if coming and coming[0] == k else self.make(k)
        self.waited += time.perf_counter() - began
        self.coming = k + 1, self.thread.submit(self.make, k + 1)
        return ready


def choose_device(name: str) -> torch.device:
    """The device of that name; `auto` takes CUDA, then Apple's MPS, then the CPU; under `torchrun` each its own GPU.

    Raises `UserError` when this machine has no such device, or fewer GPUs than processes.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if (name == "cuda" and not torch.cuda.is_available()) or (name == "mps" and not torch.backends.mps.is_available()):
        raise UserError(f"--device {name} was given but this machine has none; use --device cpu.")
    if name != "cuda" or not processes.started_by_torchrun():
        return torch.device(name)
    place = int(os.environ.get("LOCAL_RANK", "0"))
    if place >= torch.cuda.device_count():
        raise UserError(
            f"process {place} of this machine has no GPU, for it has {torch.cuda.device_count()}; give torchrun "
            f"--nproc-per-node {torch.cuda.device_count()}, or use --device cpu."
        )
    return torch.device("cuda", place)


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """The number format of forward passes: `auto` is bfloat16 on CUDA and float32 elsewhere; `UserError` for other names."""
    formats = {"auto": torch.bfloat16 if device.type == "cuda" else torch.float32}
    formats |= {"bfloat16": torch.bfloat16, "float32": torch.float32}
    if name not in formats:
        raise UserError(f"the precision {name!r} is unknown; choose auto, bfloat16 or float32.")
    return formats[name]


def begin_run(folder: Path, settings: Mapping[str, Any]) -> Run:
    """`open_run` for every process of a group: the writer makes the run, the others find it made."""
    if is_writer():
        open_run(folder, settings)
    barrier()
    return open_run(folder, settings)


def fit(
    run: Run,
    task: Task,
    steps: int,
    about: Mapping[str, Any],
    checkpoint_every: int,
    log_every: int,
    label: str,
    also: Also | None = None,
) -> None:
    """Train `task` for `steps` steps, or until it is done, resuming from the run's checkpoint if it has one.

    In a group every process calls it, and only the writer logs (to `also` as well), saves and speaks. Raises `UserError`
    when a logged number is not finite, and the last good checkpoint stands; and when another process trains in this run.
    After Ctrl-C the step is finished and saved, then `KeyboardInterrupt` raised; in a group it is raised at once.
    """
    with held(run) if is_writer() else nullcontext(), interruptions() as interrupted:
        path = run.folder / CHECKPOINT
        done = saved = _resumed(run, task, steps, about, label)
        log = _logger(run, task, path, also)
        with progress(steps, label, done, _paintings(task)) if is_writer() else nullcontext(_silent) as advance:
            while done < steps and not interrupted() and not _is_done(task, done, steps, label):
                scalars, done = task.step(done), done + 1
                record: Mapping[str, float] | None = None
                checkpoint = done % checkpoint_every == 0 or done == steps
                if checkpoint or done % log_every == 0:
                    record = log(done, scalars, checkpoint)
                if checkpoint:
                    _save(run, task, done, about)
                    saved = done
                if not interrupted():  # then nothing is said, which may fail, before all is saved
                    advance(done, record)
        if interrupted():
            if saved < done:
                _check_weights(task, done, run, path)
                if done % log_every:  # else it was logged
                    log(done, scalars, False)
                _save(run, task, done, about)
            with suppress(OSError):  # where Ctrl-C has ended what read it
                say(f"{label}: stopped and saved after {done} of {steps} steps; the same command goes on from there.")
            raise KeyboardInterrupt


def _logger(
    run: Run, task: Task, path: Path, also: Also | None
) -> Callable[[int, Mapping[str, Tensor], bool], Mapping[str, float]]:
    """Logs what a step gave, and if asked what a look after it does; gives it back as numbers, all finite."""
    records, began = run.records(), time.monotonic()
    spent = records[-1].get("seconds", 0.0) if records else 0.0

    def log(done: int, scalars: Mapping[str, Tensor], look: bool) -> Mapping[str, float]:
        shown = {"kimg": done * _paintings(task) / 1000} if _paintings(task) else {}
        record = shown | {name: float(value) for name, value in scalars.items()}
        _check_finite(record, done, run, path)
        if look:
            _check_weights(task, done, run, path)  # before anything of them is saved
            record |= {name: float(value) for name, value in task.look(done - 1).items()}
            _check_finite(record, done, run, path)
        if is_writer():
            run.log({"step": done, "seconds": round(spent + time.monotonic() - began, 2)} | record)
            if also:
                also(done, record)
        return record

    return log


def _paintings(task: Task) -> int:
    """How many paintings a step shows, 0 where that says nothing."""
    return task.paintings_per_step if isinstance(task, CountsPaintings) else 0


def _resumed(run: Run, task: Task, steps: int, about: Mapping[str, Any], label: str) -> int:
    """The step to go on from, the task and the log brought back to it."""
    path, start = run.folder / CHECKPOINT, 0
    if path.exists():
        state = load_state(path, about)
        try:
            start = int(state["step"])
            task.restore(state["task"])
        except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise UserError(
                f"{path} does not fit this training ({str(error).splitlines()[0]}); delete that file to start this run afresh."
            ) from error
        for leftover in run.folder.glob(".*.tmp"):  # of a process that was killed while it wrote
            leftover.unlink(missing_ok=True)
        processes.standing(f"the checkpoint of step {start} stands, and the same command goes on from it")
    if (there := int(processes.first(start))) != start:
        raise UserError(
            f"this process finds step {start} in {path} and the first process finds step {there}; --out must lie on "
            "a disk that all machines share."
        )
    if is_writer() and (path.exists() or (run.folder / "log.jsonl").exists()):
        run.rewind_log(start)
    if 0 < start < steps:
        say(f"{label}: going on at step {start} of {steps}")
    return start


def _save(run: Run, task: Task, done: int, about: Mapping[str, Any]) -> None:
    path, state = run.folder / CHECKPOINT, task.state()
    if is_writer():
        save_state(path, {"step": done, "task": state}, about)
    barrier()
    processes.standing(f"the checkpoint of step {done} stands, and the same command goes on from it")


def _check_weights(task: Task, step: int, run: Run, path: Path) -> None:
    _check_finite({"a weight": float("nan")} if not _all_finite(task.state()) else {}, step, run, path)


def _is_done(task: Task, k: int, steps: int, label: str) -> bool:
    why = task.done() if isinstance(task, EndsEarly) else ""
    if why:
        say(f"{label}: done after {k} of {steps} steps, for {why}")
    return bool(why)


def _silent(done: int, numbers: Mapping[str, float] | None = None) -> None:
    """What `progress` is to the processes that do not speak."""


def _all_finite(state: Any) -> bool:
    """Whether every floating-point tensor in a nested state is finite; a NaN must not replace the last good checkpoint."""
    if isinstance(state, Tensor):
        return not state.is_floating_point() or bool(state.isfinite().all())
    if isinstance(state, Mapping):
        return all(_all_finite(value) for value in state.values())
    return all(_all_finite(value) for value in state) if isinstance(state, list | tuple) else True


def _check_finite(record: Mapping[str, float], step: int, run: Run, path: Path) -> None:
    bad = [name for name, value in record.items() if not math.isfinite(value)]
    if bad:
        last = f"the checkpoint of the last good step stands in {path}" if path.exists() else "nothing was saved yet"
        raise UserError(
            f"training in {run.folder} stopped at step {step}: {', '.join(bad)} is no longer a finite number; {last}. "
            "Try a lower learning rate or another seed in a new --out."
        )
