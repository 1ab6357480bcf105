"""What a scene stores of the connections: nothing that is drawn may differ from what was inferred."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from duet_core.connections import Connections
from duet_core.errors import InputError
from duet_core.showing import Show, gates, mean_distances, passing, peak_frame, shown_at, tension
from duet_core.skeletons.landmarks import PARTS
from duet_core.threads import PER_ROW, TYPES, confidence_at, fan, packed, stored_threads, unpacked


def made(confidence: np.ndarray, start: np.ndarray | None = None, window: int = 20, fps: float = 30.0) -> Connections:
    windows, edges = confidence.shape
    start = 10 * np.arange(windows) if start is None else np.asarray(start)
    random = np.random.default_rng(1)
    lag = random.integers(0, 16, (windows, edges)).astype(np.float32) / fps
    lag[random.random((windows, edges)) < 0.3] = np.nan
    probability = np.zeros((windows, edges, 1 + len(TYPES)), np.float32)
    probability[..., 0] = 1 - confidence
    np.put_along_axis(probability, random.integers(1, 1 + len(TYPES), (windows, edges, 1)), confidence[..., None], axis=-1)
    return Connections(
        joints=tuple(f"joint{i}" for i in range(round((edges / 2) ** 0.5))),
        window_start=start.astype(np.int64),
        window_end=(start + window).astype(np.int64),
        confidence=confidence.astype(np.float32),
        type_probability=probability,
        types=("none", *TYPES),
        lag=lag.astype(np.float32),
        kind=random.integers(0, 6, (windows, edges)).astype(np.int8),
        fps=fps,
    )


def random_confidence(windows: int = 7, joints: int = 4, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((windows, 2 * joints * joints)).astype(np.float32)


def test_only_connections_that_ever_exceed_the_floor_are_stored():
    confidence = np.zeros((5, 32), np.float32)
    confidence[2, 7] = 0.11
    confidence[:, 9] = 0.1
    assert stored_threads(made(confidence)).edge.tolist() == [7]


def test_where_not_all_fit_each_direction_keeps_its_strongest():
    confidence = np.full((3, 32), 0.3, np.float32)
    confidence[:, :16] += np.arange(16) / 100 + 0.3  # the first direction is the stronger one throughout
    stored = stored_threads(made(confidence), most=8)
    assert np.bincount(stored.from_dancer).tolist() == [4, 4]
    assert stored.edge[:4].tolist() == [12, 13, 14, 15]


def test_what_one_direction_leaves_the_other_may_have():
    confidence = np.zeros((3, 32), np.float32)
    confidence[:, [1, 2, 3, 4, 5, 6, 20]] = 0.5
    assert stored_threads(made(confidence), most=6).edge.tolist() == [1, 2, 3, 4, 5, 20]


def test_confidence_is_linear_between_window_centres_and_constant_outside():
    confidence = random_confidence()
    connections = made(confidence)
    stored = stored_threads(connections)
    for frame in (-5, 0, 9.5, 13, 42.25, 69.5, 500):
        expected = [np.interp(frame, connections.centres, confidence[:, edge]) for edge in stored.edge]
        np.testing.assert_allclose(confidence_at(stored, frame), expected, atol=1e-6)
        np.testing.assert_allclose(connections.confidence_at([frame])[0, stored.edge], expected, atol=1e-6)


@pytest.mark.parametrize("start", [[0, 10, 20, 30, 36], [0, 2, 8, 14, 30], [3, 13, 23, 33, 43]])
def test_uneven_windows_lose_nothing(start):
    confidence = random_confidence(5)
    connections = made(confidence, np.array(start))
    stored = stored_threads(connections)
    for frame in np.arange(0, 60, 0.5):
        expected = [np.interp(frame, connections.centres, confidence[:, edge]) for edge in stored.edge]
        np.testing.assert_allclose(confidence_at(stored, frame), expected, atol=1e-5)


def test_very_uneven_windows_do_not_blow_the_table_up():
    start = np.append(np.arange(0, 2000, 20), 1983)
    stored = stored_threads(made(random_confidence(len(start)), start))
    assert stored.windows <= 4 * len(start) + 2
    assert confidence_at(stored, 5000).shape == (stored.edges,)


def test_windows_out_of_order_are_refused():
    with pytest.raises(InputError, match="order of time"):
        stored_threads(made(random_confidence(3), np.array([0, 20, 10])))


@pytest.mark.parametrize("windows", [1, 2, 3, 4, 9])
def test_the_table_gives_back_what_was_packed(windows):
    stored = stored_threads(made(random_confidence(windows)))
    confidence, kind, lag, types = unpacked(*packed(stored), stored.windows, stored.edges, stored.fps)
    np.testing.assert_array_equal(confidence, stored.confidence)
    np.testing.assert_array_equal(kind, stored.kind)
    np.testing.assert_array_equal(types, stored.type)
    np.testing.assert_allclose(lag, stored.lag, atol=0.5 / stored.fps)


@pytest.mark.parametrize(
    ("known", "become"), [(1, ["core"]), (2, ["clear", "core"]), (3, [*TYPES]), (5, ["faint", "clear", "clear", "core", "core"])]
)
def test_types_of_any_method_become_those_of_the_scene_the_strongest_core(known: int, become: list[str]) -> None:
    connections = replace(
        made(np.full((2, 32), 0.9, np.float32)),
        types=("none", *(f"type {n}" for n in range(known))),
        type_probability=np.tile(np.eye(1 + known, dtype=np.float32)[1 + np.arange(32) % known], (2, 1, 1)),
    )
    stored = stored_threads(connections)
    assert [TYPES[number] for number in stored.type[1, :known]] == become


@pytest.mark.parametrize("windows", [0, 4])
def test_a_silent_take_makes_an_empty_table(windows):
    stored = stored_threads(made(np.zeros((windows, 32), np.float32)))
    confidence, tags, types = packed(stored)
    assert stored.edges == 0 and confidence.shape == (0, PER_ROW) and tags.shape == types.shape == (0,)
    assert fan(stored).shape == (0, 3) and confidence_at(stored, 3.0).shape == (0,)


def test_a_minute_of_400_connections_takes_less_than_a_megabyte():
    confidence = np.zeros((360, 2 * 29 * 29), np.float32)  # a window every five frames at 30 a second
    confidence[:, :400] = 0.8
    assert sum(array.nbytes for array in packed(stored_threads(made(confidence)))) < 1_000_000


def test_threads_never_bow_downwards_and_always_the_same_way():
    stored = stored_threads(made(random_confidence(3, 29)))
    ways = fan(stored)
    assert (ways[:, 0] > 0.2).all() and np.allclose(np.linalg.norm(ways[:, :2], axis=1), 1, atol=1e-6)
    few = stored_threads(made(np.where(np.arange(1682) % 5 == 0, random_confidence(3, 29), 0)))
    same = np.isin(stored.edge, few.edge)
    np.testing.assert_array_equal(ways[same], fan(few)[np.isin(few.edge, stored.edge)])


def test_filters_pass_what_they_name_and_nothing_else():
    stored = stored_threads(made(random_confidence(5, 4)))
    parts = ("head", "left_arm", "torso", "right_hand")
    gate = gates(stored, parts)
    everything, _ = shown_at(stored, 22.0, Show(threshold=0.0), gate)
    assert sorted(everything) == list(range(stored.edges))
    show = Show(
        threshold=0.0,
        directions=(True, False),
        sources=tuple(part in ("head", "torso") for part in PARTS),
        targets=tuple(part != "left_arm" for part in PARTS),
        kinds=(True, True, False, True, False, True),
        types=(True, False, True),
    )
    found, confidence = shown_at(stored, 22.0, show, gate)
    expected = (stored.from_dancer == 0) & np.isin(stored.from_joint, (0, 2)) & (stored.to_joint != 1) & ~np.isin(stored.kind[1], (2, 4))
    expected &= stored.type[1] != 1
    assert sorted(found) == np.flatnonzero(expected).tolist()
    assert (np.diff(confidence) <= 0).all()
    assert len(shown_at(stored, 22.0, Show(threshold=0.0, top_k=3), gate)[0]) == 3
    chosen = stored.to_joint == 3
    assert (passing(gate, Show(only_chosen=True), chosen) == chosen).all()


def test_tension_is_one_at_the_mean_distance_and_where_nothing_is_known():
    stored = stored_threads(made(random_confidence(3, 4)))
    positions = np.zeros((10, 2, 4, 3), np.float32)
    positions[:, 1, :, 0] = np.linspace(1, 3, 10)[:, None]
    positions[4:, 1, 2] = np.nan
    positions[:, 0, 1] = np.nan
    mean = mean_distances(stored, positions)
    known = (stored.from_joint != np.where(stored.from_dancer == 0, 1, 2)) & (stored.to_joint != np.where(stored.to_dancer == 0, 1, 2))
    assert mean[known] == pytest.approx(2.0)
    lost = np.where(stored.from_dancer == 0, stored.from_joint, stored.to_joint) == 1
    assert (mean[lost] == 0).all()
    assert tension(np.full(stored.edges, 3.0), mean)[known] == pytest.approx(1.5)
    assert (tension(np.full(stored.edges, 3.0), mean)[lost] == 1).all()


def test_a_peak_is_that_of_the_stretch_one_is_in():
    confidence = np.zeros((9, 32), np.float32)
    confidence[:, 5] = [0.9, 0.6, 0.1, 0.6, 0.8, 0.7, 0.2, 0.95, 0.3]
    stored = stored_threads(made(confidence))
    centre = stored.first + stored.spacing * np.arange(9)
    assert peak_frame(stored, 0, centre[3] + 1, 0.5) == centre[4]
    assert peak_frame(stored, 0, -50, 0.5) == centre[0]
    assert peak_frame(stored, 0, centre[2], 0.5) == centre[7]  # not in one: the take's
