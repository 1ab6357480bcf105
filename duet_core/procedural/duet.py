"""The sample duet: each dancer's own movement, the passages that bind them, then bodies, feet and hands. The choreography is in `score`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..clip import Clip
from . import footwork, influences, kinematics, score
from .body import JOINT, OUTWARD, SIDES, SKELETON
from .curves import Array, drift, gate, keyed, smoothed
from .influences import Truth
from .phrases import Phrase, phrase

_HAND = ("thumb", "middle_finger")
_REST_TO_WORLD = np.array([[1.0, 1.0, 1.0], [1.0, -1.0, 1.0]])
"""Outward y of an arm's pose to the chest's y, by side."""


@dataclass(frozen=True)
class Performance:
    """A duet and what only its maker knows.

    Attributes:
        clip: the duet; ``clip.meta["truth"]`` holds its true connections.
        planted: (T, 2, 2) bool, whether that dancer's left or right foot carries.
    """

    clip: Clip
    planted: np.ndarray


def _open(times: Array, passage: score.Passage) -> Array:
    return gate(times, passage.start, passage.end, passage.fade)


def _span(passage: score.Passage) -> tuple[int, int]:
    """The frames in which a passage is at least half open, end excluded."""
    return round(passage.start * score.FPS), min(round(passage.end * score.FPS), score.FRAMES)


def _phrases(times: Array) -> tuple[Phrase, Phrase]:
    """Both dancers' movement with the unison and the mirror in it."""
    common_energy = keyed(times, score.SHARED_ENERGY, 1.0)
    together = phrase(times, score.SEEDS["unison"], score.SHARED, common_energy)
    facing = phrase(times, score.SEEDS["mirror"], score.SHARED, common_energy)
    unison, mirror, pull = (_open(times, p) for p in (score.UNISON, score.MIRROR, score.PULL))
    result = []
    for dancer, name in enumerate(score.DANCERS):
        own = phrase(times, score.SEEDS[name], score.CHARACTERS[dancer], keyed(times, score.ENERGY[dancer], 1.0))
        reflected = facing if dancer else facing.mirrored()
        for channel in vars(own):
            mixed = influences.shared(getattr(own, channel), getattr(together, channel), unison)
            setattr(own, channel, influences.shared(mixed, getattr(reflected, channel), mirror))
        own.spine *= 1.0 - 0.7 * pull[:, None]
        result.append(own)
    return result[0], result[1]


