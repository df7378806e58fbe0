"""Plain lines say how far it is, how fast it goes and how long it takes yet."""

import pytest

from brushwork.progress import in_minutes, progress


def test_times_are_said_in_the_largest_unit_that_says_something() -> None:
    assert [in_minutes(s) for s in (40, 89, 90, 600, 5300, 7500)] == [
        "40 s",
        "89 s",
        "2 min",
        "10 min",
        "88 min",
        "2 h 5 min",
    ]


def test_a_line_has_the_pace_and_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([100.0, 110.0, 200.0])
    monkeypatch.setattr("brushwork.progress.time.monotonic", lambda: next(clock))
    with progress(100, "training", start=10, paintings=32) as advance:
        advance(20, {"loss": 0.5})  # ten steps in ten seconds
        advance(100, {"loss": 0.25})
    first, last = capsys.readouterr().err.splitlines()
    assert first == "training: 20/100  80 s left  32 paintings/s  loss 0.5"
    assert last == "training: 100/100  28.8 paintings/s  loss 0.25"


def test_what_takes_long_says_so_soon_and_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = iter([0.0, 10.0, 40.0, 60.0])
    monkeypatch.setattr("brushwork.progress.time.monotonic", lambda: next(clock))
    with progress(1000, "training", paintings=32) as advance:
        for done in (1, 4, 6):
            advance(done)
    assert capsys.readouterr().err == "training: 4/1000  2 h 46 min left  3.2 paintings/s\n"
