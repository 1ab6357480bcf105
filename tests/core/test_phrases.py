"""Phrases and sentences: what begins and ends together is said once, in a dancer's words."""

import math
import re
from dataclasses import replace

import pytest

from duet_core.explain import Episode, bonds, phrases
from duet_core.explain.bodies import body_words, part_words, parts_of
from duet_core.explain.phrases import strongest
from duet_core.explain.words import Wording, dancers_of, label, plural, sentence, statement
from duet_core.moments import joint_words
from duet_core.saying import clock, listed
from duet_core.skeletons import KNOWN, by_name

SKELETON = by_name("hybrik-29")
JOINTS = SKELETON.joints
WORDING = Wording(("A", "B"), JOINTS, SKELETON.parts)


def episode(source, target, start, end, kind="unison", confidence=0.9, lag=0.0, dancer=0):
    i, j = JOINTS.index(source), JOINTS.index(target)
    edge = (dancer * len(JOINTS) + i) * len(JOINTS) + j
    return Episode(edge, dancer, i, 1 - dancer, j, 0, 1, start, end, kind, lag, confidence, confidence - 0.1)


def told(*episodes):
    return [sentence(p, WORDING) for p in phrases(bonds(episodes), SKELETON.parts)]


def test_two_bodies_in_unison_are_one_sentence_and_a_joint_that_joins_in_for_a_while_belongs_to_it():
    whole = [episode(j, j, 6.0 + 0.01 * k, 10.0, dancer=k % 2) for k, j in enumerate(JOINTS)]
    assert told(*whole, episode("head", "jaw", 7.0, 8.0)) == [
        "from 6.1 s to 10.0 s A and B move in unison with the whole body (confidence 0.90, 30 pairs of joints)"
    ]


def test_unison_at_other_times_or_of_another_kind_is_another_phrase():
    found = told(
        episode("head", "head", 0.0, 2.0), episode("left_knee", "left_knee", 4.0, 6.0), episode("head", "head", 0.0, 2.0, "opposition")
    )
    assert found == [
        "from 0.0 s to 2.0 s the heads of A and B move in unison (confidence 0.90)",
        "from 0.0 s to 2.0 s the heads of A and B move against each other (confidence 0.90)",
        "from 4.0 s to 6.0 s the left knees of A and B move in unison (confidence 0.90)",
    ]


def test_a_lead_is_said_with_its_direction_lag_and_confidence():
    assert told(episode("left_wrist", "right_hip", 12.4, 15.1, "lead", 0.91, 0.2)) == [
        "from 12.4 s to 15.1 s the left wrist of A leads the right hip of B by 0.20 s (confidence 0.91)"
    ]
    assert told(episode("left_wrist", "right_hip", 12.4, 15.1, "lead", 0.91, math.nan, dancer=1)) == [
        "from 12.4 s to 15.1 s the left wrist of B leads the right hip of A (confidence 0.91)"
    ]


def test_leads_from_one_limb_are_one_and_from_two_dancers_or_with_two_lags_are_two():
    one = episode("left_wrist", "right_hip", 0.0, 4.0, "lead", lag=0.2)
    assert len(told(one, episode("left_elbow", "right_knee", 0.2, 4.0, "lead", lag=0.25))) == 1
    assert len(told(one, episode("right_hip", "left_wrist", 0.0, 4.0, "lead", lag=0.2, dancer=1))) == 2
    assert len(told(one, episode("left_elbow", "right_knee", 0.2, 4.0, "lead", lag=0.5))) == 2
    assert len(told(one, episode("right_elbow", "right_knee", 0.2, 4.0, "lead", lag=0.2))) == 2


def test_a_hold_whose_grip_wanders_over_a_hand_is_one_hold():
    found = told(
        episode("left_wrist", "right_wrist", 0.0, 3.0, "hold"),
        episode("right_thumb", "left_thumb", 2.5, 6.0, "hold", dancer=1),
        episode("left_middle_finger", "right_wrist", 6.3, 9.0, "hold", 0.8),
    )
    assert found == ["from 0.0 s to 9.0 s the left hand of A and the right hand of B hold each other (confidence 0.90, 3 pairs of joints)"]
    assert len(told(episode("left_wrist", "right_wrist", 0.0, 3.0, "hold"), episode("left_wrist", "right_wrist", 4.0, 6.0, "hold"))) == 2


