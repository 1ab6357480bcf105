"""Readers: what they return for sound files, and one clear line for everything else."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.errors import InputError
from duet_core.formats import duet_npz, interleaved, read
from duet_core.skeletons import by_name

# Two joints with different channel orders, an arm of length 1 that first points along x.
BVH = """HIERARCHY
ROOT hip
{
  OFFSET 0 0 0
  CHANNELS 6 Xposition Yposition Zposition Zrotation Yrotation Xrotation
  JOINT arm
  {
    OFFSET 1 0 0
    CHANNELS 3 Yrotation Xrotation Zrotation
    JOINT hand
    {
      OFFSET 1 0 0
      CHANNELS 3 Zrotation Xrotation Yrotation
      End Site
      {
        OFFSET 0.1 0 0
      }
    }
  }
}
MOTION
Frames: 3
Frame Time: 0.033333
0 5 0  0 0 0   0 0 0  0 0 0
0 5 0  90 0 0  0 0 0  0 0 0
0 5 0  0 0 0   90 90 0  0 0 0
"""


def bones(clip: Clip) -> np.ndarray:
    """(T, bones) lengths of dancer 0."""
    parents, children = np.array(clip.skeleton.bones).T
    return np.linalg.norm(clip.positions[:, 0, children] - clip.positions[:, 0, parents], axis=-1)


def facing_agrees(clip: Clip) -> np.ndarray:
    """For each dancer the share of frames in which up × right points where toes or eyes point: 1 for a body that is not mirrored."""
    place = {name: clip.positions[:, :, joint] for joint, name in enumerate(clip.skeleton.landmarks) if name}
    forward = np.cross([0.0, 0.0, 1.0], place["right_hip"] - place["left_hip"])
    if "left_foot" in place:
        nose = place["left_foot"] - place["left_ankle"] + place["right_foot"] - place["right_ankle"]
    else:
        nose = (place["left_eye"] + place["right_eye"]) / 2 - place["head"]
    return ((forward * nose).sum(-1) > 0).mean(axis=0)


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_bvh_applies_each_joints_own_channel_order(tmp_path: Path) -> None:
    clip = read(write(tmp_path / "a.bvh", BVH))
    assert clip.dancers == 1
    assert clip.fps == 30
    assert clip.skeleton.joints == ("hip", "arm", "hand")
    hip, arm, hand = (clip.positions[:, 0, j] for j in range(3))
    # z up from y up: (x, y, z) → (x, −z, y).
    np.testing.assert_allclose(arm - hip, [[1, 0, 0], [0, 0, 1], [1, 0, 0]], atol=1e-6)
    # Frame 2, arm: Y 90° outermost, then X 90°: local x → −z in the file → +y here; the X turn leaves x alone.
    np.testing.assert_allclose(hand - arm, [[1, 0, 0], [0, 0, 1], [0, 1, 0]], atol=1e-6)


def test_bvh_and_gzipped_bvh_read_alike_and_fps_can_be_overridden(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.bvh", BVH)
    zipped = tmp_path / "a.bvh.gz"
    zipped.write_bytes(gzip.compress(BVH.encode()))
    np.testing.assert_array_equal(read(plain).positions, read(zipped).positions)
    assert read(plain, fps=60).fps == 60


def test_two_roots_in_one_bvh_are_two_dancers(tmp_path: Path) -> None:
    head, motion = BVH.split("MOTION")
    root = head.split("HIERARCHY")[1]
    lines = motion.strip().splitlines()
    doubled = "\n".join([*lines[:2], *(f"{line} {line}" for line in lines[2:])])
    text = (
        "HIERARCHY"
        + root.replace("hip", "A:hip").replace("arm", "A:arm").replace("hand", "A:hand")
        + root.replace("hip", "B:hip").replace("arm", "B:arm").replace("hand", "B:hand")
        + "MOTION\n"
        + doubled
    )
    clip = read(write(tmp_path / "both.bvh", text))
    assert clip.dancers == 2
    assert clip.skeleton.joints == ("hip", "arm", "hand")
    np.testing.assert_array_equal(clip.positions[:, 0], clip.positions[:, 1])


def test_interleaved_rows_are_the_two_dancers_and_left_stays_left(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(8, 29, 3))
    np.save(tmp_path / "duet.npy", rows)
    clip = read(tmp_path / "duet.npy", fps=25)
    assert clip.positions.shape == (4, 2, 29, 3)
    assert clip.fps == 25
    camera = rows.reshape(4, 2, 29, 3)
    scale = np.linalg.norm(np.diff(clip.positions[0, 0, :2], axis=0)) / np.linalg.norm(np.diff(camera[0, 0, :2], axis=0))
    turned = (camera - camera[0, 0, 0])[..., [0, 2, 1]] * [1, 1, -1] * scale  # x right, z away, y down → x, y, z
    np.testing.assert_allclose(clip.positions - clip.positions[0, 0, 0], turned, atol=1e-4)


def test_our_own_files_round_trip_exactly(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(6, 2, 24, 3)).astype(np.float32)
    values[3, 0, 5] = np.nan
    clip = Clip(values, 29.97, by_name("smpl-24"), rng.random((6, 2, 24)), {"dancers": ["Ana", "Bo"], "truth": [{"lag_seconds": 0.2}]})
    duet_npz.write(clip, tmp_path / "x.duet.npz")
    again = read(tmp_path / "x.duet.npz")
    np.testing.assert_array_equal(again.positions, clip.positions)
    np.testing.assert_array_equal(again.confidence, clip.confidence)
    assert (again.fps, again.skeleton, again.names, again.meta["truth"]) == (clip.fps, clip.skeleton, clip.names, clip.meta["truth"])


def test_frames_outside_the_clip_are_refused_by_file_name(tmp_path: Path) -> None:
    file = write(tmp_path / "a.bvh", BVH)
    assert read(file, frames=(1, None)).frames == 2
    with pytest.raises(InputError, match=r"a\.bvh.*0:3"):
        read(file, frames=(2, 9))


def bad_files(folder: Path) -> dict[str, tuple[list[Path], str]]:
    """Name → (files, what the message must say)."""

    def array(name: str, values: np.ndarray) -> Path:
        np.save(folder / name, values)
        return folder / name

    holes = np.random.default_rng(0).normal(size=(6, 29, 3))
    holes[3, 20] = np.nan
    short = BVH.replace("Frames: 3", "Frames: 4")
    empty = folder / "empty.bvh"
    empty.touch()
    broken_gzip = folder / "broken.bvh.gz"
    broken_gzip.write_bytes(gzip.compress(BVH.encode() * 400)[:-300])
    objects = folder / "objects.npy"
    np.save(objects, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (folder / "unknown.txt").write_text("hello\n")
    return {
        "missing": ([folder / "missing.npy"], "no such file"),
        "a folder": ([folder], "folder"),
        "empty": ([empty], "empty"),
        "unknown": ([folder / "unknown.txt"], "no known format"),
        "wrong shape": ([array("flat.npy", np.zeros((10, 3)))], "shape"),
        "wrong joints": ([array("joints.npy", np.zeros((10, 7, 3)))], "7 joints"),
        "odd rows": ([array("odd.npy", np.zeros((7, 29, 3)))], "row 6"),
        "no rows": ([array("none.npy", np.zeros((0, 29, 3)))], "no frames"),
        "not numbers": ([array("holes.npy", holes)], r"row 3 \(frame 1, dancer 2\).*right_elbow|row 3 \(frame 1, dancer 2\).*left_wrist"),
        "objects": ([objects], "sound .npy"),
        "text array": ([array("text.npy", np.array(["a"]))], "real numbers"),
        "too few frames": ([write(folder / "short.bvh", short)], r"4 frames.*3 frames"),
        "cut hierarchy": ([write(folder / "cut.bvh", BVH[:200])], "MOTION"),
        "cut brace": ([write(folder / "brace.bvh", BVH.replace("}\n}\nMOTION", "}\nMOTION"))], "never closed"),
        "cut mid-number": ([write(folder / "mid.bvh", BVH[:-9])], "cut short"),
        "word for a number": ([write(folder / "word.bvh", BVH.replace("90 90 0", "90 x90 0"))], r"line 26 \(frame 2\)"),
        "infinite": ([write(folder / "inf.bvh", BVH.replace("90 90 0", "90 inf 0"))], r"frame 2"),
        "unknown channel": ([write(folder / "channel.bvh", BVH.replace("3 Yrotation", "3 Wrotation"))], "line 9"),
        "no frame count": ([write(folder / "count.bvh", BVH.replace("Frames:", "Framed:"))], "Frames"),
        "huge frame count": ([write(folder / "huge.bvh", BVH.replace("Frames: 3", "Frames: 99999999999"))], "announced"),
        "damaged gzip": ([broken_gzip], "gzip"),
        "two duets": ([array("d1.npy", np.zeros((2, 2, 29, 3))), array("d2.npy", np.zeros((2, 2, 29, 3)))], "already holds two"),
        "frame counts": (
            [write(folder / "a.bvh", BVH), write(folder / "b.bvh", BVH.replace("Frames: 3", "Frames: 2").rsplit("\n", 2)[0] + "\n")],
            r"frame counts differ \(3 and 2\)",
        ),
        "skeletons": ([folder / "a.bvh", write(folder / "c.bvh", BVH.replace("JOINT arm", "JOINT leg"))], "skeletons differ"),
    }


def test_bad_input_is_refused_in_one_line_that_names_file_place_and_remedy(tmp_path: Path) -> None:
    cases = bad_files(tmp_path)
    for name, (files, says) in cases.items():
        with pytest.raises(InputError, match=says) as caught:
            read(files)
        message = str(caught.value)
        assert "\n" not in message, name
        assert files[0].name in message, name
        assert caught.value.remedy, name


def test_gaps_can_be_kept_where_the_user_wants_to_clean_them(tmp_path: Path) -> None:
    files, _ = bad_files(tmp_path)["not numbers"]
    clip = read(files, keep_gaps=True)
    assert np.isnan(clip.positions).any(axis=-1).sum() == 1


def test_real_sample_dance_stands_upright_on_the_floor_unmirrored(real_data: Path) -> None:
    clip = read(real_data / "ai_choreo" / "sample_dance.npy")
    assert clip.positions.shape == (1800, 2, 29, 3)
    head, pelvis, foot = (clip.positions[:, :, clip.skeleton.joints.index(j), 2] for j in ("head", "pelvis", "left_foot"))
    assert np.median(head - pelvis) > 0.4
    assert np.median(pelvis - foot) > 0.4
    assert abs(np.percentile(clip.positions[..., 2].min(axis=-1), 5)) < 0.1
    assert (facing_agrees(clip) > 0.9).all()


def test_pelvises_at_one_point_are_called_no_placement(real_data: Path) -> None:
    clip = read(real_data / "ai_choreo" / "pose_extraction_video_1.npy")
    assert clip.positions.shape == (297, 2, 24, 3)
    assert interleaved.NO_PLACEMENT in clip.meta["warnings"]
    assert (facing_agrees(clip) > 0.9).all()


def test_real_salsa_pair_shares_one_room_in_metres(real_data: Path) -> None:
    folder = real_data / "cmu_salsa"
    clip = read([folder / "60_01_scaled.bvh.gz", folder / "61_01_scaled.bvh.gz"], fps=60)
    assert clip.positions.shape == (2242, 2, 43, 3)
    assert clip.fps == 60
    assert (facing_agrees(clip) > 0.9).all()
    np.testing.assert_allclose(bones(clip).std(axis=0), 0, atol=1e-5)
    head = clip.positions[:, :, clip.skeleton.joints.index("head"), 2]
    assert 1.3 < np.median(head) < 1.7
    # One scale for both: the couple of a salsa stays within arm's reach most of the time.
    apart = np.linalg.norm(clip.positions[:, 0, 0, :2] - clip.positions[:, 1, 0, :2], axis=-1)
    assert 0.5 < np.median(apart) < 2.0
    assert math.isclose(clip.duration, 2242 / 60)
