"""Progress and messages: bars on a terminal, plain lines elsewhere; results alone go to standard output."""

import os
import sys
import time
from collections.abc import Callable, Mapping

from tqdm import tqdm

EARLY = 30.0  # seconds after which something is said in any case


def say(text: str) -> None:
    """One line to the user, kept out of standard output, which is for results."""
    tqdm.write(text, file=sys.stderr)


def in_minutes(seconds: float) -> str:
    """A time such as `40 s`, `3 min` or `2 h 5 min`."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


class progress:  # noqa: N801 (reads as a verb: `with progress(...)`)
    """A progress bar on a terminal, elsewhere a plain line every tenth and one after half a minute, with the time left.

    If asked, with paintings a second.
    """

    def __init__(self, total: int, label: str, start: int = 0, paintings: int = 0) -> None:
        """`paintings` is how many are dealt with in one of the total, 0 where that says nothing."""
        self.total, self.label, self.said, self.silent = total, label, start * 10 // max(total, 1), True
        self.text = ""
        self.start, self.began, self.paintings = start, time.monotonic(), paintings
        self.terminal = sys.stderr.isatty()
        place = int(os.environ.get("BRUSHWORK_BAR", "0"))  # the line of the bar, when commands run side by side
        self.bar = tqdm(
            total=total, initial=start, desc=label, disable=not self.terminal, file=sys.stderr, position=place
        )

    def __enter__(self) -> Callable[..., None]:
        return self.advance

    def advance(self, done: int, numbers: Mapping[str, float] | None = None) -> None:
        """Say that `done` of the total are done, with numbers or those of the last time."""
        if numbers is not None:
            self.text = "  ".join(f"{name} {value:.3g}" for name, value in numbers.items())
        spent = max(time.monotonic() - self.began, 1e-6)
        rate, text = (done - self.start) / spent, self.text
        if self.paintings:
            text = f"{rate * self.paintings:.3g} paintings/s  {text}"
        if self.terminal:
            self.bar.set_postfix_str(text, refresh=False)
            self.bar.update(done - self.bar.n)
        elif done * 10 // max(self.total, 1) > self.said or done == self.total or (self.silent and spent > EARLY):
            self.said, self.silent = done * 10 // max(self.total, 1), False
            left = (self.total - done) / rate if rate else 0.0
            text = f"{in_minutes(left)} left  {text}" if done < self.total and left >= 1 else text
            print(f"{self.label}: {done}/{self.total}  {text}".rstrip(), file=sys.stderr, flush=True)

    def __exit__(self, *_: object) -> None:
        self.bar.close()
