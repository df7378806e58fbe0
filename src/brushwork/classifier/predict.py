"""Verdicts on pictures from anywhere."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from PIL import Image

from brushwork.classifier.model import StyleClassifier
from brushwork.errors import PictureError
from brushwork.images import open_picture

SHORT_SIDE = 512  # pixels a picture from outside is first brought down to


@dataclass(frozen=True, slots=True)
class Verdict:
    """A classifier's calibrated answer for one picture, or the `reason` why there is none."""

    file: str
    style: str  # "unsure" where the most probable style is less probable than the model's threshold
    probabilities: dict[str, float]
    log_odds: float  # of the most probable style against the runner-up
    most_probable: str
    runner_up: str
    model: str
    reason: str = ""

    def to_dict(self) -> dict[str, object]:
        """The verdict as plain data."""
        return asdict(self)

    def in_words(self) -> str:
        """The verdict as a line for a terminal."""
        if self.reason:
            return f"{self.file}: no verdict, {self.reason}"
        odds = ", ".join(f"{style} {p:.1%}" for style, p in sorted(self.probabilities.items(), key=lambda i: -i[1]))
        if self.style == "unsure":
            return f"{self.file}: unsure, leaning to {self.most_probable} ({odds})"
        return f"{self.file}: {self.style} ({odds})"


def predict(model: StyleClassifier, pictures: Iterable[Path], name: str) -> Iterator[Verdict]:
    """A verdict for every file in turn; a picture that cannot be read gets one with its reason."""
    for path in pictures:
        try:
            image = open_file(path)
        except PictureError as error:
            yield Verdict(str(path), "", {}, float("nan"), "", "", name, str(error))
            continue
        yield verdict(model, image, str(path), name)


def open_file(path: Path, short_side: int = SHORT_SIDE) -> Image.Image:
    """The picture in a file; raises `PictureError` with the reason."""
    try:
        return open_picture(path.read_bytes(), short_side)
    except OSError as error:
        raise PictureError(f"unreadable file: {error.strerror or error}") from error


def verdict(model: StyleClassifier, image: Image.Image, file: str, name: str) -> Verdict:
    """The verdict on one whole picture."""
    device = next(model.parameters()).device
    with torch.inference_mode():
        pictures = model.preprocessing.tensor([model.preprocessing.canvas(image)])
        logs = model(pictures.to(device))[0].double().log_softmax(0).cpu()
    order = logs.argsort(descending=True)
    first, second = int(order[0]), int(order[1])
    probability = float(logs[first].exp())
    return Verdict(
        file=file,
        style=model.styles[first] if probability >= model.unsure_below else "unsure",
        probabilities={style: float(p) for style, p in zip(model.styles, logs.exp(), strict=True)},
        log_odds=float(logs[first] - logs[second]),
        most_probable=model.styles[first],
        runner_up=model.styles[second],
        model=name,
    )


def picture_files(paths: Iterable[Path]) -> list[Path]:
    """The files named, and for a folder every file in it, sorted; hidden files left out."""
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        else:
            files.append(path)
    return files
