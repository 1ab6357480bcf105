"""PyTorch Geometric datasets over a corpus: the shapes promised, batching, augmentation only where asked for."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch_geometric.loader import DataLoader  # noqa: E402

from duet_core.clip import Clip  # noqa: E402
from duet_core.preparation import Augmentation, Corpus  # noqa: E402
from duet_core.skeletons import by_name  # noqa: E402
from duet_core.training.dataset import DuetDataset  # noqa: E402


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    positions = np.random.default_rng(0).normal(size=(40, 2, 29, 3)).astype(np.float32)
    positions[3, 1, 20] = np.nan
    return Corpus.build(tmp_path_factory.mktemp("corpus"), [Clip(positions, 30, by_name("hybrik-29"))])


def test_a_window_is_a_graph_of_both_dancers_with_unknowns_marked(corpus: Corpus) -> None:
    dataset = DuetDataset(corpus, corpus.windows(10, 5))
    data = dataset[0]
    assert data.x.shape == (58, 9, 6)
    assert data.edge_index.shape == (2, 112 + 1682)
    assert int(data.is_skeleton.sum()) == 112
    assert torch.isfinite(data.x).all()
    unknown = (~data.known).nonzero().tolist()
    assert unknown == [[29 + 20, 2], [29 + 20, 3]]  # the position, and the velocity into and out of it
    batch = next(iter(DataLoader(dataset, batch_size=3)))
    assert batch.x.shape == (3 * 58, 9, 6)
    assert batch.edge_index.max() < 3 * 58


def test_a_subset_of_joints_gives_a_smaller_graph(corpus: Corpus) -> None:
    data = DuetDataset(corpus, corpus.windows(10, 5), joints=(0, 20, 21))[0]
    assert data.x.shape == (6, 9, 6)
    assert data.edge_index.shape[1] == 2 * 2 * 2 + 2 * 9
    assert data.joint.tolist() == [0, 20, 21, 0, 20, 21]


def test_augmentation_depends_on_seed_epoch_and_window_alone(corpus: Corpus) -> None:
    index = corpus.windows(10, 5)
    plain = DuetDataset(corpus, index)
    varied = DuetDataset(corpus, index, augmentation=Augmentation())
    assert torch.equal(plain[1].x, plain[1].x)
    assert torch.equal(varied[1].x, varied[1].x)
    assert not torch.equal(varied[1].x, plain[1].x)
    before = varied[1].x
    varied.epoch = 1
    assert not torch.equal(varied[1].x, before)
