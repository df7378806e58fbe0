"""Who reads the shards: this process, spawned ones, or a Dask cluster; one that dies costs only its shard."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from brushwork.collection.shards import Reading, begin_cluster_worker, begin_worker, facts_of, write_shard
from brushwork.collection.sources.entry import Entry
from brushwork.errors import UserError
from brushwork.progress import progress, say

Pool = Callable[[], Any]  # a context manager that gives an Executor


def read_shards(
    todo: Mapping[int, Sequence[Entry]], pictures: Path, reading: Reading, workers: int, cluster: str, label: str
) -> None:
    """Write the shards `todo` (number: entries).

    A reader that dies (killed, out of memory, out of time, a fault in a decoder) costs only its shard, which is tried
    again on its own; a picture that ends its reader every time is marked and left out. Raises `UserError` when a
    cluster cannot be reached.
    """
    pool = _pool(workers, len(todo), cluster)
    left = dict(todo)
    with progress(sum(map(len, todo.values())), label) as advance:
        count = 0

        def add(number: int) -> None:
            nonlocal count
            count += len(left.pop(number))
            advance(count)

        while left:
            _write(left, pictures, reading, pool, add)
            if left:
                say("a reader was ended; what it had in hand is tried again, each shard on its own.")
            for number in list(left)[: max(1, workers)]:  # in flight when it happened
                _write({number: left[number]}, pictures, reading, pool, add)
                if number in left:
                    poison = _poison(left[number], reading, pool)
                    _write({number: left[number]}, pictures, reading, pool, add, poison)
                if number in left:
                    raise UserError(
                        "the processes that read pictures end as soon as they start; in a script of your own, call "
                        "collect() under `if __name__ == '__main__':`, or give workers=0."
                    )


def _write(
    shards: Mapping[int, Sequence[Entry]],
    pictures: Path,
    reading: Reading,
    pool: Pool,
    add: Callable[[int], None],
    poison: frozenset[str] = frozenset(),
) -> None:
    """Write shards and `add` the number of each that is done; those in hand when a reader died are not."""
    with pool() as executor:
        tasks = {executor.submit(write_shard, e, pictures, n, reading, poison): n for n, e in shards.items()}
        try:
            for task in as_completed(tasks):
                if not _died(task):
                    add(tasks[task])
        except BaseException:
            for task in tasks:
                task.cancel()
            raise


def _died(task: "Future[Any]") -> bool:
    """Whether the reader of a finished task was ended; any other error is raised."""
    try:
        task.result()
    except BrokenProcessPool:
        return True
    except CancelledError as error:
        raise UserError("the cluster was lost; what was done is kept: run the same command again.") from error
    except Exception as error:
        if type(error).__name__ == "KilledWorker":  # of Dask, which is not imported here
            return True
        raise
    return False


def _poison(entries: Sequence[Entry], reading: Reading, pool: Pool) -> frozenset[str]:
    """The entries that end their reader even when nothing else is read."""
    found = set()
    for entry in entries:
        with pool() as executor:
            task = executor.submit(facts_of, entry, 0, 0, reading)
            if _died(task):
                found.add(entry.painting.id)
    return frozenset(found)


def _pool(workers: int, shards: int, cluster: str) -> Pool:
    if cluster:
        return lambda: _dask(cluster)
    if workers == 0:
        return lambda: ThreadPoolExecutor(1)
    # Spawned processes, never forked ones, which can hang.
    context = multiprocessing.get_context("spawn")
    return lambda: ProcessPoolExecutor(max(1, min(workers, shards)), mp_context=context, initializer=begin_worker)


@contextmanager
def _dask(address: str) -> Iterator[Executor]:
    """The executor of a running Dask cluster; its workers need Brushwork and must see the same folders."""
    try:
        from distributed import Client
    except ImportError as error:
        raise UserError("--cluster needs Dask: `pip install distributed`.") from error
    try:
        client = Client(address, timeout=os.environ.get("BRUSHWORK_CLUSTER_TIMEOUT", "20s"))
    except (OSError, ValueError) as error:
        raise UserError(f"no Dask scheduler answers at {address}; start one with `dask scheduler`.") from error
    with client:
        threads = [worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()]
        if max(threads, default=1) > 1:
            raise UserError(
                f"a worker at {address} has {max(threads)} threads; start workers with `dask worker --nthreads 1`, since a "
                "picture that makes its reader hang is given up by ending the process."
            )
        client.run(begin_cluster_worker)
        yield client.get_executor(pure=False)
