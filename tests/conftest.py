"""Small pictures and collections that tests share."""

import io
import os
import signal
from collections.abc import Callable, Mapping, Sequence
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


@pytest.fixture(autouse=True, scope="session")
def ctrl_c() -> None:
    """Some tests press it, though they be run in the background, where it is ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def noise_picture(seed: int, width: int = 80, height: int = 64, mode: str = "RGB") -> Image.Image:
    """A picture of noise, different for each seed."""
    values = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(values).convert(mode)


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The image as a file's bytes."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def tinted_picture(seed: int, style: str, artist: str) -> Image.Image:
    """Noise, coloured a little by the style and a little more by the artist's own hand."""
    hand = np.random.default_rng(sum(map(ord, artist)) * 7919 + len(artist)).uniform(-30, 30, 3)
    colour = 100 + hand + (np.array([20, 0, -20]) if style == "Wild" else 0)
    noise = np.asarray(noise_picture(seed), float) / 255 - 0.5
    return Image.fromarray(np.clip(colour + 160 * noise, 0, 255).astype(np.uint8))


def made_collection(root: Path, works: Mapping[tuple[str, str], Sequence[int]]) -> Collection:
    """A collection of tinted noise: by style and artist the seeds of the pictures, one painting each."""
    for (style, artist), seeds in works.items():
        (root / "source" / style).mkdir(parents=True, exist_ok=True)
        for seed in seeds:
            tinted_picture(seed, style, artist).save(root / "source" / style / f"{artist}_{seed}.png")
    out = root / "collection"
    collect(entries_of("folder", Request(str(root / "source"))), out, "folder", Reading(), workers=0)
    return open_collection(out)


def toy_works() -> dict[tuple[str, str], list[int]]:
    """Eight artists in Calm, six in Wild and two in both, five paintings each by style."""
    names = ("Ada", "Ben", "Cleo", "Dora", "Emil", "Finn", "Gerd", "Hugo", "Ines", "Jon", "Karl", "Lea", "Max", "Nora")
    artists = [("Calm" if i < 8 else "Wild", f"{name} Berg") for i, name in enumerate(names)]
    artists += [(style, artist) for style in ("Calm", "Wild") for artist in ("Olga Ruiz", "Paul Ruiz")]
    return {key: [100 * i + n for n in range(5)] for i, key in enumerate(artists)}


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Collection:
    """The paintings of `toy_works`, 90 of 80 x 64 pixels; two artists carry both styles."""
    return made_collection(tmp_path_factory.mktemp("toy"), toy_works())


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of random weights of the trunk `test_efficientnet`."""
    import timm
    import torch
    from safetensors.torch import save_file

    torch.manual_seed(7)
    path = tmp_path_factory.mktemp("weights") / "test_efficientnet.safetensors"
    save_file(timm.create_model("test_efficientnet").state_dict(), path, {"architecture": "test_efficientnet"})
    return path


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
