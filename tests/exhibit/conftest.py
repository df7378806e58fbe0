"""A classifier that was trained, and generators that were not, for whoever shows the first what the others paint."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from brushwork.classifier.train import Asked, train_classifier
from brushwork.collection import Collection
from brushwork.generator.networks import save_generator
from brushwork.run import Run, load_run, write_json
from tests.classifier.test_train import TINY
from tests.generator.painters import painter

SCHOOLS = ["Alder", "Kessel"]
Making = Callable[..., Run]


@pytest.fixture(scope="session")
def classifier(schools: Collection, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A network trained on two-schools for a few seconds."""
    return train_classifier(Asked(schools, TINY), tmp_path_factory.mktemp("judge") / "classifier")


@pytest.fixture
def generator(schools: Collection, tmp_path: Path) -> Making:
    """A run with a generator that was not trained."""

    def make(name: str, styles: list[str], collection: str = "") -> Run:
        own = painter(name, len(styles))
        run = Run(tmp_path / name)
        write_json(run.folder / "settings.json", {"kind": "gan", "collection": collection or schools.fingerprint})
        save_generator(run, replace(own, styles=styles))
        return load_run(run.folder, "gan")

    return make
