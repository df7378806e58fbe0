"""`brushwork evaluate`."""

from pathlib import Path
from typing import Any

import click

from brushwork.cli.options import FOLDER, answer, device_option, json_option


@click.command("evaluate")
@click.argument("runs", metavar="RUN [OTHER_RUN...]", type=FOLDER, nargs=-1, required=True)
@click.option("--on", type=FOLDER, help="Another collection, such as another museum's, to be judged too.")
@click.option("--collection", type=FOLDER, help="Where the run's own collection is, if it was moved.")
@click.option("--weights", type=FOLDER, help="Where the trunk's weights are, if they were moved.")
@click.option("--judge", "judges", type=FOLDER, multiple=True,
              help="A classifier's run in whose features a generator's pictures are measured too; may be repeated.")  # fmt: skip
@click.option("--inception", type=FOLDER, help="The file of the standard Inception's weights, for FID and KID.")
@device_option
@json_option
def command(
    runs: tuple[Path, ...],
    on: Path | None,
    collection: Path | None,
    weights: Path | None,
    judges: tuple[Path, ...],
    inception: Path | None,
    device: str,
    as_json: bool,
) -> None:
    """Print what a run is worth: four numbers and their baselines for a classifier, distances for a generator.

    A classifier is scored on artists never seen, on a random split, on artists who carry several styles and, with
    --on, on another collection, beside baselines that hardly look at the picture. What that needs is trained under
    RUN/evaluation, once. Other runs of the same collection and folds are put into the same tables, where they have
    been evaluated themselves.

    A generator's pictures of three seeds are compared with paintings by artists whom it never saw, beside as many of
    those that it learned from (the floor) and noise, and searched for copies. Every number says in whose eyes; the
    result is kept as quality.json in the run.

    \b
    Example:
      brushwork evaluate runs/transfer runs/scratch --on museum
      brushwork evaluate runs/stylegan2 --judge runs/transfer
    """
    from brushwork.errors import UserError
    from brushwork.run import load_run

    if len(runs) > 1 and any(load_run(run).kind == "gan" for run in runs):
        raise UserError("a generator was given beside other runs; evaluate it by itself.")
    is_generator = load_run(runs[0]).kind == "gan"
    foreign = {"--on": on, "--weights": weights} if is_generator else {"--judge": judges, "--inception": inception}
    if vain := [name for name, value in foreign.items() if value]:
        kind, other = ("generator", "classifiers") if is_generator else ("classifier", "generators")
        raise UserError(
            f"{runs[0]} is a {kind}, and {' and '.join(vain)} can only be given for {other}; leave that out."
        )
    if is_generator:
        answer(*_measured(runs[0], collection, judges, inception, device), as_json)
        return
    from brushwork.classifier.evaluate import evaluate
    from brushwork.classifier.evaluation_words import in_words
    from brushwork.collection import open_collection

    opened = [load_run(run, "classifier", "folds") for run in runs]
    found = evaluate(opened, open_collection(on) if on else None, collection, device, weights)
    answer(found.to_dict(), in_words(found), as_json)


def _measured(
    folder: Path, moved: Path | None, judges: tuple[Path, ...], inception: Path | None, device: str
) -> tuple[dict[str, Any], str]:
    """All measures of a finished generator as data and in words; `UserError` for an unfinished one, with how far it is."""
    from brushwork.collection import open_again
    from brushwork.errors import UserError
    from brushwork.exhibit.quality_words import in_words
    from brushwork.exhibit.trunk_features import trunk_features
    from brushwork.generator.evaluation import evaluate_generator
    from brushwork.generator.inception import inception_features
    from brushwork.run import load_run
    from brushwork.training import choose_device

    value, words = report(folder)
    if not value["finished"]:
        raise UserError(words)
    run, where = load_run(folder), choose_device(device)
    fingerprint = run.settings["collection"]
    if moved is None and "collection" not in value:
        raise UserError(
            f"{folder} is a copy that names no collection; give the one that it learned from as --collection."
        )
    opened = open_again(moved or Path(value["collection"]), fingerprint, folder)
    spaces = [trunk_features(judge, fingerprint, where) for judge in judges]
    spaces += [inception_features(inception, where)] if inception else []
    found = evaluate_generator(run, opened, spaces, device)
    return value | {"quality": found.to_dict()}, f"{folder}: {_trained(value)}\n\n{in_words(found)}"


