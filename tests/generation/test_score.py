"""What must hold of connections that are proposed by chance: they can be had, no limb is wanted twice at once, the same seed proposes the same."""

from __future__ import annotations

import pytest

from duet_core.evaluation.redressed import CMU_43
from duet_core.generation.requests import Request, checked
from duet_core.generation.score import proposed
from duet_core.procedural.dancer import dance
from duet_core.skeletons import Skeleton

HYBRIK = dance(0, 1.0).skeleton


@pytest.mark.parametrize("skeleton", [HYBRIK, CMU_43], ids=lambda skeleton: skeleton.name)
def test_what_is_proposed_can_be_asked_for_and_wants_no_limb_twice_at_once(skeleton):
    kinds = set()
    for seed in range(12):
        score = proposed(skeleton, 2.0, 20.0, 5, seed=seed)
        assert len(score) >= 3
        assert score == proposed(skeleton, 2.0, 20.0, 5, seed=seed)
        assert score == [checked(one, skeleton) for one in score]
        assert all(2.0 <= one.start < one.end <= 20.0 for one in score)
        kinds |= {one.kind for one in score}
        wanted = [(one.to_dancer, skeleton.parts[skeleton.joints.index(one.to_joint)], one.start, one.end) for one in score]
        for n, (dancer, part, start, end) in enumerate(wanted):
            assert not any(other[:2] == (dancer, part) and start < other[3] and other[2] < end for other in wanted[n + 1 :])
    assert kinds == {"lead", "hold", "unison", "mirror", "opposition"}


def test_only_who_shall_answer_answers_and_what_is_asked_already_is_left_free():
    asked = [Request(0, "left_wrist", 1, "right_wrist", "lead", 0.2, 0.0, 10.0)]
    score = proposed(HYBRIK, 0.0, 10.0, 6, answers=1, taken=asked)
    assert score
    assert {one.to_dancer for one in score} == {1}
    assert not any(HYBRIK.parts[HYBRIK.index(one.to_joint)] == HYBRIK.parts[HYBRIK.index("right_wrist")] for one in score)


def test_a_skeleton_without_known_places_gets_no_proposal():
    names = tuple("abcd")
    assert proposed(Skeleton("plain", names, (-1, 0, 1, 2)), 0.0, 10.0, 3) == []
