"""What must hold on the extract of Painter by Numbers and on its neighbour, the plain folder."""

from collections import Counter
from pathlib import Path

import pytest

from brushwork.collection import collect, open_collection
from brushwork.collection.sources import Request, entries_of
from brushwork.collection.splits import artist_folds

pytestmark = pytest.mark.real


def test_the_competitions_folder_is_collected_whole(real_data: Path, tmp_path: Path) -> None:
    entries = entries_of("painter-by-numbers", Request(str(real_data / "painter-by-numbers")))
    collect(entries, tmp_path / "c", "painter-by-numbers")
    collection = open_collection(tmp_path / "c")
    assert Counter(p.style for p in collection.rows) == {"Impressionism": 1766, "Expressionism": 789}
    assert len(collection.paintings) > 2500
    assert all(p.artist == p.artist.strip() for p in collection.paintings)
    folds = artist_folds(collection.paintings, 5, 0)
    groups = [{collection.by_id[i].group for i in fold} for fold in folds]
    assert sum(map(len, groups)) == len(set().union(*groups))


def test_the_plain_folder_is_collected_with_its_table(real_data: Path, tmp_path: Path) -> None:
    entries = entries_of("folder", Request(str(real_data / "folder"), ("Expressionism",)))
    collect(entries, tmp_path / "c", "folder")
    collection = open_collection(tmp_path / "c")
    assert len(collection.rows) == 79
    assert all(p.artist for p in collection.paintings)
