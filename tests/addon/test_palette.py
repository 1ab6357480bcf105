"""Colours that mean something: also eyes without red, green or blue cones tell them apart.

Colour vision is simulated by the matrices of Machado, Oliveira and Fernandes, IEEE TVCG 15 (2009), at full severity, on linear light; differences are
distances in CIE Lab (D65), where about 2 can just be seen side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pytest
from duet_connections.addon.scene.palette import (
    DANCER_COLOURS,
    DIRECTION_COLOURS,
    KIND_COLOURS,
    KIND_COLOURS_ON_LIGHT,
    NEW_DANCER_COLOURS,
    linear,
)
from duet_connections.addon.scene.stage_looks import LOOKS
from duet_connections.addon.scene.thread_looks import LIGHT_FROM, THREAD_LOOKS

VISIONS = {
    "usual": np.eye(3),
    "without red cones": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "without green cones": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "without blue cones": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])

every_vision = pytest.mark.parametrize("vision", VISIONS)


def lab(light: Sequence[float], vision: str) -> np.ndarray:
    """(3,) CIE Lab of linear *light* as that *vision* has it."""
    seen = XYZ @ np.clip(VISIONS[vision] @ np.clip(light, 0, 1), 0, 1) / (0.95047, 1.0, 1.08883)
    x, y, z = np.where(seen > (6 / 29) ** 3, np.cbrt(seen), seen / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def apart(colours: Sequence[str], vision: str, brightness: float = 1.0) -> float:
    """The least difference between two of *colours*."""
    places = [lab(brightness * np.array(linear(colour)[:3]), vision) for colour in colours]
    return min(float(np.linalg.norm(one - other)) for one, other in combinations(places, 2))


@every_vision
@pytest.mark.parametrize("kinds", [KIND_COLOURS, KIND_COLOURS_ON_LIGHT], ids=["dark stage", "light stage"])
def test_kinds_are_told_apart_also_where_they_are_unsure_and_thus_darker(kinds: dict[str, str], vision: str) -> None:
    assert apart(list(kinds.values()), vision) >= 23
    assert apart(list(kinds.values()), vision, brightness=0.65) >= 16


@every_vision
@pytest.mark.parametrize("stage", LOOKS)
def test_kinds_stand_out_from_bodies_and_background(stage: str, vision: str) -> None:
    background = LOOKS[stage].background
    kinds = KIND_COLOURS_ON_LIGHT if max(background) > LIGHT_FROM else KIND_COLOURS
    for kind, colour in kinds.items():
        if kind != "none":
            assert min(apart([colour, body], vision) for body in DANCER_COLOURS) >= 11, kind
            assert np.linalg.norm(lab(linear(colour)[:3], vision) - lab(background, vision)) >= 30, kind


@every_vision
def test_dancers_and_directions_are_told_apart(vision: str) -> None:
    assert apart(DANCER_COLOURS, vision) >= 45
    assert apart(DIRECTION_COLOURS, vision) >= 75
    assert apart((*DANCER_COLOURS, *NEW_DANCER_COLOURS), vision) >= 16


@every_vision
@pytest.mark.parametrize("look", THREAD_LOOKS)
def test_what_is_surer_is_seen_to_be(look: str, vision: str) -> None:
    """From half to full confidence: lightness goes one way, and each tenth differs from the next."""
    for ramp, way in ((THREAD_LOOKS[look].ramp, 1), (THREAD_LOOKS[look].ramp_on_light, -1)):
        light = np.array([linear(colour)[:3] for _, colour in ramp])
        at = [np.array([np.interp(x, [place for place, _ in ramp], channel) for channel in light.T]) for x in np.linspace(0.5, 1, 6)]
        seen = np.array([lab(colour, vision) for colour in at])
        assert (np.diff(seen[:, 0]) * way > -0.5).all() and way * (seen[-1, 0] - seen[0, 0]) > 40
        assert np.linalg.norm(np.diff(seen, axis=0), axis=1).min() >= 6
