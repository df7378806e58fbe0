"""A lean copy of a finished run, to be given away: weights in half precision, what came out, a model card, no painting."""

import shutil
from pathlib import Path
from typing import Any

from brushwork.checkpoint import load_state, save_state
from brushwork.classifier import model as classifier
from brushwork.classifier.card import BESIDE
from brushwork.classifier.document import markdown
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.exhibit.generator_card import generator_card
from brushwork.generator import networks as generator
from brushwork.generator.evaluation import read_quality
from brushwork.generator.networks import load_generator
from brushwork.generator.sample import grid, sample, save_picture
from brushwork.run import Run, check_no_file, load_run, write_atomically, write_json

CARD = "model_card.md"
SHEET = 32  # pictures
# What a copy has of a run besides its weights; a classifier's gallery, which holds points of paintings, is left out.
TOLD = {
    "gan": ("settings.json", "results.json", generator.DESCRIPTION),
    "classifier": ("settings.json", "results.json", classifier.DESCRIPTION, CARD),
}


def publish(folder: Path, out: Path, collection: Collection | None = None) -> list[Path]:
    """Copy a finished run to `out` for `sample`, `predict` and `explain` to use; returns the files written.

    Weights are rounded to half precision and are single again once read. Raises `UserError` for a run that is unfinished or of
    many models, and when `out` holds anything.
    """
    run = load_run(folder, "classifier", "gan")
    if run.results is None:
        raise UserError(f"{folder} is unfinished; let its training come to an end first.")
    check_no_file(out)
    if out.exists() and any(out.iterdir()):
        raise UserError(f"{out} is not empty; choose an empty or new folder for --out.")
    is_generator = run.kind == "gan"
    weights = generator.WEIGHTS if is_generator else classifier.WEIGHTS
    about: dict[str, Any] = {"preset": load_generator(run).preset.name} if is_generator else {"kind": "classifier"}
    aside = out.with_name(f".{out.name}.tmp")  # a half-written copy must not stand in the way of the next try
    shutil.rmtree(aside, ignore_errors=True)
    _write(run, aside / out.name, weights, about, collection)
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.exists():
        out.rmdir()
    (aside / out.name).rename(out)
    aside.rmdir()
    return sorted(out.iterdir())


def _write(run: Run, out: Path, weights: str, about: dict[str, Any], collection: Collection | None) -> None:
    for name in TOLD[run.kind]:
        if (run.folder / name).exists():
            write_atomically(out / name, (run.folder / name).read_bytes())
    state = {
        name: value.half() if value.is_floating_point() else value
        for name, value in load_state(run.folder / weights, about).items()
    }
    if not all(bool(value.isfinite().all()) for value in state.values()):
        raise UserError(
            f"the weights of {run.folder} do not fit into half precision, so that no lean copy can be made."
        )
    save_state(out / weights, state, about)
    if run.kind == "gan":
        _describe_generator(run, out, collection)
    elif (out / CARD).exists():
        _describe_classifier(run, out)


def _describe_classifier(run: Run, out: Path) -> None:
    """The card, of the copy: its name, the digits of its rounded weights, what lies beside it."""
    text = (out / CARD).read_text()
    for own, of_copy in (
        (f"# Model card: {run.folder.name}\n", f"# Model card: {out.name}\n"),
        (classifier.fingerprint(run.folder), f"{classifier.fingerprint(out)}, rounded to half precision"),
        (BESIDE, "This is a copy to be given away: settings and results lie beside this card."),
    ):
        text = text.replace(own, of_copy)
    write_atomically(out / CARD, text.encode())


def _describe_generator(run: Run, out: Path, collection: Collection | None) -> None:
    """Results that name no folder of this machine, a sheet of what the copy paints, and a card."""
    results = {k: v for k, v in (run.results or {}).items() if k != "collection"}
    if found := read_quality(run):  # of more seeds than when the training ended; the card has it too
        results["quality"] = found.to_dict()
    write_json(out / "results.json", results)
    copy = load_generator(Run(out))
    save_picture(grid(sample(copy, SHEET, 0), 8, 2), out / "samples.png", copy, 0, f"0-{SHEET - 1}")
    write_atomically(out / CARD, markdown(generator_card(run, collection, out.name, copy.fingerprint)).encode())
