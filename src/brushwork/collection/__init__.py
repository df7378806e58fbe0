"""Collections: from a source to checked, split pictures and their catalogue."""

from brushwork.collection.collection import Collection, open_collection
from brushwork.collection.ingest import collect

__all__ = ["Collection", "collect", "open_collection"]
