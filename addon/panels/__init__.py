"""The sidebar of the 3D viewport, tab Duet: one module for each panel. Panels read and lay out; they change nothing and compute nothing that takes time."""

from . import connections, duet, moments, output, phrases, rigs, staging, threads, training

CLASSES = (
    *duet.CLASSES,
    *connections.CLASSES,
    *threads.CLASSES,
    *moments.CLASSES,
    *phrases.CLASSES,
    *staging.CLASSES,
    *output.CLASSES,
    *rigs.CLASSES,
    *training.CLASSES,
)
"""A panel before those that hang below it."""
