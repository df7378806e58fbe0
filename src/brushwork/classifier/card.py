"""The model card of a run, written from its results and never by hand (Mitchell et al. 2019)."""

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from brushwork.classifier import analyses
from brushwork.classifier.document import Card, Entry, Grid, Part, Section, markdown
from brushwork.classifier.factors import MADE, by_style, concentration, files
from brushwork.classifier.scores import Scores
from brushwork.classifier.sentences import headline, joined, percent, plainly
from brushwork.collection import Collection
from brushwork.collection.summary import counted, summary_of
from brushwork.run import Run, read_json, write_atomically

if TYPE_CHECKING:
    from brushwork.classifier.evaluate import Evaluation

FILE = "model_card.md"
Results = dict[str, Any]
BESIDE = "Settings, log and predictions lie beside this card."  # of a run's own; a copy says otherwise


def model_card(run: Run, results: Results, collection: Collection, found: "Evaluation | None" = None) -> str:
    """The card as Markdown; see `card_of`."""
    return markdown(card_of(run, results, collection, found))


def write_card(run: Run, collection: Collection, found: "Evaluation") -> None:
    """Write the card of a finished run anew, with what its evaluation found."""
    write_atomically(run.folder / FILE, model_card(run, run.results or {}, collection, found).encode())


def card_of(run: Run, results: Results, collection: Collection, found: "Evaluation | None" = None) -> Card:
    """The card in Mitchell's nine sections, from the results of a run and its evaluation, where there is one.

    Raises `UserError` when another version of Brushwork wrote the results.
    """
    scores, styles = Scores.from_dict(results["scores"]), joined(run.settings["styles"])
    return Card(
        title=f"Model card: {run.folder.name}",
        lead=(
            f"A classifier of painting style: {styles}. {headline(scores)} Every figure here is taken from the run's results. "
            "The sections are those of Mitchell et al., Model Cards for Model Reporting (2019)."
        ),
        sections=(
            Section("Model details", _details(run, results)),
            Section("Intended use", _intended(styles)),
            Section("Factors", _factors(collection, found)),
            Section("Metrics", _metrics(run)),
            Section("Evaluation data", _evaluation_data(run, results, scores, found)),
            Section("Training data", _training_data(run, results, collection)),
            Section("Quantitative analyses", _quantitative(results, scores, found)),
            Section("Ethical considerations", _ethics(collection)),
            Section("Caveats and recommendations", _caveats(run, scores, found)),
        ),
    )


def _description(run: Run) -> dict[str, Any]:
    """What is written beside the weights of the run's own model, or of its first fold's."""
    homes = [run.folder / "model.json", run.folder / "fold-1" / "model.json"]
    return next((read_json(home) for home in homes if home.exists()), {})


def _details(run: Run, results: Results) -> tuple[Part, ...]:
    settings, recipe, about = run.settings, run.settings["recipe"], _description(run)
    detail = about.get("preprocessing", {}).get("detail")
    sharper = (
        f" A picture with more than {detail} on the short side is first brought down to so many." if detail else ""
    )
    weights = f", weights {settings['weights']}" if settings["weights"] else ""
    parts = [
        Entry("What it is.", f"{plainly(recipe['preset'])}. Trunk {recipe['backbone']}{weights}."),
        Entry(
            "How it answers.",
            f"It sees the whole canvas, {recipe['short_side']} pixels on the short side, averages what it finds over all places "
            "and turns the average into one score a style by one linear layer, so that maps of evidence add up to the verdict."
            f"{sharper}",
        ),
        Entry("What it reads.", str(about.get("reads", "Not recorded."))),
        Entry("How it was trained.", _training(run, results)),
        Entry("How sure it is.", _sureness(run, results)),
        Entry(
            "Which one.",
            f"Weights {results.get('model', 'of one model a fold, none for all')}, seed {settings['seed']}, Brushwork "
            f"{version('brushwork')}. {BESIDE}",
        ),
        Entry("By whom, when, under what licence.", "Not recorded by the run; say so when you pass it on."),
    ]
    if recipe["preset"] == "transfer":
        parts.append(
            Entry("What it began from.", "The trunk's weights have makers, training data and a licence of their own.")
        )
    return tuple(parts)


