"""The mannequin: a closed, light, smooth body round any skeleton."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.body import mannequin, mannequins
from duet_core.body.surface import surface
from duet_core.posing import bone_layout, pose
from duet_core.procedural.duet import sample
from duet_core.skeletons import Skeleton, by_name

HYBRIK = by_name("hybrik-29")


@pytest.fixture(scope="module")
def layout():
    clip = sample()
    posed = pose(clip.positions, HYBRIK, clip.fps)
    return bone_layout(posed, 0, HYBRIK)


@pytest.fixture(scope="module")
def body(layout):
    return mannequin(layout[0], layout[1], HYBRIK)


def volume(vertices: np.ndarray, quads: np.ndarray) -> float:
    a, b, c, d = (vertices[quads[:, i]] for i in range(4))
    return float((np.einsum("ij,ij->i", a, np.cross(b, c)) + np.einsum("ij,ij->i", a, np.cross(c, d))).sum() / 6)


def test_a_body_is_light(body) -> None:
    assert 2000 <= len(body.vertices) <= 6000


def test_a_body_is_closed_and_faces_outwards(body) -> None:
    pairs = np.concatenate([body.quads[:, [i, (i + 1) % 4]] for i in range(4)])
    forward = {tuple(pair) for pair in pairs.tolist()}
    assert all((b, a) in forward for a, b in forward)
    assert 0.03 < volume(body.vertices, body.quads) < 0.12  # cubic metres: an adult has about 0.07


def test_a_body_holds_its_joints(body, layout) -> None:
    low, high = body.vertices.min(axis=0), body.vertices.max(axis=0)
    assert (layout[0] > low - 1e-3).all() and (layout[0] < high + 1e-3).all()


def test_weights_sum_to_one_and_few_bones_share_a_vertex(body) -> None:
    np.testing.assert_allclose(body.weights.sum(axis=1), 1.0, atol=1e-9)
    assert (body.weights >= 0).all() and (body.weights > 0).sum(axis=1).max() <= 4


def test_skin_follows_no_limb_of_the_other_side(body) -> None:
    left = [HYBRIK.joints.index(f"left_{name}") for name in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")]
    far_right = body.vertices[:, 0] < -0.1
    assert body.weights[np.ix_(far_right, left)].max() < 0.02


def test_the_middle_of_a_forearm_moves_with_one_bone(body, layout) -> None:
    elbow, wrist = (layout[0][HYBRIK.joints.index(f"left_{name}")] for name in ("elbow", "wrist"))
    near = np.linalg.norm(body.vertices - (elbow + 0.55 * (wrist - elbow)), axis=1) < 0.05
    assert near.any() and body.weights[near, HYBRIK.joints.index("left_elbow")].min() > 0.85


def test_the_same_input_gives_the_same_body(body, layout) -> None:
    again = mannequin(layout[0], layout[1], HYBRIK)
    np.testing.assert_array_equal(again.vertices, body.vertices)
    np.testing.assert_array_equal(again.weights, body.weights)


def test_dancers_of_the_same_proportions_share_a_shape(layout) -> None:
    heads, tails, _ = layout
    taller = heads * 1.1
    first, second, third = mannequins(np.stack([heads, heads + 1e-4, taller]), np.stack([tails, tails, tails * 1.1]), HYBRIK)
    assert second is first and third is not first
    assert np.ptp(third.vertices[:, 2]) > 1.05 * np.ptp(first.vertices[:, 2])


@pytest.mark.parametrize(
    "skeleton",
    [Skeleton("chain", ("a", "b", "c"), (-1, 0, 1)), Skeleton("markers", ("m", "n", "o"), (-1, -1, -1)), Skeleton("one", ("x",), (-1,))],
)
def test_what_is_no_person_gets_a_body_too(skeleton: Skeleton) -> None:
    rest = np.array([[0.0, 0, 1], [0.3, 0, 1.2], [0.5, 0.2, 1.6]])[: len(skeleton)]
    body = mannequin(rest, rest + np.array([0, 0, 0.05]), skeleton)
    assert len(body.vertices) > 20 and np.isfinite(body.weights).all()


def test_the_surface_of_a_ball_is_a_ball() -> None:
    vertices, quads = surface(lambda p: np.linalg.norm(p, axis=1) - 0.2, np.full(3, -0.3), np.full(3, 0.3), 0.03)
    np.testing.assert_allclose(np.linalg.norm(vertices, axis=1), 0.2, atol=1e-4)
    assert abs(volume(vertices, quads) / (4 / 3 * np.pi * 0.2**3) - 1) < 0.02
