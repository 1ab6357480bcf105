"""Noise by seed, step and window: uniform, independent, and the same whoever draws it."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from scipy import stats  # noqa: E402

from duet_core.model import chance  # noqa: E402

CPU = torch.device("cpu")


def drawn(key: tuple[int, ...], first: int, count: int, *shape: int) -> np.ndarray:
    with chance.windows(key, first, count):
        return chance.uniform(shape, CPU).numpy()


def test_a_windows_noise_does_not_depend_on_the_windows_beside_it() -> None:
    whole = drawn((5, 1, 7), 0, 16, 16, 3, 40)
    for first, count in ((0, 16), (4, 4), (15, 1)):
        np.testing.assert_array_equal(drawn((5, 1, 7), first, count, count, 3, 40), whole[first : first + count])
    # Several rows of one window, block after block.
    blocks = drawn((5, 1, 7), 0, 16, 32, 40)
    np.testing.assert_array_equal(drawn((5, 1, 7), 4, 4, 8, 40), np.concatenate([blocks[4:8], blocks[20:24]]))


def test_noise_is_uniform_within_0_and_1_and_nothing_in_it_hangs_together() -> None:
    noise = drawn((0,), 0, 64, 64, 4000)
    assert noise.min() > 0.0
    assert noise.max() < 1.0
    assert stats.kstest(noise.ravel(), "uniform").pvalue > 0.001
    pairs, _, _ = np.histogram2d(noise[:, :-1].ravel(), noise[:, 1:].ravel(), bins=32)
    assert stats.chisquare(pairs.ravel()).pvalue > 0.001
    between = np.corrcoef(noise)[np.triu_indices(64, 1)]
    assert np.abs(between).max() < 5 / np.sqrt(4000)


@pytest.mark.parametrize("other", [(6, 1, 7), (5, 2, 7), (5, 1, 8)])
def test_another_seed_kind_or_step_gives_other_noise(other: tuple[int, ...]) -> None:
    first, second = drawn((5, 1, 7), 0, 8, 8, 500), drawn(other, 0, 8, 8, 500)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.08


def test_noise_asked_for_again_is_other_noise_and_a_new_step_begins_anew() -> None:
    with chance.windows((1,), 0, 4):
        first, second = chance.uniform((4, 50), CPU), chance.uniform((4, 50), CPU)
    assert not torch.equal(first, second)
    np.testing.assert_array_equal(drawn((1,), 0, 4, 4, 50), first.numpy())


def test_normal_and_exponential_noise_have_their_distributions() -> None:
    with chance.windows((3,), 0, 20):
        normal, exponential = chance.normal(torch.empty(20, 2000)).numpy(), chance.exponential(torch.empty(20, 2000)).numpy()
    assert stats.kstest(normal.ravel(), "norm").pvalue > 0.001
    assert stats.kstest(exponential.ravel(), "expon").pvalue > 0.001
    assert (exponential > 0).all()


def test_without_windows_torchs_own_generator_is_asked() -> None:
    torch.manual_seed(3)
    first = chance.uniform((2, 3), CPU)
    torch.manual_seed(3)
    assert torch.equal(first, torch.rand(2, 3))
    generator = torch.Generator().manual_seed(1)
    with chance.windows((1,), 0, 2):
        given = chance.exponential(torch.empty(2, 3), generator)
    assert torch.equal(given, torch.empty(2, 3).exponential_(generator=torch.Generator().manual_seed(1)))
