"""Windows in the dancers' own frames: what is taken out, and the way back."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")
from duet_core.model.canonical import canonical, directed, filled, undirected  # noqa: E402


def turned(positions, angle: float, offset: tuple[float, float] = (0.0, 0.0)):
    c, s = math.cos(angle), math.sin(angle)
    turn = torch.tensor([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    return positions @ turn.T + torch.tensor([*offset, 0.0])


def test_turning_moving_and_growing_leave_the_own_frames_as_they_are(windows) -> None:
    positions, parents = windows()
    own = canonical(positions, parents).positions
    moved = canonical(turned(positions, 1.2, (3.0, -2.0)) * 1.7, parents).positions
    assert torch.allclose(own, moved, atol=1e-5)


def test_each_dancer_looks_along_x_to_the_partner(windows) -> None:
    positions, parents = windows()
    own = canonical(positions, parents)
    roots = own.positions[:, :, :, parents < 0].mean(dim=(1, 3))
    assert (roots[..., 0] < 0).all()
    assert torch.allclose(roots[..., 1], torch.zeros(2), atol=1e-5)
    assert torch.allclose(own.restored(own.positions), positions, atol=1e-5)


def test_the_directions_hold_both_dancers_in_the_source_s_frame(windows) -> None:
    positions, parents = windows()
    both = directed(positions, parents)
    assert both.shape == (4, 24, 2, 17, 3)
    exchanged = directed(positions.flip(2), parents)
    assert torch.allclose(both, exchanged.roll(2, 0), atol=1e-5)
    distance = (positions[:, :, 0, :, None] - positions[:, :, 1, None]).norm(dim=-1)
    scale = canonical(positions, parents).scale[:, None, None, None]
    again = undirected((both[:, :, 0, :, None] - both[:, :, 1, None]).norm(dim=-1))
    assert torch.allclose(again[:, 0] * scale, distance, atol=1e-5)
    assert torch.allclose(again[:, 1] * scale, distance.transpose(2, 3), atol=1e-5)


def test_dancers_above_one_another_and_points_without_size_give_finite_frames() -> None:
    parents = torch.tensor([-1, 0])
    own = canonical(torch.zeros(1, 5, 2, 2, 3), parents)
    assert torch.isfinite(own.positions).all()
    assert own.scale.item() == 1.0


def test_the_first_frame_alone_decides_where_asked_to(windows) -> None:
    positions, parents = windows()
    later = positions.clone()
    later[:, 1:] += 0.3 * torch.randn_like(later[:, 1:])
    first, second = (canonical(p, parents, frames=1) for p in (positions, later))
    assert torch.equal(first.axis, second.axis) and torch.equal(first.scale, second.scale)
    assert torch.equal(first.positions[:, 0], second.positions[:, 0])


def test_unknown_positions_are_held_from_the_nearest_known_frame() -> None:
    nan = float("nan")
    track = torch.tensor([nan, 1.0, nan, nan, 4.0, nan]).reshape(1, 6, 1)
    assert filled(track).flatten().tolist() == [1.0, 1.0, 1.0, 1.0, 4.0, 4.0]
    assert filled(torch.full((1, 3, 1), nan)).flatten().tolist() == [0.0, 0.0, 0.0]
