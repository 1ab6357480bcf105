"""Real takes, which have no labels: alive between true partners, silent between strangers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.formats import read
from duet_core.inference import infer


def salsa(folder: Path, leader: str, follower: str) -> Clip:
    one, two = (read(folder / "cmu_salsa" / f"{name}_scaled.bvh.gz", fps=60) for name in (leader, follower))
    frames = min(one.frames, two.frames)
    return Clip(np.concatenate([one.positions[:frames], two.positions[:frames]], axis=1), 60.0, one.skeleton)


@pytest.mark.slow
def test_true_partners_show_a_handful_of_connections_and_strangers_next_to_none(real_data: Path) -> None:
    true = infer(read([real_data / "cmu_salsa" / f"{d}_07_scaled.bvh.gz" for d in (60, 61)], fps=60), "granger")
    assert 1 <= np.median(true.shown().sum(axis=1)) <= 40
    stranger = infer(salsa(real_data, "60_07", "61_02"), "granger")
    assert stranger.shown().mean() <= 0.002
    assert stranger.shown().mean() < true.shown().mean() / 4
