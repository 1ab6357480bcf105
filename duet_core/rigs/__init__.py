"""Rigs that others made: which of their bones stands for which place of the body. Pure names; whoever has the bones asks here.

To teach a naming, add it to `schemes.SCHEMES`.
"""

from .mapping import LEAST, Mapping, Place, as_skeleton, common
from .schemes import SCHEMES, propose

__all__ = ["LEAST", "SCHEMES", "Mapping", "Place", "as_skeleton", "common", "propose"]
