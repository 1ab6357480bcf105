"""Phase-coupled oscillators after Kuramoto: the third simulation that NRI was published with.

After Kipf et al. 2018 (appendix): dφ_i/dt = ω_i + Σ_j k_ij sin(φ_i − φ_j) with k_ij = k_ji drawn from {0, 1} with equal chance, own
frequencies uniform in 1…10 rad/s, phases uniform in 0…2π, a fourth-order Runge–Kutta step of 0.01 s of which every tenth is kept. The paper
observes dφ/dt, sin φ and ω; here the phase itself is kept, which those three tell too (the sign of cos φ is that of their changes).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .trajectories import Trajectories, joined, pairs

STEP = 0.01
KEPT = 10
STEPS = 500
LEAST_FREQUENCY, MOST_FREQUENCY = 1.0, 10.0
BLOCK = 1000


def kuramoto(count: int, seed: int, *, bodies: int = 5, steps: int = STEPS) -> Trajectories:
    """*count* systems of *bodies* oscillators, each pair coupled or not."""
    parts = []
    for index, start in enumerate(range(0, count, BLOCK)):
        rng = np.random.default_rng([seed, index])
        block = min(BLOCK, count - start)
        first, second = pairs(bodies)
        coupled = rng.random((len(first), block)) < 0.5
        edges = np.zeros((block, bodies, bodies), np.int8)
        edges[:, first, second] = edges[:, second, first] = coupled.T
        frequency = rng.uniform(LEAST_FREQUENCY, MOST_FREQUENCY, (bodies, block))
        phase = rng.uniform(0, 2 * np.pi, (bodies, block))
        phases, rates = _runge_kutta(phase, frequency, edges.transpose(1, 2, 0).astype(float), steps)
        parts.append(Trajectories("kuramoto", phases, rates, frequency.T.copy(), edges, STEP * KEPT))
    return joined(parts)


def _runge_kutta(phase: NDArray, frequency: NDArray, coupling: NDArray, steps: int) -> tuple[NDArray, NDArray]:
    """Kept phases and their rates, both (S, T, N, 1), from *phase* and *frequency* (N, S) and *coupling* (N, N, S)."""

    def rate(x: NDArray) -> NDArray:
        # sin(a − b) = sin a cos b − cos a sin b: two sums over the partners, not a table of sines.
        sine, cosine = np.sin(x), np.cos(x)
        result = frequency + sine * np.einsum("ijs,js->is", coupling, cosine)
        result -= cosine * np.einsum("ijs,js->is", coupling, sine)
        return result

    kept = (steps - 1) // KEPT
    phases, rates = np.empty((2, kept, *phase.shape))
    x = phase
    for step in range(1, kept * KEPT + 1):
        a = rate(x)
        b = rate(x + 0.5 * STEP * a)
        c = rate(x + 0.5 * STEP * b)
        d = rate(x + STEP * c)
        x = x + STEP / 6 * (a + 2 * (b + c) + d)
        if step % KEPT == 0:
            phases[step // KEPT - 1] = x
            rates[step // KEPT - 1] = rate(x)
    return phases.transpose(2, 0, 1)[..., None].copy(), rates.transpose(2, 0, 1)[..., None].copy()
