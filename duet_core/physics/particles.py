"""Particles in a box, drawn together by springs or moved by their charges: the simulations that NRI was published with.

After Kipf et al. 2018 (arXiv 1802.04687, appendix) and their published settings: time step 0.001 s, every 100th step kept, a square box of
±5 with elastic walls, start speed 0.5, each component of a body's force clipped at ±100. Springs pull with 0.1 N/m, join each pair with
probability one half, and the bodies start within a normal distribution of 0.5 m; charges are ±1 with strength 1, starting within 1 m, and
a pair's label is 1 where its charges have the same sign. All masses are 1.

Here all systems of a block are stepped at once, with the systems along the last axis, so that a step is a dozen NumPy calls.
The leapfrog is the same; its velocities are read half a kick later than its own, at the same moment as the places.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .trajectories import Trajectories, joined, pairs

STEP = 0.001
KEPT = 100
"""Steps between two kept moments."""
STEPS = 5000
BOX = 5.0
START_SPEED = 0.5
MOST_FORCE = 100.0
SPRING, SPRING_SPREAD = 0.1, 0.5
CHARGE, CHARGE_SPREAD = 1.0, 1.0
BLOCK = 1000
"""Systems stepped at once: few enough that a step's arrays stay in the processor's cache."""

Law = Callable[[NDArray], NDArray]
"""Squared distances (P, S) to the force along the difference of places, divided by the distance; positive repels."""


def springs(count: int, seed: int, *, bodies: int = 5, steps: int = STEPS) -> Trajectories:
    """*count* systems of *bodies* particles, each pair joined by a spring of rest length 0 or not at all."""

    def system(rng: np.random.Generator, block: int) -> tuple[NDArray, NDArray, Law]:
        first, _ = pairs(bodies)
        joined_by = rng.random((len(first), block)) < 0.5
        places = rng.normal(scale=SPRING_SPREAD, size=(bodies, 2, block))
        strength = -SPRING * joined_by
        return joined_by, places, lambda _: strength

    return _simulate("springs", system, count, seed, bodies, steps)


def charged(count: int, seed: int, *, bodies: int = 5, steps: int = STEPS) -> Trajectories:
    """*count* systems of *bodies* particles with charges of ±1: equal signs repel, others attract, with the inverse square of the distance."""

    def system(rng: np.random.Generator, block: int) -> tuple[NDArray, NDArray, Law]:
        first, second = pairs(bodies)
        charges = rng.choice([-1.0, 1.0], size=(bodies, block))
        product = charges[first] * charges[second]
        places = rng.normal(scale=CHARGE_SPREAD, size=(bodies, 2, block))
        return product > 0, places, lambda squared: CHARGE * product / (squared * np.sqrt(squared))

    return _simulate("charged", system, count, seed, bodies, steps)


def energy(trajectories: Trajectories) -> NDArray[np.float64]:
    """(S, T): kinetic and potential energy of each system of particles at each moment."""
    first, second = pairs(trajectories.bodies)
    kinetic = 0.5 * (trajectories.velocities**2).sum(axis=(2, 3))
    distance = np.linalg.norm(trajectories.positions[:, :, first] - trajectories.positions[:, :, second], axis=-1)
    edges = trajectories.edges[:, None, first, second].astype(float)
    if trajectories.system == "springs":
        return kinetic + (0.5 * SPRING * edges * distance**2).sum(axis=-1)
    return kinetic + (CHARGE * (2 * edges - 1) / distance).sum(axis=-1)


def _simulate(
    name: str,
    system: Callable[[np.random.Generator, int], tuple[NDArray, NDArray, Law]],
    count: int,
    seed: int,
    bodies: int,
    steps: int,
) -> Trajectories:
    blocks = [min(BLOCK, count - start) for start in range(0, count, BLOCK)]
    # A generator of its own for each block: the first systems of a long run are those of a short one where blocks are whole.
    parts = []
    for index, block in enumerate(blocks):
        rng = np.random.default_rng([seed, index])
        labels, places, law = system(rng, block)
        velocities = rng.standard_normal((bodies, 2, block))
        velocities *= START_SPEED / np.linalg.norm(velocities, axis=1, keepdims=True)
        kept_places, kept_velocities = _leapfrog(places, velocities, law, steps)
        first, second = pairs(bodies)
        edges = np.zeros((block, bodies, bodies), np.int8)
        edges[:, first, second] = edges[:, second, first] = labels.T
        still = np.zeros((block, bodies))
        parts.append(Trajectories(name, kept_places, kept_velocities, still, edges, STEP * KEPT))
    return joined(parts)


def _leapfrog(places: NDArray, velocities: NDArray, law: Law, steps: int) -> tuple[NDArray, NDArray]:
    """Kept places and velocities, both (S, T, N, 2), of the systems that start at *places* (N, 2, S) with *velocities*."""
    bodies, _, count = places.shape
    first, second = pairs(bodies)
    # Differences of places, and sums of forces, are one small matrix each: the incidence of pairs and bodies.
    incidence = np.zeros((len(first), bodies))
    incidence[np.arange(len(first)), first], incidence[np.arange(len(first)), second] = 1.0, -1.0

    def kick(x: NDArray) -> NDArray:
        apart = (incidence @ x.reshape(bodies, -1)).reshape(len(first), 2, count)
        squared = apart[:, 0] ** 2 + apart[:, 1] ** 2
        apart *= law(squared)[:, None]
        force = incidence.T @ apart.reshape(len(first), -1)
        np.clip(force, -MOST_FORCE, MOST_FORCE, out=force)
        force *= STEP
        return force.reshape(bodies, 2, count)

    kept = (steps - 1) // KEPT
    x, v = places.copy(), velocities.copy()
    _reflect(x, v)
    v += 0.5 * kick(x)
    out_x, out_v = np.empty((2, kept, bodies, 2, count))
    for step in range(1, kept * KEPT + 1):
        x += STEP * v
        _reflect(x, v)
        change = kick(x)
        if step % KEPT == 0:
            out_x[step // KEPT - 1] = x
            out_v[step // KEPT - 1] = v + 0.5 * change
        v += change
    return np.ascontiguousarray(out_x.transpose(3, 0, 1, 2)), np.ascontiguousarray(out_v.transpose(3, 0, 1, 2))


def _reflect(x: NDArray, v: NDArray) -> None:
    """Throw back what has left the box, in place."""
    if x.max() <= BOX and x.min() >= -BOX:
        return
    over, under = x > BOX, x < -BOX
    x[over] = 2 * BOX - x[over]
    v[over] = -np.abs(v[over])
    x[under] = -2 * BOX - x[under]
    v[under] = np.abs(v[under])
