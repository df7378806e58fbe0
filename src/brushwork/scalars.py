"""Numbers of a training for TensorBoard, beside the log that every run has."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from brushwork.errors import UserError
from brushwork.processes import is_writer
from brushwork.run import Run

Also = Callable[[int, Mapping[str, float]], None]


@contextmanager
def tensorboard_scalars(run: Run, wanted: bool) -> Iterator[Also | None]:
    """A function that writes a step's numbers to `RUN/tensorboard`, or None where that is not wanted.

    What an earlier process wrote of steps that are done again no longer counts. Raises `UserError` where TensorBoard is missing.
    """
    if not wanted or not is_writer():
        yield None
        return
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UserError(
            "--tensorboard was given but TensorBoard is not installed; `pip install 'brushwork[tensorboard]'`, or leave it out."
        ) from error
    writer: SummaryWriter | None = None

    def write(step: int, numbers: Mapping[str, float]) -> None:
        nonlocal writer
        if writer is None:
            writer = SummaryWriter(str(run.folder / "tensorboard"), purge_step=step)
        for name, number in numbers.items():
            writer.add_scalar(name, number, step)
        writer.flush()

    try:
        yield write
    finally:
        if writer is not None:
            writer.close()
