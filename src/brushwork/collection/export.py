"""A collection in the forms other tools read: CSV, Hugging Face datasets, WebDataset, IIIF."""

import csv
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from brushwork.collection.catalogue import SCHEMA
from brushwork.collection.collection import Collection
from brushwork.collection.export_iiif import served_from, views, write_manifest
from brushwork.collection.shards import pixel_file
from brushwork.collection.splits import SPLITS
from brushwork.collection.summary import CollectionSummary, summary_of
from brushwork.errors import UserError, nearest
from brushwork.images import encoded
from brushwork.painting import COLUMNS, Painting
from brushwork.progress import progress
from brushwork.randomness import stream
from brushwork.run import not_written, read_json, write_json

BATCH, BATCH_BYTES = 100, 100_000_000  # paintings held at once, and a row group; fewer when they are large
PARQUET_BYTES = 400_000_000  # a file is closed once it is as large, which leaves room for its last row group
TAR_SAMPLES, TAR_BYTES = 1000, 900_000_000
WEBP_SIDE = 16_383  # pixels; the format holds no more
LOCAL = ("reason", "shard", "offset")  # columns that say nothing outside the collection
SHARED = tuple(name for name in COLUMNS if name not in LOCAL)
CARD = """---
pretty_name: {quoted}
task_categories:
- image-classification
configs:
- config_name: default
  data_files:
{files}
---

# {name}

{kept} paintings in {styles} styles, exported by Brushwork from its collection {fingerprint} of the source {source};
{dropped} of the {met} paintings met were dropped.

{table}

## Splits

Split by artist: no artist is in two splits, so that a score is one on unseen artists.{unknown}

## Pictures

Lossless copies of the collection's pixels: 8-bit sRGB, at most {short_side} pixels on the short side. Larger originals
were made smaller, so these are not the originals; `original_width` and `original_height` say their size. `crc32` is the
checksum of the pixels. Styles are as the source states them; `artist` is brought to one form, `artist_given` is not.

## Rights

This export grants no licence. What the source states, as it states it, and for how many paintings:

{rights}

Find out what holds for each painting before you publish or share it.
"""
T = TypeVar("T")
File = tuple[bytes, str]  # an encoded picture and the ending of its name


def export(collection: Collection, kind: str, to: Path, base: str = "") -> Path:
    """Write the collection into the new or empty folder `to` as one of `KINDS`; returns what to open.

    `base` is the http(s) address that an IIIF manifest will be served from. Memory does not grow with the collection,
    and the folder appears whole or not at all. Raises `UserError` for an unknown kind, when `to` is not empty or cannot
    be written, and when a painting's pixels are damaged.
    """
    if kind not in KINDS:
        raise UserError(f"there is no export {kind!r}; the nearest are {nearest(kind, KINDS)}.")
    if base and kind != "iiif":
        raise UserError(f"--base {base} was given with --export {kind}; only --export iiif needs an address.")
    if not collection.paintings and kind != "csv":
        raise UserError(f"{collection.folder} has no usable painting; --export csv lists every reason.")
    to = to.resolve()
    with _new_folder(to) as folder:
        opened = KINDS[kind](collection, folder, to.name, base)
    return to / opened


