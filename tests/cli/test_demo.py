"""The demo runs the commands a user would, and goes on where it was."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from brushwork.checkpoint import CHECKPOINT, load_state
from brushwork.collection import Collection
from brushwork.generator.networks import checkpoint_about
from brushwork.run import Run


def test_ctrl_c_lets_trainings_save(schools: Collection, tmp_path: Path) -> None:
    runs = [Run(tmp_path / "one"), Run(tmp_path / "other")]
    command = (
        f"train gan {schools.folder} --preset dcgan-torch --size 32 --width 4 --batch 8 --sheets 1 --kimg 1000".split()
    )
    commands = [[*command, "--out", str(run.folder)] for run in runs]
    program = f"from brushwork.cli.demo import _together\n_together({commands!r}, False)"
    with subprocess.Popen([sys.executable, "-c", program], stderr=-1, text=True, start_new_session=True) as process:
        while process.poll() is None and not all(run.records() for run in runs):
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        assert process.stderr
        assert process.stderr.read().count("stopped and saved after") == 2
    for run in runs:
        assert load_state(run.folder / CHECKPOINT, checkpoint_about(run))["step"] > 0


@pytest.mark.slow
def test_the_quick_demo_ends_in_an_exhibit_and_repeats_in_no_time(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "brushwork", "demo", "--quick", "--no-open"]
    first = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    page = tmp_path / "demo" / "exhibit" / "index.html"
    assert str(page) in first.stdout
    assert 'href="generated.html"' in page.read_text()
    assert "what the classifier looks at" in (page.parent / "generated.html").read_text()
    weights = {p: p.stat().st_mtime_ns for p in (tmp_path / "demo" / "runs").rglob("*.safetensors")}
    models = {p.parent.relative_to(tmp_path / "demo" / "runs").as_posix() for p in weights if p.stem == "model"}
    assert models == {"scratch", "scratch-32", "scratch/evaluation/random"}
    assert len({p.parent for p in weights}) == 3 + 4  # and two generators a school
    found = json.loads((tmp_path / "demo" / "runs" / "scratch" / "evaluation.json").read_text())
    assert {table["protocol"] for table in found["tables"] if table["rows"]} == {"random", "artist"}
    assert "The headline is the column of artists never seen" in first.stdout
    (tmp_path / "demo" / "runs" / "scratch" / "results.json").unlink()  # as if it had been cut short at the end
    subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    again = {p: p.stat().st_mtime_ns for p in weights}
    changed = {p.parent.name for p in weights if again[p] != weights[p]}
    assert changed == {"scratch"}
