"""Progress and messages: bars on a terminal, plain lines elsewhere; results alone go to standard output."""

import os
import sys
from collections.abc import Callable, Mapping

from tqdm import tqdm


def say(text: str) -> None:
    """One line to the user, kept out of standard output, which is for results."""
    tqdm.write(text, file=sys.stderr)


class progress:  # noqa: N801 (reads as a verb: `with progress(...)`)
    """A progress bar on a terminal, a plain line every tenth elsewhere."""

    def __init__(self, total: int, label: str, start: int = 0) -> None:
        self.total, self.label, self.said = total, label, start * 10 // max(total, 1)
        self.terminal = sys.stderr.isatty()
        place = int(os.environ.get("BRUSHWORK_BAR", "0"))  # the line of the bar, when commands run side by side
        self.bar = tqdm(
            total=total, initial=start, desc=label, disable=not self.terminal, file=sys.stderr, position=place
        )

    def __enter__(self) -> Callable[..., None]:
        return self.advance

    def advance(self, done: int, numbers: Mapping[str, float] | None = None) -> None:
        """Say that `done` of the total are done."""
        text = "  ".join(f"{name} {value:.3g}" for name, value in (numbers or {}).items())
        if self.terminal:
            self.bar.set_postfix_str(text, refresh=False)
            self.bar.update(done - self.bar.n)
        elif done * 10 // max(self.total, 1) > self.said or done == self.total:
            self.said = done * 10 // max(self.total, 1)
            print(f"{self.label}: {done}/{self.total}  {text}".rstrip(), file=sys.stderr, flush=True)

    def __exit__(self, *_: object) -> None:
        self.bar.close()
