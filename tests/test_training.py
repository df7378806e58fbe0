"""The loop resumes to the very bit, refuses foreign checkpoints and stops at a number that is not finite."""

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from brushwork import training as module
from brushwork.checkpoint import CHECKPOINT, load_state
from brushwork.errors import UserError
from brushwork.run import Run, open_run
from brushwork.training import begin_run, choose_device, fit

ABOUT = {"kind": "toy", "preset": "a"}


class Toy:
    """A linear regression with Adam, whose k-th step depends on k alone; it can fail at a step, or Ctrl-C be pressed."""

    def __init__(self, fail_at: int | None = None, nan_at: int | None = None, pressed_at: int | None = None) -> None:
        torch.manual_seed(0)
        self.model = nn.Linear(3, 1)
        self.adam = torch.optim.Adam(self.model.parameters(), 0.1)
        self.fail_at, self.nan_at, self.pressed_at = fail_at, nan_at, pressed_at

    def step(self, k: int) -> Mapping[str, Tensor]:
        if k == self.fail_at:
            raise KeyboardInterrupt
        if k == self.pressed_at:
            signal.raise_signal(signal.SIGINT)
        x = torch.randn(4, 3, generator=torch.Generator().manual_seed(k))
        loss = (self.model(x)[:, 0] - x.sum(1)).square().mean()
        self.adam.zero_grad()
        loss.backward()
        self.adam.step()
        return {"loss": loss.detach() * (float("nan") if k == self.nan_at else 1)}

    def look(self, k: int) -> Mapping[str, float]:
        return {"k": float(k)}

    def state(self) -> dict[str, Any]:
        return {"model": dict(self.model.state_dict()), "adam": self.adam.state_dict()}

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.adam.load_state_dict(state["adam"])


def run_toy(folder: Path, toy: Toy, log_every: int = 1) -> Run:
    run = open_run(folder, {"kind": "toy"})
    fit(run, toy, 20, ABOUT, checkpoint_every=5, log_every=log_every, label="toy")
    return run


@pytest.mark.parametrize("killed_at", [0, 3, 5, 12, 19])
def test_a_killed_run_ends_in_the_same_bits(tmp_path: Path, killed_at: int) -> None:
    whole = Toy()
    straight = run_toy(tmp_path / "whole", whole)
    with pytest.raises(KeyboardInterrupt):
        run_toy(tmp_path / "killed", Toy(fail_at=killed_at))
    again = Toy()
    resumed = run_toy(tmp_path / "killed", again)
    assert torch.equal(whole.model.weight, again.model.weight)
    strip = [{k: v for k, v in r.items() if k != "seconds"} for r in straight.records()]
    assert [{k: v for k, v in r.items() if k != "seconds"} for r in resumed.records()] == strip


@pytest.mark.parametrize("pressed_at", [0, 3, 4, 12, 19])
def test_ctrl_c_saves_the_step_and_the_run_ends_in_the_same_bits(
    tmp_path: Path, pressed_at: int, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, again = Toy(), Toy()
    run_toy(tmp_path / "whole", whole)
    with pytest.raises(KeyboardInterrupt):
        run_toy(tmp_path / "run", Toy(pressed_at=pressed_at))
    assert f"stopped and saved after {pressed_at + 1} of 20 steps" in capsys.readouterr().err
    assert load_state(tmp_path / "run" / CHECKPOINT, ABOUT)["step"] == pressed_at + 1
    run = run_toy(tmp_path / "run", again)
    assert torch.equal(whole.model.weight, again.model.weight)
    assert [record["step"] for record in run.records()] == list(range(1, 21))


def test_the_time_before_ctrl_c_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=iter(range(1000)).__next__))
    with pytest.raises(KeyboardInterrupt):
        run_toy(tmp_path / "run", Toy(pressed_at=12), log_every=10)
    stopped = Run(tmp_path / "run").records()[-1]
    run = run_toy(tmp_path / "run", Toy(), log_every=10)
    assert [record["step"] for record in run.records()] == [5, 10, 13, 15, 20]
    assert [record["seconds"] for record in run.records()][2:] == [stopped["seconds"] + more for more in (0, 1, 2)]


def test_ctrl_c_before_a_step_takes_none(tmp_path: Path) -> None:
    class Pressed(Toy):
        def restore(self, state: dict[str, Any]) -> None:
            super().restore(state)
            signal.raise_signal(signal.SIGINT)

    run_toy(tmp_path / "run", Toy())
    before = (tmp_path / "run" / CHECKPOINT).read_bytes()
    with pytest.raises(KeyboardInterrupt):
        run_toy(tmp_path / "run", Pressed())
    assert (tmp_path / "run" / CHECKPOINT).read_bytes() == before


