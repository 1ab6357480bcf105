"""What must hold of a duet that is bound: what was asked is there, nothing else is touched, and inference finds it again."""

from __future__ import annotations

import json

import numpy as np
import pytest

from duet_core.connections import KINDS
from duet_core.errors import InputError
from duet_core.evaluation.asked import judged
from duet_core.evaluation.takes import procedural
from duet_core.generation.guided import bind
from duet_core.generation.partner import partner
from duet_core.generation.requests import Request, checked, of_connections, read
from duet_core.inference import infer
from duet_core.planted.couplings import quick


@pytest.fixture(scope="module")
def strangers():
    """Two procedural dancers who know nothing of each other, twelve seconds."""
    return procedural(1)["1"].sliced(0, 360)


def ask(kind, to="right_wrist", source="left_wrist", **more):
    return Request(0, source, 1, to, kind, **{"lag": 0.3, "start": 3.0, "end": 9.0, **more})


def own(clip, dancer, side):
    """What a wrist does quickly, seen from its shoulder, while it is bound."""
    x = clip.positions[:, dancer].astype(float)
    return quick(x[:, clip.skeleton.index(f"{side}_wrist")] - x[:, clip.skeleton.index(f"{side}_shoulder")], clip.fps)[90:270]


def agreement(a, b, lag):
    a, b = (a[:-lag], b[lag:]) if lag else (a, b)
    return float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))


def test_the_one_who_is_followed_is_never_touched_and_bones_keep_their_lengths(strangers):
    clip = bind(strangers, [ask("lead"), ask("hold", "left_wrist", "right_wrist"), ask("mirror", "head", "head")]).clip
    assert np.array_equal(clip.positions[:, 0], strangers.positions[:, 0])
    for parent, child in clip.skeleton.bones:
        size, before = (np.linalg.norm(x.positions[:, 1, child] - x.positions[:, 1, parent], axis=-1) for x in (clip, strangers))
        assert np.abs(size - before).max() < 0.005


def test_a_lead_is_answered_after_its_lag(strangers):
    bound = bind(strangers, [ask("lead")]).clip
    a, b = own(bound, 0, "left"), own(bound, 1, "right")
    lags = [agreement(a, b, lag) for lag in range(20)]
    assert abs(int(np.argmax(lags)) - 9) <= 2
    assert max(lags) > 0.6


@pytest.mark.parametrize(("kind", "sign"), [("unison", 1), ("opposition", -1)])
def test_what_happens_at_once_happens_at_once(strangers, kind, sign):
    bound = bind(strangers, [ask(kind)]).clip
    assert sign * agreement(own(bound, 0, "left"), own(bound, 1, "right"), 0) > 0.6


@pytest.mark.parametrize("joint", ["right_hip", "spine3"])
def test_hips_tilt_and_the_trunk_bends_upon_standing_feet(strangers, joint):
    clip = bind(strangers, [ask("lead", joint)], floor=False).clip
    moved = np.linalg.norm(clip.positions[90:270, 1] - strangers.positions[90:270, 1], axis=-1).mean(axis=0)
    names = clip.skeleton.joints
    assert moved[names.index(joint)] > 0.02
    assert moved[names.index("pelvis")] == 0
    assert max(moved[names.index(name)] for name in ("left_ankle", "right_ankle", "left_big_toe")) < 0.02
    for parent, child in clip.skeleton.bones:
        size, before = (np.linalg.norm(x.positions[:, 1, child] - x.positions[:, 1, parent], axis=-1) for x in (clip, strangers))
        assert np.abs(size - before).max() < 1e-4


def test_what_is_held_keeps_its_distance(strangers):
    bound = bind(strangers, [ask("hold", start=4.0, end=8.0)]).clip
    i, j = (bound.skeleton.index(name) for name in ("left_wrist", "right_wrist"))
    apart = np.linalg.norm(bound.positions[:, 0, i] - bound.positions[:, 1, j], axis=-1)
    assert apart[135:225].std() < 0.04  # as near as a hold of real dancers has to be
    assert apart[135:225].mean() < 0.25


def test_before_and_after_the_asked_time_nothing_is_changed(strangers):
    bound = bind(strangers, [ask("lead", start=4.0, end=7.0)], floor=False).clip
    apart = np.abs(bound.positions - strangers.positions).max(axis=(1, 2, 3))
    assert apart[:110].max() < 1e-6
    assert apart[220:].max() < 1e-6
    assert apart[150:180].max() > 0.05


