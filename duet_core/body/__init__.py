"""A light body for any skeleton: a mannequin shaped round the rest pose, as a mesh with smooth weights. NumPy only."""

from .mannequin import Mannequin, mannequin, mannequins

__all__ = ["Mannequin", "mannequin", "mannequins"]