def report(folder: Path) -> tuple[dict[str, Any], str]:
    """A run's results as data and in words."""
    from brushwork.run import load_run

    run = load_run(folder, "classifier", "folds", "gan")
    results = run.results
    if results is None:
        done = run.records()[-1]["step"] if run.records() else 0
        folds = sum((fold / "results.json").exists() for fold in folder.glob("fold-*"))
        at = f"with {folds} of {run.settings['folds']} folds done" if run.kind == "folds" else f"at step {done}"
        words = f"{folder} is unfinished, {at}; the command that began it goes on with it."
        return {"run": folder.name, "finished": False, "step": done, "folds": folds}, words
    if run.kind != "gan":
        from brushwork.classifier.scores import Scores

        Scores.from_dict(results["scores"])  # refuses those of another version in one sentence
    words = _generator(results, folder) if run.kind == "gan" else _classifier(results)
    return {"run": folder.name, "finished": True, **results}, f"{folder}: {words}"


def _classifier(results: dict[str, Any]) -> str:
    score = results["scores"]
    accuracy, auc = (score[name] for name in ("balanced_accuracy", "auc"))
    text = (
        f"{score['protocol']}, {score['n']} paintings by {score['artists']} artists.\n"
        f"  balanced accuracy {accuracy['value']:.3f}, 95 % interval over artists {accuracy['low']:.3f} to "
        f"{accuracy['high']:.3f}\n"
        f"  area under the ROC curve {auc['value']:.3f}, {auc['low']:.3f} to {auc['high']:.3f}\n"
    )
    if "folds" in results:
        single = [fold["balanced_accuracy"]["value"] for fold in results["folds"]]
        text += f"  single folds {', '.join(f'{v:.3f}' for v in single)}, mean {sum(single) / len(single):.3f}\n"
    if score["caution"]:
        text += f"  {score['caution']}\n"
    wide = max(map(len, score["styles"]))
    text += f"  {'true style':{max(wide + 4, 14)}}told as " + "  ".join(f"{s:>{wide}}" for s in score["styles"])
    for style, row in zip(score["styles"], score["confusion"], strict=True):
        text += f"\n  {style:{max(wide + 4, 14) + 8}}" + "  ".join(f"{n:>{wide}}" for n in row)
    return text


def _generator(results: dict[str, Any], folder: Path) -> str:
    from brushwork.classifier.document import plain_text
    from brushwork.exhibit.quality_words import table
    from brushwork.generator.quality import quality_from

    found = quality_from(results["quality"], folder / "results.json")
    command = f"brushwork evaluate {folder}" + ("" if "collection" in results else " --collection PATH")
    return (
        f"{_trained(results)}\n"
        f"{plain_text([table(found)])}\n"
        f'  The floor is what training paintings get; "{command}" measures with intervals and looks for copies.'
    )


def _trained(results: dict[str, Any]) -> str:
    """What a generator has seen, and its size."""
    from brushwork.generator.results import ending

    cost, paper = results["cost"], results["paper_cost"]
    share = (
        f", {results['updates'] / results['paper_updates']:.2%} of the paper's" if results.get("paper_updates") else ""
    )
    ended = f"  {words}\n" if (words := ending(results)) else ""
    return (
        f"{results['kimg']:g} thousand paintings shown, {results['paintings']} different; "
        f"{results['updates']:,} generator updates{share}.\n{ended}"
        f"  generator {cost['generator_parameters']:,} parameters, {cost['generator_gflop']:.3g} GFLOP a picture "
        f"(at the paper's size {paper['generator_parameters']:,}, {paper['generator_gflop']:.3g})"
    )
