"""Measuring a trained generator: which paintings it is compared with, over which seeds, and what is kept of it."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from brushwork.collection import Collection
from brushwork.collection.collection import Pixels
from brushwork.errors import UserError
from brushwork.generator import stylegan2
from brushwork.generator.features import Features, Floats, scaled
from brushwork.generator.memorisation import DRAWS, SHOWN, Both, Memorisation, memorisation
from brushwork.generator.networks import Painter, fingerprint, load_generator
from brushwork.generator.quality import Quality, quality_from, quality_of
from brushwork.generator.random_network import random_features
from brushwork.generator.sample import grid, painted_like, save_picture
from brushwork.generator.sides import Sides, drawn, sides_of
from brushwork.processes import say
from brushwork.progress import progress
from brushwork.run import Run, read_json, write_json
from brushwork.training import choose_device

QUALITY, LOOKALIKES = "quality.json", "lookalikes.png"
FORMAT = 2  # counted up when what is measured changes, so that old numbers are not taken for new ones
SEEDS = (1, 2, 3)
MOST, MOST_AT_FIRST = 1000, 500  # pictures compared: by an evaluation, and when a training ends
SMALL = 16  # pixels on a side, in the space in which pictures themselves are compared


def first_quality(painter: Painter, collection: Collection, sides: Sides, seed: int) -> Quality:
    """What is measured when a training ends: samples of one seed, and no space but the random network's."""
    counts = sides.counts(MOST_AT_FIRST)
    side = painter.preset.size
    held_out = [sides.held_out[i] for i in drawn(sides.held_out, counts, "held-out")]
    trained_on = [sides.trained_on[i] for i in drawn(sides.trained_on, counts, "floor", 0)]
    return quality_of(
        [painted_like(painter, counts, seed)],
        collection.squares(side, held_out),
        [collection.squares(side, trained_on)],
        [random_features(next(painter.network.parameters()).device)],
        [seed],
    )


def evaluate_generator(
    run: Run, collection: Collection, judges: Sequence[Features] = (), device: str = "auto"
) -> Quality:
    """Measure a finished generator over three seeds, in the random network's space and in those of the judges.

    The result is kept in `RUN/quality.json`, where that may be written, and given back when just the same is asked again.
    """
    where = choose_device(device)
    painter = load_generator(run, where)
    asked, kept = _asked(run, collection, judges), _kept(run)
    if kept and kept["asked"] == asked:
        return quality_from(kept["quality"], run.folder / QUALITY)
    sides = sides_of(collection, painter.styles)
    for style in sides.left_out():
        say(
            f"{run.folder.name}: no painting in {style} is by artists whom it never saw, so that style is not measured."
        )
    counts, side = sides.counts(MOST), painter.preset.size
    spaces = [random_features(where), *judges]
    learned, unseen = collection.squares(side, sides.trained_on), collection.squares(side, sides.held_out)
    held_out = unseen[drawn(sides.held_out, counts, "held-out")]
    sets = 2 * len(SEEDS) + 2  # of each space: samples and floors, noise, and what they are held against
    whole, done = len(SEEDS) + len(spaces) * sets + 1, itertools.count(1)
    with progress(whole, f"measuring {run.folder.name}") as advance:
        samples = []
        for seed in SEEDS:
            samples.append(painted_like(painter, counts, seed))
            advance(next(done))
        floors = [learned[drawn(sides.trained_on, counts, "floor", k)] for k in range(len(SEEDS))]
        watched = [replace(space, of=_watched(space.of, advance, done)) for space in spaces]
        found = quality_of(samples, held_out, floors, watched, SEEDS)
        copied = memorisation_of(samples[0], learned, unseen, sides, spaces[0])
        found = replace(found, memorisation=[_named(one, painter, counts) for one in copied])
        advance(next(done))
    try:
        if copied:
            pairs = _pairs(copied, samples[0], dict(zip([p.id for p in sides.trained_on], learned, strict=True)))
            places = ",".join(str(like.sample) for one in copied for like in one.lookalikes)
            beside = "the paintings most like them, each below its picture"
            save_picture(pairs, run.folder / LOOKALIKES, painter, SEEDS[0], places, beside=beside)
        write_json(run.folder / QUALITY, {"format": FORMAT, "asked": asked, "quality": found.to_dict()})
    except UserError as error:  # such as a shared folder of models
        say(f"{error} What was measured is told all the same, and not kept.")
    return found


