"""The demo runs the commands a user would, and goes on where it was."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


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
