"""Small pictures and collections that tests share."""

import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from brushwork.collection import Collection, collect, open_collection
from brushwork.collection.cleanup import DEFAULT_STEPS
from brushwork.collection.shards import Reading
from brushwork.collection.sources import Request, entries_of

REAL = Path(os.environ.get("BRUSHWORK_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))


def noise_picture(seed: int, width: int = 80, height: int = 64, mode: str = "RGB") -> Image.Image:
    """A picture of noise, different for each seed."""
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(values).convert(mode)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The image as a file's bytes."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def style_folder(tmp_path: Path) -> Path:
    """A `folder` source: two styles, four artists each, three pictures an artist."""
    root = tmp_path / "source"
    for s, style in enumerate(("Calm", "Wild")):
        (root / style).mkdir(parents=True)
        for a in range(4):
            for n in range(3):
                name = f"{style.lower()}-artist-{'abcd'[a]}_work_{n}.png"
                noise_picture(100 * s + 10 * a + n).save(root / style / name)
    return root


@pytest.fixture
def collected(tmp_path: Path) -> Callable[..., Collection]:
    """Collect a folder of pictures into a fresh place."""

    def make(root: Path, name: str = "collection", steps: Sequence[str] = DEFAULT_STEPS, **options: Any) -> Collection:
        out = tmp_path / name
        collect(entries_of("folder", Request(str(root))), out, "folder", Reading(**options), workers=0, steps=steps)
        return open_collection(out)

    return make


@pytest.fixture(scope="session")
def schools(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """A small two-schools collection, painted once for all tests: 24 painters, four paintings each, 96 px."""
    out = tmp_path_factory.mktemp("schools") / "two-schools"
    collect(entries_of("two-schools", Request(count=96, seed=0)), out, "two-schools", Reading(96), workers=2)
    return open_collection(out)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The extract of Painter by Numbers; tests that need it are skipped without it."""
    if not (REAL / "painter-by-numbers" / "all_data_info.csv").is_file():
        pytest.skip("no extract of Painter by Numbers; set BRUSHWORK_REAL_DATA to its folder")
    return REAL
