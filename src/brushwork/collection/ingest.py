"""From a source to a collection: every picture checked, shrunk and written once; killed and started again, it goes on."""

import contextlib
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Collection as Some
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import filelock

from brushwork.collection.catalogue import FILE, read_catalogue, with_splits, write_catalogue
from brushwork.collection.cleanup import DEFAULT_STEPS, clean, write_report
from brushwork.collection.readers import read_shards
from brushwork.collection.shards import MAY_PASS, Facts, Reading, facts_in, index_file, read_facts, shard_numbers
from brushwork.collection.sources.entry import Entry
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.progress import say
from brushwork.run import check_settings, make_folder, not_written, open_run, read_json, write_json

FORMAT = 2  # of the collection's folder
SHARD, LARGEST_SHARD = 64, 1024  # paintings; small, so that little is done twice after a crash
FILES = 256  # shards, about: where there would be more, they are larger
SPLITS = "splits.json"
ABSENT = ("no file", "not fetched")  # reasons for which a picture that was collected before stays


def collect(
    entries: Iterable[Entry] | Callable[[], Iterable[Entry]],
    out: Path,
    source: str,
    reading: Reading | None = None,
    workers: int = 2,
    cluster: str = "",
    part: tuple[int, int] | None = None,
    steps: Some[str] = DEFAULT_STEPS,
) -> None:
    """Make or extend the collection in `out` from a source's entries.

    Pictures are kept as raw 8-bit RGB in their own proportions. What cannot be used gets a row with its reason.
    Paintings already there are not read again and keep their split; those met before and not named now stay.
    `entries` may be a function, which is called once the folder is known to be free and of these settings. `workers`
    processes read; 0 reads in this one. `cluster` is the address of a Dask scheduler in their place. `part`
    (i, n) reads the i-th of n parts of the shards and leaves the rest, and the catalogue, to others and a last call
    without it. `steps` of the clean-up are switched on. Raises `UserError` when `out` is something else, is being
    collected into already, or nothing could be used.
    """
    reading = reading or Reading()
    settings = {"kind": "collection", "format": FORMAT, "source": source, "short_side": reading.short_side}
    settings |= {"trim_borders": reading.trim_borders, "first_frame": reading.limits.first_frame}
    out = out.absolute()  # a cluster's workers are elsewhere
    with _alone(out, part):
        check_settings(out, settings)  # before hours are spent on fetching
        entries = _first_of_each_id(entries() if callable(entries) else entries)
        if not entries:
            raise UserError("the source has no painting; check its folder and the --styles asked for.")
        open_run(out, settings)
        first, chunks = _plan(entries, out)
        todo = _undone(chunks, out, first, part)
        read_shards(todo, out / "pictures", reading, workers, cluster, f"collecting {source}")
        if part:
            return
        _finish(entries, out, steps)
    rows = read_catalogue(out)
    if not any(p.kept for p in rows):
        raise UserError(
            f"none of the {len(rows)} paintings could be used, the first because: {rows[0].reason}. "
            f"Every reason is in {out / FILE}."
        )


def _first_of_each_id(entries: Iterable[Entry]) -> list[Entry]:
    entries = list(entries)
    first = list({entry.painting.id: entry for entry in reversed(entries)}.values())[::-1]
    if len(first) < len(entries):
        again = Counter(entry.painting.id for entry in entries).most_common(1)[0][0]
        more = len(entries) - len(first)
        say(
            f"{more} row{'s name' if more > 1 else ' names'} a picture again, such as {again}; the first of each counts."
        )
    return first


def _plan(entries: Sequence[Entry], out: Path) -> tuple[int, list[Sequence[Entry]]]:
    """The number of the first new shard, and what goes into the new shards.

    The plan is written down before any work, so that a restart, or another machine with a part of the work, cuts the
    same shards; it is void once the source has changed.
    """
    pictures, note = out / "pictures", out / "pictures" / "plan.json"
    pictures.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(out / ".plan.lock"):
        plan = read_json(note) if note.exists() else {"first": -1}
        todo = _unread(entries, pictures, plan["first"])
        if plan != {"first": plan["first"], "digest": _digest(todo)}:
            plan = {"first": 1 + max(shard_numbers(pictures), default=-1)}
            todo = _unread(entries, pictures, plan["first"])
            write_json(note, plan | {"digest": _digest(todo)})
    size = SHARD
    while len(todo) > FILES * size and size < LARGEST_SHARD:
        size *= 4
    return plan["first"], [todo[i : i + size] for i in range(0, len(todo), size)]


def _unread(entries: Sequence[Entry], pictures: Path, first: int) -> list[Entry]:
    """The entries that no shard before the first new one stands for."""
    known = read_facts(pictures, before=first)
    return [e for e in entries if not e.painting.reason and not _stands(known.get(e.painting.id), e)]


def _stands(known: Facts | None, entry: Entry) -> bool:
    return known is not None and known.stamp == entry.stamp and not known.reason.startswith(MAY_PASS)


def _digest(todo: Sequence[Entry]) -> str:
    return hashlib.sha256("\n".join(f"{e.painting.id} {e.stamp}" for e in todo).encode()).hexdigest()