def test_it_fades_in_and_out_without_a_jerk(strangers):
    bound = bind(strangers, [ask("lead"), ask("hold", "left_wrist", "right_wrist")]).clip
    worst = [np.linalg.norm(np.diff(x.positions[:, 1], 2, axis=0), axis=-1).max() * 900 for x in (bound, strangers)]
    assert worst[0] < worst[1] + 60


def test_nothing_asked_is_nothing_done(strangers):
    assert np.array_equal(bind(strangers, []).clip.positions, strangers.positions)


def test_true_connections_are_written_down(strangers):
    truth = bind(strangers, [ask("lead"), ask("unison", "head", "head")]).clip.meta["truth"]
    assert [(row["kind"], row["from_dancer"], row["to_joint"]) for row in truth if row["kind"] == "lead"] == [("lead", 0, "right_wrist")]
    assert sum(row["kind"] == "unison" for row in truth) == 2


def test_what_is_asked_is_found_again_and_nothing_where_nothing_is(generator, strangers):
    clip = strangers.sliced(0, 270)
    requests = [ask("lead", "right_wrist"), ask("unison", "left_wrist", "right_wrist"), ask("mirror", "left_ankle", "right_ankle")]
    bound = partner(generator, clip, requests, seed=5, tried=1)
    again = judged(bound, infer(bound.clip))
    assert again["auroc"] >= 0.9
    alone = partner(generator, clip.sliced(0, 180), (), seed=5)
    assert infer(alone.clip).shown().mean() <= 0.02


def test_a_partner_is_made_for_a_solo_and_begins_face_to_face(generator, strangers):
    solo = generator.sample(5.0, seed=1)
    bound = partner(generator, solo, seed=2)
    assert bound.clip.dancers == 2
    assert np.array_equal(bound.clip.positions[:, 0], solo.positions[:, 0])
    root = solo.skeleton.order[0]
    apart = np.linalg.norm(bound.clip.positions[0, 0, root, :2] - bound.clip.positions[0, 1, root, :2])
    assert apart == pytest.approx(1.4, abs=0.05)


def test_requests_are_read_from_json_and_from_connections(tmp_path, strangers):
    file = tmp_path / "asked.json"
    row = {"from_dancer": 0, "from_joint": "left_wrist", "to_dancer": 1, "to_joint": "right_hip", "lag": 0.2, "start": 3, "end": 6}
    file.write_text(json.dumps({"connections": [row]}))
    assert read(file, strangers.skeleton) == [Request(0, "left_wrist", 1, "right_hip", "lead", 0.2, 3.0, 6.0, 1.0)]
    bound = bind(strangers, [ask("unison", start=0.0, end=12.0)])
    infer(bound.clip).save(tmp_path / "connections.npz")
    found = read(tmp_path / "connections.npz", strangers.skeleton)
    assert any((one.from_joint, one.to_joint, one.kind) == ("left_wrist", "right_wrist", "unison") for one in found)
    assert all(one.kind in KINDS[1:] and one.start < one.end for one in found)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"kind": "pull"}, "kind"), ({"from_joint": "tail"}, "from_joint"), ({"to_dancer": 0}, "to_dancer"), ({"lag": -1}, "lag"),
        ({"start": 5, "end": 5}, "start"), ({"strength": 0}, "strength"), ({"colour": "red"}, "colour"), ({"lag": "soon"}, "lag"),
    ],
)  # fmt: skip
def test_requests_that_cannot_be_had_are_refused_by_place(tmp_path, strangers, change, place):
    row = {"from_dancer": 0, "from_joint": "left_wrist", "to_dancer": 1, "to_joint": "right_hip", **change}
    file = tmp_path / "asked.json"
    file.write_text(json.dumps([row]))
    with pytest.raises(InputError, match=rf"asked\.json.*connection 1.*{place}"):
        read(file, strangers.skeleton)


def test_a_bond_without_direction_is_asked_for_once(strangers):
    bound = bind(strangers, [ask("unison", start=0.0, end=12.0)])
    found = of_connections(infer(bound.clip))
    both = [one for one in found if {one.from_joint, one.to_joint} == {"left_wrist", "right_wrist"} and one.kind == "unison"]
    assert {one.from_dancer for one in both} == {0}


def test_landmarks_stand_for_the_skeletons_own_joints(real_data):
    from duet_core.evaluation.takes import salsa

    skeleton = salsa(real_data, ["05"])["05"].skeleton
    assert checked(ask("lead"), skeleton).to_joint == "rHand"
