"""Ctrl-C in a training ends it between two steps, with everything saved; a second one ends it at once."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from brushwork.processes import say, started_by_torchrun


@contextmanager
def interruptions() -> Iterator[Callable[[], bool]]:
    """Gives a function that says whether Ctrl-C was pressed; pressed once more it is a `KeyboardInterrupt` as ever.

    Of several processes, and outside the main thread, the first one is that already; where it is ignored, as in the
    background, it still is.
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
        say("Stopping after this step, to save it; press Ctrl-C again to stop without.")

    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: pressed
    finally:
        signal.signal(signal.SIGINT, before)
