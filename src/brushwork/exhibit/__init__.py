"""The exhibit: a static site made from results."""

from brushwork.exhibit.build import build_exhibit

__all__ = ["build_exhibit"]
