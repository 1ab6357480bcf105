"""Where the latent numbers of real phrases lie: a mixture of normal distributions, fitted after training, that phrases are drawn from.

With so small a β the latent numbers of real phrases are not spread as the standard normal they are nudged towards; drawing from that one gives what no
dancer does. A density fitted afterwards (Ghosh et al. 2020, arXiv 1903.12436) is as simple to draw from, and is where phrases are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDS = 30


def mixture(latent: NDArray, many: int, rng: np.random.Generator) -> dict[str, NDArray[np.float32]]:
    """*many* normal distributions around real phrases, fitted to (W, Z) latent numbers (k-means in whitened numbers).

    The middle of each is the window nearest to the mean of those around it, not that mean: the mean of many movements hardly moves. All have one
    covariance, that of the windows around their middles, scaled so that the whole mixture has the variance that the windows have.

    Returns:
        ``share`` (K,), ``middle`` (K, Z), ``spread`` (Z, Z): the lower triangular matrix whose square is the covariance.
    """
    x = np.asarray(latent, np.float64)
    whole, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
    centred = (x - whole) / deviation
    middle = centred[rng.choice(len(x), size=min(many, len(x)), replace=False)]
    member = np.zeros(len(x), np.int64)
    for _ in range(ROUNDS):
        member = _apart(centred, middle).argmin(axis=1)
        middle = np.stack([centred[member == k].mean(axis=0) if (member == k).any() else middle[k] for k in range(len(middle))])
    parts = [k for k in range(len(middle)) if (member == k).any()]
    within = np.concatenate([centred[member == k] - middle[k] for k in parts])
    real = np.stack([centred[member == k][_apart(middle[k : k + 1], centred[member == k])[0].argmin()] for k in parts])
    share = np.array([(member == k).sum() for k in parts], float) / len(x)
    between = (share[:, None] * (real - share @ real) ** 2).sum()
    scale = max(0.25, (x.shape[1] - between) / max(within.var(axis=0).sum(), 1e-9))
    covariance = scale * within.T @ within / len(within) + 1e-4 * np.eye(x.shape[1])
    return {
        "share": share.astype(np.float32),
        "middle": (whole + real * deviation).astype(np.float32),
        "spread": (deviation[:, None] * np.linalg.cholesky(covariance)).astype(np.float32),
    }


def _apart(points: NDArray, others: NDArray) -> NDArray[np.float64]:
    """(P, O) squared distances."""
    return np.asarray((points**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * points @ others.T, np.float64)
