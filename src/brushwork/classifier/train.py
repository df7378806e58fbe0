"""Training a style classifier: presets, the head first and then fine-tuning, one split or several folds."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from brushwork.classifier.card import model_card
from brushwork.classifier.data import pooled_features, sampling_weights, scores_of
from brushwork.classifier.model import StyleClassifier, fingerprint, save_model
from brushwork.classifier.predictions import HEAD_ONLY, read_predictions, write_predictions
from brushwork.classifier.scores import scores
from brushwork.classifier.task import ClassifierTask, Recipe, Split
from brushwork.classifier.trunks import SCRATCH, build_trunk, transfer_trunk
from brushwork.collection import Collection
from brushwork.collection.splits import artist_folds, held_out_artists, named_split, need_artists
from brushwork.errors import UserError
from brushwork.painting import Painting
from brushwork.progress import say
from brushwork.randomness import stream, stream_seed
from brushwork.run import Run, open_run, write_atomically
from brushwork.training import choose_device, fit

RECIPES = {
    "scratch": Recipe("scratch", SCRATCH, 112, 64, 0.4, 0.75, 40, 32, 3e-3, 0.05, 0.05),
    "transfer": Recipe("transfer", "mobilenetv2_100", 192, 160, 0.5, 1.0, 2, 32, 1e-4, 0.05, 0.1),
}

PROTOCOLS = {
    "artist": "artists never seen",
    "random": "random split, artists seen",
    "within-artist": "artists seen, each in several styles",
    "leave-source-out": "another source, artists never seen",
}


def train_classifier(
    collection: Collection,
    out: Path,
    recipe: Recipe,
    weights: Path | None = None,
    split: str = "artist",
    seed: int = 0,
    device: str = "auto",
) -> Run:
    """Train on the collection's own split by artist, or another one named in `splits.NAMED`, and score the test part.

    Raises `UserError` when the collection cannot be split so, or the run has other settings.
    """
    paintings = collection.paintings
    need_artists(paintings, 3, "training, validation and test")
    if split != "artist":
        names = named_split(paintings, split, seed)
        paintings = [replace(p, split=names[p.id]) for p in paintings if p.id in names]
    parts = Split(*([p for p in paintings if p.split == name] for name in ("train", "validation", "test")))
    _need_every_style(parts, collection.styles)
    settings = _settings("classifier", collection, recipe, weights, seed) | {"split": split}
    run = open_run(out, settings)
    if not run.results:
        protocol = PROTOCOLS[split.partition(":")[0]]
        _train_split(run, collection, parts, recipe, weights, seed, device, protocol)
    return run


def train_folds(
    collection: Collection,
    out: Path,
    recipe: Recipe,
    folds: int,
    weights: Path | None = None,
    seed: int = 0,
    device: str = "auto",
) -> Run:
    """Train once per artist-disjoint fold and score all paintings by the model that never saw their artists."""
    paintings = collection.paintings
    tested = artist_folds(paintings, folds, seed)
    run = open_run(out, _settings("folds", collection, recipe, weights, seed) | {"folds": folds})
    if run.results:
        return run
    answers: dict[str, list[float]] = {}
    single = []
    for k, ids in enumerate(tested, 1):
        inside = set(ids)
        rest = [p for p in paintings if p.id not in inside]
        watched = held_out_artists(rest, 0.12, stream_seed(seed, "validation", k) % 2**31)
        parts = Split(
            [p for p in rest if p.id not in watched],
            [p for p in rest if p.id in watched],
            [p for p in paintings if p.id in inside],
        )
        settings = _settings("classifier", collection, recipe, weights, seed) | {"fold": k, "folds": folds}
        part = open_run(out / f"fold-{k}", settings)
        if not part.results:
            _train_split(
                part, collection, parts, recipe, weights, seed, device, f"fold {k} of {folds}, artists never seen"
            )
        answers |= read_predictions(part.folder)
        single.append(part.results)
        say(f"fold {k}: balanced accuracy {part.results['scores']['balanced_accuracy']['value']:.3f}")  # type: ignore[index]
    table = np.array([answers[p.id] for p in paintings])
    result = scores(f"{folds} artist-disjoint folds", paintings, table, collection.styles, seed)
    write_predictions(out, paintings, table, collection.styles)
    finished: dict[str, Any] = {"scores": result.to_dict(), "folds": [one["scores"] for one in single if one]}
    if recipe.preset == "transfer":
        told: dict[str, list[float]] = {}
        for k in range(1, folds + 1):
            told |= read_predictions(out / f"fold-{k}", HEAD_ONLY)
        before = np.array([told[p.id] for p in paintings])
        finished["head_only"] = scores("before fine-tuning", paintings, before, collection.styles, seed).to_dict()
    write_atomically(out / "model_card.md", model_card(run, finished, collection).encode())
    run.finish(finished)
    return run


def _need_every_style(parts: Split, styles: Sequence[str]) -> None:
    named = {"to learn from": parts.train, "to watch": parts.validation, "to test on": parts.test}
    for style in styles:
        for use, paintings in named.items():
            if not any(p.style == style for p in paintings):
                raise UserError(
                    f"the split leaves no painting of {style!r} {use}; add paintings by other artists or use --folds."
                )


def _settings(kind: str, collection: Collection, recipe: Recipe, weights: Path | None, seed: int) -> dict[str, Any]:
    return {
        "kind": kind,
        "collection": collection.fingerprint,
        "source": collection.source,
        "styles": collection.styles,
        "recipe": asdict(recipe),
        "weights": _digest(weights) if weights else None,
        "seed": seed,
    }


def _digest(weights: Path) -> str:
    """The weights file's name and twelve digits of its content, so that another file of that name is another setting."""
    try:
        return f"{weights.name} {hashlib.sha256(weights.read_bytes()).hexdigest()[:12]}"
    except OSError as error:
        raise UserError(
            f"{weights} cannot be read ({error.strerror}); give the trunk's weights as safetensors."
        ) from error


