"""Exports: the pixels are the collection's own, other tools read them, and a half-written one never stands."""

import csv
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from PIL import Image, JpegImagePlugin

from brushwork.cli import cli
from brushwork.cli.show import EXPORTS
from brushwork.collection import Collection
from brushwork.collection import export as module
from brushwork.collection.catalogue import write_catalogue
from brushwork.collection.export import KINDS, dataset_card, export
from brushwork.collection.export_iiif import rights_uri
from brushwork.collection.splits import SPLITS
from brushwork.collection.summary import summary_of
from brushwork.errors import UserError
from brushwork.painting import COLUMNS, Painting

Make = Callable[..., Collection]
STRANGE: dict[str, Any] = {
    "title": 'Stilleben "mit Äpfeln",\nund | 静物 <b>',
    "rights": "see https://creativecommons.org/licenses/by-sa/4.0/deed.de",
    "genre": "<still life>",
}


@pytest.fixture
def folder_collection(style_folder: Path, collected: Make) -> Collection:
    """A collection with a dropped row, a name in other letters and a title that needs quoting everywhere."""
    (style_folder / "Calm" / "x_empty_1.png").write_bytes(b"")
    (style_folder / "Calm" / "calm-artist-a_work_0.png").rename(style_folder / "Calm" / "müller.b_work.0.png")
    collection = collected(style_folder)
    first = replace(collection.paintings[0], **STRANGE)
    write_catalogue(collection.folder, [first if row.id == first.id else row for row in collection.rows])
    return Collection(collection.folder)


