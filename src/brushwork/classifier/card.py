"""The model card of a run, written from its results (Mitchell et al. 2019)."""

from typing import Any

from brushwork.collection import Collection
from brushwork.run import Run


def model_card(run: Run, results: dict[str, Any], collection: Collection) -> str:
    """The card as Markdown."""
    settings = run.settings
    score, recipe = results["scores"], settings["recipe"]
    accuracy, auc = score["balanced_accuracy"], score["auc"]
    rows = "\n".join(
        f"| {style} | " + " | ".join(map(str, row)) + " |"
        for style, row in zip(score["styles"], score["confusion"], strict=True)
    )
    return f"""# Model card: {run.folder.name}

**What it is.** A classifier of painting style ({", ".join(settings["styles"])}): trunk `{recipe["backbone"]}`, global
average pooling, one linear layer. Preset `{recipe["preset"]}`, seed {settings["seed"]}.

**What it is for.** Asking which of these styles a painting resembles, and where on the canvas the evidence lies. It is
not for attribution to an artist, for dating, for valuation, or for pictures that are not paintings.

**What it learned from.** Collection `{collection.folder.name}` (source `{settings["source"]}`, fingerprint
`{settings["collection"]}`){_sizes(results)}.

**How good it is** ({score["protocol"]}, {score["n"]} paintings by {score["artists"]} artists):
balanced accuracy {_with_interval(accuracy)}, area under the ROC curve {_with_interval(auc)}, log-loss {_with_interval(score["log_loss"])}.
The 95 % intervals resample artists, then their paintings.

| true style, as told | {" | ".join(score["styles"])} |
|---|{"---|" * len(score["styles"])}
{rows}

**What to beware of.** A style is known here only through the artists of the collection; subject, reproduction and date
go along with style and may be what is seen. Labels are the source's own. Probabilities are scaled on validation
artists and hold for pictures like the collection's.
"""


def _with_interval(number: dict[str, float]) -> str:
    return f"{number['value']:.3f} [{number['low']:.3f}, {number['high']:.3f}]"


def _sizes(results: dict[str, Any]) -> str:
    if "train" not in results:
        return ""
    return (
        f": {results['train']['paintings']} paintings by {len(results['train']['artists'])} artists to learn from, "
        f"{results['validation']['paintings']} by {len(results['validation']['artists'])} others to watch"
    )
