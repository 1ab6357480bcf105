"""Planted duets: unrelated dancers, some joints of one made to follow the other's, so that every connection is known. NumPy alone.

``limbs`` moves a joint without stretching a bone; ``couplings`` says what an answer looks like;
``generator`` plants; ``labels`` says what is true in a window; ``sets`` gives training batches and benchmark duets that share nothing.
"""

from ..solos import Solo, solos_of
from .generator import Event, PlantedDuet, Recipe, plant
from .labels import FAMILIES, Labels, labels
from .sets import Batch, benchmark_duets, training_batch

__all__ = [
    "FAMILIES",
    "Batch",
    "Event",
    "Labels",
    "PlantedDuet",
    "Recipe",
    "Solo",
    "benchmark_duets",
    "labels",
    "plant",
    "solos_of",
    "training_batch",
]