@pytest.fixture
def load_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Any]:
    """`datasets.load_dataset`, off the network and with its cache in a place of its own."""
    monkeypatch.setenv("HF_DATASETS_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    datasets = pytest.importorskip("datasets")
    monkeypatch.setattr(datasets.config, "HF_DATASETS_OFFLINE", True)
    return lambda folder: datasets.load_dataset(str(folder), cache_dir=str(tmp_path / "hf-cache"))


def samples(path: Path) -> Iterator[dict[str, bytes]]:
    """The samples of a tar, as the WebDataset format defines them: neighbours with one key."""
    sample: dict[str, bytes] = {}
    with tarfile.open(path) as tar:
        for member in tar:
            key, _, ending = member.name.partition(".")
            if sample and sample["key"] != key.encode():
                yield sample
                sample = {}
            content = tar.extractfile(member)
            assert content is not None
            sample |= {"key": key.encode(), ending: content.read()}
    yield sample


def digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_command_offers_every_kind() -> None:
    assert list(KINDS) == EXPORTS


def test_csv_holds_every_row_and_every_column(folder_collection: Collection, tmp_path: Path) -> None:
    with export(folder_collection, "csv", tmp_path / "out").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        types = {field.name: field.type for field in fields(Painting)}
        rows = [Painting(**{name: types[name](value) for name, value in row.items()}) for row in reader]  # type: ignore[operator]
    assert tuple(reader.fieldnames or ()) == COLUMNS
    assert rows == folder_collection.rows
    assert any(row.reason == "empty file" for row in rows)


def test_huggingface_opens_with_the_same_pixels_and_labels(
    folder_collection: Collection, tmp_path: Path, load_dataset: Callable[[Path], Any]
) -> None:
    opened = load_dataset(export(folder_collection, "huggingface", tmp_path / "out"))
    assert set(opened) == {p.split for p in folder_collection.paintings}
    met = set()
    for split, dataset in opened.items():
        assert dataset.features["style"].names == folder_collection.styles
        assert type(dataset.features["image"]).__name__ == "Image"
        for row in dataset:
            painting = folder_collection.by_id[row["id"]]
            assert np.array_equal(np.asarray(row["image"]), folder_collection.pixels(painting))
            assert dataset.features["style"].int2str(row["style"]) == painting.style
            same = painting.to_dict()
            assert all(row[name] == same[name] for name in row if name not in ("image", "style"))
            assert painting.split == split
            met.add(painting.id)
    assert met == folder_collection.by_id.keys()


def test_huggingface_files_are_cut_by_size_and_named_by_their_number(
    schools: Collection, tmp_path: Path, load_dataset: Callable[[Path], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 10)
    monkeypatch.setattr(module, "PARQUET_BYTES", 400_000)
    monkeypatch.setattr(module, "WEBP_SIDE", 20)  # as if the pictures were too long for WebP
    folder = export(schools, "huggingface", tmp_path / "out")
    parts = sorted((folder / "data").glob("train-*.parquet"))
    assert [part.name for part in parts] == [f"train-{n:05d}-of-{len(parts):05d}.parquet" for n in range(len(parts))]
    assert len(parts) > 1
    groups = [pq.ParquetFile(part).metadata for part in parts]
    assert all(group.row_group(n).num_rows <= 10 for group in groups for n in range(group.num_row_groups))
    assert any(group.num_row_groups > 1 for group in groups)
    train = load_dataset(folder)["train"]
    assert train["id"][:] == [p.id for p in schools.select(split="train")]
    assert all(np.array_equal(np.asarray(r["image"]), schools.pixels(schools.by_id[r["id"]])) for r in train)
    assert train[0]["image"].format == "PNG"


def test_the_card_counts_states_the_rights_and_claims_no_licence(folder_collection: Collection) -> None:
    summary = summary_of(folder_collection)
    text = dataset_card(summary, 'a "name"', 256)
    front, body = text.removeprefix("---\n").split("\n---\n")
    assert 'pretty_name: "a \\"name\\""' in front
    assert "license" not in front
    assert "24 paintings in 2 styles" in body
    assert "1 of the 25 paintings met were dropped" in body
    assert "- not stated: 23" in body
    assert f"- {STRANGE['rights']}: 1" in body
    for style in summary.styles:
        numbers = [style.paintings, style.artists, *(style.split[split] for split in SPLITS)]
        assert f"| {style.style} | {' | '.join(map(str, numbers))} |" in body


def test_webdataset_holds_the_same_pixels_labels_and_facts(
    folder_collection: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TAR_SAMPLES", 4)
    folder = export(folder_collection, "webdataset", tmp_path / "out")
    styles = json.loads((folder / "styles.json").read_text())
    met = []
    for path in sorted(folder.glob("*.tar")):
        found = list(samples(path))
        assert 1 <= len(found) <= 4
        for sample in found:
            facts = json.loads(sample["json"])
            painting = folder_collection.by_id[facts["id"]]
            with Image.open(io.BytesIO(sample["webp"])) as picture:
                assert np.array_equal(np.asarray(picture), folder_collection.pixels(painting))
            assert styles[int(sample["cls"])] == painting.style
            assert path.name.startswith(f"{painting.split}-")
            assert facts.items() <= painting.to_dict().items()
            met.append(painting.id)
    assert sorted(met) == sorted(folder_collection.by_id)
    assert len(list(folder.glob("train-*.tar"))) > 1


# webdataset leaves closing its tars to the garbage collector
@pytest.mark.filterwarnings(
    r"ignore:Exception ignored in. <_io.FileIO name='.*\.tar':pytest.PytestUnraisableExceptionWarning"
)
def test_webdataset_reads_the_tars(schools: Collection, tmp_path: Path) -> None:
    wds = pytest.importorskip("webdataset")
    folder = export(schools, "webdataset", tmp_path / "out")
    read = 0
    for split in SPLITS:
        for sample in wds.WebDataset(str(folder / f"{split}-000000.tar"), shardshuffle=False).decode("rgb8"):
            painting = schools.by_id[sample["json"]["id"]]
            assert np.array_equal(sample["webp"], schools.pixels(painting))
            assert schools.styles[sample["cls"]] == painting.style
            read += 1
    assert read == len(schools.paintings)


def test_a_tar_is_mixed_and_the_same_every_time(schools: Collection, tmp_path: Path) -> None:
    first = export(schools, "webdataset", tmp_path / "first")
    assert digests(first) == digests(export(schools, "webdataset", tmp_path / "second"))
    labels = [sample["cls"] for sample in samples(first / "train-000000.tar")]
    assert {*labels[: len(labels) // 4]} == {b"0", b"1"}
    with tarfile.open(first / "train-000000.tar") as tar:
        assert all((m.mtime, m.uid, m.gid, m.uname) == (0, 0, 0, "") and m.name.count(".") == 1 for m in tar)


def test_the_iiif_manifest_keeps_the_rules_of_version_3(folder_collection: Collection, tmp_path: Path) -> None:
    base = "https://museum.org/paintings"
    path = export(folder_collection, "iiif", tmp_path / "out", base + "/")
    manifest = json.loads(path.read_text(encoding="utf-8"))
    assert manifest["@context"] == "http://iiif.io/api/presentation/3/context.json"
    assert (manifest["type"], manifest["id"]) == ("Manifest", f"{base}/manifest.json")
    assert len(manifest["items"]) == len(folder_collection.paintings)
    ids = list(check_resource(manifest))
    assert len(ids) == len(set(ids))
    for canvas, painting in zip(manifest["items"], folder_collection.paintings, strict=True):
        (page,) = canvas["items"]
        (annotation,) = page["items"]
        (thumbnail,) = canvas["thumbnail"]
        assert (page["type"], annotation["type"]) == ("AnnotationPage", "Annotation")
        assert (annotation["motivation"], annotation["target"]) == ("painting", canvas["id"])
        assert canvas["label"] == {"none": [painting.title]}
        assert (canvas["width"], canvas["height"]) == (painting.width, painting.height)
        for image in (annotation["body"], thumbnail):
            assert (image["type"], image["format"]) == ("Image", "image/jpeg")
            with Image.open(path.parent / image["id"].removeprefix(f"{base}/")) as picture:
                assert picture.size == (image["width"], image["height"])
                assert JpegImagePlugin.get_sampling(picture) == 0
        pairs = {pair["label"]["en"][0]: pair["value"]["none"][0] for pair in canvas["metadata"]}
        assert pairs.items() >= {"Artist": painting.artist, "Style": painting.style, "Source": "folder"}.items()
        assert canvas["requiredStatement"]["value"]["none"] == [painting.rights]
        assert canvas.get("rights", "") == rights_uri(painting.rights)
    assert manifest["items"][0]["rights"] == "http://creativecommons.org/licenses/by-sa/4.0/"
    genre = next(p for p in manifest["items"][0]["metadata"] if p["label"]["en"] == ["Genre"])
    assert genre["value"]["none"] == ["<still life> "]  # not to be taken for HTML
    assert "rights" not in manifest  # which differ


def check_resource(value: dict[str, Any]) -> Iterator[str]:
    """The ids of a resource and those within; every property in the form that the API asks for."""
    assert value["id"].startswith(("https://", "http://"))
    assert "#" not in value["id"]
    assert " " not in value["id"]
    for name in ("label", "summary"):
        if name in value:
            check_language_map(value[name])
    for pair in [*value.get("metadata", []), *filter(None, [value.get("requiredStatement")])]:
        assert pair.keys() == {"label", "value"}
        check_language_map(pair["label"])
        check_language_map(pair["value"])
    for side in ("width", "height"):
        assert value.get(side, 1) > 0
    if "rights" in value:
        assert value["rights"].startswith(("http://creativecommons.org/", "http://rightsstatements.org/vocab/"))
    yield value["id"]
    within = [*value.get("items", []), *value.get("thumbnail", []), *filter(None, [value.get("body")])]
    for resource in within:
        yield from check_resource(resource)


def check_language_map(value: dict[str, list[str]]) -> None:
    assert value.keys() <= {"none", "en"}
    assert all(isinstance(texts, list) and all(isinstance(t, str) and t for t in texts) for texts in value.values())


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("CC0; painted by program", ""),
        ("not stated", ""),
        ("CC BY, https://creativecommons.org/licenses/by/4.0/deed.en.", "http://creativecommons.org/licenses/by/4.0/"),
        ("https://creativecommons.org/licenses/by-nc/3.0/de", "http://creativecommons.org/licenses/by-nc/3.0/de/"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "http://creativecommons.org/publicdomain/zero/1.0/"),
        (
            "https://rightsstatements.org/page/InC-EDU/1.0/?language=en",
            "http://rightsstatements.org/vocab/InC-EDU/1.0/",
        ),
        ("https://creativecommons.org/about", ""),
    ],
)
def test_a_rights_uri_is_taken_only_where_the_text_has_one(text: str, uri: str) -> None:
    assert rights_uri(text) == uri


def test_without_a_base_the_addresses_are_examples_and_that_is_said(
    schools: Collection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = export(schools, "iiif", tmp_path / "my pictures")
    assert json.loads(path.read_text())["id"] == "https://example.org/my%20pictures/manifest.json"
    assert "give --base" in capsys.readouterr().err


@pytest.mark.parametrize("base", ["museum.org", "file:///tmp", "https://", "https://museum.org/?a=1", "http://a b"])
def test_a_base_that_is_no_address_is_refused(schools: Collection, tmp_path: Path, base: str) -> None:
    with pytest.raises(UserError, match="no address"):
        export(schools, "iiif", tmp_path / "out", base)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_that_holds_something_is_refused_and_an_empty_one_taken(
    schools: Collection, tmp_path: Path, kind: str
) -> None:
    there = tmp_path / "out"
    there.mkdir()
    opened = export(schools, kind, there)
    assert opened.exists()
    assert opened.is_relative_to(there)
    before = digests(there)
    with pytest.raises(UserError, match="choose a new or an empty one"):
        export(schools, kind, there)
    assert digests(there) == before
    with pytest.raises(UserError, match="choose a new or an empty one"):
        export(schools, kind, next(path for path in there.rglob("*") if path.is_file()))


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
@pytest.mark.parametrize("kind", ["huggingface", "webdataset", "iiif"])
def test_an_interrupted_export_leaves_nothing(
    schools: Collection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, error: Any
) -> None:
    save, made = Image.Image.save, [0]

    def failing(*args: Any, **options: Any) -> None:
        made[0] += 1
        if made[0] == 30:
            raise error
        save(*args, **options)

    monkeypatch.setattr(Image.Image, "save", failing)
    monkeypatch.setattr(module, "BATCH", 10)  # so that files stand already
    with pytest.raises((KeyboardInterrupt, UserError)) as caught:
        export(schools, kind, tmp_path / "out")
    assert "No space left" in str(caught.value) or caught.type is KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["flip", "cut"])
def test_damaged_pixels_are_never_exported(style_folder: Path, collected: Make, tmp_path: Path, damage: str) -> None:
    collection = collected(style_folder)
    path = collection.folder / "pictures" / "00000.rgb"
    data = bytearray(path.read_bytes())
    data[5] ^= 1
    path.write_bytes(data if damage == "flip" else data[:-5])
    with pytest.raises(UserError, match="are damaged; see what to do with `brushwork show"):
        export(Collection(collection.folder), "webdataset", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_show_exports_and_prints_a_painting(schools: Collection, tmp_path: Path) -> None:
    def run(*arguments: object) -> Any:
        return CliRunner().invoke(cli, ["show", str(schools.folder), *map(str, arguments)])

    result = run("--export", "csv", "--to", tmp_path / "out", "--json")
    assert result.exit_code == 0
    opened = Path(json.loads(result.stdout)["open"])
    assert len(opened.read_text().splitlines()) == 97
    painting = schools.paintings[5]
    assert json.loads(run("--painting", painting.id, "--json").stdout) == painting.to_dict()
    assert f"artist: {painting.artist}\n" in run("--painting", painting.id).stdout
    refusals: list[tuple[list[object], str]] = [
        (["--painting", "nobody"], "has no painting 'nobody'; the nearest ids are"),
        (["--export", "csv"], "give --export KIND --to DIR"),
        (["--to", "x"], "give --export KIND --to DIR"),
        (["--verify", "--painting", "x"], "one at a time"),
        (["--export", "csv", "--to", tmp_path / "b", "--base", "https://a.org"], "only --export iiif"),
    ]
    for arguments, words in refusals:
        refused = run(*arguments)
        assert refused.exit_code == 2
        assert words in refused.stderr
