"""Many pictures judged at once: every thread takes its own from the file to the verdict."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from copy import deepcopy
from typing import TypeVar

import torch
from threadpoolctl import threadpool_limits

from brushwork.classifier.folding import Network

MOST = 8  # each may hold a picture of the size that is allowed
Job = TypeVar("Job")
Found = TypeVar("Found")


class _OneBlasThread:
    """NumPy's own threads kept off the cores while anybody judges: they would wait for work by spinning there."""

    def __init__(self) -> None:
        self.lock, self.users = threading.Lock(), 0
        self.limits: threadpool_limits | None = None

    def begin(self) -> None:
        with self.lock:
            self.users += 1
            if self.users == 1:
                self.limits = threadpool_limits(1, "blas")

    def end(self) -> None:
        with self.lock:
            self.users -= 1
            if not self.users and self.limits:
                self.limits.restore_original_limits()


_one_blas_thread = _OneBlasThread()


def in_threads(model: Network, jobs: Iterable[Job], work: Callable[[Network, Job], Found]) -> Iterator[Found]:
    """What `work` finds in each job, in their order, by as many threads as torch uses (`OMP_NUM_THREADS`), at most eight.

    Each thread reads, prepares and judges alone, so none waits for another inside a layer; all threads on one layer are
    slower, the more so while others read pictures (docs/verdict.md). Each has modules of its own, since forward hooks
    belong to a module, with the weights of the one `model`. No more than one job a thread is taken ahead.
    """
    before = torch.get_num_threads()
    # Apple's backend ends the process when two threads use it.
    threads = min(before, MOST) if next(model.parameters(), torch.zeros(0)).device.type in ("cpu", "cuda") else 1
    weights = {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())}
    own = threading.local()

    def begin() -> None:
        torch.set_num_threads(1)
        own.model = deepcopy(model, dict(weights))

    @torch.inference_mode()
    def one(job: Job) -> Found:
        return work(own.model, job)

    coming: deque[Future[Found]] = deque()
    pool = ThreadPoolExecutor(threads, "judge", begin)
    _one_blas_thread.begin()
    try:
        for job in jobs:
            coming.append(pool.submit(one, job))
            if len(coming) == 2 * threads:
                yield coming.popleft().result()
        while coming:
            yield coming.popleft().result()
    finally:  # the caller may stop listening
        pool.shutdown(cancel_futures=True)
        _one_blas_thread.end()
        torch.set_num_threads(before)  # the threads that are gone had set it for all that are to come
