"""`brushwork discriminator`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from brushwork.cli.options import FOLDER, answer, device_option, json_option, seed_option

if TYPE_CHECKING:
    from brushwork.classifier.linear_probe import ProbeTable
    from brushwork.collection import Collection
    from brushwork.painting import Painting


@click.command("discriminator")
@click.argument("run", type=FOLDER)
@click.argument("collection", type=FOLDER)
@click.option(
    "--most", default=4000, show_default=True, type=click.IntRange(10), help="Paintings of each split, at most."
)
@seed_option
@device_option
@json_option
def command(run: Path, collection: Path, most: int, seed: int, device: str, as_json: bool) -> None:
    """Ask what a generator's discriminator learned: can a straight line tell styles apart by what it sees?

    As in the DCGAN paper: every layer's activations, pooled to 4 x 4 places, and a linear SVM on them; scored on artists
    that neither has seen, beside the same network untrained, the colours alone and thumbnails. (The discriminator of
    stylegan2 was told the styles while it learned, those of the papers were not.)

    \b
    Example:
      brushwork discriminator runs/dcgan paintings
    """
    from brushwork.classifier.linear_probe import Described, colour_histograms, probe, thumbnails
    from brushwork.collection import open_collection
    from brushwork.errors import UserError
    from brushwork.generator.discriminator_features import discriminator_features
    from brushwork.generator.networks import load_discriminator, load_generator, networks_of
    from brushwork.run import load_run
    from brushwork.training import choose_device

    trained_in, chosen = load_run(run, "gan"), choose_device(device)
    preset, opened = load_generator(trained_in).preset, open_collection(collection)
    if opened.fingerprint != trained_in.settings["collection"]:
        raise UserError(
            f"{run} did not learn from {collection} as it is now; give the collection that it was trained on."
        )
    paintings = some_of_each_split(opened, most, seed)
    squares = opened.squares(preset.size, paintings)
    trained = discriminator_features(load_discriminator(trained_in, chosen), "discriminator")
    untrained = (
        networks_of(preset, trained_in.settings["seed"], len(load_generator(trained_in).styles))[1].eval().to(chosen)
    )
    described = {
        "discriminator": Described(trained.of(squares), trained.about),
        "untrained discriminator": Described(
            discriminator_features(untrained, "").of(squares), "the same, of the same network before any training"
        ),
        "colours": Described(colour_histograms(squares), "the share of pixels of each of 512 colours"),
        "thumbnails": Described(thumbnails(squares), "the pixels of the picture at 8 x 8"),
    }
    found = probe(paintings, described, seed)
    answer({"run": run.name, "collection": str(collection)} | found.to_dict(), in_words(run, found), as_json)


def some_of_each_split(collection: "Collection", most: int, seed: int) -> "list[Painting]":
    """The paintings of a collection, of each split at most so many."""
    from brushwork.collection.splits import SPLITS
    from brushwork.randomness import stream

    chosen: list[Painting] = []
    for split in SPLITS:
        own = collection.select(split=split)
        chosen += [own[i] for i in sorted(stream(seed, "probe", split).permutation(len(own))[:most])]
    return chosen


def in_words(run: Path, found: "ProbeTable") -> str:
    """The table as text."""
    wide = max(len(row.features) for row in found.rows)
    lines = [
        f"{run.name}: linear SVM on {' or '.join(found.styles)}, learned from {found.learned} paintings, strength chosen on "
        f"{found.validated}, balanced accuracy on {found.n} paintings by {found.artists} artists never seen "
        "(95 % interval over artists):"
    ]
    for row in found.rows:
        gain = "" if row.gain is None else f"   the discriminator's above it: {row.gain}"
        lines.append(f"  {row.features:{wide}}  {row.balanced_accuracy}  {row.dimensions:>6} features{gain}")
    return "\n".join(lines)
