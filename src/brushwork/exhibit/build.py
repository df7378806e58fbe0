"""One static folder, opened by double click: the collection, what the network sees, whether it can paint."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup
from PIL import Image

from brushwork.classifier.card import card_of
from brushwork.classifier.datasheet import datasheet
from brushwork.classifier.evaluate import EVALUATION
from brushwork.classifier.evaluation_file import read_evaluation
from brushwork.classifier.model import WEIGHTS, fingerprint, load_model
from brushwork.classifier.predictions import read_predictions
from brushwork.classifier.sentences import percent, plainly
from brushwork.collection import Collection, open_collection
from brushwork.collection.half_and_half import STYLES, read_half_and_half
from brushwork.collection.summary import spread, summary_of
from brushwork.errors import UserError
from brushwork.exhibit import charts, words
from brushwork.exhibit.dropped import dropped_page
from brushwork.exhibit.explanations import explanations_page
from brushwork.exhibit.explanations import headline as believed_in_words
from brushwork.exhibit.generated import generated_page
from brushwork.exhibit.generators import generator_sections
from brushwork.exhibit.trust import trust
from brushwork.explain.draw import Map, colour_bar, drawn_on, shared_limit
from brushwork.explain.kept import fingerprints
from brushwork.explain.localisation import evidence_on_own_half
from brushwork.explain.panels import RULES, Explained, chosen_by_rule, explained_paintings
from brushwork.images import shrink, write_image
from brushwork.painting import Painting
from brushwork.progress import progress
from brushwork.run import Run, load_run, open_run, write_atomically

METHODS = ("evidence", "cam", "grad-cam")
EACH = 3  # paintings by every rule
THUMBNAILS = 18


@dataclass
class Sources:
    """What an exhibit shows."""

    collection: Collection
    classifiers: list[Run] = field(default_factory=list)
    generators: list[Run] = field(default_factory=list)


def build_exhibit(paths: Sequence[Path], out: Path) -> Path:
    """Write the exhibit of one collection and its finished runs; returns the page to open.

    Raises `UserError` when there is no collection, a run belongs to another one, or `out` holds something else.
    """
    sources = _sources(paths)
    open_run(out, {"kind": "exhibit"})  # refuses a folder that holds anything else
    pictures = out / "pictures"
    if pictures.exists():
        shutil.rmtree(pictures)
    pictures.mkdir(parents=True)
    headline = _headline(sources.classifiers)
    with progress(4, "exhibit") as advance:
        page: dict[str, Any] = {"collection": _collection(sources.collection, pictures)}
        dropped = dropped_page(sources.collection, pictures)
        advance(1)
        page["classifier"] = _classifier(sources, headline) if headline else None
        advance(2)
        page["panels"] = _panels(sources.collection, headline, pictures) if headline else None
        believed = explanations_page(headline.folder, sources.collection, pictures) if headline else None
        page["believed"] = believed_in_words(headline.folder) if headline and believed else None
        advance(3)
        page |= generator_sections(sources.collection, sources.generators, pictures)
        models = fingerprints(headline) if headline else []
        judged = generated_page(sources.collection, sources.generators, models, pictures)
        page["judged"] = [one["conclusion"] for one in judged["generators"]] if judged else []
        advance(4)
    found = page["classifier"]["scores"] if page["classifier"] else None
    page["reading"] = words.reading(found, page["generators"])
    about = {"version": version("brushwork"), "model_card": headline is not None}
    _write(out, "dropped.html", dropped | about)
    _write(out, "index.html", page | about | {"explanations": believed is not None})
    for name, part in (("explanations.html", believed), ("generated.html", judged)):
        if part:
            _write(out, name, part | about)
        else:
            (out / name).unlink(missing_ok=True)  # of an exhibit that stood here before
    _write_cards(out, sources.collection, headline, about)
    return out / "index.html"


def _write_cards(out: Path, collection: Collection, headline: Run | None, about: dict[str, Any]) -> None:
    _write(out, "datasheet.html", {"card": datasheet(collection), **about}, "card.html.j2")
    if headline:
        card = card_of(headline, headline.results or {}, collection, read_evaluation(headline.folder))
        _write(out, "model-card.html", {"card": card, **about}, "card.html.j2")
    else:
        (out / "model-card.html").unlink(missing_ok=True)  # of an exhibit that stood here before


def _write(out: Path, name: str, page: dict[str, Any], template: str = "") -> None:
    loader = jinja2.PackageLoader("brushwork.exhibit")
    environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["percent"] = percent
    text = environment.get_template(template or f"{name}.j2").render(page)
    write_atomically(out / name, text.encode())


def _sources(paths: Sequence[Path]) -> Sources:
    kinds: dict[Path, str] = {}
    for path in paths:
        if not (path / "settings.json").exists():
            raise UserError(f"{path} holds no collection and no run; give folders made by `collect` and `train`.")
        kinds[path] = Run(path).kind
    collections = [path for path, kind in kinds.items() if kind == "collection"]
    if len(collections) != 1:
        raise UserError(f"an exhibit shows one collection and its runs, but {len(collections)} collections were given.")
    sources = Sources(open_collection(collections[0]))
    for path, kind in kinds.items():
        if kind == "collection":
            continue
        run = load_run(path, "classifier", "folds", "gan")
        if run.settings["collection"] != sources.collection.fingerprint:
            raise UserError(
                f"{path} was trained on another collection, or another state of it, than {collections[0]}; "
                "give the collection it was trained on, or train it again."
            )
        if run.results is None:
            raise UserError(f"{path} is unfinished; let its training come to an end first.")
        (sources.generators if kind == "gan" else sources.classifiers).append(run)
    return sources


def _headline(runs: Sequence[Run]) -> Run | None:
    """The run whose score is the headline: on artists never seen, by the collection's own split or folds; evaluated first."""
    honest = [run for run in runs if run.settings.get("split", "artist") == "artist"]
    return min(honest, key=lambda run: not (run.folder / EVALUATION).exists(), default=None)


