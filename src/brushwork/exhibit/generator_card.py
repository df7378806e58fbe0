"""The model card of a generator, from its run's results and what was measured of it."""

from dataclasses import replace

from brushwork.classifier.document import Card, Part, Section
from brushwork.classifier.sentences import joined
from brushwork.collection import Collection
from brushwork.exhibit import judged_words, quality_words
from brushwork.exhibit.judged import read_judged
from brushwork.generator.evaluation import read_quality
from brushwork.generator.networks import Painter, load_generator
from brushwork.generator.quality import quality_from
from brushwork.generator.results import ending
from brushwork.run import Run

USE = (
    "To see what a network of this kind makes of a collection, to teach with, to walk through and to play with. Its pictures are "
    "no paintings: every file says in its metadata that it was generated, by which run and from which seed."
)
NOT_FOR = (
    "Not to be passed off as anybody's work, nor as evidence of what a style is: what the pictures have in common with paintings "
    "is what is measured below, and no more. It learned from reproductions of the paintings below; whoever publishes its "
    "pictures looks to the rights of these."
)


def generator_card(run: Run, collection: Collection | None, name: str, weights: str) -> Card:
    """The card of a copy of a finished generator; every figure is taken from the run.

    `collection` is what it learned from, if at hand, `name` the copy's, `weights` the copy's fingerprint.
    """
    painter, results, settings = load_generator(run), run.results or {}, run.settings
    quality = read_quality(run) or quality_from(results["quality"], run.folder)
    judged = read_judged(run.folder)
    looked: list[Part] = ["No classifier has looked at its pictures yet."]
    if judged:
        looked = list(judged_words.parts(replace(judged, run=name)))
    return Card(
        title=f"Model card: {name}",
        lead=(
            f"A generator of pictures after {joined(painter.styles)}, {painter.preset.size} pixels on a side. Every figure here "
            "is taken from the run's results."
        ),
        sections=(
            Section("Model details", tuple(_details(painter, settings, results, weights))),
            Section("Intended use", (USE, NOT_FOR)),
            Section("Training data", tuple(_data(settings, results, collection))),
            Section("How near its pictures are to paintings", tuple(quality_words.parts(quality))),
            Section("What a classifier makes of its pictures", tuple(looked)),
        ),
    )


def _details(painter: Painter, settings: dict[str, object], results: dict[str, object], weights: str) -> list[Part]:
    cost, preset = results["cost"], painter.preset
    earlier = f"This is its state after {painter.kimg:g} thousand." if painter.kimg != results["kimg"] else ""
    shown = f"{results['kimg']:g} thousand paintings were shown to it in {results['updates']:,} updates."
    assert isinstance(cost, dict)
    return [
        preset.about,
        f"Preset {preset.name}: width {preset.width}, batch {preset.batch}, learning rate {preset.learning_rate:g} "
        f"(the generator's times {preset.generator_rate:g}), augmentation "
        f"{preset.augmentation}, loss {preset.loss}; {cost['generator_parameters']:,} weights paint and "
        f"{cost['discriminator_parameters']:,} judged. Seed {settings['seed']}.",
        " ".join(words for words in (shown, ending(results), earlier) if words),
        f"Weights {weights}, rounded to half precision; its pictures name them in their metadata.",
    ]


def _data(settings: dict[str, object], results: dict[str, object], collection: Collection | None) -> list[Part]:
    source = collection.source if collection else settings["source"]
    return [
        f"{results['paintings']:,} paintings of a collection made from {source} (fingerprint {settings['collection']}); "
        f"{results['held_out']:,} by other artists were kept from it, to compare its pictures with."
    ]
