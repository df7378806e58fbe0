"""All randomness comes from one seed through named streams, so that a restart changes nothing."""

import hashlib

import numpy as np


def stream_seed(seed: int, *names: str | int) -> int:
    """A 63-bit seed that depends on the run's seed and on the names alone."""
    text = "\x1f".join([str(seed), *map(str, names)])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """The random stream of these names: `stream(seed, "sampler", step)` is the same in every process."""
    return np.random.default_rng(stream_seed(seed, *names))