def _collection(collection: Collection, pictures: Path) -> dict[str, Any]:
    thumbnails = {
        style: [
            {"file": _save(shrink(collection.picture(p), 150), pictures, f"thumb-{i}-{k}"), "painting": p}
            for k, p in enumerate(spread(collection.select([style]), THUMBNAILS))
        ]
        for i, style in enumerate(collection.styles)
    }
    return {
        "name": collection.folder.name,
        "thumbnails": thumbnails,
        "schools": STYLES,
        **summary_of(collection).to_dict(),
    }


def _classifier(sources: Sources, run: Run) -> dict[str, Any]:
    results = run.results or {}
    found = results["scores"]
    halves = read_half_and_half(sources.collection.folder)
    located = None
    if halves and (run.folder / WEIGHTS).exists() and set(sources.collection.styles) == set(STYLES):
        located = evidence_on_own_half(load_model(run.folder), halves, STYLES).to_dict()
    evaluation = read_evaluation(run.folder)
    return {
        "scores": found,
        "what": plainly(run.settings["recipe"]["preset"]),
        "trust": trust(evaluation) if evaluation else None,
        "words": [words.score(found), words.ranking(found)],
        "curves": Markup(_learning_curves(run)),
        "localisation": located,
        "localisation_words": words.localisation(located) if located else None,
        "recipe": run.settings["recipe"],
        "seed": run.settings["seed"],
        "run": run.folder.name,
        "fingerprint": results.get("model", "one model a fold"),
        "folds": [fold["balanced_accuracy"]["value"] for fold in results.get("folds", [])],
    }


def _learning_curves(run: Run) -> str:
    folder = run.folder / "fold-1" if run.kind == "folds" else run.folder
    records = Run(folder).records()
    if not records:  # a trunk left as it came has no steps to show
        return ""
    looked = [r for r in records if "validation_loss" in r]
    series = {
        "training crops": ([r["step"] for r in records], [r["train_loss"] for r in records]),
        "watched artists": ([r["step"] for r in looked], [r["validation_loss"] for r in looked]),
    }
    return charts.lines(series, "training steps", "surprise (cross-entropy, nats)")


def _panels(collection: Collection, run: Run, pictures: Path) -> dict[str, Any]:
    """Per style, the paintings chosen by rule with their maps, all on one scale."""
    folders = sorted(run.folder.glob("fold-*")) if run.kind == "folds" else [run.folder]
    home = {painting: folder for folder in folders for painting in read_predictions(folder)}
    probabilities = {k: v for folder in folders for k, v in read_predictions(folder).items()}
    chosen: list[tuple[str, str, Painting]] = []
    for style in collection.styles:
        by_rule = chosen_by_rule(collection.paintings, probabilities, collection.styles, style, EACH)
        chosen += [(style, rule, painting) for rule in RULES for painting in by_rule[rule]]
    explained: dict[str, Explained] = {}
    for folder in folders:
        own = [painting for _, _, painting in chosen if home[painting.id] == folder]
        if own:
            found = explained_paintings(load_model(folder), collection, own, METHODS)
            explained |= {painting.id: one for painting, one in zip(own, found, strict=True)}
    limits = {m: shared_limit([_shown(one.maps[m], m) for one in explained.values()]) for m in METHODS}
    cards: dict[str, dict[str, list[dict[str, Any]]]] = {s: {rule: [] for rule in RULES} for s in collection.styles}
    for number, (style, rule, painting) in enumerate(chosen):
        card = _card(collection, painting, explained[painting.id], limits, pictures, f"panel-{number}")
        cards[style][rule].append(card | {"model": fingerprint(home[painting.id])})
    _save(colour_bar(240, 14), pictures, "scale")
    return {"cards": cards, "limits": limits}


def _shown(values: Map, method: str) -> Map:
    return values.clip(0) if method == "grad-cam" else values


def _card(
    collection: Collection, painting: Painting, found: Explained, limits: dict[str, float], pictures: Path, name: str
) -> dict[str, Any]:
    image = collection.picture(painting)
    large = image.resize((image.width * 2, image.height * 2)) if max(image.size) < 256 else image
    factor = large.width / image.width
    left, top, right, bottom = (side * factor for side in found.box)
    box = (left, top, right, bottom)
    maps = {
        method: _save(drawn_on(large, _shown(values, method), box, limits[method]), pictures, f"{name}-{method}")
        for method, values in found.maps.items()
    }
    return {
        "painting": painting,
        "picture": _save(large, pictures, name),
        "maps": maps,
        "style": found.style,
        "against": found.against,
        "log_odds": found.log_odds,
        "canvas": float(found.maps["evidence"].sum()),
        "bias": found.bias,
        "sentence": found.sentence,
    }


def _save(image: Image.Image, pictures: Path, name: str) -> str:
    path = pictures / f"{name}.jpg"
    write_image(image.convert("RGB"), path, quality=90, subsampling=0)
    return f"pictures/{path.name}"
