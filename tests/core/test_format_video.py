"""Estimates from video: AlphaPose, OpenPose, MediaPipe. People are followed, bystanders left out, and what is not in the data is said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from duet_core.errors import InputError
from duet_core.formats import read
from duet_core.formats.alphapose import PICTURE_PLACEMENT
from duet_core.formats.placing import NO_PLACEMENT, PLANAR
from duet_core.skeletons import by_name
from tests.core import sound_files as sound
from tests.core.sound_files import FRAMES, alphapose, body, keypoints, mediapipe_json, openpose, pixels


def apart(positions: np.ndarray) -> np.ndarray:
    """(T,) how far the second dancer stands to the right in the picture (x)."""
    middle = [[np.nanmedian(x) if np.isfinite(x).any() else np.nan for x in frame] for frame in positions[..., 0]]
    return np.diff(middle, axis=1)[:, 0]


# --- AlphaPose ----------------------------------------------------------------------------------------------------------------------------


def test_the_real_alphapose_file_has_two_dancers_and_bystanders_are_left_out(real_data: Path) -> None:
    clip = read(real_data / "ai_choreo" / "alphapose_test-results.json")
    assert clip.positions.shape == (297, 2, 24, 3)
    said = " ".join(clip.meta["warnings"])
    assert PICTURE_PLACEMENT in said and "13 detections belong to neither dancer" in said
    assert "do not follow them" in said  # its idx numbers people by score, anew in each frame
    unknown = np.isnan(clip.positions[..., 0]).all(axis=-1)
    assert unknown.sum() == 2 * 297 - (576 - 13)
    # One body, one dancer: nobody jumps across the picture from one frame to the next.
    pelvis = clip.positions[:, :, 0]
    steps = np.linalg.norm(np.diff(pelvis, axis=0), axis=-1)
    assert np.nanmax(steps) < 0.25
    head, foot = clip.skeleton.joints.index("head"), clip.skeleton.joints.index("left_foot")
    assert np.nanmedian(clip.positions[:, :, head, 2] - clip.positions[:, :, foot, 2]) > 1.2


def test_alphapose_people_are_told_apart_whatever_their_order(tmp_path: Path) -> None:
    clip = read(alphapose(tmp_path))
    np.testing.assert_allclose(apart(clip.positions), 1.2, atol=0.03)
    # Weak perspective gives back the bodies' places across the picture and up, exactly where the camera is that simple.
    truth = body(by_name("smpl-24"))
    np.testing.assert_allclose(
        clip.positions[..., [0, 2]] - clip.positions[:1, :1, :1, [0, 2]], truth[..., [0, 2]] - truth[:1, :1, :1, [0, 2]], atol=0.02
    )


def test_alphapose_identities_that_change_at_a_gap_are_joined_by_position(tmp_path: Path) -> None:
    file = alphapose(tmp_path)[0]
    entries = json.loads(file.read_text())
    for entry in entries:
        if int(entry["image_id"].split(".")[0]) >= 3:
            entry["idx"] += 7
    entries = [e for e in entries if not (e["image_id"] == "3.jpg" and e["idx"] == 9)]
    file.write_text(json.dumps(entries))
    clip = read(file)
    assert clip.dancers == 2
    assert np.isnan(clip.positions).any(axis=(2, 3)).sum() == 1
    np.testing.assert_allclose(apart(clip.positions)[[0, 1, 2, 4, 5]], 1.2, atol=0.03)
    assert any("1 frames show one of the dancers only" in w for w in clip.meta["warnings"])


def test_numbers_that_do_not_follow_people_are_not_believed(tmp_path: Path) -> None:
    file = alphapose(tmp_path)[0]
    entries = json.loads(file.read_text())
    for order, entry in enumerate(entries):
        entry["idx"] = order % 2 + 1
    file.write_text(json.dumps(entries))
    clip = read(file)
    np.testing.assert_allclose(apart(clip.positions), 1.2, atol=0.03)
    assert any("do not follow them" in w for w in clip.meta["warnings"])


def test_alphapose_without_3d_joints_is_planar_and_without_pixels_has_no_placement(tmp_path: Path) -> None:
    file = alphapose(tmp_path)[0]
    entries = json.loads(file.read_text())
    flat = [{k: v for k, v in entry.items() if k != "pred_xyz_jts"} for entry in entries]
    file.write_text(json.dumps(flat))
    clip = read(file)
    assert clip.skeleton.name == "hybrik-29" and PLANAR in clip.meta["warnings"]
    assert np.ptp(clip.positions[..., 1]) == 0
    file.write_text(json.dumps([{k: v for k, v in entry.items() if k != "keypoints"} for entry in entries]))
    assert NO_PLACEMENT in read(file).meta["warnings"]


def test_alphapose_damage_names_the_detection(tmp_path: Path) -> None:
    file = alphapose(tmp_path)[0]
    entries = json.loads(file.read_text())
    entries[5]["pred_xyz_jts"].pop()
    file.write_text(json.dumps(entries))
    with pytest.raises(InputError, match="detection 5: pred_xyz_jts are not 24"):
        read(file)
    file.write_text(json.dumps(entries)[:-40])
    with pytest.raises(InputError, match=r"no sound JSON.*line 1, column|line 1, column \d+: this is no sound JSON"):
        read(file)


# --- OpenPose -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("skeleton", ["body-25", "body-25b", "coco-18"])
def test_openpose_models_are_told_apart_by_their_bones(tmp_path: Path, skeleton: str) -> None:
    clip = read(openpose(tmp_path, skeleton))
    assert clip.skeleton.name == skeleton
    assert clip.positions.shape[:2] == (FRAMES, 2)
    assert PLANAR in clip.meta["warnings"]
    assert np.ptp(clip.positions[..., 1]) == 0
    np.testing.assert_allclose(apart(clip.positions), 1.2, atol=0.15)
    left, right = (clip.positions[..., clip.skeleton.index(f"{side}_shoulder"), :] for side in ("left", "right"))
    assert (left[..., 0] > right[..., 0]).all()  # they face the camera


def test_openpose_frames_without_a_file_and_keypoints_without_a_score_are_unknown(tmp_path: Path) -> None:
    folder = openpose(tmp_path)[0]
    files = sorted(folder.iterdir())
    files[3].unlink()
    dots = pixels(body(by_name("body-25")))
    people = [keypoints(dots[1, 0]), keypoints(dots[1, 1])]
    people[0][3 * 4 : 3 * 4 + 3] = [0, 0, 0]
    files[1].write_text(sound.openpose_frame(people))
    clip = read(folder)
    unknown = np.argwhere(np.isnan(clip.positions[..., 0]))
    assert {tuple(row) for row in unknown.tolist()} == {(1, 0, 4)} | {(3, d, j) for d in (0, 1) for j in range(25)}
    assert any("1 frames have no file" in w for w in clip.meta["warnings"])


def test_openpose_bystanders_are_left_out_and_dancers_keep_their_identity(tmp_path: Path) -> None:
    folder = openpose(tmp_path, frames=30)[0]
    dots = pixels(body(by_name("body-25"), 30))
    for number, file in enumerate(sorted(folder.iterdir())):
        people = [keypoints(dots[number, 0]), keypoints(dots[number, 1])]
        if number % 3 == 0:
            people.insert(0, keypoints(dots[number, 0] + [2000, 0]))
        file.write_text(sound.openpose_frame(people[::-1] if number % 2 else people))
    clip = read(folder)
    np.testing.assert_allclose(apart(clip.positions), 1.2, atol=0.15)
    assert any("10 detections belong to neither" in w for w in clip.meta["warnings"])


def test_openpose_folders_of_two_cameras_or_other_files_are_refused(tmp_path: Path) -> None:
    folder = openpose(tmp_path)[0]
    file = sorted(folder.iterdir())[0]
    shutil.copy(file, folder / "cam2_000000000000_keypoints.json")
    with pytest.raises(InputError, match=r"same frame.*one camera"):
        read(folder)
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="folder"):
        read(tmp_path / "none")


def test_the_real_openpose_folder_has_two_dancers_in_body_25b(real_data: Path) -> None:
    clip = read(real_data / "openpose_two_people")
    assert clip.positions.shape == (50, 2, 25, 3)
    assert clip.skeleton.name == "body-25b"
    assert PLANAR in clip.meta["warnings"]
    middle = np.nanmedian(clip.positions[..., 0], axis=-1)
    assert np.nanmax(np.abs(np.diff(middle, axis=0))) < 0.4
    low, high = np.nanpercentile(clip.positions[..., 2], (1, 99))
    assert low > -0.1 and high < 2.6
    head, ankle = clip.skeleton.index("head"), clip.skeleton.index("left_ankle")
    assert (np.nanmedian(clip.positions[:, :, head, 2] - clip.positions[:, :, ankle, 2], axis=0) > 0.8).all()


# --- MediaPipe ----------------------------------------------------------------------------------------------------------------------------


def test_mediapipe_world_landmarks_are_metres_without_a_place(tmp_path: Path) -> None:
    clip = read(mediapipe_json(tmp_path))
    assert (clip.positions.shape, clip.fps) == ((FRAMES, 1, 33, 3), 25)
    assert NO_PLACEMENT in clip.meta["warnings"]
    assert clip.positions[0, 0, 23, 0] > clip.positions[0, 0, 24, 0]
    assert np.all(clip.confidence == np.float32(0.9))


def layouts(folder: Path) -> dict[str, Path]:
    """The same solo poses, in the layouts that people save."""
    points = body(by_name("mediapipe-33"), dancers=1)[:, 0]
    points = np.round(sound.camera(points - (points[:, 23:24] + points[:, 24:25]) / 2), 4).tolist()
    as_dicts = [[{"x": x, "y": y, "z": z, "visibility": 0.9} for x, y, z in frame] for frame in points]
    values = {
        "list of lists": points,
        "list of dicts": as_dicts,
        "list of persons": [[frame] for frame in as_dicts],
        "objects": [{"frame": i, "poseWorldLandmarks": frame} for i, frame in enumerate(as_dicts)],
        "landmark inside": {"frames": [{"world_landmarks": {"landmark": frame}} for frame in as_dicts]},
        "landmarks": {"frames": [{"landmarks": frame} for frame in as_dicts]},
    }
    files = {}
    for name, value in values.items():
        files[name] = folder / f"{name}.json"
        files[name].write_text(json.dumps(value))
    names = (
        "nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer left_ear right_ear mouth_left mouth_right "
        "left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_pinky right_pinky left_index right_index left_thumb "
        "right_thumb left_hip right_hip left_knee right_knee left_ankle right_ankle left_heel right_heel left_foot_index right_foot_index"
    ).upper().split()  # fmt: skip
    wide = ["timestamp," + ",".join(f"{n}_x,{n}_y,{n}_z,{n}_visibility" for n in names)]
    wide += [f"{40 * i}," + ",".join(f"{x},{y},{z},0.9" for x, y, z in frame) for i, frame in enumerate(points)]
    long = ["frame,landmark,x,y,z,visibility"]
    long += [f"{i},{names[j].lower()},{x},{y},{z},0.9" for i, frame in enumerate(points) for j, (x, y, z) in enumerate(frame)]
    numbered = ["frame;landmark;x;y;z"]
    numbered += [f"{i};{j};{x};{y};{z}" for i, frame in enumerate(points) for j, (x, y, z) in enumerate(frame)]
    for name, lines in (("wide", wide), ("long", long), ("numbered", numbered)):
        files[name] = folder / f"{name}.csv"
        files[name].write_text("\n".join(lines) + "\n")
    return files


def test_every_accepted_mediapipe_layout_reads_alike(tmp_path: Path) -> None:
    expected = read(mediapipe_json(tmp_path)).positions
    for name, file in layouts(tmp_path).items():
        clip = read(file)
        assert clip.skeleton.name == "mediapipe-33", name
        np.testing.assert_allclose(clip.positions, expected, atol=1e-4, err_msg=name)
    assert read(tmp_path / "wide.csv").fps == 25


def test_mediapipe_image_landmarks_are_planar_and_two_persons_are_two_dancers(tmp_path: Path) -> None:
    clip = read(sound.mediapipe_csv(tmp_path))
    assert clip.dancers == 2 and PLANAR in clip.meta["warnings"]
    assert np.ptp(clip.positions[..., 1]) == 0
    np.testing.assert_allclose(apart(clip.positions), 1.2, atol=0.1)


def test_mediapipe_damage_names_the_frame(tmp_path: Path) -> None:
    files = layouts(tmp_path)
    frames = json.loads(files["list of lists"].read_text())
    frames[3].pop()
    files["list of lists"].write_text(json.dumps(frames))
    with pytest.raises(InputError, match="frame 3: a person has 32 landmarks"):
        read(files["list of lists"])
    lines = files["long"].read_text().splitlines()
    lines[40] = lines[40].replace("0.9", "zero")
    files["long"].write_text("\n".join(lines))
    with pytest.raises(InputError, match=r"line 41.*'zero'"):
        read(files["long"])
    files["long"].write_text("\n".join([*lines[:3], lines[2]]))
    with pytest.raises(InputError, match="comes twice"):
        read(files["long"])
