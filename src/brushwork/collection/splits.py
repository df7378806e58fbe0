"""Who is learned from and who is tested on: splits by artist group, and the random one for comparison."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.randomness import stream

SPLITS = ("train", "validation", "test")
SHARES = {"test": 0.20, "validation": 0.15}
# Which salt is a matter of taste; this one was chosen before any training, as the first that gives the 24 painters of
# two-schools three test and two validation painters in each school.
SALT = "brushwork-497"


def position(group: str) -> float:
    """Where in [0, 1) a group falls, by its name alone."""
    return int.from_bytes(hashlib.sha1(f"{SALT}/{group}".encode()).digest()[:8], "big") / 2**64


def assign_splits(paintings: Sequence[Painting], previous: Mapping[str, str]) -> dict[str, str]:
    """The split of every artist group of the kept paintings.

    A group keeps its `previous` split; a new one falls by the hash of its name, so that paintings added later move
    nobody. Where a style would have no artist to learn from, test or validate on, one of its new groups moves.
    """
    styles: dict[str, set[str]] = defaultdict(set)
    for painting in paintings:
        if painting.kept:
            styles[painting.style].add(painting.group)
    groups = sorted(set().union(*styles.values()))
    split = {group: previous.get(group) or _by_hash(group) for group in groups}
    for name in ("train", "test", "validation"):
        for members in styles.values():
            if any(split[group] == name for group in members):
                continue
            counts = Counter(split[group] for group in members)
            free = [g for g in members if g not in previous and counts[split[g]] > 1]
            if free:
                split[min(free, key=position)] = name
    return split


def _by_hash(group: str) -> str:
    at = position(group)
    if at < SHARES["test"]:
        return "test"
    return "validation" if at < SHARES["test"] + SHARES["validation"] else "train"


def artist_folds(paintings: Sequence[Painting], folds: int, seed: int) -> list[list[str]]:
    """For each fold the ids it is tested on; no artist group is in two folds, styles as even as groups allow.

    Raises `UserError` when a style has fewer artist groups than folds.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    need_artists(paintings, folds, f"{folds} folds")
    splitter = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    labels, groups = [p.style for p in paintings], [p.group for p in paintings]
    return [[paintings[i].id for i in test] for _, test in splitter.split(labels, labels, groups)]


def held_out_artists(paintings: Sequence[Painting], share: float, seed: int) -> set[str]:
    """Ids of about `share` of the paintings of each style, whole artist groups only."""
    fold = artist_folds(paintings, max(2, min(round(1 / share), _fewest_artists(paintings)[1])), seed)[0]
    return set(fold)


def random_split(paintings: Sequence[Painting], seed: int) -> dict[str, str]:
    """The split by picture that the literature uses: same shares and styles, artists on both sides."""
    split: dict[str, str] = {}
    for style in sorted({p.style for p in paintings}):
        ids = [p.id for p in paintings if p.style == style]
        shares = [sum(p.split == name for p in paintings if p.style == style) for name in ("test", "validation")]
        order = stream(seed, "random-split", style).permutation(len(ids))
        names = np.repeat(["test", "validation", "train"], [*shares, len(ids) - sum(shares)])
        split |= {ids[i]: str(name) for i, name in zip(order, names, strict=True)}
    return split


def need_artists(paintings: Sequence[Painting], count: int, purpose: str) -> None:
    """Raises `UserError` when there are fewer than two styles, or a style has fewer than `count` artist groups."""
    styles = sorted({p.style for p in paintings})
    if len(styles) < 2:
        raise UserError(f"a classifier needs two styles; this collection has {', '.join(styles) or 'none'}.")
    style, artists = _fewest_artists(paintings)
    if artists < count:
        raise UserError(
            f"the style {style!r} has {artists} artist{'s' * (artists != 1)}, but {purpose} need at least {count}, since "
            "no artist may be both learned from and tested on; add paintings by others or leave the style out."
        )


def _fewest_artists(paintings: Sequence[Painting]) -> tuple[str, int]:
    groups: dict[str, set[str]] = defaultdict(set)
    for painting in paintings:
        groups[painting.style].add(painting.group)
    return min(((style, len(members)) for style, members in groups.items()), key=lambda item: item[1])
