"""Explanations: where on the canvas a verdict comes from."""

from brushwork.explain.attribution import METHODS, Attribution, attribute

__all__ = ["METHODS", "Attribution", "attribute"]
