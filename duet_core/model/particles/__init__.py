"""Neural relational inference for simulated particles and oscillators: the check against published figures (see ``duet_core/physics``).

``laws`` is how one body acts on another, ``encoder`` finds the edges, ``decoder`` predicts through them, ``nri`` is the whole.
"""

from __future__ import annotations

from .nri import Bound, ParticleModel, ParticleRelationalInference

__all__ = ["Bound", "ParticleModel", "ParticleRelationalInference"]
