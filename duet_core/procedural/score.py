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


ANSWER = Passage(2.4, 6.2)
UNISON = Passage(7.0, 9.5, 0.6)
ECHO = Passage(9.9, 13.1)
HOLD = Passage(13.7, 16.9, 0.5)
UNDERARM = Passage(14.1, 15.5, 0.7)
PULL = Passage(15.5, 17.3, 0.6)
MIRROR = Passage(17.8, 20.5)

ANSWER_LAG = 0.2
ECHO_LAG = 0.3
CLASP = 0.15
"""Metres between the two wrists of held hands."""

PATHS = (
    [(0.0, (-1.25, 0.35)), (0.6, (-1.25, 0.35)), (2.2, (-0.98, 0.0)), (4.2, (-0.9, -0.12)), (6.0, (-0.84, -0.02)), (7.0, (-0.62, 0.15)),
     (9.5, (-0.62, 0.1)), (10.3, (-0.6, 0.5)), (12.7, (-0.57, 0.52)), (13.5, (-0.32, 0.4)), (15.5, (0.22, 0.22)), (17.0, (0.36, 0.15)),
     (17.9, (0.75, 0.1))],
    [(0.0, (1.2, -0.1)), (1.1, (1.2, -0.1)), (2.4, (0.98, 0.2)), (4.3, (0.9, 0.28)), (6.0, (0.84, 0.2)), (7.0, (0.6, 0.15)),
     (9.5, (0.6, 0.1)), (10.3, (0.58, -0.12)), (12.5, (0.56, -0.14)), (13.5, (0.34, -0.15)), (15.5, (-0.5, 0.22)), (17.0, (-0.4, 0.15)),
     (17.9, (-0.75, 0.1))],
)  # fmt: skip
HEADINGS = (
    [(0.0, -50), (0.8, -50), (2.2, -12), (6.0, -5), (7.0, -90), (7.5, -90), (9.6, 270), (10.3, 325), (12.8, 328), (13.5, 320), (13.6, 320),
     (15.7, 180), (17.3, 180), (18.2, 220)],
    [(0.0, 200), (1.2, 200), (2.4, 182), (6.0, 188), (7.0, 270), (7.5, 270), (9.6, 630), (10.3, 640), (12.5, 640), (13.5, 500), (13.6, 500),
     (15.7, 720), (17.3, 720), (18.2, 680)],
)  # fmt: skip
ORBIT = [(0.0, 320), (13.6, 320), (15.7, 180), (20.0, 180)]
"""Where B stands around A while they hold hands, degrees."""
SEPARATION = [(0.0, 0.86), (13.7, 0.86), (14.7, 0.64), (15.6, 0.74), (20.0, 0.74)]
PULLED = [(0.0, 0.0), (15.35, 0.0), (15.95, 1.0), (16.4, 0.1), (16.95, 1.15), (17.55, 0.0), (20.0, 0.0)]
"""How far both lean away from each other, 1 is fully."""
REACH_HEIGHT = [(0.0, 1.02), (13.7, 1.06), (14.3, 1.82), (15.1, 1.82), (15.6, 1.05), (20.0, 1.05)]

UNISON_BASE = ((-0.62, 0.15), (0.6, 0.15))
UNISON_PATH = [(0.0, (0.0, 0.0)), (6.8, (0.0, 0.0)), (7.7, (0.16, -0.38)), (8.7, (-0.06, -0.22)), (9.5, (0.0, 0.02))]
MIRROR_PATH = [(0.0, (0.78, 0.1)), (17.6, (0.8, 0.1)), (18.5, (0.55, -0.22)), (19.4, (0.66, -0.08))]
"""Of A; B's is its reflection in the plane x = 0."""

_BOTH = [
    *march(6.9, 7.3, 0.4, 1, swing=0.8),
    Step(0, 7.35, 7.97, height=0.34, reach=(0.42, 0.10)),
    *march(7.97, 9.85, 0.37, 1, swing=0.8),
]
STEPS: tuple[list[Step], list[Step]] = (
    [
        *march(0.8, 2.6, 0.6, 0),
        Step(1, 2.7, 3.4),
        Step(0, 3.7, 4.6, height=0.16, reach=(0.05, 0.30), wide=(0.05, 0.28)),
        Step(0, 5.3, 5.9, wide=(0.0, 0.04)),
        *march(5.95, 6.9, 0.45, 1),
        *_BOTH,
        *march(9.9, 10.8, 0.45, 0, height=0.06),
        *march(12.55, 13.6, 0.5, 1),
        *march(13.65, 15.75, 0.52, 1),
        *march(16.7, 17.8, 0.5, 0),
        *march(17.85, 18.9, 0.5, 1),
        Step(1, 18.95, 19.6, height=0.1, reach=(0.12, 0.2), wide=(0.22, 0.16)),
    ],
    [
        *march(1.3, 2.8, 0.5, 1),
        Step(0, 3.1, 3.7, wide=(0.0, 0.06)),
        Step(1, 4.6, 5.2, wide=(0.05, 0.06)),
        *march(5.9, 6.85, 0.45, 0),
        *_BOTH,
        Step(0, 9.95, 10.6, height=0.12, reach=(0.25, 0.12), wide=(0.12, 0.26)),
        Step(1, 12.2, 12.65, height=0.06),
        *march(12.65, 13.7, 0.35, 0, swing=0.8),
        *march(13.7, 15.8, 0.42, 1, swing=0.82),
        *march(16.7, 17.8, 0.5, 1),
        *march(17.85, 18.9, 0.5, 0),
        Step(0, 18.95, 19.6, height=0.1, reach=(0.12, 0.2), wide=(0.22, 0.16)),
    ],
)
ENERGY = (
    [(0.0, 0.1), (0.5, 0.1), (1.3, 1.0), (12.6, 1.0), (13.2, 0.5), (13.8, 0.9), (20.0, 0.9)],
    [(0.0, 0.05), (1.3, 0.05), (2.0, 1.0), (12.9, 1.0), (13.3, 0.5), (13.8, 0.9), (20.0, 0.9)],
)
SHARED_ENERGY = [(0.0, 1.0), (20.0, 1.0)]
GAZE = (
    [(0.0, (-0.9, -2.5, 0.9)), (0.9, (-0.9, -2.5, 0.9)), (1.8, (1.1, 0.1, 1.45)), (6.2, (0.8, 0.2, 1.4)), (7.1, (-0.4, -5.0, 1.7)),
     (9.5, (-0.4, -5.0, 1.7)), (10.1, (0.6, -0.1, 1.3)), (13.0, (0.5, 0.0, 1.4)), (14.0, (0.3, -0.2, 1.5)), (15.5, (-0.5, 0.2, 1.5)),
     (17.6, (-0.7, 0.1, 1.5)), (19.0, (0.3, -1.8, 1.7))],
    [(0.0, (1.0, -2.0, 0.6)), (1.3, (1.0, -2.0, 0.6)), (2.3, (-0.9, 0.0, 1.5)), (6.2, (-0.8, 0.0, 1.5)), (7.1, (0.6, -5.0, 1.7)),
     (9.5, (0.6, -5.0, 1.7)), (10.2, (1.1, -2.5, 1.1)), (12.6, (0.9, -1.8, 1.2)), (13.4, (-0.3, 0.4, 1.6)), (14.2, (0.0, 0.3, 1.8)),
     (15.5, (0.5, 0.2, 1.6)), (17.6, (0.7, 0.1, 1.5)), (19.0, (-0.3, -1.8, 1.7))],
)  # fmt: skip
"""Points in the room that each looks at. They are fixed, so that a look follows no movement of the partner."""