def _training(run: Run, results: Results) -> str:
    recipe = run.settings["recipe"]
    if recipe["preset"] == "transfer" and not recipe["passes"]:
        how = "The trunk was left as it came; only the last layer was learned, by logistic regression with styles weighing alike."
    else:
        how = (
            f"On random crops of {recipe['crop']} pixels, each painting about {recipe['passes']:g} times, {recipe['batch']} at "
            "a time, with styles weighing alike, and artists by the root of how many paintings they have; then the last layer "
            "was learned anew from whole canvases, by logistic regression."
        )
    if run.kind != "folds":
        return how
    folds = run.settings["folds"]
    last = " One more model learned from all artists; it is the one that is asked." if "temperature" in results else ""
    return f"{how} This was done {folds} times, each time without another part of the paintings, which was then judged.{last}"


def _sureness(run: Run, results: Results) -> str:
    about = run.folder / "model.json"
    if "temperature" not in results or not about.exists():
        return "There is no model for all here, so no threshold either."
    model = read_json(about)
    limit = model["unsure_below"]
    told = f"Scores are divided by a temperature of {results['temperature']:.2f}, found on artists kept back; what "
    told += "that did to the calibration error stands below."
    if limit > 1:
        return f"{told} No threshold kept the share of wrong verdicts at {percent(model['risk'])}, so every answer is “unsure”."
    return (
        f"{told} Below a probability of {limit:.4g} the answer is “unsure”: above it at most {percent(model['risk'])} of "
        "verdicts on those artists, by a head that had not learned from them, were wrong, styles counted equally."
    )


def _intended(styles: str) -> tuple[Part, ...]:
    return (
        Entry(
            "For:",
            f"asking which of {styles} a painting resembles and where on the canvas the evidence lies; research and teaching.",
        ),
        Entry("By:", "historians of art, curators, students and developers who can look at the painting themselves."),
        Entry(
            "Not for:",
            "attribution to an artist, authentication, dating, valuation or buying; paintings in other styles, which are forced "
            "into these; pictures that are no paintings; any decision nobody checks.",
        ),
    )


def _factors(collection: Collection, found: "Evaluation | None") -> tuple[Part, ...]:
    genres = "measured below" if found and found.genres else "not measured here"
    return (
        "What goes along with style in this collection, and may be what the network sees instead:",
        by_style(collection, summary_of(collection)),
        Entry("Artists.", "The figure that counts is on artists never seen; intervals draw artists anew."),
        Entry("Subjects (genres).", f"A style can be told by its subjects. Scores within one genre are {genres}."),
        Entry(
            "Periods.",
            "Styles follow one another, so a painting's age may stand in for its style; this is not taken apart here.",
        ),
        Entry("Reproduction.", f"Photographs and files differ by source and museum. {files(collection.paintings)}"),
    )


def _metrics(run: Run) -> tuple[Part, ...]:
    risk = percent(run.settings["recipe"]["risk"])
    return (
        *analyses.GLOSSES,
        Entry(
            "Why balanced accuracy leads:",
            "collections hold more of one style than of another, and plain accuracy can be had by always naming that one.",
        ),
        Entry("Intervals:", analyses.INTERVALS),
        Entry(
            "“Unsure”:",
            f"the threshold is set so that at most {risk} of the verdicts given are wrong, styles counted equally.",
        ),
    )


def _evaluation_data(run: Run, results: Results, scores: Scores, found: "Evaluation | None") -> tuple[Part, ...]:
    told = f"{scores.n:,} paintings by {counted(scores.artists, 'artist')} of the same collection ({scores.protocol})."
    parts: list[Part] = [Entry("The headline:", told)]
    if run.settings["split"] != "artist":
        parts.append(
            "These artists may have been learned from too: this is not a score on artists never seen, and no headline."
        )
    elif "test" in results:
        parts.append(Entry("Tested artists:", f"{', '.join(results['test']['artists'])}."))
    else:
        parts.append(
            "Every painting of the collection was judged once, by the model of the fold that had not learned from its artist."
        )
    others = (
        [analyses.PROTOCOLS[t.protocol] for t in found.tables if t.rows and t.protocol != "artist"] if found else []
    )
    if others:
        parts.append(f"Also judged by: {joined(others)}.")
    return (*parts, "Labels are the source's own and were not checked; the datasheet says what is known of them.")