def test_ctrl_c_saves_though_it_ended_what_read_the_words(tmp_path: Path) -> None:
    """As with `brushwork train … | tee log`, where Ctrl-C ends tee as well."""
    program = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent.parent)!r})\n"
        "from pathlib import Path\n"
        "from tests.test_training import Toy, run_toy\n"
        "class Read(Toy):\n"
        "    def step(self, k):\n"
        "        k == self.pressed_at and (print('here', flush=True), sys.stdin.readline())\n"
        "        return super().step(k)\n"
        f"run_toy(Path({str(tmp_path / 'run')!r}), Read(pressed_at=12))\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1, stderr=-1, text=True) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "here\n"
        process.stderr.close()
        process.stdin.write("go on\n")
        process.stdin.flush()
    assert load_state(tmp_path / "run" / CHECKPOINT, ABOUT)["step"] == 13


def test_ctrl_c_saves_no_weight_that_is_not_finite(tmp_path: Path) -> None:
    class Spoiled(Toy):
        def state(self) -> dict[str, Any]:
            return super().state() | ({"x": torch.tensor(float("nan"))} if self.adam.state_dict()["state"] else {})

    with pytest.raises(UserError, match="a weight is no longer a finite number"):
        run_toy(tmp_path / "run", Spoiled(pressed_at=2))
    assert not (tmp_path / "run" / CHECKPOINT).exists()


@pytest.mark.parametrize("damage", [b"", b"garbage", None])
def test_a_damaged_checkpoint_is_refused_and_not_overwritten(tmp_path: Path, damage: bytes | None) -> None:
    run = run_toy(tmp_path / "run", Toy())
    path = run.folder / CHECKPOINT
    path.write_bytes(path.read_bytes()[:-7] if damage is None else damage)
    before = path.read_bytes()
    with pytest.raises(UserError, match="not a whole Brushwork checkpoint"):
        run_toy(tmp_path / "run", Toy())
    assert path.read_bytes() == before


def test_a_number_that_is_not_finite_stops_the_run_at_the_last_good_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="stopped at step 13: loss is no longer a finite number"):
        run_toy(tmp_path / "run", Toy(nan_at=12))
    assert load_state(tmp_path / "run" / CHECKPOINT, ABOUT)["step"] == 10
    assert Run(tmp_path / "run").records()[-1]["step"] == 12


def test_a_weight_that_is_not_finite_never_replaces_a_good_checkpoint(tmp_path: Path) -> None:
    class Spoiled(Toy):
        def state(self) -> dict[str, Any]:
            return super().state() | (
                {"x": torch.tensor(float("nan"))} if self.adam.state_dict()["state"][0]["step"] == 15 else {}
            )

    with pytest.raises(UserError, match="a weight is no longer a finite number"):
        run_toy(tmp_path / "run", Spoiled())
    assert load_state(tmp_path / "run" / CHECKPOINT, ABOUT)["step"] == 10


def test_a_task_that_is_done_ends_early_and_stays_ended(tmp_path: Path) -> None:
    class Content(Toy):
        looked = 0

        def look(self, k: int) -> Mapping[str, float]:
            self.looked += 1
            return super().look(k)

        def done(self) -> str:
            return "it has looked twice" if self.looked >= 2 else ""

        def state(self) -> dict[str, Any]:
            return super().state() | {"looked": self.looked}

        def restore(self, state: dict[str, Any]) -> None:
            super().restore(state)
            self.looked = state["looked"]

    first, again = Content(), Content(fail_at=10)
    run_toy(tmp_path / "run", first)
    run = run_toy(tmp_path / "run", again)
    assert load_state(run.folder / CHECKPOINT, ABOUT)["step"] == 10
    assert run.records()[-1]["step"] == 10
    assert torch.equal(first.model.weight, again.model.weight)


def test_a_process_that_is_not_the_writer_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = begin_run(tmp_path / "run", {"kind": "toy"})
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "1")
    silent = Toy()
    fit(run, silent, 20, ABOUT, checkpoint_every=5, log_every=1, label="toy")
    assert sorted(path.name for path in run.folder.iterdir()) == ["settings.json"]
    assert capsys.readouterr() == ("", "")
    assert not torch.equal(silent.model.weight, Toy().model.weight)


def test_each_process_of_a_machine_has_its_own_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("auto") == torch.device("cuda")
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert choose_device("auto") == choose_device("cuda") == torch.device("cuda", 1)
    assert choose_device("cpu") == torch.device("cpu")
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(UserError, match="give torchrun --nproc-per-node 2"):
        choose_device("cuda")


def test_a_device_that_is_not_there_is_said_so() -> None:
    assert choose_device("cpu").type == "cpu"
    missing = next((d for d, there in (("cuda", torch.cuda.is_available()), ("mps", False)) if not there), "mps")
    with pytest.raises(UserError, match="use --device cpu"):
        choose_device(missing)
