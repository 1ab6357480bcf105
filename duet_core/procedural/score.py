"""The choreography of the bundled sample: who is where when, who steps when, who looks where, and which passages bind the two dancers.

Only data. Seconds and metres on a stage seen from −y (the audience sits there); headings in degrees, 0 looks along x, counted on through
whole turns. Dancer 0 is A (taller, legato), dancer 1 is B (smaller, quick).
"""

from __future__ import annotations

from dataclasses import dataclass

from .body import Body, body
from .footwork import Step, march
from .phrases import Character

FPS = 30.0
FRAMES = 600
DANCERS = ("A", "B")
SEEDS = {"A": 8, "B": 21, "unison": 5, "mirror": 14, "source": 33}

BODIES: tuple[Body, Body] = (body(1.78, shoulders=1.06, hips=0.95), body(1.66, shoulders=0.94, hips=1.05, legs=1.02))
CHARACTERS: tuple[Character, Character] = (
    Character(beat=0.95, flow=1.55, size=1.0, torso=0.17, depth=0.09, accent=0.15, height=0.45),
    Character(beat=0.72, flow=1.25, size=0.94, torso=0.14, depth=0.07, accent=0.4, height=0.38),
)
SHARED = Character(beat=0.8, flow=1.35, size=1.0, torso=0.17, depth=0.08, accent=0.2, height=0.6)


@dataclass(frozen=True)
class Passage:
    """A span in seconds, with how long it fades in and out."""

    start: float
    end: float
    fade: float = 0.7


ANSWER = Passage(2.8, 6.2)
UNISON = Passage(6.6, 9.2)
ECHO = Passage(9.6, 12.8)
HOLD = Passage(13.5, 16.9, 0.5)
UNDERARM = Passage(13.9, 15.5, 0.7)
PULL = Passage(15.5, 17.3, 0.6)
MIRROR = Passage(17.8, 20.5)

ANSWER_LAG = 0.2
ECHO_LAG = 0.3
CLASP = 0.15
"""Metres between the two wrists of held hands."""

PATHS = (
    [(0.0, (-1.25, 0.35)), (0.6, (-1.25, 0.35)), (2.6, (-0.95, 0.0)), (4.6, (-0.85, -0.35)), (6.3, (-0.62, 0.15)), (9.2, (-0.62, 0.1)),
     (10.5, (-0.45, 0.75)), (11.7, (0.12, 0.95)), (13.1, (0.40, 0.38)), (15.4, (-0.35, 0.25)), (17.0, (-0.42, 0.15)), (17.9, (-0.75, 0.1))],
    [(0.0, (1.2, -0.1)), (1.2, (1.2, -0.1)), (2.9, (0.95, 0.2)), (4.5, (0.78, 0.38)), (6.3, (0.6, 0.15)), (9.2, (0.6, 0.1)),
     (10.7, (0.35, -0.2)), (12.0, (0.05, -0.35)), (13.2, (-0.40, 0.08)), (15.4, (0.47, 0.25)), (17.0, (0.5, 0.15)), (17.9, (0.75, 0.1))],
)  # fmt: skip
HEADINGS = (
    [(0.0, -50), (0.8, -50), (2.6, -15), (4.6, 5), (6.4, -90), (7.2, -90), (9.2, 270), (10.5, 375), (11.7, 330), (13.2, 200), (13.5, 200),
     (15.6, 360), (17.3, 360), (18.2, 320)],
    [(0.0, 200), (1.4, 200), (2.9, 170), (4.6, 205), (6.4, 270), (7.2, 270), (9.2, 630), (10.6, 645), (12.0, 685), (13.3, 740), (13.5, 740),
     (15.6, 540), (17.3, 540), (18.2, 580)],
)  # fmt: skip
ORBIT = [(0.0, 200), (13.4, 200), (15.6, 360), (20.0, 360)]
"""Where B stands around A while they hold hands, degrees."""
SEPARATION = [(0.0, 0.86), (13.6, 0.86), (14.6, 0.64), (15.6, 0.74), (20.0, 0.74)]
PULLED = [(0.0, 0.0), (15.35, 0.0), (15.95, 1.0), (16.4, 0.1), (16.95, 1.15), (17.55, 0.0), (20.0, 0.0)]
"""How far both lean away from each other, 1 is fully."""
REACH_HEIGHT = [(0.0, 1.02), (13.5, 1.06), (14.2, 1.82), (15.0, 1.82), (15.6, 1.05), (20.0, 1.05)]