def _watched(
    of: Callable[[Pixels], Floats], advance: Callable[[int], None], done: Iterator[int]
) -> Callable[[Pixels], Floats]:
    """The same features, and a word of progress after every set of pictures: a large trunk takes minutes."""

    def found(pixels: Pixels) -> Floats:
        rows = of(pixels)
        advance(next(done))
        return rows

    return found


def memorisation_of(
    samples: Pixels, learned: Pixels, unseen: Pixels, sides: Sides, network: Features
) -> list[Memorisation]:
    """The test of memorisation in a network's space and in that of the pictures themselves; none for fewer than two paintings.

    `learned` and `unseen` are the squares (N, S, S, 3) of both sides.
    """
    if len(learned) < 2:
        return []
    counts = sides.counts(min(len(learned), len(unseen)))
    matched = [
        (drawn(sides.trained_on, counts, "learned", k), drawn(sides.held_out, counts, "unseen", k))
        for k in range(DRAWS)
    ]
    real = network.of(unseen)

    def in_network(pixels: Pixels) -> Floats:
        return scaled(network.of(pixels), real)

    found = []
    for name, rows in ((network.name, in_network), (f"pixels at {SMALL} x {SMALL}", small_pixels)):
        both = [Both(rows(pixels), rows(pixels[:, :, ::-1].copy())) for pixels in (samples, learned, unseen)]
        found.append(memorisation(name, both[0], both[1], both[2], matched, [p.id for p in sides.trained_on]))
    return found


def _named(found: Memorisation, painter: Painter, counts: Mapping[str, int]) -> Memorisation:
    """The same with the seed and the style by which each of its pictures can be painted again."""
    told = isinstance(painter.network, stylegan2.Generator)
    styles = [style for style, count in counts.items() for _ in range(count)] if told else [""] * sum(counts.values())
    named = [replace(one, seed=SEEDS[0], style=styles[one.sample]) for one in found.lookalikes]
    return replace(found, lookalikes=named)


def _pairs(found: Sequence[Memorisation], samples: Pixels, learned: Mapping[str, Pixels]) -> Image.Image:
    """By each space a row of the samples most like a training painting, mirrored where that is meant, and of these below."""
    rows = []
    for one in found:
        ours = [samples[like.sample][:, :: -1 if like.mirrored else 1] for like in one.lookalikes]
        theirs = [learned[like.painting] for like in one.lookalikes]
        blank = [np.full_like(ours[0], 255)] * (SHOWN - len(ours))
        rows += [*ours, *blank, *theirs, *blank]
    return grid(np.stack(rows), columns=SHOWN, scale=max(1, 64 // samples.shape[1]))


def small_pixels(pixels: Pixels) -> Floats:
    """Pictures (N, S, S, 3) averaged to 16 x 16, as rows (N, 768) in 0..1."""
    n, side = pixels.shape[:2]
    step = side // SMALL
    return np.asarray(pixels.reshape(n, SMALL, step, SMALL, step, 3).mean((2, 4)).reshape(n, -1) / 255)


def read_quality(run: Run) -> Quality | None:
    """The evaluation kept in a run; None where there is none, or it is of another version or state of the generator."""
    kept = _kept(run)
    if not kept or kept["asked"]["generator"] != fingerprint(run.folder):
        return None
    return quality_from(kept["quality"], run.folder / QUALITY)


def _kept(run: Run) -> dict[str, Any] | None:
    path = run.folder / QUALITY
    data = read_json(path) if path.exists() else {}
    return data if isinstance(data, dict) and data.get("format") == FORMAT else None


def _asked(run: Run, collection: Collection, judges: Sequence[Features]) -> dict[str, Any]:
    """What an evaluation follows from, as JSON gives it back."""
    return {
        "generator": fingerprint(run.folder),
        "collection": collection.fingerprint,
        "judges": [[judge.name, judge.known_as] for judge in judges],
        "seeds": list(SEEDS),
        "most": MOST,
    }