def test_what_holds_what_is_said_by_what_can_hold():
    def said(source, target):
        (one,) = phrases(bonds([episode(source, target, 0.0, 1.0, "hold")]), SKELETON.parts)
        return statement(one, WORDING)

    assert said("left_wrist", "right_hip") == "the left wrist of A holds the right hip of B"
    assert said("head", "right_wrist") == "the right wrist of B holds the head of A"
    assert said("left_elbow", "right_elbow") == "the left elbow of A and the right elbow of B hold each other"
    assert said("left_hip", "right_knee") == "the left hip of A and the right knee of B stay at one distance, as if joined"


def test_a_certainty_that_nobody_has_is_not_printed():
    assert told(episode("head", "head", 0.0, 2.0, confidence=0.9999))[0].endswith("(confidence 0.99)")


def test_the_weightiest_phrases_come_in_their_order_of_time():
    found = phrases(bonds([episode("head", "head", t, t + length) for t, length in ((0, 1.0), (5, 3.0), (9, 2.0))]), SKELETON.parts)
    assert [p.start for p in strongest(found, 2)] == [5, 9]


@pytest.mark.parametrize(
    ("joints", "words"),
    [
        (["left_wrist"], "left wrist"),
        (["left_wrist", "left_thumb"], "left hand"),
        (["left_wrist", "left_elbow"], "left arm"),
        (["left_elbow", "right_elbow"], "arms"),
        (["left_hip", "right_knee", "head"], "head and legs"),
        (list(JOINTS), "whole body"),
    ],
)
def test_joints_are_put_into_few_words(joints, words):
    assert body_words([JOINTS.index(j) for j in joints], JOINTS, SKELETON.parts) == words


def test_parts_are_known_by_names_alone_where_there_are_no_bones():
    names = ("hip", "lForeArm", "lPinky1", "rThumb2", "a marker")
    assert parts_of(names) == ("torso", "left_arm", "left_hand", "right_hand", "torso")
    assert parts_of(JOINTS) == parts_of(JOINTS, SKELETON)
    assert part_words(["torso", "left_arm", "left_hand"]) == ["torso", "left arm"]


def test_dancers_are_called_by_their_names_where_these_tell_them_apart():
    assert dancers_of({"dancers": ["Ana ", "Bo"]}) == ("Ana", "Bo")
    for strange in ({}, {"dancers": ["x", "x"]}, {"dancers": ["", "b"]}, {"dancers": "AB"}, {"dancers": ["a"]}):
        assert dancers_of(strange) == ("A", "B")


def test_places_in_time_and_lists_read_well():
    assert [clock(s) for s in (0, 59.94, 59.96, 72.4, 3725)] == ["0.0 s", "59.9 s", "1:00.0", "1:12.4", "1:02:05.0"]
    assert [listed(w) for w in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def test_what_is_out_of_reach_is_not_held_but_stays_at_one_distance():
    (near,) = phrases(bonds([replace(episode("left_wrist", "right_hip", 0.0, 1.0, "hold"), apart=0.2)]), SKELETON.parts)
    (far,) = phrases(bonds([replace(episode("left_wrist", "right_hip", 0.0, 1.0, "hold"), apart=0.9)]), SKELETON.parts)
    assert statement(near, WORDING) == "the left wrist of A holds the right hip of B"
    assert statement(far, WORDING) == "the left wrist of A and the right hip of B stay at one distance"
    assert label(near, WORDING) == "A left wrist holds B right hip"
    assert label(far, WORDING) == "A left wrist and B right hip at one distance"


def test_every_joint_of_every_known_skeleton_has_a_plural():
    names = {joint_words(joint) for skeleton in KNOWN.values() for joint in skeleton.joints}
    assert len(names) > 60 and plural("pelvis") == "pelvises" and plural("left foot") == "left feet"
    for name in names:
        many = plural(name)
        assert many != name or name[-1].isdigit(), name
        assert not re.search(r"ss$|sss|foots|[^aeiou]ys$|(x|ch|sh)s$", many), many