@contextmanager
def _new_folder(to: Path) -> Iterator[Path]:
    """A folder beside `to` that takes its place once all is written and synced, and vanishes when anything fails."""
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise UserError(f"{to} is not an empty folder; choose a new or an empty one for --to.")
    aside = to.with_name(f".{to.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        aside.mkdir(parents=True)
        yield aside
        for path in aside.rglob("*"):
            if path.is_file():
                with path.open("rb+") as file:
                    os.fsync(file.fileno())
        if to.exists():
            to.rmdir()
        aside.rename(to)
    except OSError as error:
        raise not_written(to, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _key(painting: Painting) -> str:
    """A name for the painting's files, without dots and slashes; the same in every export."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "_", painting.id)[:60]
    return f"{plain}-{hashlib.sha256(painting.id.encode()).hexdigest()[:8]}"


def _encoded(
    collection: Collection, paintings: Sequence[Painting], encode: Callable[[Image.Image], T], label: str
) -> Iterator[list[tuple[Painting, T]]]:
    """The paintings in order, each with what `encode` makes of its picture, in batches of bounded size."""
    done = 0
    with ThreadPoolExecutor(os.cpu_count()) as pool, progress(len(paintings), label) as advance:
        for batch in _batches(paintings):
            yield list(zip(batch, pool.map(lambda p: encode(_checked(collection, p)), batch), strict=True))
            done += len(batch)
            advance(done)


def _batches(paintings: Sequence[Painting]) -> Iterator[list[Painting]]:
    batch: list[Painting] = []
    size = 0
    for painting in paintings:
        more = painting.width * painting.height * 3
        if batch and (len(batch) == BATCH or size + more > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(painting)
        size += more
    if batch:
        yield batch


def _checked(collection: Collection, painting: Painting) -> Image.Image:
    """The painting's picture; raises `UserError` when its pixels are not those that were collected.

    Read from the file, since pages of a mapped one would count as this process's memory.
    """
    size = painting.width * painting.height * 3
    try:
        with pixel_file(collection.folder / "pictures", painting.shard).open("rb") as file:
            file.seek(painting.offset)
            pixels = file.read(size)
    except OSError:
        pixels = b""
    if len(pixels) < size or zlib.crc32(pixels) != (painting.crc32 or zlib.crc32(pixels)):  # older catalogues have none
        raise UserError(
            f"the pixels of {painting.id} in {collection.folder} are damaged; see what to do with "
            f"`brushwork show {collection.folder} --verify`."
        )
    return Image.frombytes("RGB", (painting.width, painting.height), pixels)


def _lossless(image: Image.Image) -> File:
    """The picture's exact pixels in a file."""
    if max(image.size) > WEBP_SIDE:
        return encoded(image, "PNG"), "png"
    return encoded(image, "WEBP", lossless=True, method=2), "webp"  # 4 takes three times as long to save 3 %


def _csv(collection: Collection, folder: Path, _name: str, _base: str) -> str:
    """Every row of the catalogue, dropped ones with their reason."""
    with (folder / "catalogue.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(painting.to_dict() for painting in collection.rows)
    return "catalogue.csv"


def _webdataset(collection: Collection, folder: Path, _name: str, _base: str) -> str:
    """Tars of samples, shuffled once so that every tar holds all styles, for they are read from end to end."""
    styles = collection.styles
    write_json(folder / "styles.json", styles)
    for split in SPLITS:
        paintings = collection.select(split=split)
        shuffled = [paintings[i] for i in stream(0, "export", split).permutation(len(paintings))]
        samples = chain.from_iterable(_encoded(collection, shuffled, _lossless, f"exporting {split}"))
        for number, first in enumerate(samples):
            with tarfile.open(folder / f"{split}-{number:06d}.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
                for painting, (data, ending) in chain([first], islice(samples, TAR_SAMPLES - 1)):
                    facts = {name: value for name, value in painting.to_dict().items() if name in SHARED}
                    _add(tar, f"{_key(painting)}.cls", str(styles.index(painting.style)).encode())
                    _add(tar, f"{_key(painting)}.json", json.dumps(facts, ensure_ascii=False).encode())
                    _add(tar, f"{_key(painting)}.{ending}", data)
                    if tar.offset > TAR_BYTES:
                        break
    return ""


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)  # of nobody, at time 0: the same collection makes the same tar
    member.size = len(data)
    tar.addfile(member, io.BytesIO(data))


def _iiif(collection: Collection, folder: Path, name: str, base: str) -> str:
    batches = _encoded(collection, collection.paintings, views, "exporting iiif")
    pictures = ((p, _key(p), made) for p, made in chain.from_iterable(batches))
    summary = f"{len(collection.paintings)} paintings; {', '.join(collection.styles)}."
    rights = [p.rights for p in collection.paintings]
    write_manifest(folder, served_from(base, name), name, summary, rights, pictures)
    return "manifest.json"


def _huggingface(collection: Collection, folder: Path, name: str, _base: str) -> str:
    """Parquet files that `datasets.load_dataset` opens with pictures and styles decoded, and their card."""
    (folder / "data").mkdir()
    styles = collection.styles
    schema = _schema(styles)
    for split in SPLITS:
        batches = _encoded(collection, collection.select(split=split), _lossless, f"exporting {split}")
        _write_parquet((_table(batch, styles, schema) for batch in batches), folder / "data", split, schema)
    text = dataset_card(summary_of(collection), name, read_json(collection.folder / "settings.json")["short_side"])
    (folder / "README.md").write_text(text, encoding="utf-8")
    return ""


def _schema(styles: Sequence[str]) -> pa.Schema:
    """The columns' types for Arrow, and in its metadata for Hugging Face, whose names differ."""
    dtypes = {pa.string(): "string", pa.int64(): "int64", pa.float64(): "float64"}
    fields = [pa.field("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())]))]
    features: dict[str, object] = {"image": {"_type": "Image"}}
    for column in SHARED:
        label = column == "style"
        fields.append(pa.field("style", pa.int64()) if label else SCHEMA.field(column))
        value = {"dtype": dtypes[fields[-1].type], "_type": "Value"}
        features[column] = {"names": list(styles), "_type": "ClassLabel"} if label else value
    return pa.schema(fields, {"huggingface": json.dumps({"info": {"features": features}})})


def _table(batch: Sequence[tuple[Painting, File]], styles: Sequence[str], schema: pa.Schema) -> pa.Table:
    rows = []
    for painting, (data, ending) in batch:
        image = {"bytes": data, "path": f"{_key(painting)}.{ending}"}
        rows.append(painting.to_dict() | {"style": styles.index(painting.style), "image": image})
    return pa.Table.from_pylist(rows, schema)


def _write_parquet(tables: Iterator[pa.Table], folder: Path, split: str, schema: pa.Schema) -> None:
    """A row group a table; the files are named once it is known how many there are."""
    parts: list[Path] = []
    for first in tables:
        parts.append(folder / f"{split}-{len(parts):05d}.parquet")
        with parts[-1].open("wb") as file, pq.ParquetWriter(file, schema) as writer:
            writer.write_table(first)
            while file.tell() < PARQUET_BYTES and (table := next(tables, None)) is not None:
                writer.write_table(table)
    for number, part in enumerate(parts):
        part.rename(folder / f"{split}-{number:05d}-of-{len(parts):05d}.parquet")


def dataset_card(summary: CollectionSummary, name: str, short_side: int) -> str:
    """The `README.md` of a Hugging Face dataset: what is in it and whose it is, without claiming a licence."""
    splits = [split for split in SPLITS if any(style.split[split] for style in summary.styles)]
    rows = [["style", "paintings", "artists", *splits], ["---"] * (3 + len(splits))]
    for s in summary.styles:
        rows.append([_cell(s.style), str(s.paintings), str(s.artists), *(str(s.split[split]) for split in splits)])
    unknown = sum(style.unknown for style in summary.styles)
    return CARD.format(
        quoted=json.dumps(name, ensure_ascii=False),
        files="\n".join(f"  - split: {split}\n    path: data/{split}-*.parquet" for split in splits),
        name=name,
        kept=summary.kept,
        styles=len(summary.styles),
        fingerprint=summary.fingerprint,
        source=_cell(summary.source),
        dropped=summary.met - summary.kept,
        met=summary.met,
        table="\n".join(f"| {' | '.join(row)} |" for row in rows),
        unknown=f" {unknown} have no known artist; each counts as an artist of its own." if unknown else "",
        short_side=short_side,
        rights="\n".join(f"- {_cell(text) or 'not stated'}: {count}" for text, count in summary.rights.items()),
    )


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


KINDS: dict[str, Callable[[Collection, Path, str, str], str]] = {
    "csv": _csv,
    "huggingface": _huggingface,
    "webdataset": _webdataset,
    "iiif": _iiif,
}
