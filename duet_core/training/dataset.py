"""Windows of a corpus as PyTorch Geometric graphs, for those who work with ``Data`` objects and its ``DataLoader`` (``pip install torch-geometric``).

Nothing here uses it: our own training makes whole batches as arrays (``batches``). `preparation.Corpus.batches` gives such arrays of real takes too.
"""

from __future__ import annotations

import numpy as np
import torch
from torch_geometric.data import Data, Dataset

from ..preparation import Augmentation, Corpus, DuetGraph, WindowIndex, normalise, velocities


class DuetDataset(Dataset):
    """One graph for each window.

    Each `Data` holds, for N = 2·J nodes (dancer·J + joint), E edges and windows of T frames:

    * ``x`` (N, T − gap, 6) float32: position in body units around the pair, and velocity in body units a second; 0 where unknown,
    * ``known`` (N, T − gap) bool: where ``x`` is known,
    * ``edge_index`` (2, E) int64: each bone both ways, then every directed candidate between the dancers,
    * ``is_skeleton`` (E,) bool: which edges are bones,
    * ``dancer``, ``joint`` (N,) int64, ``take`` and ``start``: where the window comes from.

    Args:
        augmentation: for training data only; a window's variation depends on *seed*, `epoch` and its number alone.
        gap: frames between the two positions that make a velocity.
        joints: a subset of joints, or None for all.
    """

    def __init__(
        self,
        corpus: Corpus,
        index: WindowIndex,
        *,
        augmentation: Augmentation | None = None,
        gap: int = 1,
        joints: tuple[int, ...] | None = None,
        seed: int = 0,
    ) -> None:
        if not 1 <= gap < index.length:
            raise ValueError(f"a gap of {gap} frames in windows of {index.length}")
        super().__init__()
        self.corpus = corpus
        self.index = index
        self.augmentation = augmentation
        self.gap = gap
        self.seed = seed
        self.epoch = 0
        graph = DuetGraph.of(corpus.skeleton, joints)
        self.joints = list(graph.joints)
        self.edge_index = torch.from_numpy(graph.edge_index)
        self.is_skeleton = torch.from_numpy(graph.is_skeleton)

    def len(self) -> int:
        return len(self.index)

    def get(self, idx: int) -> Data:
        positions = self.corpus.batch(self.index, slice(idx, idx + 1))
        if self.augmentation is not None:
            rng = np.random.default_rng((self.seed, self.epoch, idx))
            positions, _, _ = self.augmentation.applied(positions, self.corpus.skeleton, rng)
        window = normalise(positions, self.corpus.skeleton)
        velocity = velocities(window.positions, self.corpus.takes[self.index.take[idx]].fps, self.gap)
        features = np.concatenate([window.positions[:, self.gap :], velocity], axis=-1)[0][:, :, self.joints]
        frames, dancers, joints, channels = features.shape
        features = features.transpose(1, 2, 0, 3).reshape(dancers * joints, frames, channels)
        known = np.isfinite(features).all(axis=-1)
        return Data(
            x=torch.from_numpy(np.where(known[..., None], features, np.float32(0))),
            known=torch.from_numpy(known),
            edge_index=self.edge_index,
            is_skeleton=self.is_skeleton,
            dancer=torch.arange(dancers).repeat_interleave(joints),
            joint=torch.tensor(self.joints).repeat(dancers),
            take=int(self.index.take[idx]),
            start=int(self.index.start[idx]),
        )
