"""Scripts that are for another machine, or for a long evening, run here at toy size."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def printed(*arguments: object) -> str:
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_script_for_a_gpu_runs_at_toy_size(tmp_path: Path) -> None:
    chosen = ["dcgan-torch", "wgan-gp-paper", "stylegan2"]
    script = ["benchmarks/gpu/generators.py", "--toy", "--device", "cpu", "--out", tmp_path, "--presets", *chosen]
    said = printed(*script)
    told = json.loads((tmp_path / "generators.json").read_text())
    assert told["device"] == "CPU"
    found = told["presets"]
    for name in chosen:
        assert name in said
        assert found[name]["ratio"] == pytest.approx(found[name]["ours"] / found[name]["eager"])
        assert found[name]["flops"] > 0


@pytest.mark.slow
def test_a_training_killed_at_an_instant_ends_in_the_same_bits() -> None:
    said = printed(
        "benchmarks/generator_kills.py", "--kills", 1, "--presets", "stylegan2", "wgan-gp-tuned"
    ).splitlines()
    assert len(said) == 2
    assert all("1 of 1 bit-identical" in line for line in said)
