"""Judging in threads changes no answer, keeps the order, and leaves torch as it was."""

import threading
from collections.abc import Iterator

import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits
from torch import Tensor

from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.threads import in_threads
from brushwork.classifier.timm_trunks import timm_trunk


@pytest.fixture
def threads() -> Iterator[int]:
    """Three threads, more than the machine may have, so that they get in each other's way."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield 3
    torch.set_num_threads(before)


def test_layers_read_by_hooks_stay_apart_and_in_order(threads: int) -> None:
    torch.manual_seed(0)
    model = StyleClassifier(timm_trunk("test_efficientnet", {}), ["a", "b"], 64).eval()
    pictures = [torch.randn(1 + i % 3, 3, 64, 64 + 32 * (i % 2)) for i in range(24)]
    with torch.inference_mode():
        alone = [model.pooled(one) for one in pictures]

    def pooled(own: StyleClassifier, one: Tensor) -> tuple[int, tuple[int, ...], Tensor]:
        assert torch.get_num_threads() == 1
        assert torch.is_inference_mode_enabled()
        return id(own), tuple(map(id, own.parameters())), own.pooled(one)

    found = list(in_threads(model, pictures, pooled))
    assert len({model for model, _, _ in found}) == threads
    assert len({weights for _, weights, _ in found}) == 1  # one set for all
    for (_, _, one), other in zip(found, alone, strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_numpys_own_threads_rest_while_anybody_judges_and_are_back_afterwards(threads: int) -> None:
    def blas() -> set[int]:
        return {one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"}

    with threadpool_limits(3, "blas"):
        model = StyleClassifier(timm_trunk("test_efficientnet", {}), ["a", "b"], 64).eval()
        first, second = (in_threads(model, range(50), lambda _, job: (job, blas())) for _ in range(2))
        assert next(first) == (0, {1})
        assert next(second) == (0, {1})
        first.close()  # type: ignore[attr-defined]
        assert blas() == {1}
        second.close()  # type: ignore[attr-defined]
        assert blas() == {3}


def test_what_fails_is_raised_and_torch_has_its_threads_back(threads: int) -> None:
    model = StyleClassifier(timm_trunk("test_efficientnet", {}), ["a", "b"], 64)
    begun: list[int] = []

    def work(own: StyleClassifier, job: int) -> int:
        begun.append(job)
        if job == 3:
            raise RuntimeError("three")
        return job

    found = in_threads(model, range(1_000), work)
    assert [next(found) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(RuntimeError, match="three"):
        next(found)
    assert len(begun) <= 3 + 2 * threads
    stopped = in_threads(model, range(1_000), work)
    next(stopped)
    stopped.close()  # type: ignore[attr-defined]
    assert torch.get_num_threads() == threads
    seen: list[int] = []
    new = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
    new.start()
    new.join()
    assert seen == [threads]