def _places(times: Array) -> tuple[list[Array], list[Array]]:
    """Ground paths (T, 2) and headings (T,) in radians of both dancers."""
    paths = [keyed(times, keys, 1.4) for keys in score.PATHS]
    headings = [np.radians(keyed(times, keys, 1.15)) for keys in score.HEADINGS]
    unison, mirror = (_open(times, p)[:, None] for p in (score.UNISON, score.MIRROR))
    circle = gate(times, score.HOLD.start - 0.1, score.PULL.end, 0.8)[:, None]
    angle, apart = np.radians(keyed(times, score.ORBIT, 1.0)), keyed(times, score.SEPARATION, 1.0)
    # As long as they hold hands they travel as a pair: B's way is measured from A's.
    around = paths[0] + apart[:, None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    paths[1] = influences.shared(paths[1], around, circle)
    common, reflected = keyed(times, score.UNISON_PATH, 1.3), keyed(times, score.MIRROR_PATH, 1.3)
    for dancer, flip in enumerate(([1.0, 1.0], [-1.0, 1.0])):
        paths[dancer] = influences.shared(paths[dancer], np.array(score.UNISON_BASE[dancer]) + common, unison)
        paths[dancer] = influences.shared(paths[dancer], reflected * flip, mirror)
    return paths, headings


def _look(times: Array, dancer: int, place: Array, heading: Array, own: Phrase) -> Array:
    """(T, 3) lean of the head towards the dancer's points of gaze, within what a neck can do."""
    point = keyed(times, score.GAZE[dancer], 1.0)
    line = point[:, :2] - place
    body_yaw = heading + own.hips[:, 2] + own.spine[:, 2]
    angle = np.arctan2(line[:, 1], line[:, 0]) - body_yaw
    angle = np.clip((angle + np.pi) % (2 * np.pi) - np.pi, -1.0, 1.0)
    down = np.arctan2(0.87 * score.BODIES[dancer].height - point[:, 2], np.linalg.norm(line, axis=-1))
    look = np.stack([0.7 * np.clip(down, -0.5, 0.6) - 0.5 * own.spine[:, 0], 0.08 * angle, 0.85 * angle], -1)
    return smoothed(look, 5.0)


def _walk(own: Phrase, stand: footwork.Feet, heading: Array, fps: float) -> Array:
    """Let hips, spine and arms answer the steps of their own feet; returns the (T, 2) shift of weight onto the carrying foot."""
    carry = footwork.support(stand.planted, fps)
    forward = np.stack([np.cos(heading), np.sin(heading)], -1)
    left = np.stack([-np.sin(heading), np.cos(heading)], -1)
    ahead = smoothed(((stand.toe[:, 0, :2] - stand.toe[:, 1, :2]) * forward).sum(-1), 2.0)
    ahead = np.clip(ahead, -0.7, 0.7)
    own.hips[:, 1] -= 0.055 * carry
    own.spine[:, 1] += 0.075 * carry
    own.hips[:, 2] -= 0.30 * ahead
    own.spine[:, 2] += 0.52 * ahead
    for side in (0, 1):
        low = np.clip(0.4 - own.arms[:, side, 2], 0.0, 1.0)
        own.arms[:, side, 0] -= OUTWARD[side] * 0.30 * ahead * low
    between = 0.5 * (stand.toe[:, 0, :2] + stand.toe[:, 1, :2])
    toward = np.where(carry[:, None] > 0, stand.toe[:, 0, :2] - between, stand.toe[:, 1, :2] - between)
    sideways = np.clip((toward * left).sum(-1), -0.16, 0.16)[:, None] * left
    return smoothed(0.38 * np.abs(carry)[:, None] * sideways, 3.0)


def _hand(dancer: int, own: Phrase, trunk: kinematics.Torso, side: int) -> Array:
    """(T, 3) where a hand wants to be from its pelvis, in the dancer's own frame."""
    body = score.BODIES[dancer]
    return kinematics.shoulder_rest(body, trunk, side) + kinematics.apply(trunk.chest, own.arms[:, side] * _REST_TO_WORLD[side] * body.arm)


def _hand_at(dancer: int, wanted: Array, trunk: kinematics.Torso, side: int) -> Array:
    """(T, 3) the arm's pose that brings the hand to *wanted*: the inverse of `_hand`."""
    body = score.BODIES[dancer]
    line = wanted - kinematics.shoulder_rest(body, trunk, side)
    return np.einsum("tji,tj->ti", trunk.chest, line) * _REST_TO_WORLD[side] / body.arm


def _plant(times: Array, moves: tuple[Phrase, Phrase], headings: list[Array], trunk_of: Callable[[int], kinematics.Torso]) -> None:
    """The two lags: A's left hand → B's right hand; later B's chest → A's head and right hand."""
    first, second = moves
    fps = score.FPS
    rng = np.random.default_rng(score.SEEDS["source"])
    answer, echo = _open(times, score.ANSWER), _open(times, score.ECHO)
    # The sources speak up: more movement of their own while they are to be answered.
    first.arms[:, 0] += answer[:, None] * (0.20 * drift(times, rng, 3, 0.45, 1.05)) * [0.8, 1.0, 1.2]
    second.spine[:, :2] += echo[:, None] * 0.36 * drift(times, rng, 2, 0.45, 1.0)
    second.hips[:, :2] -= echo[:, None] * 0.25 * (second.spine[:, :2] * [0.4, 0.6])
    # An arm that is already stretched could not answer in full: the answering hand waits at half reach.
    ready = np.array([0.5, 0.36, -0.2])
    second.arms[:, 1] = influences.shared(second.arms[:, 1], 0.15 * second.arms[:, 1] + 0.85 * ready, answer)
    first.arms[:, 1] = influences.shared(first.arms[:, 1], 0.15 * first.arms[:, 1] + 0.85 * ready, echo)

    source, hand = _hand(0, first, trunk_of(0), 0), _hand(1, second, trunk_of(1), 1)
    hand = influences.lead(hand, source, score.ANSWER_LAG * fps, answer, gain=0.85, matrix=influences.MIRRORED, keep=0.3)
    second.arms[:, 1] = _hand_at(1, hand, trunk_of(1), 1)

    lag = score.ECHO_LAG * fps
    trunk = trunk_of(1)
    chest = trunk.positions[:, JOINT["spine3"]] - trunk.positions[:, JOINT["pelvis"]]
    # B sways over a wide stance: the pelvis goes where the chest goes. A stands quietly meanwhile.
    swaying = kinematics.apply(kinematics.turn(headings[1], 2), influences.centred(chest, echo) * [1.0, 1.0, 0.0])[:, :2]
    second.sway += echo[:, None] * swaying
    first.sway *= 1.0 - 0.8 * echo[:, None]
    to_lean = np.diag([1.0, 1.0, 0.0])
    first.hips[:] = influences.lead(first.hips, np.zeros_like(first.hips), 0.0, echo, keep=0.3)  # leaves the answer legible
    twist = first.spine[:, 2].copy()
    first.spine[:] = influences.lead(first.spine, chest, lag, echo, gain=2.2, matrix=to_lean, keep=0.15)
    first.spine[:, 2] = twist - echo * 0.6 * influences.centred(twist, echo)
    first.head[:] = influences.lead(first.head, chest, lag, echo, gain=3.0, matrix=to_lean, keep=0.15)
    hand = influences.lead(_hand(0, first, trunk_of(0), 1), chest, lag, echo, gain=3.2, keep=0.2)
    first.arms[:, 1] = _hand_at(0, hand, trunk_of(0), 1)


def _truths() -> list[Truth]:
    def hand(side: str) -> tuple[str, ...]:
        return tuple(f"{side}_{joint}" for joint in _HAND)

    answer, unison, echo, hold, pull, mirror = (
        _span(p) for p in (score.ANSWER, score.UNISON, score.ECHO, score.HOLD, score.PULL, score.MIRROR)
    )
    upper = ("neck", "left_collar", "right_collar", "jaw", "head")
    truths = influences.lead_truths(
        0, ("left_wrist", "right_wrist"), score.ANSWER_LAG, answer, (("left_elbow", *hand("left")), ("right_elbow", *hand("right")))
    )
    truths += influences.lead_truths(1, ("spine3", "head"), score.ECHO_LAG, echo, (upper, ("spine3", "neck", "jaw")))
    truths += influences.lead_truths(1, ("spine3", "right_wrist"), score.ECHO_LAG, echo, (upper, ("right_elbow", *hand("right"))))
    arms = [(f"left_{i}", f"right_{j}") for i in ("elbow", "wrist", *_HAND) for j in ("elbow", "wrist", *_HAND)]
    # Held hands also bind the ways of the two bodies: the pelvises keep about an arm's length.
    truths += influences.mutual_truths([*arms, ("pelvis", "pelvis")], "hold", hold, [("left_wrist", "right_wrist")])
    joints = SKELETON.joints
    truths += influences.mutual_truths([(j, j) for j in joints], "unison", unison)
    torso = ("pelvis", "left_hip", "right_hip", "spine1", "spine2", "spine3", "neck", "left_collar", "right_collar", "jaw", "head")
    direct = [(j, j) for j in ("pelvis", "spine3", "head")]
    knees = [(f"{i}_knee", f"{j}_knee") for i in SIDES for j in SIDES]  # they give way to the same pull
    truths += influences.mutual_truths([*((j, j) for j in torso), *knees], "opposition", pull, direct)
    truths += influences.mutual_truths([(j, joints[SKELETON.mirrored[i]]) for i, j in enumerate(joints)], "mirror", mirror)
    return truths


def perform() -> Performance:
    """The sample duet, the same on every call."""
    fps = score.FPS
    times = np.arange(score.FRAMES) / fps
    moves = _phrases(times)
    paths, headings = _places(times)
    stands = [footwork.feet(score.BODIES[d], times, paths[d], headings[d], score.STEPS[d]) for d in (0, 1)]
    shifts = [_walk(moves[d], stands[d], headings[d], fps) for d in (0, 1)]
    pulled, pull = keyed(times, score.PULLED, 1.0), _open(times, score.PULL)
    collars = [np.zeros((score.FRAMES, 2)), np.zeros((score.FRAMES, 2))]
    nowhere = np.zeros((score.FRAMES, 3))

    def trunk_at_rest(dancer: int) -> kinematics.Torso:
        """Only the torso's own movement: at the origin, heading 0."""
        own = moves[dancer]
        return kinematics.torso(score.BODIES[dancer], nowhere, np.zeros(score.FRAMES), own.hips, own.spine, own.head, collars[dancer])

    _plant(times, moves, headings, trunk_at_rest)
    places = []
    for dancer in (0, 1):
        own, body = moves[dancer], score.BODIES[dancer]
        # Leaning away from each other on held hands: hips back, chest back, knees soft. Both face the partner then.
        away = -np.stack([np.cos(headings[dancer]), np.sin(headings[dancer])], -1) * 0.09 * pulled[:, None]
        own.spine[:, 0] -= 0.16 * pulled
        own.hips[:, 0] -= 0.16 * pulled
        own.level -= 0.02 * pulled**2
        free = 1.0 - np.maximum(pull, _open(times, score.MIRROR))
        ground = paths[dancer] + shifts[dancer] + free[:, None] * own.sway + away
        own.head += _look(times, dancer, ground, headings[dancer], own)
        for channel in ("arms", "spine", "head", "hips"):
            setattr(own, channel, smoothed(getattr(own, channel), 1.5))
        pelvis = kinematics.turn(headings[dancer], 2) @ kinematics.lean(own.hips)
        wanted = body.standing - 0.012 + own.level
        height = footwork.pelvis_height(body, ground, pelvis, stands[dancer], wanted)
        places.append(np.concatenate([ground, height[:, None]], -1))

    def trunk(dancer: int) -> kinematics.Torso:
        own = moves[dancer]
        return kinematics.torso(score.BODIES[dancer], places[dancer], headings[dancer], own.hips, own.spine, own.head, collars[dancer])

    held = _open(times, score.HOLD)
    grip_side = (0, 1)  # A's left, B's right
    trunks = [trunk(d) for d in (0, 1)]
    rests = [kinematics.shoulder_rest(score.BODIES[d], trunks[d], grip_side[d]) for d in (0, 1)]
    meeting = _meeting(times, trunks, rests)
    for dancer in (0, 1):
        for side in (0, 1):
            raised = moves[dancer].arms[:, side, 2].copy()
            if side == grip_side[dancer]:
                line = (meeting - rests[dancer]) / score.BODIES[dancer].arm
                raised += held * (np.einsum("tji,tj->ti", trunks[dancer].chest, line)[:, 2] - raised)
            collars[dancer][:, side] = smoothed(0.02 + 0.42 * np.clip((raised + 0.2) / 1.1, 0.0, 1.0) ** 2, 2.0)
    trunks = [trunk(d) for d in (0, 1)]
    grips = [trunks[d].positions[:, JOINT[f"{SIDES[grip_side[d]]}_shoulder"]] for d in (0, 1)]
    across = smoothed(kinematics.unit(grips[1] - grips[0]), 4.0) * [1.0, 1.0, 0.35]
    across = kinematics.unit(across)
    reach = [0.975 * score.BODIES[d].arm for d in (0, 1)]
    half = 0.5 * score.CLASP * across
    meeting = smoothed(influences.meet(grips[0] + half, grips[1] - half, meeting, reach), 2.5)
    for dancer in (0, 1):
        body, own, sign = score.BODIES[dancer], moves[dancer], (-1.0, 1.0)[dancer]
        for side in (0, 1):
            shoulder = trunks[dancer].positions[:, JOINT[f"{SIDES[side]}_shoulder"]]
            rest = kinematics.shoulder_rest(body, trunks[dancer], side)
            wrist = rest + kinematics.apply(trunks[dancer].chest, own.arms[:, side] * _REST_TO_WORLD[side] * body.arm)
            wrist = kinematics.reachable(shoulder, wrist, body.upper_arm, body.forearm)
            if side == grip_side[dancer]:
                wrist = wrist + held[:, None] * (meeting + sign * half - wrist)
                kinematics.arm(body, trunks[dancer], side, wrist, -sign * across, held)
            else:
                kinematics.arm(body, trunks[dancer], side, wrist)
            kinematics.leg(
                body, trunks[dancer], side, stands[dancer].toe[:, side], stands[dancer].yaw[:, side], stands[dancer].pitch[:, side]
            )
    meta = {
        "source": ["sample.duet.npz"],
        "dancers": list(score.DANCERS),
        "title": "Sample duet (procedural)",
        "licence": "CC0-1.0",
        "truth": influences.record(_truths()),
    }
    positions = np.stack([t.positions for t in trunks], axis=1).astype(np.float32)
    return Performance(Clip(positions, fps, SKELETON, meta=meta), np.stack([s.planted for s in stands], axis=1))


def _meeting(times: Array, trunks: list[kinematics.Torso], shoulders: list[Array]) -> Array:
    """(T, 3) where the held hands would like to be: between the shoulders, and over B's head while B turns under the arm."""
    middle = 0.5 * (shoulders[0] + shoulders[1])
    crown = trunks[1].positions[:, JOINT["head"]]
    over = _open(times, score.UNDERARM)[:, None]
    wanted = middle + over * (0.72 * crown + 0.28 * middle - middle)
    wanted[:, 2] = keyed(times, score.REACH_HEIGHT, 1.1)
    return smoothed(wanted, 3.0)


def sample() -> Clip:
    """The bundled sample duet: about 20 s at 30 fps with its true connections in ``meta["truth"]``."""
    return perform().clip
