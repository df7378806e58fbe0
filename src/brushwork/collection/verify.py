"""Whether a collection is still what was collected: every checksum computed again, every shard accounted for."""

import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from brushwork.collection.collection import Collection
from brushwork.collection.shards import Facts, index_file, pixel_file
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.progress import progress
from brushwork.run import read_json

BLOCK = 1 << 20  # bytes read at a time
IN_BOTH = ("shard", "offset", "width", "height", "sha256", "crc32")  # what index and catalogue both say


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as it was collected; `painting` is its id, empty when the whole file is meant."""

    file: str  # relative to the collection
    painting: str
    what: str  # is wrong, and what to do


def verify(collection: Collection) -> list[Problem]:
    """Compare the pixels of every painting, dropped by the clean-up or not, with its checksum, and shards with catalogue.

    Reads shard by shard, a block at a time. Raises `UserError` when the catalogue is missing, damaged or without
    checksums.
    """
    shards: dict[int, list[Painting]] = defaultdict(list)
    for painting in with_pixels(collection):
        shards[painting.shard].append(painting)
    rows = {painting.id: painting for painting in collection.rows}
    pictures = collection.folder / "pictures"
    files = sorted(path for path in pictures.glob("*") if path.suffix in (".rgb", ".json") and path.name[0] != ".")
    numbers = {int(path.stem) for path in files if path.stem.isdecimal()} | shards.keys()
    problems: list[Problem] = []
    with progress(len(numbers), "verifying shards") as advance:
        for done, number in enumerate(sorted(numbers), 1):
            if shards[number]:
                problems += _pixel_problems(pixel_file(pictures, number), number, shards[number])
            problems += _index_problems(index_file(pictures, number), number, shards[number], rows)
            advance(done)
    known = {p.file for p in problems} | {_name(pixel_file(pictures, number)) for number in numbers if shards[number]}
    # A shard whose paintings were all read again later is no stray: its index says what it was.
    strays = [path for path in files if path.suffix == ".rgb" and not path.with_suffix(".json").exists()]
    what = "no index and no painting of the catalogue belongs to it; delete it."
    return problems + [Problem(_name(path), "", what) for path in strays if _name(path) not in known]


def with_pixels(collection: Collection) -> list[Painting]:
    """The paintings whose pixels are in a shard; raises `UserError` when none of them has a checksum."""
    paintings = [painting for painting in collection.rows if painting.shard >= 0]
    if paintings and not any(painting.crc32 for painting in paintings):
        raise UserError(
            f"{collection.folder} was collected by a version of Brushwork that kept no checksums; collect again into a "
            "new folder."
        )
    return paintings


def outcome(collection: Collection) -> tuple[dict[str, object], str]:
    """What `verify` finds, as data and in words."""
    problems, paintings = verify(collection), with_pixels(collection)
    size = sum(map(_size, paintings))
    value = {"paintings": len(paintings), "bytes": size, "problems": [asdict(problem) for problem in problems]}
    if not problems:
        return value, f"{len(paintings)} paintings, {size} bytes: every checksum is right."
    lines = [f"{': '.join(filter(None, (p.file, p.painting)))}: {p.what}" for p in problems]
    return value, "\n".join(
        [*lines, f"{len(problems)} problem{'s' * (len(problems) > 1)} in {len(paintings)} paintings."]
    )


def _pixel_problems(path: Path, number: int, paintings: Sequence[Painting]) -> Iterator[Problem]:
    """A shard's file against the checksums of the paintings that the catalogue says are in it."""
    try:
        there = path.stat().st_size
        lost = [painting.id for painting in paintings if painting.offset + _size(painting) > there]
        if lost:
            what = f"it is cut short at byte {there}; paintings lost: {len(lost)}, such as {lost[0]}"
            yield Problem(_name(path), "", f"{what}; {_again(number)}.")
        with path.open("rb") as file:
            for painting in paintings:
                if painting.id in lost:
                    continue
                file.seek(painting.offset)
                found, left = 0, _size(painting)
                while left and (block := file.read(min(BLOCK, left))):
                    found, left = zlib.crc32(block, found), left - len(block)
                if found != painting.crc32:
                    what = f"its pixels have changed, their checksum is {found:08x} and was {painting.crc32:08x}"
                    yield Problem(_name(path), painting.id, f"{what}; {_again(number)}.")
    except FileNotFoundError:
        yield Problem(_name(path), "", f"it is missing; paintings lost: {len(paintings)}; {_again(number)}.")
    except OSError as error:
        yield Problem(_name(path), "", f"it cannot be read ({error.strerror}); check the disk, then {_again(number)}.")


def _index_problems(
    path: Path, number: int, paintings: Sequence[Painting], rows: Mapping[str, Painting]
) -> Iterator[Problem]:
    """A shard's index against the catalogue; paintings that a later shard has anew, or the source lost, may stay in it."""
    if not path.exists():
        if paintings:
            yield Problem(_name(path), "", f"it is missing; {_again(number)}.")
        return
    try:
        facts = {row["id"]: Facts(**row) for row in read_json(path)}
    except (UserError, TypeError, KeyError):
        yield Problem(_name(path), "", f"it is damaged; {_again(number)}.")
        return
    for painting in paintings:
        found = facts.get(painting.id)
        unlike = [column for column in IN_BOTH if found and getattr(found, column) != getattr(painting, column)]
        if not found or unlike:
            what = (
                f"the catalogue says another {' and '.join(unlike)}" if unlike else "the catalogue has it, this has not"
            )
            yield Problem(_name(path), painting.id, f"{what}; {_again(number)}.")
    newer = [name for name in facts if name not in rows or 0 <= rows[name].shard < number]
    if newer:
        what = f"it is newer than the catalogue; paintings not there yet: {len(newer)}, such as {newer[0]}"
        yield Problem(_name(path), "", f"{what}; run the same `brushwork collect` again, to its end.")


def _name(path: Path) -> str:
    return f"pictures/{path.name}"


def _size(painting: Painting) -> int:
    return painting.width * painting.height * 3


def _again(number: int) -> str:
    return f"delete pictures/{number:05d}.rgb and .json and run the same `brushwork collect` again"