def _train_split(
    run: Run,
    collection: Collection,
    parts: Split,
    recipe: Recipe,
    weights: Path | None,
    seed: int,
    device_name: str,
    protocol: str,
) -> None:
    device = choose_device(device_name)
    torch.manual_seed(stream_seed(seed, "weights"))
    trunk = build_trunk(SCRATCH, {}) if recipe.preset == "scratch" else transfer_trunk(recipe.backbone, weights)
    model = StyleClassifier(trunk, collection.styles, recipe.short_side).to(device)
    transfer = recipe.preset == "transfer"
    if transfer:
        model.eval()
        for name, parameter in model.trunk.named_parameters():
            parameter.requires_grad_(name not in trunk.frozen)
        if not (run.folder / "checkpoint.safetensors").exists():
            fit_head(model, collection, parts.train, device)
            before = _softmax(scores_of(model, collection, parts.test, device))
            write_predictions(run.folder, parts.test, before, model.styles, HEAD_ONLY)
    task = ClassifierTask(model, collection, parts, recipe, seed, device)
    steps = max(1, round(recipe.passes * len(parts.train) / recipe.batch))
    about = {"kind": "classifier", "architecture": model.architecture, "styles": model.styles}
    every = max(1, math.ceil(steps / 6))
    fit(
        run,
        task,
        steps,
        about,
        checkpoint_every=every,
        log_every=max(1, steps // 100),
        label=f"{recipe.preset}, {protocol}",
    )
    model.eval()
    model.scale_(temperature(scores_of(model, collection, parts.validation, device), parts.validation, model.styles))
    model.centre_(average_painting(model, collection, parts.train, seed, device))
    save_model(run.folder, model, {"weights": weights.name if weights else None})
    probabilities = _softmax(scores_of(model, collection, parts.test, device))
    write_predictions(run.folder, parts.test, probabilities, model.styles)
    result = scores(protocol, parts.test, probabilities, model.styles, seed)
    results = {"scores": result.to_dict(), "model": fingerprint(run.folder)} | _sizes(parts)
    write_atomically(run.folder / "model_card.md", model_card(run, results, collection).encode())
    run.finish(results)


def _sizes(parts: Split) -> dict[str, Any]:
    named = {"train": parts.train, "validation": parts.validation, "test": parts.test}
    return {
        name: {"paintings": len(part), "artists": sorted({p.artist or "unknown" for p in part})}
        for name, part in named.items()
    }


def average_painting(
    model: StyleClassifier, collection: Collection, paintings: Sequence[Painting], seed: int, device: torch.device
) -> Tensor:
    """The features (C,) of an average painting: the mean over styles of up to 200 paintings each."""
    means = []
    for style in model.styles:
        own = [p for p in paintings if p.style == style]
        chosen = [own[i] for i in stream(seed, "average-painting", style).permutation(len(own))[:200]]
        means.append(pooled_features(model, collection, chosen, device).mean(0))
    return torch.from_numpy(np.mean(means, 0)).to(device)


def fit_head(
    model: StyleClassifier, collection: Collection, paintings: Sequence[Painting], device: torch.device
) -> None:
    """Set the head by logistic regression (C 0.001) on the trunk's standardised features, weighed as they are sampled."""
    from sklearn.linear_model import LogisticRegression

    say(f"reading {len(paintings)} paintings with the trunk as it came, to set the head first")
    features = pooled_features(model, collection, paintings, device).astype(np.float64)
    labels = np.array([model.styles.index(p.style) for p in paintings])
    mean, std = features.mean(0), features.std(0) + 1e-6
    fitted = LogisticRegression(C=0.001, max_iter=2000).fit(
        (features - mean) / std, labels, sample_weight=sampling_weights(paintings) * len(paintings)
    )
    rows, bias = fitted.coef_ / std, fitted.intercept_ - (fitted.coef_ / std) @ mean
    if len(model.styles) == 2:  # scikit-learn gives one row, the log-odds of the second style
        rows, bias = np.stack([-rows[0], rows[0]]) / 2, np.stack([-bias[0], bias[0]]) / 2
    with torch.no_grad():
        model.head.weight.copy_(torch.from_numpy(rows))
        model.head.bias.copy_(torch.from_numpy(bias))


def temperature(
    found: np.ndarray[Any, np.dtype[np.float64]], paintings: Sequence[Painting], styles: list[str]
) -> float:
    """The temperature between 1/2 and 4 that makes the scores (N, styles) least surprised (Guo et al. 2017)."""
    if not len(paintings):
        raise UserError("no painting is left for validation; add artists.")
    truth = torch.tensor([styles.index(p.style) for p in paintings])
    choices = np.geomspace(0.5, 4.0, 61)
    losses = [float(F.cross_entropy(torch.from_numpy(found / t), truth)) for t in choices]
    return float(choices[int(np.argmin(losses))])


def _softmax(found: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    shifted = np.exp(found - found.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True))
