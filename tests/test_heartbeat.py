"""A heart stops before its process ends: a thread left in a call of the store would abort the interpreter."""

import threading
import time

import pytest
import torch
from torch._C._distributed_c10d import HashStore

from brushwork.heartbeat import Heartbeat


@pytest.mark.slow
def test_stopping_waits_for_a_store_that_is_slow_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = threading.Event()

    def slow(_self: Heartbeat, _beats: int) -> None:
        asked.set()
        time.sleep(7)

    monkeypatch.setattr(Heartbeat, "_listen", slow)
    heart = Heartbeat(HashStore(), 0, 1, torch.device("cpu"))
    assert asked.wait(5)
    heart.stop()
    assert not heart.thread.is_alive()
