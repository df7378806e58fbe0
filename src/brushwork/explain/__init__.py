"""Explanations: where on the canvas a verdict comes from."""

from brushwork.explain.attribution import Attribution, Evidence, attribute, attribute_all, attribute_layers
from brushwork.explain.cam import fused
from brushwork.explain.draw import drawn_on
from brushwork.explain.methods import METHODS

__all__ = ["METHODS", "Attribution", "Evidence", "attribute", "attribute_all", "attribute_layers", "drawn_on", "fused"]
