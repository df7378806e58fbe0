"""Several processes agree, one speaks, and when one ends, all end and its name is said once; alone, nothing happens."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist

from brushwork import processes
from brushwork.errors import UserError
from brushwork.norm import BatchNorm
from tests.ranks import ROOT, ended, start_ranks

MEMBER = "tests.group_member"
CPU = torch.device("cpu")


def wait_for(folder: Path, count: int = 2, seconds: float = 600) -> None:
    """Wait until `count` ranks have said that they are at work."""
    deadline = time.monotonic() + seconds
    while len(list(folder.iterdir())) < count:
        assert time.monotonic() < deadline, "the ranks did not begin"
        time.sleep(0.05)


def test_alone_all_is_free_and_no_group_begins() -> None:
    with processes.group(CPU):
        assert not dist.is_initialized()
        assert (processes.rank(), processes.size(), processes.is_writer()) == (0, 1, True)
        rows = np.arange(3.0)
        assert processes.gathered(rows, 3) is rows
        assert processes.shard("abc") == ["a", "b", "c"]
        tensor = torch.ones(2)
        processes.all_sum_([tensor])
        assert tensor.sum() == 2
        processes.barrier()


def test_an_error_alone_stays_as_it_is() -> None:
    with pytest.raises(UserError, match=r"^just so$"), processes.group(CPU):
        raise UserError("just so")


def test_half_an_environment_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "4")
    for name in ("RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError, match="RANK, LOCAL_RANK, MASTER_ADDR, MASTER_PORT is not set"), processes.group(CPU):
        pass


def test_only_rank_0_writes_and_speaks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        processes.say(f"from {rank}")
    assert capsys.readouterr().err == "from 0\n"


def test_batch_norm_alone_is_torchs_to_the_bit() -> None:
    torch.manual_seed(0)
    pictures = torch.randn(4, 3, 5, 5)
    wanted, found = torch.nn.BatchNorm2d(3), BatchNorm(3)
    assert torch.equal(found(pictures), wanted(pictures))
    assert list(found.state_dict()) == list(wanted.state_dict())
    assert all(
        torch.equal(a, b) for a, b in zip(found.state_dict().values(), wanted.state_dict().values(), strict=True)
    )


@pytest.mark.slow
@pytest.mark.parametrize("what", ["agree", "normalise", "optimise"])
def test_two_processes_agree(tmp_path: Path, what: str) -> None:
    results = ended(start_ranks(MEMBER, what, tmp_path))
    assert [status for status, _ in results] == [0, 0], results
    assert "".join(errors for _, errors in results).count("one voice") == (what == "agree")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("bad_user", "brushwork: rank 1 of 2: the disk is full"),
        ("all_bad", "of 2: no such collection"),
        ("bug", "(in rank 1 of 2; nothing was saved yet, so the same command begins afresh)"),
    ],
)
def test_an_error_in_one_process_ends_all_and_is_said_once(tmp_path: Path, what: str, said: str) -> None:
    results = ended(start_ranks(MEMBER, what, tmp_path))
    assert all(status != 0 for status, _ in results), results
    assert "".join(errors for _, errors in results).count(said) == 1, results
    assert sum(1 for _, errors in results if errors) == 1, results


@pytest.mark.slow
@pytest.mark.parametrize("lost", [0, 1])
def test_a_killed_process_is_named_by_the_other_within_seconds(tmp_path: Path, lost: int) -> None:
    ranks = start_ranks(MEMBER, "work", tmp_path)
    wait_for(tmp_path)
    ranks[lost].send_signal(signal.SIGKILL)
    began = time.monotonic()
    results = ended(ranks, 30)
    assert time.monotonic() - began < 20
    status, errors = results[1 - lost]
    assert status == 2, results
    assert f"rank {lost} of 2 was lost" in errors
    assert "the checkpoint of step 7 stands" in errors


@pytest.mark.slow
def test_told_to_end_no_process_blames_another(tmp_path: Path) -> None:
    ranks = start_ranks(MEMBER, "sleep", tmp_path)
    wait_for(tmp_path)
    # One after the other, rank 0 last: it keeps the store here, which under torchrun outlives them all.
    for rank in reversed(ranks):
        rank.send_signal(signal.SIGTERM)
        rank.wait(30)
    assert ended(ranks, 30) == [(143, ""), (143, "")]


@pytest.mark.slow
def test_torchrun_ends_the_others_but_the_lost_rank_is_still_named(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    run = subprocess.Popen(
        [*command, "-m", MEMBER, "work", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(tmp_path)
        import psutil

        (second,) = [c for c in psutil.Process(run.pid).children() if c.environ().get("RANK") == "1"]
        second.kill()
        _, errors = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode != 0
    assert "brushwork: rank 1 of 2 was lost" in errors
    assert "the checkpoint of step 7 stands" in errors
