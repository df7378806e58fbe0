"""Which paintings a classifier learns from, watches and is tested on, by the name of the split."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from brushwork.collection import Collection
from brushwork.collection.splits import (
    held_out_artists,
    most_folds,
    named_folds,
    named_split,
    need_artists,
    random_share,
)
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.randomness import stream_seed

PROTOCOLS = {
    "artist": "artists never seen",
    "random": "random split, artists seen",
    "within-artist": "artists seen, each in several styles",
    "leave-source-out": "another source, artists never seen",
}
WATCHED = 0.12  # of what is left to learn from in a fold


@dataclass(frozen=True, slots=True)
class Split:
    """The paintings that are learned from, watched while learning, and tested on."""

    train: list[Painting]
    validation: list[Painting]
    test: list[Painting]


def single_split(collection: Collection, name: str, seed: int) -> Split:
    """The collection's own split by artist, or another one named in `splits.NAMED`.

    Raises `UserError` when the collection cannot be split so.
    """
    paintings = collection.paintings
    need_artists(paintings, 3, "training, validation and test")
    if name != "artist":
        names = named_split(paintings, name, seed)
        paintings = [replace(p, split=names[p.id]) for p in paintings if p.id in names]
    parts = Split(*([p for p in paintings if p.split == part] for part in ("train", "validation", "test")))
    _need_every_style(parts, collection.styles, name, "add paintings by other artists or use --folds")
    return parts


def fold_splits(collection: Collection, name: str, folds: int, seed: int) -> list[Split]:
    """One split per fold, `artist`, `random` or `within-artist`; in each other paintings are watched.

    Raises `UserError` when the collection cannot be split so.
    """
    paintings, splits = collection.paintings, []
    for k, ids in enumerate(named_folds(paintings, name, folds, seed), 1):
        inside = set(ids)
        rest = [p for p in paintings if p.id not in inside]
        chance = stream_seed(seed, "validation", k) % 2**31
        watch = held_out_artists if name == "artist" else random_share
        if name == "artist" and most_folds(rest) < 2:
            raise UserError(
                f"{folds} folds leave a style with one artist beside those that fold {k} is tested on, but two are needed, one "
                "to learn from and one to watch; add paintings by others, or leave the style out."
            )
        watched = watch(rest, WATCHED, chance)
        parts = Split(
            [p for p in rest if p.id not in watched],
            [p for p in rest if p.id in watched],
            [p for p in paintings if p.id in inside],
        )
        _need_every_style(
            replace(parts, validation=rest), collection.styles, name, "add paintings or use fewer --folds"
        )
        splits.append(parts)
    return splits


def _need_every_style(parts: Split, styles: Sequence[str], name: str, advice: str) -> None:
    named = {"to learn from": parts.train, "to watch": parts.validation, "to test on": parts.test}
    for use, paintings in named.items():
        there = {p.style for p in paintings}
        lacking = [style for style in styles if style not in there]
        # Artists who carry several styles, or a source, need not have all of them.
        enough = paintings is parts.test and name not in ("artist", "random") and len(there) > 1
        if lacking and not enough:
            raise UserError(f"the split {name!r} leaves no painting of {lacking[0]!r} {use}; {advice}.")
