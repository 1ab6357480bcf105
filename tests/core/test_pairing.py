"""Which files are a duet, told from their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from duet_core.pairing import pairs, title


def paired(*names: str) -> list[tuple[str, ...]]:
    return [tuple(file.name for file in group) for group in pairs([Path("takes") / name for name in names])]


def test_one_file_is_a_duet_and_two_are_one_whatever_their_names() -> None:
    assert paired("dance.npy") == [("dance.npy",)]
    assert paired("ana.bvh", "bo.bvh") == [("ana.bvh", "bo.bvh")]
    assert pairs([]) == []


def test_subjects_of_a_motion_library_are_paired_take_by_take() -> None:
    names = ("60_01.bvh", "60_02.bvh", "60_03.bvh", "61_01.bvh", "61_02.bvh", "61_03.bvh")
    assert paired(*names) == [("60_01.bvh", "61_01.bvh"), ("60_02.bvh", "61_02.bvh"), ("60_03.bvh", "61_03.bvh")]


def test_of_two_takes_by_two_subjects_the_subject_stands_first() -> None:
    assert paired("60_01.bvh.gz", "60_02.bvh.gz", "61_01.bvh.gz", "61_02.bvh.gz") == [
        ("60_01.bvh.gz", "61_01.bvh.gz"),
        ("60_02.bvh.gz", "61_02.bvh.gz"),
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("t1_lead.bvh", "t1_follow.bvh", "t2_lead.bvh", "t2_follow.bvh"), [(0, 1), (2, 3)]),
        (("1a.trc", "2a.trc", "1b.trc", "2b.trc"), [(0, 2), (1, 3)]),
        (("demo_P1_x.trc", "demo_P2_x.trc", "next_P1_x.trc", "next_P2_x.trc"), [(0, 1), (2, 3)]),
        (("tangoLeader.npy", "tangoFollower.npy", "waltzLeader.npy", "waltzFollower.npy"), [(0, 1), (2, 3)]),
    ],
)
def test_words_that_tell_dancers_apart_pair_files(names: tuple[str, ...], expected: list[tuple[int, int]]) -> None:
    assert paired(*names) == [(names[a], names[b]) for a, b in expected]


def test_files_without_a_partner_are_duets_of_their_own() -> None:
    assert paired("monday.npz", "tuesday.npz", "sunday.npz") == [("monday.npz",), ("tuesday.npz",), ("sunday.npz",)]
    assert paired("take 1.npz", "take 2.npz", "take 3.npz") == [("take 1.npz",), ("take 2.npz",), ("take 3.npz",)]
    assert paired("60_01.bvh", "61_01.bvh", "dance.npy") == [("60_01.bvh", "61_01.bvh"), ("dance.npy",)]
    assert paired("60_01.bvh", "61_01.npy", "x.npy") == [("60_01.bvh",), ("61_01.npy",), ("x.npy",)]


def test_two_takes_among_others_are_no_pair() -> None:
    assert paired("monday.npz", "tuesday.npz", "sunday evening.npz") == [("monday.npz",), ("tuesday.npz",), ("sunday evening.npz",)]
    assert paired("take 1.npz", "take 2.npz", "other.npz") == [("take 1.npz",), ("take 2.npz",), ("other.npz",)]
    assert paired("lead.npz", "follow.npz", "other take.npz") == [("lead.npz", "follow.npz"), ("other take.npz",)]


def test_a_duet_is_called_after_its_files() -> None:
    assert title([Path("a/60_01.bvh.gz"), Path("a/61_01.bvh.gz")]) == "60 01 and 61 01"
    assert title([Path("short_take.duet.npz")]) == "short take"
