"""Whether the other processes of a group are alive, and the last words of this one when one of them is not."""

import os
import socket
import sys
import threading
import time
from contextlib import suppress
from datetime import timedelta

import torch
from torch.distributed.distributed_c10d import PrefixStore, Store

from brushwork.errors import UserError

BEAT = 0.5  # seconds
LOST = 6  # beats missed: whose connection broke and who is silent so long has died
SILENT = 40  # beats missed: dead even if no collective noticed, as with NCCL or a machine without power
TERMINATED = 143  # the exit status of a process ended by SIGTERM


class GroupError(UserError):
    """One process of a group ended, so all do; the message names its rank."""


class BrokenError(RuntimeError):
    """A collective failed, which another rank's end explains, or nothing does."""


class Heartbeat:
    """Beats for this rank, listens for the others, and finds the last words when one is gone."""

    def __init__(self, store: Store, own: int, count: int, wire: torch.device) -> None:
        again = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")
        self.store, self.own, self.count, self.wire = PrefixStore(f"brushwork/{again}", store), own, count, wire
        self.standing = "nothing was saved yet, so the same command begins afresh"
        self.keys = [f"beat/{r}" for r in range(count)]
        self.missed, self.heard = [0] * count, [b"0"] * count
        self.store.set(f"host/{own}", socket.gethostname())
        self.store.set(self.keys[own], "0")
        self.store.wait(self.keys, timedelta(minutes=1))
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """End the beating, and wait for it: C++ aborts an interpreter that ends while a thread is in a call of the store."""
        self.stopped.set()
        self.thread.join(30)  # two calls of at most 10 seconds

    def _beat(self) -> None:
        beats = 0
        while not self.stopped.wait(BEAT):
            beats += 1
            self._listen(beats)
            gone = [r for r in range(self.count) if self.missed[r] > SILENT]
            if gone and not self.stopped.is_set():
                # The main thread waits in a collective that will not return: there is no other way out.
                words = self._of_lost([r for r in gone if not self._there(f"ended/{r}")])
                if words:
                    print(f"brushwork: {words}", file=sys.stderr, flush=True)
                os._exit(1)

    def _listen(self, beats: int) -> None:
        try:
            self.store.set(self.keys[self.own], str(beats))
            now = self.store.multi_get(self.keys)
        except RuntimeError:  # the store went with the process that kept it: rank 0 or its torchrun
            self.missed[0] += self.own != 0
            return
        for r in range(self.count):
            self.missed[r] = 0 if r == self.own or now[r] != self.heard[r] else self.missed[r] + 1
        self.heard = now

    def _there(self, key: str) -> bool:
        with suppress(RuntimeError):
            return bool(self.store.check([key]))
        return False

    def last_words(self, error: BaseException) -> BaseException:
        """The exception this rank ends with: its own error, named; another's, if nobody said it yet; or silence."""
        if isinstance(error, GroupError):
            return error
        terminated = isinstance(error, SystemExit) and error.code == TERMINATED
        if terminated:
            self._end()
        if (terminated or isinstance(error, BrokenError)) and (found := self._found()):
            self._end()
            return found
        self._end()
        if isinstance(error, KeyboardInterrupt | SystemExit):
            return error
        return self._own(error.__cause__ if isinstance(error, BrokenError) and error.__cause__ else error)

    def _found(self) -> BaseException | None:
        """What another rank's end makes of this one's; None when all are well, or ended because they were told to."""
        others = [r for r in range(self.count) if r != self.own]
        deadline = time.monotonic() + 3 * LOST * BEAT
        while time.monotonic() < deadline:
            ended = [r for r in others if self._there(f"ended/{r}")]
            lost = [r for r in others if self.missed[r] >= LOST and r not in ended]
            if lost or self._there("said"):
                words = self._of_lost(lost)
                return GroupError(words) if words else SystemExit(1)
            if len(ended) == len(others):
                return SystemExit(TERMINATED)
            time.sleep(BEAT / 5)
        return None

    def _own(self, error: BaseException) -> BaseException:
        """This rank's error with its name, or silence when another rank has said just this."""
        words = f"{type(error).__name__}: {error}"
        if not self._claimed("said", words):
            return SystemExit(2 if isinstance(error, UserError) else 1)
        if isinstance(error, UserError):
            return GroupError(f"rank {self.own} of {self.count}: {error}")
        error.add_note(f"(in rank {self.own} of {self.count}; {self.standing})")
        return error

    def _of_lost(self, lost: list[int]) -> str:
        """The sentence that names the lost ranks, empty when there are none or another rank says it."""
        if not lost or not self._claimed("said", f"lost {lost}", only_once=True):
            return ""
        named = ", ".join(f"rank {r} of {self.count}{self._host(r)}" for r in lost)
        was = "was" if len(lost) == 1 else "were"
        return f"{named} {was} lost (killed, out of memory, or the machine gone), so all ended; {self.standing}."

    def _host(self, other: int) -> str:
        with suppress(RuntimeError):
            host = self.store.get(f"host/{other}").decode()
            return f" on {host}" if host != socket.gethostname() else ""
        return ""

    def _claimed(self, key: str, words: str, only_once: bool = False) -> bool:
        """Whether to say `words`: nobody said anything, or (unless `only_once`) something else."""
        mine = f"{self.own} {words}"
        try:
            there = self.store.compare_set(key, "", mine).decode()
        except RuntimeError:
            return True
        return there == mine or (not only_once and there.partition(" ")[2] != words)

    def _end(self) -> None:
        """Tell the others that this rank ends by itself, so that none takes its silence for a death."""
        with suppress(RuntimeError):
            self.store.set(f"ended/{self.own}", "1")
