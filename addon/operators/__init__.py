"""What a person can do: one module for each action. Operators call plain functions of ``scene`` and ``duet_core`` and turn errors into reports."""

from . import (
    baking,
    checking,
    drawing,
    exporting,
    generating,
    helping,
    importing,
    inferring,
    looks,
    moments,
    rendering,
    rigging,
    staging,
    training,
)

CLASSES = (
    *importing.CLASSES,
    *inferring.CLASSES,
    *drawing.CLASSES,
    *looks.CLASSES,
    *moments.CLASSES,
    *rendering.CLASSES,
    *baking.CLASSES,
    *exporting.CLASSES,
    *checking.CLASSES,
    *rigging.CLASSES,
    *training.CLASSES,
    *staging.CLASSES,
    *generating.CLASSES,
    *helping.CLASSES,
)
