"""The first Ctrl-C is noted, the second one is what it always was, and afterwards nothing is left of either."""

import signal
import threading

import pytest

from brushwork.interruption import interruptions


def test_the_first_is_noted_and_the_second_ends_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGINT)
    with interruptions() as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted()
        assert "Ctrl-C again ends at once" in capsys.readouterr().err
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_where_it_is_ignored_it_still_is() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptions() as interrupted:
            signal.raise_signal(signal.SIGINT)
            assert not interrupted()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("several", [False, True])
def test_a_thread_and_one_of_several_processes_leave_it_as_it_is(
    several: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []

    def within() -> None:
        with interruptions() as interrupted:
            seen.append((signal.getsignal(signal.SIGINT), interrupted()))

    if several:
        monkeypatch.setenv("WORLD_SIZE", "2")
        within()
    else:
        thread = threading.Thread(target=within)
        thread.start()
        thread.join()
    assert seen == [(before, False)]
