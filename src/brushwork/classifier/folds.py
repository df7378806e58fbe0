"""Training once per fold, so that every painting is judged by a model that never saw its artist; then once on all."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from brushwork.classifier.card import model_card
from brushwork.classifier.datasheet import write_datasheet
from brushwork.classifier.metrics import Floats
from brushwork.classifier.model import fingerprint
from brushwork.classifier.parts import PROTOCOLS, Split, fold_splits
from brushwork.classifier.predictions import read_predictions, write_predictions
from brushwork.classifier.scores import Answers, scores
from brushwork.classifier.train import Asked, calibrate_, save_trained, train_split, trained_model
from brushwork.painting import Painting
from brushwork.processes import barrier, group, is_writer, say
from brushwork.run import Run, write_atomically
from brushwork.training import begin_run, choose_device


def train_folds(asked: Asked, out: Path, folds: int, split: str = "artist") -> Run:
    """Train once per fold, score each painting by the model that did not learn from it, and train once more on all.

    The last model is the one that `predict` asks; its temperature and threshold come from the folds' answers, so that
    no artist is given up to test it. Only folds by artist make one. Under `torchrun` all processes must call it. Raises
    `UserError` when a style has fewer artists than folds, the run has other settings, or a process is lost.
    """
    device = choose_device(asked.device)
    with group(device):
        splits = fold_splits(asked.collection, split, folds, asked.seed)
        run = asked.begin(out, asked.settings("folds", split) | {"folds": folds})
        if run.results:
            return run
        single = [_fold(asked, out, parts, split, k, folds, device) for k, parts in enumerate(splits, 1)]
        answers: dict[str, list[float]] = {}
        for part in single:
            answers |= read_predictions(part.folder)
        judged = [p for p in asked.collection.paintings if p.id in answers]
        table = np.array([answers[p.id] for p in judged])
        finished: dict[str, Any] = {"folds": [(part.results or {})["scores"] for part in single]}
        if split == "artist":
            unseen = np.concatenate([_unscaled(part, parts) for part, parts in zip(single, splits, strict=True)])
            tested = [p for parts in splits for p in parts.test]
            finished["temperature"] = _train_on_all(run, asked, tested, unseen, device)
        if is_writer():
            result = scores(_protocol(split, folds), Answers(judged, table), asked.collection.styles, asked.seed)
            write_predictions(out, judged, table, asked.collection.styles)
            finished = {"scores": result.to_dict()} | finished
            if split == "artist":
                finished["model"] = fingerprint(out)
            write_atomically(out / "model_card.md", model_card(run, finished, asked.collection).encode())
            write_datasheet(out, asked.collection)
            run.finish(finished)
        barrier()
    return run


def _protocol(split: str, folds: int) -> str:
    return f"{folds} artist-disjoint folds" if split == "artist" else f"{folds} folds, {PROTOCOLS[split]}"


def _fold(asked: Asked, out: Path, parts: Split, split: str, k: int, folds: int, device: torch.device) -> Run:
    part = begin_run(out / f"fold-{k}", asked.settings("classifier", split) | {"fold": k, "folds": folds})
    if not part.results:
        train_split(part, asked, parts, f"fold {k} of {folds}, {PROTOCOLS[split]}", device, gallery=False)
    accuracy = (part.results or {})["scores"]["balanced_accuracy"]["value"]
    say(f"fold {k}: balanced accuracy {accuracy:.3f}")
    return part


def _unscaled(part: Run, parts: Split) -> Floats:
    """The scores (N, styles) of a fold's test paintings before they were scaled."""
    told = read_predictions(part.folder)
    logs = np.log(np.array([told[p.id] for p in parts.test]).clip(1e-30))
    return np.asarray(logs * (part.results or {})["temperature"])


def _train_on_all(
    run: Run,
    asked: Asked,
    paintings: list[Painting],
    unseen: Floats,
    device: torch.device,
) -> float:
    """Train and save the model that learned from every artist; `unseen` are the folds' scores (N, styles), unscaled."""
    # Nothing is left to watch, so training goes its whole length.
    whole = replace(asked, recipe=replace(asked.recipe, patience=0, keep_best=False))
    trained = trained_model(run, whole, Split(paintings, [], []), "all artists", device)
    trained = replace(trained, unseen=unseen, unseen_paintings=paintings)
    temperature = calibrate_(trained, asked)
    save_trained(run, trained, asked, paintings, {p.id for p in paintings})
    return temperature
