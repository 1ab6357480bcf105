"""A score by chance: connections to ask for when one has none in mind, spread over a take so that the dancers answer, mirror and hold each other in turn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..skeletons import Skeleton
from .requests import Request

SHORTEST, LONGEST = 4.0, 7.0
"""Seconds that a connection lasts: one that is shorter than a window of inference is hardly found again."""
LAGS = 0.15, 0.45
"""Seconds by which a lead's answer comes later."""
KINDS = {"lead": 0.4, "mirror": 0.2, "unison": 0.15, "hold": 0.15, "opposition": 0.1}
"""How often each is proposed."""
MOVING = ("wrist", "wrist", "elbow", "ankle", "head")
"""Places that are seen to move, hands most."""
HELD = ("wrist", "wrist", "elbow", "shoulder")
"""Places that a hand holds on to."""
SIDES = ("left", "right")


def proposed(
    skeleton: Skeleton,
    start: float,
    end: float,
    many: int,
    *,
    seed: int = 0,
    answers: int | None = None,
    taken: Sequence[Request] = (),
) -> list[Request]:
    """*many* connections between the seconds *start* and *end*, in order of time; fewer where limbs or time do not suffice. The same *seed* proposes the same.

    Args:
        answers: the dancer who answers, 0 or 1; none: sometimes the one, sometimes the other.
        taken: what is asked for already: no limb answers two at once.
    """
    rng = np.random.default_rng((seed, 41))
    result: list[Request] = []
    for number in range(many):
        for _ in range(20):
            length = min(float(rng.uniform(SHORTEST, LONGEST)), end - start)
            first = start + (end - start - length) * float(np.clip((number + rng.uniform(-0.3, 0.3)) / max(many - 1, 1), 0, 1))
            target = int(rng.integers(2)) if answers is None else answers
            one = _drawn(skeleton, rng, target, round(first, 2), round(first + length, 2))
            if one and not any(_clash(one, other, skeleton) for other in (*taken, *result)):
                result.append(one)
                break
    return sorted(result, key=lambda one: one.start)


def _drawn(skeleton: Skeleton, rng: np.random.Generator, target: int, start: float, end: float) -> Request | None:
    """One connection; None where the skeleton lacks a place for it."""
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    side, other = rng.permutation(SIDES)
    place = str(rng.choice(MOVING))
    if kind == "hold":
        source, answer = f"{other}_{rng.choice(HELD)}", f"{side}_wrist"
    elif place == "head":
        source = answer = "head"
    elif kind == "lead":
        source, answer = f"{rng.choice(SIDES)}_{place}", f"{side}_{place}"
    else:  # seen from the other's front a mirror has left and right exchanged
        source, answer = f"{other if kind == 'mirror' else side}_{place}", f"{side}_{place}"
    joints = [skeleton.index(name) for name in (source, answer)]
    if joints[0] is None or joints[1] is None:
        return None
    lag = round(float(rng.uniform(*LAGS)), 2) if kind == "lead" else 0.0
    return Request(1 - target, skeleton.joints[joints[0]], target, skeleton.joints[joints[1]], kind, lag, start, end)


def _clash(one: Request, other: Request, skeleton: Skeleton) -> bool:
    """Whether both want the same limb at the same time: one that answers must not be answered either, or the two would chase each other."""
    if one.start >= other.end or other.start >= one.end:
        return False

    def limbs(request: Request) -> list[tuple[int, str]]:
        return [(request.to_dancer, _part(request.to_joint, skeleton)), (request.from_dancer, _part(request.from_joint, skeleton))]

    mine, theirs = limbs(one), limbs(other)
    return mine[0] in theirs or theirs[0] in mine or (one.kind == other.kind == "hold")


def _part(joint: str, skeleton: Skeleton) -> str:
    found = skeleton.joints.index(joint) if joint in skeleton.joints else skeleton.index(joint)
    return skeleton.parts[found] if found is not None else joint
