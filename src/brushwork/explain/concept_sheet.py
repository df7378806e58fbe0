"""Concepts as pictures: where each fires in the painting that has most of it, and the patches in which it is strongest."""

import numpy as np
from PIL import Image, ImageDraw

from brushwork.collection import Collection
from brushwork.explain.concept_file import ConceptReport, Firing, Patch
from brushwork.explain.concept_words import titled
from brushwork.explain.draw import drawn_on
from brushwork.lettering import font_of
from brushwork.painting import Painting

SHEET = "concepts.png"
PATCHES, SIDE = 10, 96  # shown of a concept; pixels of each


def sheet(found: ConceptReport, collection: Collection) -> Image.Image:
    """A row a concept: where it fires in one painting, then its strongest patches, each from another artist."""
    by_id = {painting.id: painting for painting in collection.paintings}
    page = Image.new("RGB", ((PATCHES + 1) * (SIDE + 6) + 12, len(found.concepts) * (SIDE + 28) + 6), "white")
    draw = ImageDraw.Draw(page)
    for row, concept in enumerate(found.concepts):
        top = row * (SIDE + 28) + 4
        draw.text((6, top), titled(found, concept), fill="black", font=font_of(11))
        if concept.fires:
            whole = firing_image(collection, by_id[concept.fires.painting], concept.fires)
            whole.thumbnail((SIDE, SIDE))
            page.paste(whole, (6, top + 18))
        for k, patch in enumerate(concept.patches, 1):
            part = patch_image(collection, by_id[patch.painting], patch)
            page.paste(part.resize((SIDE, SIDE)), (12 + k * (SIDE + 6), top + 18))
    return page


def patch_image(collection: Collection, painting: Painting, patch: Patch) -> Image.Image:
    """The part of the painting."""
    return collection.picture(painting).crop(patch.box)


def firing_image(collection: Collection, painting: Painting, fires: Firing) -> Image.Image:
    """The whole painting, and over it where the concept is; full colour where it is strongest."""
    values = np.asarray(fires.map, np.float32)
    return drawn_on(collection.picture(painting), values, fires.box, float(values.max()) or 1.0)
