"""The script for a GPU runs here at toy size, and its numbers belong together."""

import json
from pathlib import Path

import pytest

from tests.benchmarks.printing import printed


@pytest.mark.slow
def test_the_script_for_a_gpu_runs_at_toy_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = ["dcgan-torch", "wgan-gp-paper", "stylegan2"]
    script = ["benchmarks/gpu/generators.py", "--toy", "--device", "cpu", "--out", tmp_path, "--presets", *chosen]
    monkeypatch.setenv("TORCH_COMPILE_DISABLE", "1")  # which would take minutes; all else about it is done
    said = printed(*script, "--compiled")
    told = json.loads((tmp_path / "generators.json").read_text())
    assert told["device"] == "CPU"
    found = told["presets"]
    for name in chosen:
        assert name in said
        assert found[name]["ratio"] == pytest.approx(found[name]["ours"] / found[name]["eager"])
        assert found[name]["flops"] > 0
        assert found[name]["compiled"] > 0