def _undone(
    chunks: Sequence[Sequence[Entry]], out: Path, first: int, part: tuple[int, int] | None
) -> dict[int, Sequence[Entry]]:
    """The shards still to be written, by number; of a part, its own."""
    numbered = {first + i: chunk for i, chunk in enumerate(chunks)}
    if part:
        numbered = {number: chunk for number, chunk in numbered.items() if number % part[1] == part[0] - 1}
    return {number: chunk for number, chunk in numbered.items() if facts_in(out / "pictures", number) is None}


def _finish(entries: Sequence[Entry], out: Path, steps: Some[str]) -> None:
    """Write the catalogue of everything met, now and before, then forget the plan."""
    pictures = out / "pictures"
    known = read_facts(pictures)
    before = _before(out)
    named = {entry.painting.id for entry in entries}
    rows = [_row(_as_given(p), known) for p in before if p.id not in named]
    if rows:
        say(f"of the paintings collected before {len(rows)} are not named now; they stay.")
    rows += [_row(replace(e.painting, artist_given=e.painting.artist), known) for e in entries]
    places = {p.id: place for place, p in enumerate(before)}
    rows.sort(key=lambda row: places.get(row.id, len(places)))  # trainings go by the order: what stood keeps it
    _say_replaced(before, rows)
    absent = sum(e.painting.reason.startswith(ABSENT) for e in entries) - sum(r.reason.startswith(ABSENT) for r in rows)
    if absent > 0:
        say(f"{absent} pictures are no longer in the source; what was collected of them before stands.")
    paintings, report = clean(rows, known, pictures, steps)
    previous = _splits(out, before)
    paintings = with_splits(paintings, previous)
    # Also of artists none of whose paintings is in use today: they may come back.
    write_json(out / SPLITS, dict(sorted((previous | {p.group: p.split for p in paintings if p.kept}).items())))
    write_catalogue(out, paintings)
    write_report(out, report)
    for number in shard_numbers(pictures):
        if all(facts.reason.startswith(MAY_PASS) for facts in facts_in(pictures, number) or [Facts("", "")]):
            index_file(pictures, number).unlink(missing_ok=True)  # nothing lasting came of this shard
    (pictures / "plan.json").unlink(missing_ok=True)


def _say_replaced(before: Sequence[Painting], rows: Sequence[Painting]) -> None:
    """Other pictures under known names may be a second folder, whose names happen to be those of the first."""
    files = {p.id: p.sha256 for p in before if p.sha256}
    replaced = [p.id for p in rows if p.sha256 and files.get(p.id, p.sha256) != p.sha256]
    if replaced:
        say(
            f"{len(replaced)} of {len(files)} pictures that stood were replaced by others of the same name, such as "
            f"{replaced[0]}. If this was another folder or table than before, collect it into an --out of its own."
        )


def _before(out: Path) -> list[Painting]:
    """The catalogue as it stands; nothing when there is none, or it is damaged and to be made anew."""
    if not (out / FILE).exists():
        return []
    try:
        return read_catalogue(out)
    except UserError as error:
        say(f"{error.args[0]} It is made anew from the shards and the source.")
        return []


def _splits(out: Path, before: Sequence[Painting]) -> dict[str, str]:
    """The split of every artist group that ever had one."""
    known: dict[str, str] = read_json(out / SPLITS) if (out / SPLITS).exists() else {}
    return known | {p.group: p.split for p in before if p.kept}


def _as_given(painting: Painting) -> Painting:
    """A row as its source gave it, before any clean-up."""
    return painting.altered(artist=painting.artist_given, attribution="", year_from=0, year_to=0)


def _row(painting: Painting, known: dict[str, Facts]) -> Painting:
    """The description as the source gives it today, with what reading the picture found, now or before."""
    facts = known.get(painting.id)
    if facts is None:
        gone = "lost: its shard is gone; name its source again"
        return painting.altered(reason=gone, shard=-1, offset=0) if painting.shard >= 0 else painting
    stands = painting.reason.startswith(ABSENT) and not facts.reason
    if painting.reason and painting.shard < 0 and not stands:
        return painting
    found = {name: value for name, value in asdict(facts).items() if name not in ("id", "stamp", "hashes")}
    return painting.altered(**found)


@contextmanager
def _alone(out: Path, part: tuple[int, int] | None) -> Iterator[None]:
    """Holds the folder against a second `collect`; parts of one work hold it together, each against its double."""
    fresh = not out.exists()
    make_folder(out)
    whole = out / ".collect.lock"
    own = out / f".part-{part[0]}-of-{part[1]}.lock" if part else whole
    held = contextlib.ExitStack()
    try:
        try:
            held.enter_context(filelock.FileLock(own, timeout=0))
        except PermissionError as error:
            raise not_written(out, error) from error
        with held:
            for other in [whole] if part else sorted(out.glob(".part-*.lock")):
                with filelock.FileLock(other, timeout=10 if part else 0):  # other parts look here too, for a moment
                    pass
            yield
            if not part:  # what readers that were killed, now or in an earlier call, left half written
                for leftover in [*out.glob(".*.tmp"), *(out / "pictures").glob(".*.tmp")]:
                    leftover.unlink(missing_ok=True)
    except filelock.Timeout as error:
        raise UserError(
            f"another `brushwork collect` is at work in {out}; wait for it or choose another --out."
        ) from error
    finally:
        if fresh and not any(p for p in out.iterdir() if not p.name.endswith(".lock")):
            for lock in out.glob(".*.lock"):
                lock.unlink()
            out.rmdir()
