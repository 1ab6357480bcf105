"""Markers: the mariel layout, C3D and TRC. Names, subjects, axes, units, and left that stays left."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.errors import InputError
from duet_core.formats import read
from duet_core.skeletons import by_name
from duet_core.skeletons.families.markers import LABELS_55, SUBSET_18
from tests.core.sound_files import c3d, c3d_bytes, mariel, trc


def left_is_left(clip: Clip, toe: str = "foot", heel: str = "heel") -> np.ndarray:
    """For each dancer the share of frames in which the left hip is on the left of where the feet point."""
    place = {name: clip.positions[:, :, joint] for joint, name in enumerate(clip.skeleton.landmarks) if name}
    feet = sum(place[f"{side}_{toe}"] - place[f"{side}_{heel}"] for side in ("left", "right"))
    return ((np.cross([0.0, 0.0, 1.0], feet) * (place["left_hip"] - place["right_hip"])).sum(-1) > 0).mean(axis=0)


# --- mariel -------------------------------------------------------------------------------------------------------------------------------


def test_mariel_markers_stand_upright_with_left_on_the_left(real_data: Path) -> None:
    clip = read(real_data / "mariel" / "mariel_anna.npy")
    assert clip.positions.shape == (626, 1, 53, 3)
    assert (clip.skeleton.name, clip.fps) == ("mariel-53", 35)
    assert tuple(LABELS_55) == tuple((real_data / "mariel" / "labels.txt").read_text().split())
    head = clip.positions[:, 0, clip.skeleton.joints.index("ARIEL"), 2]
    assert 1.4 < np.median(head) < 1.9
    assert (left_is_left(clip) > 0.95).all()
    assert read([real_data / "mariel" / "mariel_anna.npy"] * 2).dancers == 2


def test_mariel_files_come_with_55_53_or_18_markers(tmp_path: Path) -> None:
    file = mariel(tmp_path)[0]
    full = np.load(file)
    whole = read(file)
    np.save(tmp_path / "53.npy", full[[i for i, label in enumerate(LABELS_55) if not label.endswith("Hips")]])
    np.testing.assert_array_equal(read(tmp_path / "53.npy").positions, whole.positions)
    np.save(tmp_path / "18.npy", full[[LABELS_55.index(label) for label in SUBSET_18]])
    few = read(tmp_path / "18.npy")
    assert few.skeleton == by_name("mariel-18")
    assert (left_is_left(whole) == 1).all()


def test_eighteen_smooth_rows_are_frames_and_eighteen_smooth_columns_are_markers(tmp_path: Path) -> None:
    time = np.linspace(0, 1, 24)[None, :, None]
    markers = np.random.default_rng(0).normal(size=(18, 1, 3)) + 0.1 * np.sin(time)
    np.save(tmp_path / "markers.npy", markers)
    assert read(tmp_path / "markers.npy").positions.shape == (24, 1, 18, 3)
    joints = np.random.default_rng(0).normal(size=(1, 24, 3)) + 0.1 * np.sin(time.swapaxes(0, 1)[:18])
    np.save(tmp_path / "frames.npy", joints)
    assert read(tmp_path / "frames.npy").positions.shape == (9, 2, 24, 3)


# --- C3D ----------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("processor", [84, 85, 86], ids=["intel", "dec", "mips"])
@pytest.mark.parametrize("whole", [False, True], ids=["floats", "whole numbers"])
@pytest.mark.parametrize("up", ["+Z", "+Y", "-Y"])
def test_c3d_reads_every_processor_number_and_up_axis(tmp_path: Path, processor: int, whole: bool, up: str) -> None:
    room = np.random.default_rng(0).uniform(-900, 900, size=(5, 4, 3)).round(1)
    room[2, 1] = np.nan
    file_axes = {"+Z": room, "+Y": room[..., [0, 2, 1]] * [1, 1, -1], "-Y": room[..., [0, 2, 1]] * [1, -1, 1]}[up]
    (tmp_path / "a.c3d").write_bytes(c3d_bytes(file_axes, ["a", "b", "c", "d"], processor=processor, whole=whole, up=up, rate=120))
    clip = read(tmp_path / "a.c3d")
    assert clip.fps == 120
    assert np.isnan(clip.positions[2, 0, 1]).all() and np.isnan(clip.positions).sum() == 3
    got = clip.positions[:, 0] - clip.positions[0, 0, 0]
    np.testing.assert_allclose(got, (room - room[0, 0]) / 1000, atol=1e-4)


def test_c3d_prefixes_are_dancers_and_a_prop_is_left_out(tmp_path: Path) -> None:
    duet = read(c3d(tmp_path))
    assert duet.names == ("Ana", "Bo")
    assert duet.dancers == 2 and "left_hip" in duet.skeleton.landmarks
    points = np.random.default_rng(0).normal(size=(4, 9, 3))
    labels = ["box:a", "box:b", *(f"Ana:m{i}" for i in range(5)), "*7", "*8"]
    (tmp_path / "prop.c3d").write_bytes(c3d_bytes(points, labels))
    solo = read(tmp_path / "prop.c3d")
    assert (solo.dancers, len(solo.skeleton), solo.names) == (1, 5, ("Ana",))
    assert any("'box'" in w for w in solo.meta["warnings"]) and any("without a label" in w for w in solo.meta["warnings"])


def test_two_c3d_files_are_two_dancers(tmp_path: Path) -> None:
    points = np.random.default_rng(0).normal(size=(4, 6, 3)) * 300
    for name in "ab":
        (tmp_path / f"{name}.c3d").write_bytes(c3d_bytes(points, [f"m{i}" for i in range(6)]))
    assert read([tmp_path / "a.c3d", tmp_path / "b.c3d"]).dancers == 2


def test_a_c3d_that_announces_more_frames_than_it_has_is_refused(tmp_path: Path) -> None:
    data = bytearray(c3d(tmp_path)[0].read_bytes())
    data[8:10] = struct.pack("<H", 60_000)
    (tmp_path / "long.c3d").write_bytes(data)
    with pytest.raises(InputError, match=r"60000 frames are announced, there are \d"):
        read(tmp_path / "long.c3d")


def test_the_real_c3d_is_a_dancer_and_a_box(real_data: Path) -> None:
    clip = read(real_data / "c3d" / "markers_analogs.c3d")
    assert clip.positions.shape == (580, 1, 43, 3)
    assert (clip.fps, clip.names) == (100, ("Daphnee",))
    assert "'boite' (8 markers)" in " ".join(clip.meta["warnings"])
    assert len(clip.skeleton.bones) == 42
    # Bones that were chosen because they keep their length do keep it: 43 markers on a shoulder and an arm.
    parents, children = np.array(clip.skeleton.bones).T
    lengths = np.linalg.norm(clip.positions[:, 0, parents] - clip.positions[:, 0, children], axis=-1)
    assert np.nanmedian(np.nanstd(lengths, axis=0) / np.nanmean(lengths, axis=0)) < 0.05


def test_c3d_values_equal_those_of_the_c3d_library(real_data: Path) -> None:
    library = pytest.importorskip("c3d", reason="the c3d library is not installed")
    with (real_data / "c3d" / "markers_analogs.c3d").open("rb") as stream:
        reader = library.Reader(stream)
        labels = [label.strip() for label in reader.point_labels]
        points = np.stack([values for _, values, _ in reader.read_frames()])
    clip = read(real_data / "c3d" / "markers_analogs.c3d")
    columns = [labels.index(f"Daphnee:{joint}") for joint in clip.skeleton.joints]
    theirs = np.where(points[:, columns, 3:4] < 0, np.nan, points[:, columns, :3]) / 1000
    ours = clip.positions[:, 0]
    np.testing.assert_array_equal(np.isnan(ours), np.isnan(theirs))
    floor = np.nanmedian(theirs[..., 2] - ours[..., 2])
    np.testing.assert_allclose(ours + np.array([0, 0, floor]), theirs, atol=1e-5)


# --- TRC ----------------------------------------------------------------------------------------------------------------------------------


def test_the_real_trc_pair_shares_one_room(real_data: Path) -> None:
    files = sorted((real_data / "trc_two_people").glob("*.trc"))
    clip = read(files)
    assert (clip.positions.shape, clip.fps) == ((100, 2, 21, 3), 60)
    assert (left_is_left(clip, "big_toe") > 0.95).all()
    assert np.isfinite(clip.positions).all()
    above = {child: parent for parent, child in clip.skeleton.bones}
    for low, high in (("ankle", "knee"), ("knee", "hip"), ("wrist", "elbow"), ("elbow", "shoulder")):
        pair = clip.skeleton.index(f"right_{low}"), clip.skeleton.index(f"right_{high}")
        assert above.get(pair[0]) == pair[1] or above.get(pair[1]) == pair[0]
    assert 1.4 < np.nanmax(clip.positions[..., 2]) < 1.9


def test_the_real_comma_trc_of_a_cut_trial_is_read_and_says_so(real_data: Path) -> None:
    clip = read(real_data / "c3d" / "markers.trc")
    assert (clip.positions.shape, clip.fps) == ((93, 1, 51, 3), 100)
    assert any("652 frames, the file has 93" in warning for warning in clip.meta["warnings"])


def test_trc_units_rate_and_unseen_markers(tmp_path: Path) -> None:
    file = trc(tmp_path)[0]
    clip = read(file)
    assert clip.fps == 60 and 1.6 < clip.positions[..., 2].max() < 1.7
    assert (left_is_left(clip, "big_toe") == 1).all()
    lines = file.read_text().splitlines()
    cells = lines[6].split("\t")
    cells[2:5] = ["", "", ""]
    lines[6] = "\t".join(cells)
    file.write_text("\n".join(lines) + "\n")
    assert np.argwhere(np.isnan(read(file).positions[..., 0])).tolist() == [[1, 0, 0]]
    file.write_text("\n".join(lines).replace("\t", ",") + "\n")
    assert read(file).frames == 6
    file.write_text("\n".join([*lines, lines[-1]]) + "\n")
    with pytest.raises(InputError, match="6 frames are announced, there are 7"):
        read(file)
