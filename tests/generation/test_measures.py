"""What must hold of the figures that generators are judged by."""

from __future__ import annotations

import numpy as np
import pytest

from duet_core.evaluation import phrases
from duet_core.procedural.dancer import dance


@pytest.fixture(scope="module")
def windows():
    clip = dance(6, 20.0)
    return clip.skeleton, phrases.cut([clip.positions[:, 0]], 60, 10)


def test_the_frechet_distance_is_nothing_between_equals_and_known_between_normals():
    rng = np.random.default_rng(0)
    a = rng.standard_normal((20_000, 3))
    assert phrases.frechet(a, a) == pytest.approx(0.0, abs=1e-6)
    assert phrases.frechet(a, 2 * rng.standard_normal((20_000, 3)) + [3, 0, 0]) == pytest.approx(9 + 3, rel=0.05)


def test_phrases_are_nearer_to_their_like_than_to_spoilt_ones(windows):
    skeleton, some = windows
    space = phrases.Space(phrases.features(some[::2], skeleton, 30.0))
    real, like = (space(phrases.features(some[n::4], skeleton, 30.0)) for n in (0, 1))
    still = space(phrases.features(some[1::4] * 0 + some[1::4, :1], skeleton, 30.0))
    assert phrases.frechet(real, like) < 0.5 * phrases.frechet(real, still)
    assert phrases.diversity(like, np.random.default_rng(0)) > 0


def test_principal_components_give_back_what_they_were_made_of(windows):
    _, some = windows
    components = phrases.Components(some, len(some))
    assert phrases.errors(components.rebuilt(some), some).max() < 0.1
    assert phrases.errors(phrases.Components(some, 3).rebuilt(some), some).mean() > 0.5


def test_slides_stretches_and_stillness_are_seen(windows):
    skeleton, some = windows
    sound = phrases.physique(some, skeleton, 30.0)
    assert sound["bones"] < 0.2
    slid = some + np.linspace(0, 2, some.shape[1])[None, :, None, None] * np.array([1.0, 0, 0])
    assert phrases.physique(slid, skeleton, 30.0)["skate"] > 3 * sound["skate"]
    grown = some * np.linspace(1, 1.2, some.shape[1])[None, :, None, None]
    assert phrases.physique(grown, skeleton, 30.0)["bones"] > 3
    still = phrases.physique(some * 0 + some[:, :1], skeleton, 30.0)
    assert still["still"] == 1.0
    assert still["jerk"] < 1e-6
