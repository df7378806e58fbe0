"""Brushwork: a painting collection in; an honest style classifier, its evidence and generators out."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from brushwork.classifier.model import StyleClassifier
    from brushwork.collection import Collection, collect, open_collection
    from brushwork.errors import PictureError, UserError
    from brushwork.explain import Attribution, attribute
    from brushwork.painting import Painting

__version__ = "0.1.0"

_HOME = {
    "Attribution": "brushwork.explain",
    "Collection": "brushwork.collection",
    "Painting": "brushwork.painting",
    "PictureError": "brushwork.errors",
    "StyleClassifier": "brushwork.classifier.model",
    "UserError": "brushwork.errors",
    "attribute": "brushwork.explain",
    "collect": "brushwork.collection",
    "open_collection": "brushwork.collection",
}

__all__ = [
    "Attribution",
    "Collection",
    "Painting",
    "PictureError",
    "StyleClassifier",
    "UserError",
    "attribute",
    "collect",
    "open_collection",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used, so that `import brushwork` costs nothing."""
    if name not in _HOME:
        raise AttributeError(f"module 'brushwork' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
