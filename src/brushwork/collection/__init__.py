"""Collections: from a source to checked, split pictures and their catalogue."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brushwork.collection.collection import Collection, open_again, open_collection
    from brushwork.collection.ingest import collect

_HOME = {
    "Collection": "collection",
    "collect": "ingest",
    "open_again": "collection",
    "open_collection": "collection",
}

__all__ = ["Collection", "collect", "open_again", "open_collection"]


def __getattr__(name: str) -> Any:
    """Load a name when it is first used: workers that only read pictures must stay small."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"brushwork.collection.{_HOME[name]}"), name)
