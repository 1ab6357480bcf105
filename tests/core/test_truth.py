"""Found connections beside the planted ones."""

import numpy as np
import pytest

from duet_core.clip import Clip
from duet_core.connections import Connections
from duet_core.errors import InputError
from duet_core.skeletons import Skeleton
from duet_core.truth import compare_with_truth

JOINTS = ("a", "b", "c")


def found(*shown, windows=4) -> Connections:
    """Connections shown as (window, from dancer, from joint, to joint), windows of 10 frames side by side."""
    confidence = np.zeros((windows, 18), np.float32)
    for window, dancer, source, target in shown:
        confidence[window, dancer * 9 + JOINTS.index(source) * 3 + JOINTS.index(target)] = 0.9
    start = np.arange(windows) * 10
    return Connections(
        joints=JOINTS, window_start=start, window_end=start + 10, confidence=confidence, fps=30.0, types=("none", "core"),
        type_probability=np.full((windows, 18, 2), 0.5, np.float32), lag=np.zeros((windows, 18), np.float32), kind=np.ones((windows, 18), np.int8),
    )  # fmt: skip


def row(source="a", target="b", dancer=0, start=10, end=30, kind="lead", **more):
    return {
        "from_dancer": dancer, "from_joint": source, "to_dancer": 1 - dancer, "to_joint": target,
        "start_frame": start, "end_frame": end, "kind": kind, **more,
    }  # fmt: skip


def test_a_connection_shown_while_it_holds_is_found():
    report = compare_with_truth(found((1, 0, "a", "b")), [row()])
    assert (report.planted, report.found, report.shown, report.right) == (1, 1, 1, 1)
    assert "1 of the 1" in str(report) and "100%" in str(report)


@pytest.mark.parametrize("wrong", [(1, 1, "a", "b"), (1, 0, "b", "a"), (1, 0, "a", "c"), (3, 0, "a", "b")])
def test_the_wrong_direction_joint_or_time_is_not_found(wrong):
    report = compare_with_truth(found(wrong), [row()])
    assert (report.found, report.shown, report.right) == (0, 1, 0)


def test_half_a_window_must_be_about_the_connection():
    assert compare_with_truth(found((0, 0, "a", "b")), [row(start=5, end=30)]).found == 1
    assert compare_with_truth(found((0, 0, "a", "b")), [row(start=6, end=30)]).found == 0


def test_kinds_without_direction_count_once_and_may_be_found_either_way():
    both = [row(kind="hold"), row("b", "a", dancer=1, kind="hold")]
    report = compare_with_truth(found((1, 1, "b", "a")), both)
    assert (report.planted, report.found, report.right) == (1, 1, 1)


def test_what_follows_from_a_planted_connection_is_right_but_not_asked_for():
    report = compare_with_truth(found((1, 0, "a", "c")), [row(), row(target="c", indirect=True)])
    assert (report.planted, report.found, report.right) == (1, 0, 1)


def test_nothing_shown_is_said_plainly():
    assert "nothing is shown" in str(compare_with_truth(found(), [row()]))


@pytest.mark.parametrize("broken", [{}, row(source="nowhere"), row(dancer=3), {**row(), "from_joint": 9}, "text"])
def test_an_unreadable_truth_is_refused_with_its_row(broken):
    with pytest.raises(InputError, match="truth row 1"):
        compare_with_truth(found(), [row(), broken])


def test_a_part_of_a_clip_keeps_its_part_of_the_truth():
    skeleton = Skeleton("three", JOINTS, (-1, 0, 1))
    clip = Clip(np.zeros((60, 2, 3, 3), np.float32), 30.0, skeleton, meta={"truth": [row(start=10, end=30), row(start=40, end=50)]})
    part = clip.sliced(20, 40)
    assert [(r["start_frame"], r["end_frame"]) for r in part.meta["truth"]] == [(0, 10)]
    assert len(clip.meta["truth"]) == 2
