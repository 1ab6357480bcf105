"""The measures of a take's quality: each sees its own fault, and none in a sound take."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from duet_core.cleaning import clean
from duet_core.clip import Clip
from duet_core.formats import read
from duet_core.quality import measure
from duet_core.skeletons import Skeleton
from tests.core.defects import DEFECTS


@pytest.fixture(scope="module")
def duet(root: Path) -> Clip:
    return read(root / "samples" / "sample.duet.npz")


def test_a_sound_duet_has_no_findings(duet: Clip) -> None:
    quality = measure(duet)
    assert quality.findings == []
    assert quality.grade == "clean"
    assert quality.verdict == "This duet is sound."
    assert quality.frames == duet.frames
    assert quality.duration == pytest.approx(duet.duration)
    assert not quality.depth_absent
    assert quality.mirrored is False
    assert quality.foot_skate.max() < 0.02


SAYS = {
    "swaps": "exchanged 3 times",
    "both skeletons on one": "put both skeletons on one person",
    "gaps": "unknown",
    "jumps": "jump away",
    "jitter": "jitter by 20",
    "bone lengths": "bone lengths vary by 10",
    "tilted floor": "tilted by 6",
    "mirrored": "mirrored",
    "millimetres": "millimetres",
    "y up": "+y is up",
    "y up, mirrored, millimetres": "mirrored",
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_each_planted_defect_is_named_and_gone_after_cleaning(duet: Clip, defect: str) -> None:
    damaged = DEFECTS[defect](duet, 0)
    quality = measure(damaged)
    assert any(SAYS[defect] in text for text in quality.findings), quality.findings
    assert quality.grade != "clean"
    assert SAYS[defect] not in " ".join(measure(clean(damaged)[0]).findings)


def test_the_report_is_plain_data_without_nan(duet: Clip) -> None:
    positions = duet.positions.copy()
    positions[:, 0, 3] = np.nan
    data = measure(duet.changed(positions=positions)).as_dict()
    text = json.dumps(data, allow_nan=False)
    assert json.loads(text)["missing"][0][3] == 1.0
    assert data["verdict"]
    assert data["bone_variation"][0][2] is None


def test_distance_over_time_is_that_over_the_floor(duet: Clip) -> None:
    quality = measure(duet)
    root = duet.positions[:, :, 0, :2]
    apart = np.linalg.norm(root[:, 0] - root[:, 1], axis=-1)
    assert len(quality.distance) == len(quality.distance_time) <= 1000
    np.testing.assert_allclose(np.interp(quality.distance_time, np.arange(duet.frames) / 30, apart), quality.distance, atol=0.02)


def test_a_solo_and_bare_points_are_measured_without_fuss(duet: Clip) -> None:
    solo = measure(Clip(duet.positions[:, :1], 30, duet.skeleton))
    assert solo.distance.size == 0
    assert solo.verdict == "This solo is sound."
    points = Skeleton("points", ("a", "b"), (-1, -1))
    measure(Clip(np.zeros((3, 2, 2, 3)), 30, points))
    measure(Clip(np.full((3, 2, 2, 3), np.nan), 30, points))


def test_one_cameras_lack_of_depth_is_told(real_data: Path) -> None:
    quality = measure(read(real_data / "ai_choreo" / "sample_dance.npy"))
    assert quality.depth_absent
    assert any("depth between the dancers is absent" in text for text in quality.findings)
    assert quality.double_frames == 63
    assert quality.mean_bone_variation == pytest.approx(0.16, abs=0.01)
    assert quality.grade == "poor"


def test_no_placement_is_told(real_data: Path) -> None:
    quality = measure(read(real_data / "ai_choreo" / "pose_extraction_video_1.npy"))
    assert quality.no_placement
    assert not quality.identities_judged
    assert any("no placement" in text for text in quality.findings)


def test_mocap_of_a_pair_has_depth_and_both_sides(real_data: Path) -> None:
    folder = real_data / "cmu_salsa"
    quality = measure(read([folder / "60_01_scaled.bvh.gz", folder / "61_01_scaled.bvh.gz"], fps=60))
    assert not quality.depth_absent
    assert quality.mirrored is False
    assert quality.up == "+z"
    assert not quality.swaps
    assert not quality.double
    assert 0.3 < np.median(quality.distance) < 2
