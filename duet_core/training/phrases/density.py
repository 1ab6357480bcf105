"""Where the latent numbers of real phrases lie: a mixture of normal distributions, fitted after training, that phrases are drawn from.

With so small a β the latent numbers of real phrases are not spread as the standard normal they are nudged towards; drawing from that one gives what no
dancer does. A density fitted afterwards (Ghosh et al. 2020, arXiv 1903.12436) is as simple to draw from, and is where phrases are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

ROUNDS = 30


def mixture(latent: NDArray, many: int, rng: np.random.Generator, prior: float = 200.0) -> dict[str, NDArray[np.float32]]:
    """*many* normal distributions fitted to (W, Z) latent numbers: each window belongs to the nearest middle (k-means in whitened numbers).

    A part's covariance is drawn towards that of all windows as if *prior* more windows had that one, so that a part of few windows keeps its width.

    Returns:
        ``share`` (K,), ``middle`` (K, Z), ``spread`` (K, Z, Z): the lower triangular matrix whose square is the covariance.
    """
    x = np.asarray(latent, np.float64)
    whole, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
    centred = (x - whole) / deviation
    middle = centred[rng.choice(len(x), size=min(many, len(x)), replace=False)]
    member = np.zeros(len(x), np.int64)
    for _ in range(ROUNDS):
        apart = (middle**2).sum(axis=1) - 2 * centred @ middle.T
        member = apart.argmin(axis=1)
        middle = np.stack([centred[member == k].mean(axis=0) if (member == k).any() else middle[k] for k in range(len(middle))])
    parts = [k for k in range(len(middle)) if (member == k).sum() > 1]
    within = np.concatenate([centred[member == k] - middle[k] for k in parts])
    common = within.T @ within / len(within)
    spreads = []
    for k in parts:
        own = centred[member == k] - middle[k]
        covariance = (own.T @ own + prior * common) / (len(own) + prior) + 1e-4 * np.eye(x.shape[1])
        spreads.append(deviation[:, None] * np.linalg.cholesky(covariance))
    count = np.array([(member == k).sum() for k in parts], float)
    return {
        "share": (count / count.sum()).astype(np.float32),
        "middle": (whole + middle[parts] * deviation).astype(np.float32),
        "spread": np.stack(spreads).astype(np.float32),
    }
