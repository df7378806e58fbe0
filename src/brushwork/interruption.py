"""Ctrl-C in a training ends it between two steps, with everything saved; a second one ends it at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from brushwork.processes import say, started_by_torchrun


@contextmanager
def interruptions() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether Ctrl-C was pressed; pressed once more it raises `KeyboardInterrupt` as ever.

    Under `torchrun` and outside the main thread the first one does; where it is ignored, as in the background, it still is.
    """
    before, pressed = signal.getsignal(signal.SIGINT), False
    alone = threading.current_thread() is threading.main_thread() and not started_by_torchrun()
    if not alone or before in (signal.SIG_IGN, None):
        yield lambda: False
        return

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        del number, frame
        pressed = True
        signal.signal(signal.SIGINT, before)
        with suppress(OSError, RuntimeError):  # nobody reads it any more, or something is just being said
            say(
                "Finishing this step and saving it. Ctrl-C again ends at once and loses what came after the last checkpoint."
            )

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)
