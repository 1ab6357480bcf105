"""Simulated systems whose interactions are known, and what can be told of them without learning: NumPy only.

`simulate` makes springs, charges and oscillators as in the paper that neural relational inference was published with
(Kipf et al. 2018, arXiv 1802.04687), `baselines` holds the cheap methods that are printed beside a model, `scores` compares with the truth.
"""

from __future__ import annotations

from ..errors import InputError
from .kuramoto import KEPT as _OSCILLATOR_KEPT
from .kuramoto import kuramoto
from .particles import KEPT as _PARTICLE_KEPT
from .particles import charged, energy, springs
from .trajectories import Trajectories, joined, pairs

SYSTEMS = {"springs": (springs, _PARTICLE_KEPT), "charged": (charged, _PARTICLE_KEPT), "kuramoto": (kuramoto, _OSCILLATOR_KEPT)}
MOMENTS = 49
"""Moments of a published training system."""


def simulate(system: str, count: int, seed: int, *, bodies: int = 5, moments: int = MOMENTS) -> Trajectories:
    """*count* systems of the kind *system*, each seen at *moments* moments, always the same for the same seed and count."""
    if system not in SYSTEMS:
        raise InputError(f"no system is called {system!r}", remedy=f"choose one of: {', '.join(SYSTEMS)}")
    run, kept = SYSTEMS[system]
    return run(count, seed, bodies=bodies, steps=(moments + 1) * kept)


__all__ = ["MOMENTS", "SYSTEMS", "Trajectories", "charged", "energy", "joined", "kuramoto", "pairs", "simulate", "springs"]
