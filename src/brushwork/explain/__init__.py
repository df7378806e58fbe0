"""Explanations: where on the canvas a verdict comes from."""

from brushwork.explain.attribution import Attribution, Evidence, attribute, attribute_all, attribute_layers
from brushwork.explain.methods import METHODS

__all__ = ["METHODS", "Attribution", "Evidence", "attribute", "attribute_all", "attribute_layers"]
