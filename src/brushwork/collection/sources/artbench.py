"""ArtBench-10 (Liao et al. 2022): its table and its tar of 256-pixel pictures in folders."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from brushwork.collection.sources.archives import span_bytes, tar_spans
from brushwork.collection.sources.entry import Entry, Request
from brushwork.collection.sources.files import file_bytes, file_stamp
from brushwork.collection.sources.tables import read_table
from brushwork.errors import UserError, nearest
from brushwork.painting import Painting
from brushwork.progress import say

TABLE = "ArtBench-10.csv"
COLUMNS = ("name", "artist", "url", "is_public_domain", "label")
STYLES = {
    "art_nouveau": "Art Nouveau", "baroque": "Baroque", "expressionism": "Expressionism",
    "impressionism": "Impressionism", "post_impressionism": "Post-Impressionism", "realism": "Realism",
    "renaissance": "Renaissance", "romanticism": "Romanticism", "surrealism": "Surrealism", "ukiyo_e": "Ukiyo-e",
}  # fmt: skip


def entries(request: Request) -> Iterator[Entry]:
    """The paintings in the request's folder."""
    return artbench(request.folder("artbench", f"the folder that holds {TABLE} and the tar"), request.styles)


def artbench(location: Path, styles: Sequence[str] = ()) -> Iterator[Entry]:
    """The paintings of the table, their pictures read from `artbench-10-imagefolder*.tar` or from its folder.

    The original-size release holds more files than the table has rows; those without a row are left out and counted.
    Raises `UserError` for a missing table, pictures or style.
    """
    if not (location / TABLE).is_file():
        raise UserError(f"{location} holds no {TABLE}; download the metadata from the data set's page.")
    rows = read_table(location / TABLE, COLUMNS)
    for style in styles:
        if style not in STYLES.values():
            raise UserError(
                f"ArtBench has no style {style!r}; the nearest names are {nearest(style, STYLES.values())}."
            )
    pictures = _pictures(location)
    named = {f"{row['label']}/{row['name']}" for row in rows}
    if not named & pictures.keys():
        raise UserError(
            f"{location} holds none of the pictures in {TABLE}; put artbench-10-imagefolder.tar or its folder beside it."
        )
    if extra := pictures.keys() - named:
        say(
            f"{len(extra)} of {len(pictures)} pictures have no row in {TABLE}, such as {min(extra)}: they are left out."
        )
    for row in rows:
        style = STYLES.get(row["label"], row["label"])
        if styles and style not in styles:
            continue
        file = f"{row['label']}/{row['name']}"
        place = pictures.get(file)
        painting = Painting(
            id=f"artbench-{file}",
            file=file,
            title=_title(row["name"]),
            artist=row["artist"],
            style=style,
            source="artbench",
            rights="public domain"
            if row["is_public_domain"].lower() in ("true", "1")
            else "fair use; may be in copyright",
            url=row["url"],
            reason="" if place else f"no file: {file}",
        )
        yield Entry(painting, place[0] if place else bytes, place[1] if place else "")


def _title(name: str) -> str:
    """`claude-monet_water-lilies-1916.jpg` is called water lilies 1916."""
    return Path(name).stem.split("_", 1)[-1].replace("-", " ")


def _pictures(location: Path) -> "dict[str, tuple[partial[bytes], str]]":
    """Ways to the pictures by `style/name`, from tars and folders alike."""
    found: dict[str, tuple[partial[bytes], str]] = {}
    for tar in sorted(location.glob("*.tar")):
        stamp = file_stamp(tar)
        for name, offset, size in tar_spans(tar):
            if name.lower().endswith(".jpg"):
                found["/".join(name.split("/")[-2:])] = (partial(span_bytes, tar, offset, size), f"{stamp}-{offset}")
    for path in sorted(location.rglob("*.jpg")):
        found[f"{path.parent.name}/{path.name}"] = (partial(file_bytes, path), file_stamp(path))
    return found
