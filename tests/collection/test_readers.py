"""Whoever reads, the bytes are the same; a reader that dies costs only its shard, and a deadly picture only itself."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from brushwork.collection.readers import read_shards
from brushwork.collection.shards import Reading, read_facts
from brushwork.collection.sources.entry import Entry
from brushwork.collection.sources.files import file_bytes, file_stamp
from brushwork.errors import UserError
from brushwork.painting import Painting
from tests.conftest import encoded, noise_picture

READING = Reading(32, seconds=2)


def dies_once(path: Path, marker: Path) -> bytes:
    """The file's bytes, but the first reader ever is killed."""
    if not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return file_bytes(path)


def always_dies(_: Path) -> bytes:
    """A decoder with a fault."""
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


def hangs(_: Path) -> bytes:
    """A decoder that never ends."""
    time.sleep(600)
    return b""


@pytest.fixture
def shards(tmp_path: Path) -> dict[int, list[Entry]]:
    """Four shards of three pictures."""
    found: dict[int, list[Entry]] = {}
    for number in range(12):
        path = tmp_path / f"{number:02d}.png"
        path.write_bytes(encoded(noise_picture(number)))
        entry = Entry(Painting(path.name, path.name), partial(file_bytes, path), file_stamp(path))
        found.setdefault(number // 3, []).append(entry)
    return found


def written(shards: dict[int, list[Entry]], out: Path, workers: int = 0, cluster: str = "") -> dict[str, bytes]:
    out.mkdir()
    read_shards(shards, out, READING, workers, cluster, "reading")
    return {path.name: path.read_bytes() for path in out.glob("[0-9]*")}  # not what killed readers left aside


def test_processes_write_the_same_bytes_as_this_one(shards: dict[int, list[Entry]], tmp_path: Path) -> None:
    here = written(shards, tmp_path / "here")
    assert len(here) == 8
    assert written(shards, tmp_path / "two", workers=2) == here


@pytest.mark.slow
def test_a_killed_worker_costs_only_its_shard(shards: dict[int, list[Entry]], tmp_path: Path) -> None:
    here = written(shards, tmp_path / "here")
    first = shards[1][1]
    path = tmp_path / first.painting.file
    shards[1][1] = Entry(first.painting, partial(dies_once, path, tmp_path / "marker"), first.stamp)
    assert written(shards, tmp_path / "two", workers=2) == here


@pytest.mark.slow
@pytest.mark.parametrize("deadly", [always_dies, hangs])
def test_a_picture_that_ends_every_reader_is_left_out_alone(
    deadly: Callable[[Path], bytes], shards: dict[int, list[Entry]], tmp_path: Path
) -> None:
    victim = shards[2][0]
    shards[2][0] = Entry(victim.painting, partial(deadly, tmp_path), victim.stamp)
    written(shards, tmp_path / "two", workers=2)
    reasons = {facts.id: facts.reason for facts in read_facts(tmp_path / "two").values()}
    assert len(reasons) == 12
    assert {name for name, reason in reasons.items() if reason} == {victim.painting.id}
    assert reasons[victim.painting.id].startswith("reading it ended its reader")


@pytest.fixture
def dask_cluster() -> Iterator[str]:
    """The address of a Dask cluster of two separate processes."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of Dask's own
def test_a_dask_cluster_writes_the_same_bytes_and_survives_a_killed_worker(
    dask_cluster: str, shards: dict[int, list[Entry]], tmp_path: Path
) -> None:
    here = written(shards, tmp_path / "here")
    assert written(shards, tmp_path / "cluster", cluster=dask_cluster) == here
    first = shards[1][1]
    path = tmp_path / first.painting.file
    shards[1][1] = Entry(first.painting, partial(dies_once, path, tmp_path / "marker"), first.stamp)
    assert written(shards, tmp_path / "killed", cluster=dask_cluster) == here
    assert (tmp_path / "marker").exists()


@pytest.mark.filterwarnings("default")  # of Dask's own
def test_a_cluster_that_does_not_answer_is_said_so(
    shards: dict[int, list[Entry]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRUSHWORK_CLUSTER_TIMEOUT", "1s")
    with pytest.raises(UserError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        written(shards, tmp_path / "out", cluster="tcp://127.0.0.1:9")


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of Dask's own
def test_workers_with_threads_are_refused(shards: dict[int, list[Entry]], tmp_path: Path) -> None:
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster,
        pytest.raises(UserError, match="has 2 threads; start workers with `dask worker --nthreads 1`"),
    ):
        written(shards, tmp_path / "out", cluster=cluster.scheduler_address)


def test_readers_that_cannot_start_end_the_work(
    shards: dict[int, list[Entry]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(ThreadPoolExecutor):
        def submit(self, *_: object, **__: object) -> Future[Any]:
            failed: Future[Any] = Future()
            failed.set_exception(BrokenProcessPool("ended at once"))
            return failed

    monkeypatch.setattr("brushwork.collection.readers.ProcessPoolExecutor", lambda *_, **__: Broken(1))
    with pytest.raises(UserError, match="end as soon as they start"):
        written(shards, tmp_path / "out", workers=2)
