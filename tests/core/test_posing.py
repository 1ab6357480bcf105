"""Rest pose and rotations from positions: what animators and retargeting rely on."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.formats import read
from duet_core.posing import bone_keys, bone_layout, filled, pose
from duet_core.posing import quaternions as q
from duet_core.posing.pose import smoothed
from duet_core.procedural.duet import sample
from duet_core.skeletons import Skeleton, by_name

HYBRIK = by_name("hybrik-29")


@pytest.fixture(scope="module")
def duet():
    return sample()


@pytest.fixture(scope="module")
def posed(duet):
    return pose(duet.positions, duet.skeleton, duet.fps)


def at(name: str) -> int:
    return HYBRIK.joints.index(name)


def direction(a: np.ndarray) -> np.ndarray:
    return a / np.linalg.norm(a, axis=0)


def test_the_rest_pose_stands_on_the_floor_faces_front_and_has_its_left_at_plus_x(posed) -> None:
    for rest in posed.rest:
        assert rest[at("left_hip"), 0] > 0.03 and rest[at("left_wrist"), 0] > 0.3
        assert rest[at("right_hip"), 0] < -0.03 and rest[at("right_wrist"), 0] < -0.3
        assert rest[at("left_big_toe"), 1] < rest[at("left_ankle"), 1] - 0.05
        assert 0.0 <= rest[:, 2].min() < 0.05
        assert rest[at("head"), 2] > rest[at("neck"), 2] > rest[at("pelvis"), 2] > rest[at("left_knee"), 2]


def test_the_rest_pose_has_the_dancers_own_median_bone_lengths(duet, posed) -> None:
    for parent, child in HYBRIK.bones:
        if HYBRIK.joints[child] in ("left_knee", "right_ankle", "left_elbow", "neck"):
            seen = np.nanmedian(np.linalg.norm(duet.positions[:, :, child] - duet.positions[:, :, parent], axis=-1), axis=0)
            mine = np.linalg.norm(posed.rest[:, child] - posed.rest[:, parent], axis=-1)
            np.testing.assert_allclose(mine, seen, rtol=0.02)


def test_turned_bones_point_where_the_joints_are(posed) -> None:
    for joint in ("left_knee", "right_elbow", "left_shoulder", "right_hip", "spine2"):
        j = at(joint)
        child = posed.main_child[j]
        rest = (posed.rest[:, child] - posed.rest[:, j]).T[..., None]
        turned = direction(q.rotate(posed.turns[j], np.broadcast_to(rest, posed.positions[j].shape)))
        seen = direction(posed.positions[child] - posed.positions[j])
        assert q.dot(turned, seen).min() > 0.9999


def test_pelvis_and_chest_turn_with_hips_and_shoulders(posed) -> None:
    left = np.broadcast_to(np.array([1.0, 0, 0])[:, None, None], posed.positions[0].shape)
    hips = direction(posed.positions[at("left_hip")] - posed.positions[at("right_hip")])
    assert q.dot(q.rotate(posed.turns[at("pelvis")], left), hips).min() > 0.999
    shoulders = direction(posed.positions[at("left_shoulder")] - posed.positions[at("right_shoulder")])
    assert np.median(q.dot(q.rotate(posed.turns[at("spine3")], left), shoulders)) > 0.98


def test_a_knee_bends_in_the_plane_of_its_leg(posed) -> None:
    hip, knee, ankle = (posed.positions[at(f"left_{name}")] for name in ("hip", "knee", "ankle"))
    thigh, shin = direction(knee - hip), direction(ankle - knee)
    bent = q.length(q.cross(thigh, shin)) > 0.6
    back = np.broadcast_to(np.array([0.0, 1, 0])[:, None, None], hip.shape)
    seen = q.dot(q.rotate(posed.turns[at("left_hip")], back), direction(q.across(shin, thigh)))
    assert bent.any() and np.percentile(seen[bent], 5) > 0.8


def test_rotations_never_flip_between_frames(posed) -> None:
    steps = (posed.turns[..., 1:] * posed.turns[..., :-1]).sum(axis=1)
    assert steps.min() > np.cos(np.radians(40) / 2)
    for _, keys in bone_keys(posed, 0, HYBRIK, posed.rest[0], np.broadcast_to(np.eye(3), (29, 3, 3))):
        assert ((keys.rotation[:, 1:] * keys.rotation[:, :-1]).sum(axis=0) > 0).all()


@pytest.mark.parametrize("source", ["duet", "mirror of a noisy one"])
def test_keys_lead_every_bone_to_its_joint(duet, source) -> None:
    positions = duet.positions[:60].astype(np.float64)
    if source != "duet":
        positions = positions + np.random.default_rng(3).normal(0, 0.03, positions.shape)
    posed = pose(positions, HYBRIK, 30)
    random = np.random.default_rng(0).normal(size=(29, 3, 3))
    axes = np.linalg.qr(random)[0]
    axes *= np.sign(np.linalg.det(axes))[:, None, None]
    heads = posed.rest[1]
    turns, places = {}, {}
    for joint, keys in bone_keys(posed, 1, HYBRIK, heads, axes):
        turns[joint] = q.to_matrix(keys.rotation)
        places[joint] = keys.location
    world: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for joint in HYBRIK.order:  # as Blender composes them: parent's matrix, offset at rest, own location and rotation
        parent = HYBRIK.parents[joint]
        if parent < 0:
            turn, base, rest = np.eye(3)[None], np.zeros((1, 3)), axes[joint]
            offset = heads[joint]
        else:
            turn, base = world[parent]
            rest = axes[parent].T @ axes[joint]
            offset = axes[parent].T @ (heads[joint] - heads[parent])
        place = base + np.einsum("tij,tj->ti", turn, (offset[:, None] + rest @ places[joint]).T + np.zeros((60, 3)))
        world[joint] = (turn @ rest @ turns[joint], place)
        assert np.abs(place - positions[:, 1, joint]).max() < 1e-3


def test_gaps_are_bridged_beside_the_parent_and_known_positions_stay(duet) -> None:
    positions = duet.positions[:50].copy()
    positions[10:30, 0, at("left_wrist")] = np.nan
    positions[40:, 1, at("head")] = np.nan
    whole, ever = filled(positions, HYBRIK)
    known = np.isfinite(positions)
    assert ever.all() and np.isfinite(whole).all()
    np.testing.assert_array_equal(whole[known], positions[known])
    reach = np.linalg.norm(whole[10:30, 0, at("left_wrist")] - whole[10:30, 0, at("left_elbow")], axis=-1)
    assert reach.min() > 0.12 and reach.max() < 0.35
    held = whole[40:, 1, at("head")] - whole[40:, 1, at("jaw")]
    np.testing.assert_allclose(held, np.broadcast_to(held[0], held.shape), atol=1e-6)


def test_a_joint_that_is_never_known_stands_at_its_rest_offset_and_never_at_the_origin(duet) -> None:
    positions = duet.positions[:40].copy()
    missing = [at(name) for name in ("left_wrist", "left_thumb", "left_middle_finger", "head")]
    positions[:, 0, missing] = np.nan
    posed = pose(positions, HYBRIK, 30)
    assert not posed.known[0, missing].any() and posed.known[1].all()
    for joint in missing:
        parent = HYBRIK.parents[joint]
        offset = posed.positions[joint, :, 0] - posed.positions[parent, :, 0]
        size = np.linalg.norm(offset, axis=0)
        np.testing.assert_allclose(size, np.linalg.norm(posed.rest[0, joint] - posed.rest[0, parent]), rtol=1e-6)
        assert 0.03 < size[0] < 0.5


def test_a_dancer_who_is_never_seen_still_has_a_rest_pose() -> None:
    positions = sample().positions[:5].copy()
    positions[:, 1] = np.nan
    posed = pose(positions, HYBRIK, 30)
    assert np.isfinite(posed.positions).all() and np.isfinite(posed.rest).all() and np.isfinite(posed.turns).all()
    assert np.abs(posed.positions[:, :2, 1]).max() > 0.5


@pytest.mark.parametrize(
    "skeleton",
    [
        Skeleton("one", ("only",), (-1,)),
        Skeleton("two roots", ("a", "b", "c", "d"), (-1, 0, -1, 2)),
        Skeleton("markers", ("m1", "m2", "m3"), (-1, -1, -1)),
        Skeleton("child first", ("tip", "middle", "base"), (1, 2, -1)),
    ],
)
def test_any_skeleton_can_be_posed(skeleton: Skeleton) -> None:
    positions = np.random.default_rng(1).normal(size=(20, 2, len(skeleton), 3))
    posed = pose(positions, skeleton, 30)
    heads, tails, _ = bone_layout(posed, 0, skeleton)
    assert (np.linalg.norm(tails - heads, axis=1) > 0.009).all()
    assert np.isfinite(posed.turns).all()


def test_joints_on_one_spot_do_no_harm() -> None:
    posed = pose(np.zeros((4, 1, 29, 3)), HYBRIK, 30)
    assert np.isfinite(posed.turns).all() and np.isfinite(posed.rest).all()
    _, tails, _ = bone_layout(posed, 0, HYBRIK)
    assert np.isfinite(tails).all()


def test_quaternions_agree_with_matrices() -> None:
    random = np.random.default_rng(0).normal(size=(4, 200))
    a = random / np.linalg.norm(random, axis=0)
    v = np.random.default_rng(1).normal(size=(3, 200))
    np.testing.assert_allclose(q.rotate(a, v), np.einsum("nij,jn->in", q.to_matrix(a), v), atol=1e-12)
    np.testing.assert_allclose(q.rotate_back(a, q.rotate(a, v)), v, atol=1e-12)
    again = q.from_matrix(q.to_matrix(a))
    np.testing.assert_allclose(np.abs((again * a).sum(axis=0)), 1.0, atol=1e-12)
    u = v / np.linalg.norm(v, axis=0)
    np.testing.assert_allclose(q.rotate(q.between(u, -u), u), -u, atol=1e-9)
    np.testing.assert_allclose(q.twist(q.about(u, np.linspace(-3, 3, 200)), u), np.linspace(-3, 3, 200), atol=1e-9)


def test_smoothing_keeps_what_is_constant() -> None:
    np.testing.assert_allclose(smoothed(np.full((2, 9), 2 + 1j), 3.0), 2 + 1j)
    np.testing.assert_allclose(smoothed(np.ones((1, 1)), 3.0), 1)


@pytest.mark.parametrize("take", ["60_01_scaled.bvh.gz", "60_12_scaled.bvh.gz"])
def test_bones_of_motion_capture_need_few_location_curves(real_data, take: str) -> None:
    files = [real_data / "cmu_salsa" / take, real_data / "cmu_salsa" / take.replace("60_", "61_", 1)]
    clip = read(files, fps=60, frames=(0, 400))
    posed = pose(clip.positions, clip.skeleton, clip.fps)
    keys = dict(bone_keys(posed, 0, clip.skeleton, posed.rest[0], np.broadcast_to(np.eye(3), (43, 3, 3))))
    limbs = [clip.skeleton.index(f"{side}_{name}") for side in ("left", "right") for name in ("knee", "ankle", "elbow", "wrist")]
    assert all(keys[j].location.shape[1] == 1 for j in limbs)


def test_what_is_carried_does_not_turn_about_itself() -> None:
    path = np.cumsum(np.random.default_rng(5).normal(0, 0.1, (3, 2, 300)), axis=-1) + np.array([3.0, 0, 0])[:, None, None]
    u = direction(path)
    carried = q.carried(u)
    np.testing.assert_allclose(q.rotate(carried, np.broadcast_to(u[..., :1], u.shape)), u, atol=1e-9)
    steps = q.multiply(carried[..., 1:], q.conjugate(carried[..., :-1]))
    assert np.abs(q.twist(steps, direction(u[..., 1:] + u[..., :-1]))).max() < 1e-9
