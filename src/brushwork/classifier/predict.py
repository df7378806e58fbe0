"""Verdicts on pictures from anywhere, one or a folder of a million, at a constant memory."""

import math
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from brushwork.classifier.data import equal_canvases
from brushwork.classifier.folding import folded
from brushwork.classifier.gallery import Gallery
from brushwork.classifier.model import StyleClassifier
from brushwork.classifier.statistics import picture_statistics
from brushwork.classifier.threads import in_threads
from brushwork.classifier.verdict import UNSURE, Verdict, no_verdict
from brushwork.collection.catalogue import FILE
from brushwork.errors import PictureError, UserError
from brushwork.images import open_picture

WINDOW = 8  # pictures that one thread takes at a time

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ready:
    """One picture as the network and the gallery need it, or the reason why there is none."""

    file: str
    canvas: Image.Image | None
    statistics: Floats | None
    side: float  # pixels, the root of width times height, of the picture as the network may see it
    reason: str = ""
    sha256: str = ""  # of the file


def predict(
    model: StyleClassifier, pictures: Iterable[Path], name: str, gallery: Gallery | None = None
) -> Iterator[Verdict]:
    """A verdict for every file in turn, `name` naming the model; a picture that cannot be read gets one with its reason.

    Pictures are read and judged a window at a time by every thread, and only a few windows are taken ahead, whatever the
    number of files; the order of verdicts is that of the files.
    """
    files = iter(pictures)
    windows = iter(lambda: list(islice(files, WINDOW)), [])

    def judged(model: StyleClassifier, window: list[Path]) -> list[Verdict]:
        return _verdicts(model, [_ready(model, path, gallery) for path in window], name, gallery)

    for verdicts in in_threads(folded(model), windows, judged):
        yield from verdicts


def verdict(
    model: StyleClassifier, image: Image.Image, file: str, name: str, gallery: Gallery | None = None
) -> Verdict:
    """The verdict on one whole picture with no more detail than a `folded` model knows; the same as among others."""
    (one,) = _verdicts(model, [_prepared(model, image, file, gallery)], name, gallery)
    return one


def picture_bytes(path: Path) -> bytes:
    """What a picture's file holds; raises `PictureError` with the reason."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"unreadable file: {error.strerror or error}") from error


def picture_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and for a folder every file in it and in its folders, by name; hidden ones and links to folders out.

    Only the names of one folder at a time are held. Raises `UserError` when a folder cannot be listed, or is a collection.
    """
    for path in paths:
        if path.is_dir():
            yield from _files_in(path)
        else:
            yield path


def _files_in(folder: Path) -> Iterator[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                (entry.name, entry.is_dir(follow_symlinks=False))
                for entry in entries
                if not entry.name.startswith(".") and (entry.is_file() or entry.is_dir(follow_symlinks=False))
            )
    except OSError as error:
        raise UserError(f"{folder} cannot be listed ({error.strerror}); give a folder that you may read.") from error
    if (FILE, False) in names:
        raise UserError(
            f"{folder} is a collection, which keeps no picture as a file; give the pictures that it was made from, or ask "
            "`brushwork evaluate`, which predicts its paintings."
        )
    for name, is_folder in names:
        if is_folder:
            yield from _files_in(folder / name)
        else:
            yield folder / name


def _ready(model: StyleClassifier, path: Path, gallery: Gallery | None) -> Ready:
    try:
        data = picture_bytes(path)
        ready = _prepared(model, open_picture(data, model.preprocessing.detail), str(path), gallery)
        return replace(ready, sha256=sha256(data).hexdigest())
    except PictureError as error:
        return Ready(str(path), None, None, 0.0, str(error))


def _prepared(model: StyleClassifier, image: Image.Image, file: str, gallery: Gallery | None) -> Ready:
    image = model.preprocessing.seen(image)
    side = math.sqrt(image.width * image.height)
    return Ready(file, model.preprocessing.canvas(image), picture_statistics(image) if gallery else None, side)


def _verdicts(model: StyleClassifier, ready: Sequence[Ready], name: str, gallery: Gallery | None) -> list[Verdict]:
    """The verdicts on a window of pictures, in its order."""
    found = {i: no_verdict(one.file, name, one.reason) for i, one in enumerate(ready) if one.canvas is None}
    places = [i for i, one in enumerate(ready) if one.canvas is not None]
    images = [one.canvas for one in ready if one.canvas is not None]
    if images:
        pooled, logs = _answers(model, images)
        verdicts = [_said(model, ready[i], row, name) for i, row in zip(places, logs, strict=True)]
        if gallery:
            statistics = np.stack([one.statistics for one in ready if one.statistics is not None])
            verdicts = _beside(gallery, verdicts, pooled, statistics, [ready[i].side for i in places])
        found |= zip(places, verdicts, strict=True)
    return [found[i] for i in range(len(ready))]


def _answers(model: StyleClassifier, images: Sequence[Image.Image]) -> tuple[Floats, Floats]:
    """Of canvases the pooled features (N, C) and the logarithms (N, styles) of the probabilities."""
    device = next(model.parameters()).device
    pooled = torch.zeros(len(images), model.head.in_features, device=device)
    with torch.inference_mode():
        for places in equal_canvases([image.size for image in images]):
            pooled[places] = model.pooled(model.preprocessing.tensor([images[i] for i in places]).to(device))
        logs = model.head(pooled).cpu().double().log_softmax(1)
    return pooled.cpu().double().numpy(), logs.numpy()


def _beside(
    gallery: Gallery, verdicts: Sequence[Verdict], pooled: Floats, statistics: Floats, sides: Sequence[float]
) -> list[Verdict]:
    """The verdicts with what the gallery has to say of each."""
    said = zip(
        verdicts,
        gallery.unlike(pooled, statistics, sides),
        gallery.nearest(pooled),
        gallery.learned(pooled, statistics),
        strict=True,
    )
    return [replace(one, unlike=unlike, nearest=near, learned_from=learned) for one, unlike, near, learned in said]


def _said(model: StyleClassifier, one: Ready, logs: Floats, name: str) -> Verdict:
    """The verdict on a picture from the logarithms (styles,) of the probabilities."""
    first, second = (int(i) for i in np.argsort(-logs, kind="stable")[:2])
    probability = float(np.exp(logs[first]))
    return Verdict(
        file=one.file,
        sha256=one.sha256,
        style=model.styles[first] if probability >= model.unsure_below else UNSURE,
        probabilities={style: float(p) for style, p in zip(model.styles, np.exp(logs), strict=True)},
        log_odds=float(logs[first] - logs[second]),
        most_probable=model.styles[first],
        runner_up=model.styles[second],
        model=name,
    )