def _training_data(run: Run, results: Results, collection: Collection) -> tuple[Part, ...]:
    settings = run.settings
    which = (
        f"Collection {collection.folder.name} (source {settings['source']}, fingerprint {settings['collection']}); the "
        "collection has its datasheet in datasheet.md, and the exhibit has it as a page."
    )
    if "train" in results:
        rows = tuple(
            (use, f"{results[name]['paintings']:,}", f"{len(results[name]['artists']):,}")
            for name, use in (
                ("train", "learned from"),
                ("validation", "kept back to scale and to stop, learned from by the last layer alone"),
                ("test", "tested on"),
            )
        )
        return (which, Grid(("use", "paintings", "artists"), rows))
    size = counted(len(collection.paintings), "painting")
    return (which, f"{size}, divided into {settings['folds']} parts; each model learned from all parts but one.")


def _quantitative(results: Results, scores: Scores, found: "Evaluation | None") -> tuple[Part, ...]:
    table: tuple[Part, ...] = (headline(scores), analyses.of_scores({scores.protocol: scores}), analyses.INTERVALS)
    if folds := results.get("folds"):
        single = ", ".join(f"{fold['balanced_accuracy']['value']:.3f}" for fold in folds)
        table += (Entry("Single folds:", f"balanced accuracy {single}."),)
    told = Entry("Verdicts by true style:", "all answers, the unsure ones too.")
    if found is None:
        missing = (
            "A random split for comparison, baselines, artist leakage, genres, artists and abstention have not been "
            "measured; “brushwork evaluate RUN” adds them here."
        )
        return (*table, told, analyses.confusion(scores), missing)
    return (*table[3:], *analyses.analyses(found), told, analyses.confusion(scores))


def _ethics(collection: Collection) -> tuple[Part, ...]:
    summary = summary_of(collection)
    canon = (
        "The painters are invented, so there is none here, and nothing said here holds for real paintings."
        if collection.source == MADE
        else "Collections hold what was collected and photographed, mostly by artists already famous; who is missing is judged "
        "by the measure of those."
    )
    rights = "; ".join(f"{right or 'not stated'} ({count:,})" for right, count in list(summary.rights.items())[:5])
    return (
        Entry(
            "Misuse for attribution.",
            "A verdict on style is no evidence of authorship or authenticity, yet may be quoted as such where money is at stake.",
        ),
        Entry("The canon.", f"{canon} {concentration(collection, summary)}"),
        Entry(
            "Names of styles", "are later scholars' conventions; a confident answer does not make them natural kinds."
        ),
        Entry("Rights.", f"The sources say of the paintings: {rights}. Brushwork has not checked it."),
    )


def _caveats(run: Run, scores: Scores, found: "Evaluation | None") -> tuple[Part, ...]:
    cautions = [scores.caution] if scores.caution else []
    parts: list[Part] = [Entry("Mind:", f"{caution}.") for caution in cautions]
    if scores.balanced_accuracy.low <= 1 / len(scores.styles):
        parts.append(Entry("Nothing is shown yet:", "the interval of the headline includes what guessing reaches."))
    parts += [
        "A style is known here only through the artists of the collection. Expect less of paintings from other museums, regions "
        "and photographers"
        + (", which was measured above." if found and found.table("cross-source") else ", which was not measured."),
        "Probabilities hold for paintings like these. “brushwork predict” warns of pictures unlike them, but not of all.",
        "Quote the figure on artists never seen, with its interval and numbers; never the random split alone.",
        "Look at the maps of evidence and at the nearest paintings before believing a verdict.",
    ]
    if run.settings["split"] != "artist":
        parts.append("Train on the split by artist before using this model for anything.")
    return tuple(parts)