UNISON_BASE = ((-0.62, 0.15), (0.6, 0.15))
UNISON_PATH = [(0.0, (0.0, 0.0)), (6.5, (0.0, 0.0)), (7.5, (0.16, -0.38)), (8.4, (-0.06, -0.22)), (9.2, (0.0, 0.02))]
MIRROR_PATH = [(0.0, (-0.78, 0.1)), (17.6, (-0.8, 0.1)), (18.5, (-0.55, -0.22)), (19.4, (-0.66, -0.08))]
"""Of A; B's is its reflection in the plane x = 0."""

_BOTH = [
    *march(6.5, 7.0, 0.5, 1),
    Step(0, 7.0, 7.62, height=0.34, reach=(0.42, 0.10)),
    *march(7.62, 9.5, 0.37, 1, swing=0.8),
]
STEPS: tuple[list[Step], list[Step]] = (
    [
        *march(0.8, 3.2, 0.6, 0),
        Step(0, 3.5, 4.4, height=0.16, reach=(0.05, 0.30), wide=(0.05, 0.30)),
        *march(4.4, 6.2, 0.58, 1),
        *_BOTH,
        *march(9.6, 13.3, 0.52, 0, height=0.06),
        *march(13.3, 15.7, 0.52, 0),
        *march(16.7, 17.8, 0.5, 1),
        *march(17.85, 18.9, 0.5, 0),
        Step(0, 18.95, 19.6, height=0.1, reach=(0.12, 0.2), wide=(0.22, 0.16)),
    ],
    [
        *march(1.5, 4.5, 0.5, 1),
        *march(4.7, 6.2, 0.46, 0),
        *_BOTH,
        Step(0, 9.55, 10.3, height=0.12, reach=(0.25, 0.12), wide=(0.12, 0.26)),
        *march(10.9, 11.9, 0.5, 1),
        Step(1, 12.0, 12.5, height=0.08, wide=(0.05, 0.15)),
        *march(12.6, 13.3, 0.35, 0, swing=0.8),
        *march(13.35, 15.7, 0.36, 1, swing=0.78),
        *march(16.7, 17.8, 0.5, 0),
        *march(17.85, 18.9, 0.5, 1),
        Step(1, 18.95, 19.6, height=0.1, reach=(0.12, 0.2), wide=(0.22, 0.16)),
    ],
)
ENERGY = (
    [(0.0, 0.1), (0.5, 0.1), (1.3, 1.0), (12.6, 1.0), (13.2, 0.5), (13.8, 0.9), (20.0, 0.9)],
    [(0.0, 0.05), (1.3, 0.05), (2.0, 1.0), (12.9, 1.0), (13.3, 0.5), (13.8, 0.9), (20.0, 0.9)],
)
SHARED_ENERGY = [(0.0, 1.0), (20.0, 1.0)]
GAZE = (
    [(0.0, (-0.9, -2.5, 0.9)), (0.9, (-0.9, -2.5, 0.9)), (1.8, (1.1, 0.0, 1.45)), (6.0, (0.8, 0.3, 1.4)), (6.8, (-0.4, -5.0, 1.7)),
     (9.2, (-0.4, -5.0, 1.7)), (9.9, (0.4, -0.1, 1.4)), (12.6, (0.0, -0.3, 1.4)), (13.4, (-0.2, -0.2, 1.45)), (15.4, (0.6, 0.2, 1.5)),
     (17.6, (0.7, 0.1, 1.5)), (19.0, (0.9, -1.6, 1.7))],
    [(0.0, (1.0, -2.0, 0.6)), (1.4, (1.0, -2.0, 0.6)), (2.4, (-0.9, 0.0, 1.5)), (6.0, (-0.7, 0.1, 1.5)), (6.8, (0.6, -5.0, 1.7)),
     (9.2, (0.6, -5.0, 1.7)), (10.0, (1.2, -2.5, 1.1)), (12.2, (0.8, -0.8, 1.3)), (13.2, (0.25, 0.45, 1.6)), (14.0, (0.2, 0.4, 1.9)),
     (15.4, (-0.4, 0.2, 1.6)), (17.6, (-0.7, 0.1, 1.5)), (19.0, (-0.9, -1.6, 1.7))],
)  # fmt: skip
"""Points in the room that each looks at. They are fixed, so that a look follows no movement of the partner."""
