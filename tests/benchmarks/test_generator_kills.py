"""The script that kills trainings finds them the same in the end."""

import pytest

from tests.benchmarks.printing import printed


@pytest.mark.slow
def test_a_training_killed_at_an_instant_ends_in_the_same_bits() -> None:
    (said,) = printed("benchmarks/generator_kills.py", "--kills", 1, "--presets", "wgan-gp-tuned").splitlines()
    assert "1 of 1 bit-identical" in said
