"""Bonds: both directions of a hold are one hold; a lead keeps its direction."""

from dataclasses import replace

import pytest

from duet_core.explain import Episode, bonds


def episode(from_dancer, from_joint, to_joint, start, end, kind="hold", confidence=0.9, lag=0.0):
    edge = from_dancer * 100 + from_joint * 10 + to_joint
    return Episode(edge, from_dancer, from_joint, 1 - from_dancer, to_joint, 0, 1, start, end, kind, lag, confidence, confidence - 0.1)


def test_both_directions_of_a_hold_that_overlap_are_one_bond_from_the_first_to_the_last():
    (one,) = bonds([episode(1, 3, 2, 0.0, 2.0, confidence=0.8), episode(0, 2, 3, 1.0, 5.0)])
    assert one.mutual and one.kind == "hold"
    assert one.ends == ((0, 2), (1, 3))
    assert (one.start, one.end, one.confidence, one.mean) == (0.0, 5.0, 0.9, pytest.approx(0.8))
    assert len(one.episodes) == 2 and one.edges == (23, 132)


def test_a_hold_let_go_and_taken_again_is_two():
    assert len(bonds([episode(0, 2, 3, 0.0, 2.0), episode(1, 3, 2, 2.0, 4.0)])) == 2


def test_episodes_that_overlap_one_after_another_are_one_though_the_outer_ones_do_not_meet():
    (one,) = bonds([episode(0, 2, 3, 0.0, 2.0), episode(1, 3, 2, 1.5, 4.0), episode(0, 2, 3, 3.5, 6.0)])
    assert (one.start, one.end) == (0.0, 6.0)


def test_other_joints_and_other_kinds_stay_apart():
    one = episode(0, 2, 3, 0.0, 2.0)
    assert len(bonds([one, replace(episode(1, 2, 3, 0.0, 2.0)), replace(one, from_dancer=1, to_dancer=0, kind="unison")])) == 3


def test_leads_both_ways_between_two_joints_stay_two_and_keep_their_directions():
    found = bonds([episode(0, 2, 3, 0.0, 2.0, "lead", lag=0.2), episode(1, 3, 2, 0.0, 2.0, "lead", lag=0.3)])
    assert [(b.mutual, b.ends, b.lag) for b in found] == [(False, ((0, 2), (1, 3)), 0.2), (False, ((1, 3), (0, 2)), 0.3)]


def test_bonds_come_by_the_time_they_begin_and_then_the_surest_first():
    found = bonds([episode(0, 1, 1, 3.0, 4.0), episode(0, 2, 2, 1.0, 2.0, confidence=0.6), episode(0, 3, 3, 1.0, 2.0, "lead", 0.7)])
    assert [(b.start, b.confidence) for b in found] == [(1.0, 0.7), (1.0, 0.6), (3.0, 0.9)]
    assert bonds([]) == []
