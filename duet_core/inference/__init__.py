"""Inference: a duet's connections from its motion. `infer` is the one door: to the bundled model `duet`, to models in folders, and to the baselines.

Of a baseline (`granger`, and beside it the plainer `crosscorr`, `entropy`, `ridge` and `proximity`) only the scores of pairs are its own. The rest
is shared: `windows` cuts the take, `features` makes velocities of positions, `null` turns scores into calibrated confidences by shifting one partner
in time, `redundancy` keeps a pair that merely echoes a stronger one from being shown beside it, `calibration` makes of this the confidence that is
shown, and `kinds` says what sort of connection a pair has. `engine` runs it all; its `examine` also gives the evidence behind the confidences.
"""

from .engine import METHODS, Evidence, examine, scores_of
from .models import infer

__all__ = ["METHODS", "Evidence", "examine", "infer", "scores_of"]
