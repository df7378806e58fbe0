"""Who is learned from and who is tested on: splits by artist group, and the random one for comparison."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.randomness import stream

SPLITS = ("train", "validation", "test")
NAMED = ("artist", "random", "within-artist", "leave-source-out:NAME")
SHARES = {"test": 0.20, "validation": 0.15}
LEAST, MOST = 0.5, 1.75  # times its share that a part of a style may hold before artists are moved
# Which salt is a matter of taste; this one was chosen before any training, as the first that gives the 24 painters of
# two-schools three test and two validation painters in each school.
SALT = "brushwork-497"


def position(group: str) -> float:
    """Where in [0, 1) a group falls, by its name alone."""
    return int.from_bytes(hashlib.sha1(f"{SALT}/{group}".encode()).digest()[:8], "big") / 2**64


def assign_splits(paintings: Sequence[Painting], previous: Mapping[str, str]) -> dict[str, str]:
    """The split of every artist group of the kept paintings.

    A group keeps its `previous` split; a new one falls by the hash of its name, so that an artist is on the same side
    in every collection and paintings added later move nobody. Where a style would have no artist to learn from, test
    or validate on, or no share of its paintings near what it should be, the fewest of its new groups move.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)  # paintings by style and group
    for painting in paintings:
        if painting.kept:
            counts[painting.style][painting.group] += 1
    groups = sorted({group for members in counts.values() for group in members})
    split = {group: previous.get(group) or _by_hash(group) for group in groups}
    for name in ("train", "test", "validation"):
        for _, members in sorted(counts.items()):
            if any(split[group] == name for group in members):
                continue
            sizes = Counter(split[group] for group in members)
            free = [g for g in members if g not in previous and sizes[split[g]] > 1]
            if free:
                split[min(free, key=position)] = name
    for _, members in sorted(counts.items()):
        _even_out(members, split, {g for g in members if g not in previous})
    return split


def _even_out(members: Mapping[str, int], split: dict[str, str], free: set[str]) -> None:
    """Moves groups of one style between train and a part whose share of its paintings is out of bounds, if one can."""
    total = sum(members.values())
    for name, share in SHARES.items():
        for _ in range(len(members)):
            held = sum(n for g, n in members.items() if split[g] == name)
            if share * LEAST <= held / total <= share * MOST:
                break
            source, target = ("train", name) if held < share * total else (name, "train")
            staying = sum(split[g] == source for g in members)
            gap = abs(held - share * total)
            movable = [g for g in members if g in free and split[g] == source and members[g] < 2 * gap and staying > 1]
            if not movable:
                break
            split[min(movable, key=lambda g: (abs(members[g] - gap), position(g)))] = target


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


def named_folds(paintings: Sequence[Painting], name: str, folds: int, seed: int) -> list[list[str]]:
    """For each fold the ids it is tested on, divided as `named_split` does: `artist`, `random` or `within-artist`.

    Within artists only the paintings of those who carry several styles are tested on. Raises `UserError` for another
    name, or when there is nothing to test on.
    """
    if name == "artist":
        return artist_folds(paintings, folds, seed)
    if name not in ("random", "within-artist"):
        raise UserError(f"there are no folds by {name!r}; there are artist, random and within-artist.")
    tested = paintings if name == "random" else _several_styles(paintings)
    order = stream(seed, "folds", name).permutation(len(tested))
    if name == "random":
        parts = sorted(order, key=lambda i: tested[i].style)
    else:  # every hand in both styles, in every fold as evenly as can be
        parts = sorted(order, key=lambda i: (tested[i].group, tested[i].style))
    return [[tested[i].id for i in parts[k::folds]] for k in range(folds)]


def _several_styles(paintings: Sequence[Painting]) -> list[Painting]:
    styles: dict[str, set[str]] = defaultdict(set)
    for painting in paintings:
        styles[painting.group].add(painting.style)
    several = [p for p in paintings if len(styles[p.group]) > 1]
    if not several:
        raise UserError("no artist here carries several styles, so a split within artists has nothing to test on.")
    return several


def most_folds(paintings: Sequence[Painting]) -> int:
    """As many folds by artist as the style with the fewest artist groups allows."""
    return _fewest_artists(paintings)[1]


def held_out_artists(paintings: Sequence[Painting], share: float, seed: int) -> set[str]:
    """Ids of about `share` of the paintings of each style, whole artist groups only."""
    fold = artist_folds(paintings, max(2, min(round(1 / share), _fewest_artists(paintings)[1])), seed)[0]
    return set(fold)


def random_share(paintings: Sequence[Painting], share: float, seed: int) -> set[str]:
    """Ids of about `share` of the paintings of each style, whoever painted them."""
    folds = max(2, round(1 / share))
    return set(named_folds(paintings, "random", folds, seed)[0])


def named_split(paintings: Sequence[Painting], name: str, seed: int) -> dict[str, str]:
    """The split of that name, by id; paintings that it leaves out are missing.

    `artist`: the collection's own. `random`: by picture, artists on both sides, as the literature has it.
    `within-artist`: tested on half the paintings of artists who carry several styles, so that knowing the hand tells
    nothing. `leave-source-out:NAME`: tested on all paintings of one source, none of whose artists is learned from.
    Raises `UserError` for another name, or when there is nothing to test on.
    """
    kind, _, source = name.partition(":")
    if kind == "artist" and not source:
        return {p.id: p.split for p in paintings}
    if kind == "random" and not source:
        return random_split(paintings, seed)
    if kind == "within-artist" and not source:
        return _within_artist(paintings, seed)
    if kind == "leave-source-out":
        return _leave_source_out(paintings, source)
    raise UserError(f"there is no split {name!r}; there are {', '.join(NAMED)}.")


def _within_artist(paintings: Sequence[Painting], seed: int) -> dict[str, str]:
    several = _several_styles(paintings)
    tested = {p.id for p in several}
    # Test artists with one style are learned from: the test is on paintings of those who have several.
    split = {p.id: "validation" if p.split == "validation" and p.id not in tested else "train" for p in paintings}
    for group, style in sorted({(p.group, p.style) for p in several}):
        ids = [p.id for p in several if (p.group, p.style) == (group, style)]
        order = stream(seed, "within-artist", group, style).permutation(len(ids))
        split |= {ids[i]: "test" for i in order[: (len(ids) + 1) // 2]}
    return split


def _leave_source_out(paintings: Sequence[Painting], source: str) -> dict[str, str]:
    tested = {p.group for p in paintings if p.source == source}
    sources = sorted({p.source for p in paintings})
    if not tested or len(sources) < 2:
        raise UserError(f"leave-source-out:{source} was given; the sources here are {', '.join(map(repr, sources))}.")
    inside = {p.id: "test" for p in paintings if p.source == source}
    others = [p for p in paintings if p.group not in tested]
    return inside | {p.id: "validation" if p.split == "validation" else "train" for p in others}


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
        fewer = "use fewer --folds, " if purpose.endswith("folds") and artists > 1 else ""
        raise UserError(
            f"the style {style!r} has {artists} artist{'s' * (artists != 1)}, but {purpose} need at least {count}, since "
            f"no artist may be both learned from and tested on; {fewer}add paintings by others or leave the style out."
        )


def _fewest_artists(paintings: Sequence[Painting]) -> tuple[str, int]:
    groups: dict[str, set[str]] = defaultdict(set)
    for painting in paintings:
        groups[painting.style].add(painting.group)
    return min(((style, len(members)) for style, members in groups.items()), key=lambda item: item[1])
