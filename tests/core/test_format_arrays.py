"""Plain arrays (.npy, .npz), FreeMoCap's and AMASS's: shapes, skeletons, axes and units without a word in the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from duet_core.errors import InputError
from duet_core.formats import read
from duet_core.formats.placing import NO_PLACEMENT
from duet_core.skeletons import Skeleton, by_name
from tests.core.sound_files import Y_UP_FROM_ROOM, body, camera, freemocap

SMPL = by_name("smpl-22")


def save(path: Path, values: np.ndarray) -> Path:
    np.save(path, values)
    return path


def same_shape(positions: np.ndarray, truth: np.ndarray) -> None:
    """Equal but for the floor."""
    np.testing.assert_allclose(positions - positions[0, 0, 0], truth - truth[0, 0, 0], atol=2e-4)


@pytest.mark.parametrize("layout", ["frames first", "dancers first", "two files"])
def test_every_layout_of_a_duet_reads_alike(tmp_path: Path, layout: str) -> None:
    truth = body(SMPL)
    if layout == "two files":
        files = [save(tmp_path / "a.npy", truth[:, 0]), save(tmp_path / "b.npy", truth[:, 1])]
    else:
        files = [save(tmp_path / "a.npy", truth if layout == "frames first" else truth.swapaxes(0, 1))]
    clip = read(files)
    assert clip.skeleton.name == "smpl-22"
    same_shape(clip.positions, truth)


@pytest.mark.parametrize("turned", [body(SMPL), body(SMPL) @ Y_UP_FROM_ROOM.T, camera(body(SMPL)), body(SMPL) * [1, -1, -1]])
@pytest.mark.parametrize("unit", [1.0, 100.0, 1000.0])
def test_axes_and_unit_are_told_by_the_bodies(tmp_path: Path, turned: np.ndarray, unit: float) -> None:
    clip = read(save(tmp_path / "a.npy", turned * unit))
    left, right = clip.positions[:, :, 1], clip.positions[:, :, 2]
    truth = body(SMPL)
    np.testing.assert_allclose(clip.positions[..., 2] - clip.positions[..., :1, 2], truth[..., 2] - truth[..., :1, 2], atol=1e-4)
    # Left is left of where the toes point, whichever way the room was turned.
    toes = clip.positions[:, :, 10] - clip.positions[:, :, 7]
    assert (np.cross([0, 0, 1], toes) * (left - right)).sum(-1).min() > 0


def test_two_interleaved_files_given_together_are_one_dancer_each(tmp_path: Path) -> None:
    truth = body(by_name("hybrik-29"))
    clip = read([save(tmp_path / "a.npy", camera(truth[:, 0])), save(tmp_path / "b.npy", camera(truth[:, 1]))])
    assert clip.positions.shape == (6, 2, 29, 3)
    same_shape(clip.positions, truth)


def test_joint_counts_that_fit_several_skeletons_or_none_ask_for_a_name(tmp_path: Path) -> None:
    file = save(tmp_path / "a.npy", body(by_name("coco-17")))
    with pytest.raises(InputError, match=r"coco-17 or h36m-17.*--skeleton"):
        read(file)
    assert read(file, skeleton="coco-17").skeleton.name == "coco-17"
    with pytest.raises(InputError, match="17 joints, and skeleton 'smpl-22'"):
        read(file, skeleton="smpl-22")
    with pytest.raises(InputError, match="no known skeleton and no file"):
        read(file, skeleton="smple-22")


def test_a_skeleton_may_come_from_a_json_file(tmp_path: Path) -> None:
    own = Skeleton("own", ("pelvis", "head", "left_wrist", "right_wrist", "tail"), (-1, 0, 0, 0, 0))
    (tmp_path / "own.json").write_text(own.to_json())
    assert read(save(tmp_path / "a.npy", body(own)), skeleton=tmp_path / "own.json").skeleton == own
    (tmp_path / "bad.json").write_text('{"name": "x"')
    with pytest.raises(InputError, match=r"bad\.json"):
        read(tmp_path / "a.npy", skeleton=tmp_path / "bad.json")


def test_a_frame_rate_that_is_assumed_is_told_and_one_that_is_given_is_not(tmp_path: Path) -> None:
    alternating = camera(body(by_name("smpl-24"))).reshape(-1, 24, 3)
    for file in (save(tmp_path / "plain.npy", body(SMPL)), save(tmp_path / "interleaved.npy", alternating)):
        assert any("30 frames a second are assumed" in warning for warning in read(file).meta["warnings"]), file
        assert not any("assumed" in warning for warning in read(file, fps=25).meta["warnings"]), file


def test_unnamed_joints_get_numbers_and_bones_that_keep_their_length(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    # A chain of five joints with stiff bones that wriggles.
    steps = rng.normal(size=(200, 5, 3))
    chain = np.cumsum(steps / np.linalg.norm(steps, axis=-1, keepdims=True), axis=1)
    clip = read(save(tmp_path / "a.npy", chain), skeleton="unnamed")
    assert clip.skeleton.joints == ("joint_00", "joint_01", "joint_02", "joint_03", "joint_04")
    assert {frozenset(bone) for bone in clip.skeleton.bones} == {frozenset((j, j + 1)) for j in range(4)}
    assert any("unnamed" in warning for warning in clip.meta["warnings"])


def test_an_npz_may_name_joints_parents_rate_and_confidence(tmp_path: Path) -> None:
    own = Skeleton("own", ("pelvis", "head", "tail"), (-1, 0, 0))
    sure = np.full((6, 2, 3), 0.25)
    np.savez(tmp_path / "a.npz", positions=body(own), fps=50, joint_names=np.array(own.joints), parents=np.array(own.parents), scores=sure)
    clip = read(tmp_path / "a.npz")
    assert (clip.skeleton.joints, clip.skeleton.parents, clip.fps) == (own.joints, own.parents, 50)
    np.testing.assert_array_equal(clip.confidence, sure.astype(np.float32))
    np.savez(tmp_path / "b.npz", ana=body(SMPL)[:, 0], bo=body(SMPL)[:, 1])
    assert read(tmp_path / "b.npz").dancers == 2
    np.savez(tmp_path / "c.npz", ana=np.zeros(3))
    with pytest.raises(InputError, match=r"the array has shape \(3,\)"):
        read(tmp_path / "c.npz")


@pytest.mark.parametrize("shape", ["(99999999999, 2, 22, 3)", "(6, 2, 22, 999999999999999999)", "(-6, 2, 22, 3)"])
def test_a_header_that_claims_more_than_the_file_has_allocates_nothing(tmp_path: Path, shape: str) -> None:
    data = save(tmp_path / "a.npy", body(SMPL)).read_bytes()
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    (tmp_path / "a.npy").write_bytes(data[:10] + header.encode() + data[128:])
    with pytest.raises(InputError, match=r"no sound \.npy"):
        read(tmp_path / "a.npy")


def test_freemocap_millimetres_become_metres_and_unseen_joints_stay_unknown(tmp_path: Path) -> None:
    file = freemocap(tmp_path)[0]
    values = np.load(file)
    values[2, 15] = np.nan
    np.save(file, values)
    clip = read(file)
    assert clip.skeleton.name == "mediapipe-33"
    assert np.argwhere(np.isnan(clip.positions).any(axis=-1)).tolist() == [[2, 0, 15]]
    assert 1.5 < np.nanmax(clip.positions[..., 2]) < 1.8


@pytest.mark.parametrize("stray", [0.0, 0.001], ids=["exactly", "within a millimetre, as MediaPipe has it"])
def test_poses_around_the_pelvis_are_called_no_placement(tmp_path: Path, stray: float) -> None:
    truth = body(SMPL)
    clip = read(save(tmp_path / "a.npy", truth - truth[:, :, :1] + stray))
    assert NO_PLACEMENT in clip.meta["warnings"]
    apart = read(tmp_path / "a.npy", apart=1.5)
    np.testing.assert_allclose(apart.positions[:, 1, 0] - apart.positions[:, 0, 0], [[1.5, 0, 0]] * 6, atol=1e-5)
    save(tmp_path / "b.npy", truth)
    with pytest.raises(InputError, match="places of their own"):
        read(tmp_path / "b.npy", apart=1.5)


@pytest.mark.parametrize(("joints", "name"), [(22, "smpl-22"), (45, "smpl-24"), (52, "smplh-52"), (55, "smplx-55"), (127, "smpl-22")])
def test_amass_files_with_joints_read_whatever_body_model_made_them(tmp_path: Path, joints: int, name: str) -> None:
    skeleton = by_name(name)
    values = np.zeros((6, joints, 3))
    values[:, : len(skeleton)] = body(skeleton)[:, 0]
    np.savez(tmp_path / "a.npz", poses=np.zeros((6, 72)), trans=np.zeros((6, 3)), mocap_framerate=120.0, joints=values)
    clip = read(tmp_path / "a.npz")
    assert (clip.skeleton.name, clip.fps, clip.dancers) == (name, 120, 1)
    same_shape(clip.positions, body(skeleton)[:, :1])


def test_amass_files_without_joints_say_what_makes_them(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", poses=np.zeros((6, 156)), trans=np.zeros((6, 3)), betas=np.zeros(16), mocap_framerate=120.0)
    with pytest.raises(InputError, match=r"no joint positions.*body model.*smplx"):
        read(tmp_path / "a.npz")
