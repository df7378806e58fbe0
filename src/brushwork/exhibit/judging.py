"""A classifier looks at a generator's pictures: its verdicts and evidence maps, beside those of real paintings as small."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from brushwork.classifier.calibration import softmax
from brushwork.classifier.evaluate import collection_of
from brushwork.classifier.metrics import Floats
from brushwork.classifier.model import StyleClassifier, fingerprint
from brushwork.classifier.predictions import read_predictions
from brushwork.classifier.scores import Answers, Interval, scores
from brushwork.classifier.verdict import UNSURE
from brushwork.collection import Collection
from brushwork.errors import UserError
from brushwork.exhibit.dials import dial_monotone
from brushwork.exhibit.judged import (
    JUDGED,
    RULES,
    Apart,
    Compared,
    Judged,
    Shown,
    StyleJudged,
    read_judged,
)
from brushwork.exhibit.likeness import (
    Halving,
    apart,
    difference,
    discrepancy,
    halved_by,
    halvings,
    kernel_of,
    of_many,
    of_paintings,
    ranged,
    uncorrelated,
    wasserstein,
)
from brushwork.exhibit.seeing import Seen, log_odds_of, scores_of_pixels, seen
from brushwork.explain.judges import Judge, chosen, judges_of, with_most_artists
from brushwork.explain.kept import fingerprints, found_again
from brushwork.generator import stylegan2
from brushwork.generator.networks import Painter, load_generator
from brushwork.generator.networks import fingerprint as generator_fingerprint
from brushwork.generator.sample import sample
from brushwork.generator.sides import Sides, drawn
from brushwork.painting import Painting
from brushwork.progress import progress
from brushwork.run import Run, write_json
from brushwork.training import choose_device

STEPS = 7  # of the dial
EACH = 2  # pictures by every rule
FEWEST = 4  # real paintings of a style, that there be halves
TINY = 1e-12  # of a floor, so that nothing is divided by 0
MEANS = ("log_odds", "for_it", "against_it", "concentration")


def judge(
    classifier: Run,
    generator: Run,
    count: int = 200,
    dials: int = 100,
    collection: Path | None = None,
    device: str = "auto",
    seed: int = 0,
    truncation: float = 1.0,
) -> Judged:
    """Judge `count` pictures of each of a generator's styles, and `dials` seeds of its dial; written to `GENERATOR/judged.json`.

    Beside them stand paintings that neither network has seen, at most as many, cut and made as small as the generator's. Raises
    `UserError` when the classifier's run cannot be used, does not know a style, or too few such paintings are there.
    """
    opened, where = collection_of(classifier, collection), choose_device(device)
    painter = load_generator(generator, where)
    one = _judge_of(classifier, opened, painter, where, seed)
    styles = one.model.styles
    real = [p for style in styles for p in chosen([q for q in one.paintings if q.style == style], count, seed)]
    small = softmax(scores_of_pixels(one.model, opened.squares(painter.preset.size, real)))
    conditional = isinstance(painter.network, stylegan2.Generator) and len(painter.styles) > 1
    with progress(len(painter.styles) if conditional else 1, f"judging {painter.run}") as advance:
        parts = []
        for style in painter.styles if conditional else [""]:
            parts.append(_part(one, painter, opened, Answers(real, small), style, count, seed, truncation))
            advance(len(parts))
    told = {"as small": small, "whole": _whole(one, real)}
    accuracy = {name: scores(name, Answers(real, rows), styles, seed).balanced_accuracy for name, rows in told.items()}
    found = Judged(
        run=generator.folder.name,
        preset=painter.preset.name,
        size=painter.preset.size,
        styles=painter.styles,
        generator=generator_fingerprint(generator.folder),
        classifier=classifier.folder.name,
        model=fingerprint(one.run.folder),
        knows=styles,
        same_collection=generator.settings["collection"] == classifier.settings["collection"],
        seed=seed,
        count=count,
        dials=dials,
        paintings=len(real),
        artists=len({p.group for p in real}),
        at_size=accuracy["as small"],
        whole=accuracy["whole"],
        parts=parts,
        dial=dial_monotone(one.model, painter, dials, STEPS, seed, truncation) if conditional and dials else None,
        truncation=truncation,
    )
    write_json(generator.folder / JUDGED, found.to_dict())
    return found


def same_again(
    classifier: Run, generator: Run, count: int, dials: int, seed: int, truncation: float = 1.0
) -> Judged | None:
    """What was found before, if just this was asked of just these networks; None otherwise."""

    def asked(found: Judged) -> bool:
        alike = (found.count, found.dials, found.seed, found.truncation) == (count, dials, seed, truncation)
        return alike and found.classifier == classifier.folder.name and found.model in fingerprints(classifier)

    return found_again(read_judged, generator, asked)


def _judge_of(classifier: Run, collection: Collection, painter: Painter, device: torch.device, seed: int) -> Judge:
    """The model that judges, with the paintings that neither it nor the generator has seen."""
    every = judges_of(classifier, collection, len(collection), device, seed)
    styles = every[0].model.styles
    if unknown := [style for style in painter.styles if style not in styles]:
        raise UserError(
            f"{painter.run} paints {unknown[0]!r}, and {classifier.folder} knows {', '.join(styles)} alone; give a classifier "
            "that was trained on that style."
        )
    # A generator learns from a collection's training paintings, and what folds test may be among them.
    every = [replace(one, paintings=[p for p in one.unseen if p.split != "train"]) for one in every]
    best = with_most_artists(every, styles)
    for style in styles:
        if (few := sum(p.style == style for p in best.paintings)) < FEWEST:
            raise UserError(
                f"{few} paintings of {style!r} were seen neither by {classifier.folder} nor by {painter.run}, and {FEWEST} are "
                "needed to compare with; collect more, or give a classifier that was trained without --folds."
            )
    return best


def _whole(one: Judge, paintings: Sequence[Painting]) -> Floats:
    """What the model told of whole paintings when it was tested: probabilities (N, styles)."""
    told = read_predictions(one.run.folder)
    return np.array([told[painting.id] for painting in paintings])


def _part(
    one: Judge,
    painter: Painter,
    collection: Collection,
    small: Answers,
    style: str,
    count: int,
    seed: int,
    truncation: float,
) -> StyleJudged:
    """Pictures of a style that the network is told, or (`style` is empty) whatever it paints, beside real ones of the same.

    `small` is what was told of all real paintings as small.
    """
    of = [style] if style else painter.styles
    own = [p for p in small.paintings if p.style in of]
    if len(of) > 1:
        own = _as_often_as_learned(own, collection)
    made = seen(one.model, sample(painter, count, seed, style=style or None, truncation=truncation), of[0])
    beside = seen(one.model, collection.squares(painter.preset.size, own), of[0])
    halves = halvings(own, count, seed)
    whole = _whole(one, own)
    every = {
        "generated": made.log_odds,
        "real": beside.log_odds,
        "whole": log_odds_of(whole, one.model.styles.index(of[0])),
    }
    called, unsure = _verdicts(one.model, (made.probabilities, beside.probabilities, whole), own, seed)
    means = {name: _compared(getattr(made, name), getattr(beside, name), own, seed) for name in MEANS}
    uncut = of_paintings(every["whole"], own, seed)
    distances, counts_more = _distances(made, beside, halves)
    return StyleJudged(
        style=of[0] if len(of) == 1 else "",
        asked=of[0],
        n=count,
        real=len(own),
        artists=len({p.group for p in own}),
        halves=halved_by(own),
        half=round(float(np.mean([len(h.one) for h in halves]))),
        called=called,
        others=_called_by_others(small, one.model.styles, of[0], seed) if len(of) == 1 else None,
        unsure=unsure,
        means=means | {"log_odds": replace(means["log_odds"], whole=uncut)},
        spread={name: float(values.std()) for name, values in every.items()},
        bias=float(made.bias.mean()),
        distances=distances,
        counts_more=counts_more,
        every={name: np.sort(values).round(4).tolist() for name, values in every.items()},
        places={name: np.abs(one.maps).mean(0).tolist() for name, one in (("generated", made), ("real", beside))},
        generated_shown=_shown(one.model, made, None),
        real_shown=_shown(one.model, beside, own),
    )


def _as_often_as_learned(own: Sequence[Painting], collection: Collection) -> list[Painting]:
    """Those of the paintings that have the styles in the shares in which they were learned from, as a mixed generator should."""
    styles = sorted({p.style for p in own})
    counts = Sides(collection.select(styles, "train"), list(own)).counts(len(own))
    return [own[i] for i in sorted(drawn(own, counts, "judged"))]


def _compared(
    generated: Floats, real: Floats, paintings: Sequence[Painting], seed: int, is_share: bool = False
) -> Compared:
    ours, theirs = of_many(generated, is_share), of_paintings(real, paintings, seed, is_share)
    return Compared(ours, theirs, difference(ours, theirs))


def _verdicts(
    model: StyleClassifier, told: tuple[Floats, Floats, Floats], paintings: Sequence[Painting], seed: int
) -> tuple[dict[str, Compared], Compared]:
    """How often each style is the most probable, and how often it is "unsure", of probabilities (N, styles).

    Of generated pictures, of real ones as small, and of whole ones.
    """
    verdicts = {
        style: [(one.argmax(1) == k).astype(np.float64) for one in told] for k, style in enumerate(model.styles)
    }
    verdicts[UNSURE] = [(one.max(1) < model.unsure_below).astype(np.float64) for one in told]
    found = {}
    for name, (generated, real, whole) in verdicts.items():
        uncut = of_paintings(whole, paintings, seed, is_share=True)
        found[name] = replace(_compared(generated, real, paintings, seed, is_share=True), whole=uncut)
    unsure = found.pop(UNSURE)
    return found, unsure


def _called_by_others(small: Answers, styles: Sequence[str], style: str, seed: int) -> Interval:
    """The share of paintings of other styles for which this style is the most probable."""
    others = [k for k, painting in enumerate(small.paintings) if painting.style != style]
    told = small.probabilities[others].argmax(1) == list(styles).index(style)
    return of_paintings(told.astype(np.float64), [small.paintings[k] for k in others], seed, is_share=True)


def _distances(made: Seen, beside: Seen, halves: Sequence[Halving]) -> tuple[dict[str, Apart], Interval]:
    """How far generated pictures are from real ones by each of four distances; and by how many floors more the strong cells."""
    log_odds = np.concatenate([made.log_odds, beside.log_odds])
    maps = np.abs(np.concatenate([made.maps, beside.maps]))
    found = {
        "log_odds": apart(halves, len(made.maps), lambda one, other: wasserstein(log_odds[one], log_odds[other])),
        "place": apart(halves, len(made.maps), lambda one, other: uncorrelated(maps[one].mean(0), maps[other].mean(0))),
    }
    for name in ("strong", "weak"):
        found[name] = apart(
            halves, len(made.maps), partial(discrepancy, kernel_of(getattr(made, name), getattr(beside, name)))
        )
    times = [found[name].generated / max(float(found[name].floor.mean()), TINY) for name in ("strong", "weak")]
    return {name: one.summary() for name, one in found.items()}, ranged(times[0] - times[1])


def _shown(model: StyleClassifier, side: Seen, paintings: Sequence[Painting] | None) -> list[Shown]:
    """By every rule a few pictures, none twice, with their maps; of paintings, or of a seed where there are none."""
    middle = np.abs(side.log_odds - np.median(side.log_odds))
    taken: list[int] = []
    shown = []
    for rule, order in zip(RULES, (middle, -side.log_odds, side.log_odds), strict=True):
        places = [int(k) for k in np.argsort(order, kind="stable") if int(k) not in taken][:EACH]
        taken += places
        for k in places:
            shown.append(
                Shown(
                    rule=rule,
                    place=-1 if paintings else k,
                    painting=paintings[k].id if paintings else "",
                    told=model.styles[int(side.probabilities[k].argmax())],
                    log_odds=float(side.log_odds[k]),
                    map=side.maps[k].tolist(),
                )
            )
    return shown
