"""What must hold of motion written down with other joints: places that both skeletons know stay, and it returns to the body it came from."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.errors import InputError
from duet_core.evaluation.redressed import CMU_43, redressed
from duet_core.generation import bodies, channels
from duet_core.procedural.dancer import dance
from duet_core.skeletons import Skeleton


@pytest.fixture(scope="module")
def dancer():
    return dance(4, 5.0)


def test_the_same_skeleton_is_taken_as_it_is(dancer):
    x = dancer.positions[:, 0]
    assert np.allclose(bodies.onto(x, dancer.skeleton, 30.0, bodies.standard()), x)


def test_a_body_with_other_joints_keeps_the_places_that_both_know_and_gets_them_back(dancer):
    other = redressed(dancer.positions, dancer.skeleton, CMU_43)[:, 0]
    model = bodies.standard()
    written = bodies.onto(other, CMU_43, 30.0, model)
    for place in ("left_wrist", "right_knee", "pelvis", "left_ankle"):
        assert np.allclose(written[:, model.skeleton.index(place)], other[:, CMU_43.index(place)], atol=1e-5)
    back = bodies.given_to(written, model.skeleton, 30.0, bodies.body_of(other, CMU_43, 30.0))
    for place in ("left_wrist", "right_knee", "pelvis", "head"):
        apart = np.linalg.norm(back[:, CMU_43.index(place)] - other[:, CMU_43.index(place)], axis=-1)
        assert np.median(apart) < 0.03, place
    own = channels.lengths_of(other, CMU_43)
    for parent, child in CMU_43.bones:
        found = np.linalg.norm(back[:, child] - back[:, parent], axis=-1)
        assert np.ptp(found) < 1e-6
        assert abs(found[0] - own[child]) < 1e-4


def test_joints_that_nobody_knows_are_refused_with_what_to_do(dancer):
    unknown = Skeleton("unknown", tuple(f"m{n}" for n in range(29)), dancer.skeleton.parents)
    with pytest.raises(InputError, match=r"train a generator"):
        bodies.onto(dancer.positions[:, 0], unknown, 30.0, bodies.standard())


def test_salsa_dancers_return_to_their_own_joints(real_data):
    from duet_core.evaluation.takes import salsa

    clip = salsa(real_data, ["05"])["05"].sliced(0, 600)
    model = bodies.standard()
    x = clip.positions[:, 1]
    back = bodies.given_to(
        bodies.onto(x, clip.skeleton, clip.fps, model), model.skeleton, clip.fps, bodies.body_of(x, clip.skeleton, clip.fps)
    )
    assert 100 * np.linalg.norm(back - x, axis=-1).mean() < 2.0
