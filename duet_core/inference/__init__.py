"""Inference: a duet's connections from its motion. `infer` is the one door; a method only scores pairs, the rest is shared.

`windows` cuts the take, `features` makes velocities of positions, a method (`granger`, and beside it the plainer `crosscorr`, `entropy`, `ridge`
and `proximity`) scores every directed pair in every window, `null` turns scores into calibrated confidences by shifting one partner in time,
`redundancy` keeps a pair that merely echoes a stronger one from being shown beside it, `calibration` makes of this the confidence that is
shown, and `kinds` says what sort of connection a pair has. `engine` runs it all; its `examine` also gives the evidence behind the confidences.
"""

from .engine import METHODS, Evidence, examine, infer, scores_of

__all__ = ["METHODS", "Evidence", "examine", "infer", "scores_of"]
