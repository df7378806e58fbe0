"""Streams depend on their names and on nothing else."""

from brushwork.randomness import stream, stream_seed


def test_a_stream_is_the_same_every_time_and_differs_by_every_name() -> None:
    assert stream(1, "a", 2).random() == stream(1, "a", 2).random()
    seeds = {
        stream_seed(*names) for names in ((1, "a", 2), (2, "a", 2), (1, "b", 2), (1, "a", 3), (1, "a2"), (1, "a", "2"))
    }
    assert len(seeds) == 5  # numbers and their digits name the same stream; nothing else collides
