"""A training run small enough for tests: seconds on one core, yet with everything in it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import torch

from duet_core.training.data import Material, material
from duet_core.training.settings import Settings, changed

torch.set_num_threads(1)
"""Tensors here are so small that more threads only wait for each other."""

ROOT = Path(__file__).resolve().parents[2]

TINY: dict[str, Any] = {
    "data": {
        "procedural": 6,
        "procedural_seconds": 20.0,
        "takes": [{"files": str(ROOT / "samples" / "sample.duet.npz"), "use": "split"}, {"files": str(ROOT / "samples" / "sample.duet.npz"), "use": "training"}],
        "validation_share": 0.3,
        "stride_seconds": 1.0,
    },
    "planted": {"batch": 3, "joints": [6, 8], "validation_duets": 2, "validation_seconds": 6.0, "recipe": {"rate": 6.0, "seconds": [2.0, 8.0]}},
    "model": {"encoder": "gcn", "decoder": "gcn_lstm", "hidden": 8, "types": 3, "frames": 24, "lags": 12},
    "objective": {"teacher_seconds": 0.3, "horizon": 5, "beta_steps": 4},
    "optimiser": {"warm_up": 2, "ema": 0.9},
    "run": {"epochs": 4, "steps": 3, "batch": 2, "seed": 5, "threads": 1, "device": "cpu", "tensorboard": False},
}  # fmt: skip


def tiny(*changes: str) -> Settings:
    """The tiny settings with *changes* such as ``run.epochs=2``."""
    return Settings.from_dict(changed(copy.deepcopy(TINY), changes))


_FOUND: list[Material] = []


def found() -> Material:
    """The takes of the tiny settings, read once."""
    if not _FOUND:
        _FOUND.append(material(tiny()))
    return _FOUND[0]
