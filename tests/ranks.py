"""Starts the processes of a group as `torchrun` would, for tests."""

import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start_ranks(module: str, *arguments: object, count: int = 2) -> list[subprocess.Popen[str]]:
    """Rank 0 to `count` - 1 of `python -m module arguments`, their outputs piped."""
    port = free_port()
    common = {"WORLD_SIZE": count, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": 1}
    return [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-m", module, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, **{k: str(v) for k, v in common.items()}, "RANK": str(r), "LOCAL_RANK": str(r)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for r in range(count)
    ]


def ended(ranks: Sequence[subprocess.Popen[str]], seconds: float = 600) -> list[tuple[int, str]]:
    """Exit status and errors of every rank, waited for; none is left running."""
    try:
        return [(rank.returncode, errors) for rank in ranks for _, errors in [rank.communicate(timeout=seconds)]]
    finally:
        for rank in ranks:
            rank.kill()
