"""`brushwork predict`."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from brushwork.cli.options import FOLDER, device_option, json_option

if TYPE_CHECKING:
    from brushwork.classifier.gallery import Gallery
    from brushwork.classifier.model import StyleClassifier
    from brushwork.classifier.verdict import Verdict
    from brushwork.classifier.verdict_table import VerdictTable

CARDS = 20  # pictures, up to which each gets a card


@click.command("predict")
@click.argument("run", type=FOLDER)
@click.argument("pictures", type=FOLDER, nargs=-1, required=True)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV rows in place of words.")
@click.option(
    "--out",
    type=FOLDER,
    help="Append to this .csv or .jsonl file, picture by picture; goes on with what is new or has changed.",
)
@click.option("--cards", is_flag=True, help=f"A card for every picture, also for more than {CARDS}.")
@device_option
@json_option
def command(
    run: Path, pictures: tuple[Path, ...], as_csv: bool, out: Path | None, cards: bool, device: str, as_json: bool
) -> None:
    """Ask a classifier which style each picture resembles; a folder stands for every file in it.

    A picture that cannot be read has its reason in place of a verdict; the exit status is 0 unless none could be read.

    \b
    Example:
      brushwork predict runs/transfer my-painting.jpg scans/
      brushwork predict runs/transfer scans/ --out verdicts.csv
    """
    from brushwork.classifier.gallery import NO_GALLERY, load_gallery
    from brushwork.classifier.model import fingerprint, load_model
    from brushwork.classifier.predict import predict
    from brushwork.classifier.verdict import rate_in_words
    from brushwork.classifier.verdict_table import open_table
    from brushwork.errors import UserError
    from brushwork.progress import say
    from brushwork.run import load_run
    from brushwork.training import choose_device

    if as_json + as_csv + (out is not None) > 1:
        raise UserError("--json, --csv and --out were given together; give one of them.")
    load_run(run, "classifier", "folds")
    model, gallery = load_model(run, choose_device(device)), load_gallery(run)
    total = sum(1 for _ in _files(pictures, out))
    if not total:
        raise UserError(f"{', '.join(map(str, pictures))} holds no file; give pictures or a folder of them.")
    if gallery is None:
        say(f"{run} {NO_GALLERY}")
    name = f"{run.resolve().name} {fingerprint(run)}"
    met: Counter[str] = Counter()
    if out is not None:
        verdicts = _filed(model, gallery, _files(pictures, out), name, open_table(out, model.styles, name), total, met)
    else:
        verdicts = predict(model, _files(pictures, None), name, gallery)
        told = _threshold(run, model), rate_in_words(gallery.rate) if gallery else ""
        verdicts = _printed(verdicts, model.styles, told, name, as_json, as_csv, cards or total <= CARDS)
    _summed_up(verdicts, met, gallery is not None)


def _files(pictures: tuple[Path, ...], out: Path | None) -> "Iterator[Path]":
    """The files asked about, listed anew at each call; the table that is written among them is none."""
    from brushwork.classifier.predict import picture_files

    itself = out.resolve() if out else None
    return (p for p in picture_files(pictures) if itself is None or p.name != itself.name or p.resolve() != itself)


def _filed(
    model: "StyleClassifier",
    gallery: "Gallery | None",
    files: "Iterator[Path]",
    name: str,
    table: "VerdictTable",
    total: int,
    met: "Counter[str]",
) -> "Iterator[Verdict]":
    """The verdicts that the table does not hold yet, each appended to it; `met` counts the "settled" and the "changed"."""
    from brushwork.classifier.predict import predict
    from brushwork.progress import progress, say

    with progress(total, "verdicts") as advance:

        def waiting() -> "Iterator[Path]":
            for path in files:
                if table.settled(path):
                    met["settled"] += 1
                    advance(met["settled"] + met["judged"])
                else:
                    yield path

        for verdict in predict(model, waiting(), name, gallery):
            met["judged"] += 1
            met["changed"] += verdict.file in table.judged
            table.add(verdict)
            advance(met["settled"] + met["judged"])
            yield verdict
    table.close()
    if met["settled"]:
        say(f"{met['settled']:,} of {total:,} pictures had their verdict in {table.path} already and were skipped.")
    if met["changed"]:
        say(
            f"{met['changed']:,} had changed since their verdict in {table.path}; what came of them stands in its place."
        )


def _threshold(run: Path, model: "StyleClassifier") -> str:
    """What "unsure" is to mean, and how it fared where that was measured."""
    from brushwork.classifier.evaluation_file import read_evaluation
    from brushwork.classifier.sentences import percent
    from brushwork.classifier.verdict import threshold_in_words
    from brushwork.errors import UserError

    words = threshold_in_words(model.unsure_below, model.risk)
    try:
        found = read_evaluation(run)
    except UserError:  # of another version, which is no reason to give no verdict
        return words
    if found is None:
        return words
    kept = found.abstention
    wrong = f", and {percent(kept.share_wrong)} of those were wrong, styles counted equally" if kept.share_given else ""
    return f"{words} (evaluate found on artists never seen: {percent(kept.share_given)} got a verdict{wrong})"


def _printed(
    verdicts: "Iterator[Verdict]",
    styles: list[str],
    told: tuple[str, str],
    name: str,
    as_json: bool,
    as_csv: bool,
    cards: bool,
) -> "Iterator[Verdict]":
    """The verdicts, each printed; `told` is what "unsure" and "unlike the collection" mean here."""
    from brushwork.classifier.verdict import columns, row
    from brushwork.classifier.verdict_table import csv_line, json_line

    threshold, rate = told
    if as_csv:
        click.echo(csv_line(columns(styles)), nl=False)
    elif not as_json:
        click.echo(f"model {name}\n" if cards else f"model {name}; unsure {threshold}")
    for verdict in verdicts:
        if as_json:
            click.echo(json_line(verdict), nl=False)
        elif as_csv:
            click.echo(csv_line(row(verdict, styles)), nl=False)
        else:
            click.echo(verdict.card(threshold, rate) + "\n" if cards else verdict.in_words())
        yield verdict


def _summed_up(verdicts: "Iterator[Verdict]", met: "Counter[str]", asked_unlike: bool) -> None:
    """Listen to the end, say what came of it, and fail when no picture at all could be read, nor had been `met` settled."""
    from brushwork.classifier.verdict import UNSURE
    from brushwork.progress import say

    total = unsure = unlike = 0
    reasons: Counter[str] = Counter()
    for verdict in verdicts:
        total += 1
        unsure += verdict.style == UNSURE
        unlike += bool(verdict.unlike)
        if verdict.reason:
            reasons[verdict.reason.partition(":")[0]] += 1
    failed, earlier = reasons.total(), met["settled"]
    given = total - failed
    if total > 1:
        strange = f" and {unlike:,}" if asked_unlike else ", and no gallery tells which are"
        before = f" now, {earlier:,} earlier" if earlier else ""
        say(f"{given:,} verdict{'s' * (given != 1)}{before}; {unsure:,} of them unsure{strange} unlike the collection.")
    if failed:
        listed = ", ".join(f"{count:,} {reason}" for reason, count in reasons.most_common())
        say(f"{failed:,} could not be read; the reason stands with each: {listed}.")
    if total and not given and not earlier:
        raise click.exceptions.Exit(1)
