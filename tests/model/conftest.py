"""What the model's tests share: small windows of two dancers who move smoothly, for any skeleton."""

from __future__ import annotations

from collections.abc import Callable

import pytest

torch = pytest.importorskip("torch")
from torch import Tensor  # noqa: E402

from duet_core.skeletons import by_name  # noqa: E402

Windows = Callable[..., tuple[Tensor, Tensor]]


def windows(skeleton: str = "coco-17", batch: int = 2, frames: int = 24, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Positions (B, T, 2, J, 3), metres, and parents (J,)."""
    generator = torch.Generator().manual_seed(seed)
    tree = (-1, *(j // 2 for j in range(52)))  # as many joints as a full set of markers
    parents = torch.tensor(tree if skeleton == "markers-53" else by_name(skeleton).parents)
    joints = len(parents)
    steps = torch.randn(batch, frames + 6, 2, joints, 3, generator=generator)
    smooth = torch.stack([steps[:, k : k + 6].mean(1) for k in range(frames)], dim=1).cumsum(1) * 0.05
    body = torch.randn(joints, 3, generator=generator) * 0.3
    places = torch.tensor([[0.0, 0.0, 1.0], [0.9, 0.5, 1.0]])
    return smooth + body + places[:, None], parents


@pytest.fixture(name="windows")
def windows_fixture() -> Windows:
    return windows
