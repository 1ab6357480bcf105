"""What a moment is about."""

import numpy as np
import pytest

from duet_core.connections import Connections
from duet_core.moments import PATIENCE, fullest_frame, joint_words, strongest, window_of_frames


def connections(confidence, length=10, stride=10) -> Connections:
    confidence = np.asarray(confidence, dtype=np.float32)
    windows, edges = confidence.shape
    joints = tuple(f"j{i}" for i in range(round((edges / 2) ** 0.5)))
    start = np.arange(windows) * stride
    return Connections(
        joints=joints,
        window_start=start,
        window_end=start + length,
        confidence=confidence,
        type_probability=np.full((windows, edges, 2), 0.5, np.float32),
        types=("none", "core"),
        lag=np.full((windows, edges), np.nan, np.float32),
        kind=np.zeros((windows, edges), np.int8),
        fps=30.0,
    )


def test_each_frame_belongs_to_the_window_with_the_nearest_centre():
    assert window_of_frames(connections(np.zeros((3, 2))), 30).tolist() == [0] * 10 + [1] * 10 + [2] * 10


def test_the_strongest_connection_is_told_while_it_is_drawn():
    found = strongest(connections([[0.9, 0.1], [0.1, 0.9], [0.2, 0.3]]), 30, 0.5)
    assert (
        found.edge.tolist() == [0] * 10 + [1] * 12 + [-1] * 8
    )  # from 0.9 to 0.3, half between two windows and a little on, 0.5 is reached


def test_where_what_the_nearest_window_has_is_drawn_no_more_the_strongest_then_is_told():
    found = strongest(connections([[0.6, 0.55], [0.0, 0.55]]), 20, 0.5)
    assert found.edge.tolist() == [0] * 7 + [1] * 13
    assert strongest(connections([[0.6, 0.0], [0.0, 0.0]]), 20, 0.5).edge.tolist() == [0] * 7 + [-1] * 13


def test_words_stay_while_their_connection_is_nearly_the_strongest():
    near = 0.8 + PATIENCE / 2
    assert set(strongest(connections([[0.9, 0.1], [0.8, near], [0.8, near]]), 30, 0.5).edge) == {0}
    assert strongest(connections([[0.9, 0.1], [0.8, 0.8 + 2 * PATIENCE]]), 20, 0.5).edge[-1] == 1


def test_without_windows_nothing_is_told():
    empty = connections(np.zeros((0, 2)))
    assert (strongest(empty, 5).edge == -1).all()
    assert fullest_frame(empty, 5) == 2


def test_the_still_shows_the_moment_with_most_and_strongest_connections():
    assert fullest_frame(connections([[0.9, 0.1], [0.6, 0.7], [0.4, 0.4]]), 30) == 14
    assert fullest_frame(connections([[0.4, 0.4], [0.3, 0.3]]), 20) == 10
    assert fullest_frame(connections([[0.9, 0.1], [0.6, 0.7]]), 20, top_k=1) == 4


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("left_big_toe", "left big toe"),
        ("mixamorig:LeftForeArm", "left elbow"),
        ("lMid2", "left middle finger"),
        ("spine3", "chest"),
        ("rShin", "right knee"),
        ("Prop.Stick_end", "prop stick end"),
    ],
)
def test_joints_are_named_as_one_says_them(name, words):
    assert joint_words(name) == words
