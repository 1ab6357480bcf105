"""A duet in which asked connections hold: the answering dancer's motion is bound to the other one's, joint by joint, and nothing else is.

A base motion, which knows nothing of the partner, is bent: a joint's own quick motion gives way to the answer (a lead's source, later; a partner's motion,
its reflection or its opposite), or the joint is taken to where it is to be held. Arms, legs and trunk bend by their own bones,
hips tilt the pelvis, the pelvis itself takes the body along; feet stay. Every binding fades in and out, every bone keeps its length, and at last the feet
are set down again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..connections import KINDS
from ..planted import PlantedDuet, limbs
from ..planted.couplings import moving_mean, quick, velocity
from ..planted.generator import Event
from ..posing import quaternions as q
from ..posing.pose import smoothed
from ..procedural.influences import Truth, lagged, record
from ..skeletons import Skeleton
from .contact import as_long, grounded, lowering, two_bones
from .outside import arms_outside, body_outside
from .requests import Request, checked
from .stance import feet

Array = NDArray[np.float64]

RAMP_SECONDS = 0.5
"""In which a binding fades in, and out; half of it lies outside the asked time."""
WIDER_SECONDS = 0.8
"""By which a body comes to a hold and leaves it, before and after the hand does."""
GRIP = 0.10
"""Metres between two joints that hold on to each other."""
TRUNK = 0.15
"""Metres: a joint of the trunk whose limb is shorter than this takes the body along."""
SWAY = 0.16
"""Metres (root mean square) by which the body is moved at most."""
REACH = 0.45
"""Share of a limb's length that an answer is large, root mean square, at most …"""
LEAST = 0.14
"""… and metres at least, where the source moves at all: an answer that cannot be seen is none."""
SOFT = 0.1
"""The last share of an arm's or leg's length, into which it is stretched ever more slowly."""
SWIVEL_SECONDS = 0.1
"""Standard deviation of the blur of the turn of an elbow or knee about its limb."""
ROUNDED = 0.8
"""Share of its length to which the back is rounded at most."""
STILL = 0.02
"""Metres (root mean square): a source that moves less has nothing to say."""
LOOSER = 0.005
"""Metres (root mean square) by which a hold may be looser for the body to give way to the other's arms."""
NEAREST = 0.5
"""Metres between the roots of two dancers at least, where one holds on to the other."""


@dataclass(frozen=True)
class Bound:
    """A duet that was bound, and what was done.

    Attributes:
        clip: with its true connections under ``meta["truth"]``.
        duet: the same with what a benchmark needs to judge what is found in it; None for a solo.
        notes: sentences for the user: what could not be had as asked.
        moved: metres by which joints that were asked for were moved, mean over requests.
    """

    clip: Clip
    duet: PlantedDuet | None
    notes: tuple[str, ...]
    moved: float


def bind(clip: Clip, requests: Sequence[Request], *, floor: bool = True) -> Bound:
    """*clip* (a duet without gaps) with all *requests* held, in order of time; those that end before it begins are left out.

    Raises:
        InputError: one dancer, or a request that cannot be had (see `requests.checked`).
    """
    clip.require_duet()
    skeleton, rate = clip.skeleton, clip.fps
    asked = [checked(one, skeleton, f"connection {n + 1}") for n, one in enumerate(requests)]
    work = _Work([clip.positions[:, d].astype(np.float64) for d in range(2)], skeleton, rate)
    # Holds take the body along; what is bent comes after.
    for request in sorted(asked, key=lambda one: (one.kind != "hold", one.start)):
        work.hold(request) if request.kind == "hold" else work.answer(request)
    if floor and asked:
        for dancer in sorted({request.to_dancer for request in asked}):
            work.positions[dancer] = _set_down(work, dancer, asked)
    for dancer in sorted({request.to_dancer for request in asked}):
        own = [request for request in asked if request.to_dancer == dancer]
        work.positions[dancer] = arms_outside(work.positions[dancer], work.positions[1 - dancer], skeleton, rate, work.near(own))
        work.give_way(dancer, own)
    positions = np.stack(work.positions, axis=1).astype(np.float32)
    truths = [truth for event in work.events for truth in _truths(event, skeleton)]
    steps = [*clip.meta.get("steps", []), *([f"{len(asked)} connections asked for"] if asked else [])]
    meta = {**clip.meta, "truth": record(truths), "steps": steps}
    bound = dataclasses.replace(clip, positions=positions, meta=meta)
    name = "+".join(clip.meta["source"]) or "generated"
    duet = PlantedDuet(positions, rate, skeleton, tuple(work.events), name)
    return Bound(bound, duet, tuple(dict.fromkeys(work.notes)), float(np.mean(work.moved)) if work.moved else 0.0)


class _Work:
    """Both dancers while they are being bound."""

    def __init__(self, positions: list[Array], skeleton: Skeleton, rate: float) -> None:
        self.positions, self.skeleton, self.rate = positions, skeleton, rate
        self.lengths = [limbs.bone_lengths(x, skeleton) for x in positions]
        self.events: list[Event] = []
        self.notes: list[str] = []
        self.moved: list[float] = []
        self.feet = feet(skeleton)
        self.hips = {foot.chain[0] for foot in self.feet if skeleton.parents[foot.chain[0]] >= 0}

    def chain(self, dancer: int, joint: int) -> tuple[int, ...]:
        return limbs.limb(self.skeleton, joint, self.lengths[dancer])

    def span(self, dancer: int, joint: int) -> float:
        """Metres of the limb that moves *joint*; 0 where that is the body itself."""
        chain = self.chain(dancer, joint)
        total = sum(self.lengths[dancer][k] for k in chain[1:])
        within = self.skeleton.parts[joint] == "torso"
        return 0.0 if total < TRUNK and within else total

    def gate(self, request: Request) -> Array:
        """(T,) 0..1, one half at the asked ends."""
        time = np.arange(len(self.positions[0])) / self.rate
        edge = np.clip(np.minimum(time - request.start, request.end - time) / RAMP_SECONDS + 0.5, 0.0, 1.0)
        if request.start <= 0:
            edge = np.where(time < RAMP_SECONDS, np.clip((request.end - time) / RAMP_SECONDS + 0.5, 0.0, 1.0), edge)
        return np.asarray(edge**3 * (10 - 15 * edge + 6 * edge * edge), np.float64)

    def own_motion(self, dancer: int, joint: int) -> Array:
        """(T, 3) the quick motion of *joint*: against where its limb hangs, or of the body in the room."""
        x = self.positions[dancer]
        if self.span(dancer, joint) == 0.0:
            return quick(x[:, joint], self.rate)
        return quick(x[:, joint] - x[:, self.chain(dancer, joint)[0]], self.rate)

    def answer(self, request: Request) -> None:
        """A lead, or a partner's motion at the same time."""
        source, target = request.from_dancer, request.to_dancer
        i, j = (self.skeleton.joints.index(name) for name in (request.from_joint, request.to_joint))
        gate = self.gate(request)
        if not (gate > 0.5).any():
            self.notes.append(f"{_said(request)}: the take ends before it begins")
            return
        signal = self.own_motion(source, i)
        turned = lagged(signal, request.lag * self.rate) @ self._matrix(request, i, j, gate).T
        size = _size(turned, gate)
        if size < STILL:
            self.notes.append(f"{_said(request)}: {request.from_joint} hardly moves then, so there is little to answer")
        span = self.span(target, j)
        most = REACH * span if span else SWAY
        wanted = float(np.clip(size, min(LEAST, most), most))
        turned *= wanted / max(size, STILL)
        own = self.own_motion(target, j)
        move = (gate * request.strength)[:, None] * (turned - own)
        self.moved.append(_size(move, gate))
        if j in self.hips:
            carried = self._tilt(target, self.chain(target, j), move)
        elif span:
            chain = self.chain(target, j)
            (self._lean if self.skeleton.parts[j] == "torso" else self._bend)(target, chain, move)
            carried = frozenset(limbs.moved_with(self.skeleton, chain))
        else:
            self._sway(target, move)
            carried = frozenset(range(len(self.skeleton)))
        moving = np.linalg.norm(velocity(signal, self.rate), axis=-1)
        told, kept = request.strength**2 * _power(turned, self.rate), (1 - request.strength) ** 2 * _power(own, self.rate)
        self._note(request, i, j, carried, gate, told, kept, moving, "linear" if request.kind == "lead" else request.kind)

    def hold(self, request: Request) -> None:
        """The target keeps its distance from what it holds: the body travels along, the limb does the rest."""
        source, target = request.from_dancer, request.to_dancer
        i, j = (self.skeleton.joints.index(name) for name in (request.from_joint, request.to_joint))
        gate = self.gate(request)
        if not (gate > 0.5).any():
            self.notes.append(f"{_said(request)}: the take ends before it begins")
            return
        held, x = self.positions[source], self.positions[target]
        chain = self.chain(target, j)
        # The grip lies on the side from which the limb comes.
        line = (x[:, chain[0]] - held[:, i])[gate > 0.5].mean(axis=0)
        goal = held[:, i] + GRIP * line / max(float(np.linalg.norm(line)), 1e-6)
        travel = moving_mean(goal - x[:, j], round(1.5 * self.rate))
        travel[:, 2] = 0.0
        # As far as the limb cannot reach, and no further.
        reach = 0.8 * self.span(target, j)
        far = np.linalg.norm(goal - x[:, chain[0]], axis=-1)
        need = np.clip((far - reach) / np.maximum(far, 1e-6), 0.0, 1.0) if self.span(target, j) else np.ones(len(x))
        open_wide = moving_mean(np.maximum(gate, 0)[:, None], round(WIDER_SECONDS * self.rate))
        x += (open_wide * moving_mean(need[:, None], round(1.0 * self.rate)) * travel)[:, None]
        x += (open_wide * self._out_of_the_way(source, target))[:, None]
        before = x[:, j].copy()
        if len(chain) > 1:
            self._bend(target, chain, gate[:, None] * (goal - x[:, j]))
        rest = gate[:, None] * (goal - x[:, j])
        rest[:, 2] = np.minimum(rest[:, 2], 0.0)  # knees bend, but nobody is lifted by a hand
        x += (moving_mean(rest, 3) * 0.9 * request.strength)[:, None]
        self.moved.append(_size(x[:, j] - before, gate))
        apart = np.linalg.norm(x[:, j] - held[:, i], axis=-1)
        loose = np.abs(apart - np.median(apart[gate > 0.5]))
        if (loose[gate > 0.95] > 0.1).mean() > 0.2 if (gate > 0.95).any() else False:
            self.notes.append(f"{_said(request)}: out of reach for a part of it")
        moving = np.linalg.norm(velocity(held[:, i], self.rate), axis=-1)
        steady = gate * (loose < 0.06)
        told, kept = _power(quick(held[:, i], self.rate), self.rate), _power(apart[:, None], self.rate)
        self._note(request, i, j, frozenset(limbs.moved_with(self.skeleton, chain)), steady, told, kept, moving, "hold")

    def near(self, requests: Sequence[Request]) -> Array:
        """(T,) 0..1, when any of *requests* is at work, and a little before and after."""
        at_work = np.max([self.gate(request) for request in requests], axis=0)
        return np.asarray(np.minimum(2 * moving_mean(at_work[:, None], round(WIDER_SECONDS * self.rate))[:, 0], 1.0), np.float64)

    def give_way(self, dancer: int, requests: Sequence[Request]) -> None:
        """Move the body of *dancer*, upon feet that stay, out of the other's arms while *requests* of it are at work; not during holds that this would loosen."""
        own, other = self.positions[dancer], self.positions[1 - dancer]
        holds, near = [request for request in requests if request.kind == "hold"], self.near(requests)
        where = near
        while True:
            way = body_outside(own, other, self.skeleton, self.rate, where)
            if not way.any():
                return
            x = own + np.pad(way, ((0, 0), (0, 1)))[:, None]
            places = [own[:, foot.chain[-1]] for foot in self.feet]
            x[..., 2] -= lowering(x, self.feet, places, self.rate)[:, None]
            self._stand(x, places)
            for hold in holds:
                joint = self.skeleton.joints.index(hold.to_joint)
                chain = self.chain(dancer, joint)
                if len(chain) == 3 and self.skeleton.parts[joint] != "torso":
                    goal = x[:, joint] + self.gate(hold)[:, None] * (own[:, joint] - x[:, joint])
                    limbs.place_limb(x, self.skeleton, chain, two_bones(x[:, chain], goal))
            x = arms_outside(x, other, self.skeleton, self.rate, near)
            loosened = [hold for hold in holds if self._loose(x, hold) > self._loose(own, hold) + LOOSER]
            if not loosened:
                self.positions[dancer] = x
                return
            holds = [hold for hold in holds if hold not in loosened]
            where = where * (1 - self.near(loosened))

    def _loose(self, x: Array, hold: Request) -> float:
        """Metres by which the distance between what *hold* binds varies, where its target moves as in *x* (T, J, 3)."""
        i, j = (self.skeleton.joints.index(name) for name in (hold.from_joint, hold.to_joint))
        gate = self.gate(hold)
        apart = np.linalg.norm(x[:, j] - self.positions[hold.from_dancer][:, i], axis=-1)
        return _size((apart - (gate * apart).sum() / max(gate.sum(), 1e-9))[:, None], gate)

    def _out_of_the_way(self, source: int, target: int) -> Array:
        """(T, 3) how the target's body must move over the floor not to stand within the source's."""
        root = self.skeleton.order[0]
        way = self.positions[target][:, root] - self.positions[source][:, root]
        way[:, 2] = 0.0
        apart = np.linalg.norm(way, axis=-1)
        need = moving_mean(np.maximum(NEAREST - apart, 0.0)[:, None], round(0.5 * self.rate))
        side = moving_mean(way, round(1.0 * self.rate))
        return need * side / np.maximum(np.linalg.norm(side, axis=-1, keepdims=True), 1e-6)

    def _matrix(self, request: Request, i: int, j: int, gate: Array) -> Array:
        """How the source's motion becomes the answer: as it is, reflected between the dancers, or reversed."""
        if request.kind == "opposition":
            return -np.eye(3)
        if request.kind == "mirror":
            root = self.skeleton.order[0]
            way = ((self.positions[1][:, root] - self.positions[0][:, root]) * gate[:, None]).sum(axis=0)
            way[2] = 0.0
            axis = way / max(float(np.linalg.norm(way)), 1e-6)
            return np.eye(3) - 2 * np.outer(axis, axis)
        return np.eye(3)

    def _bend(self, dancer: int, chain: tuple[int, ...], move: Array) -> None:
        """The end of a limb moves by *move* (T, 3); elbow and knee stay on their side."""
        x = self.positions[dancer]
        if len(chain) != 3:
            limbs.bend(x, self.skeleton, chain, move)
            return
        # Where nothing is asked the limb stays as it is: a stretched one would else be softened.
        asked = np.clip(np.linalg.norm(move, axis=-1) / 0.02, 0.0, 1.0)[:, None, None]
        bent = two_bones(x[:, chain], x[:, chain[-1]] + move, soft=SOFT, swivel=SWIVEL_SECONDS * self.rate)
        bent = x[:, chain] + asked * (bent - x[:, chain])
        # Between two bendings bones are shorter.
        limbs.place_limb(x, self.skeleton, chain, as_long(x[:, chain], bent))

    def _sway(self, dancer: int, move: Array) -> None:
        """The body moves by *move* (T, 3) while its feet stay where they are."""
        x = self.positions[dancer]
        places = [x[:, foot.chain[-1]].copy() for foot in self.feet]
        x += move[:, None]
        self._stand(x, places)

    def _lean(self, dancer: int, chain: tuple[int, ...], move: Array) -> None:
        """The trunk bends so that the end of *chain* goes the way of *move* (T, 3), as far as a back can be rounded."""
        x = self.positions[dancer]
        own = x[:, chain].copy()
        lengths = np.linalg.norm(np.diff(own, axis=1), axis=-1, keepdims=True)
        way = own[:, -1] + move - own[:, 0]
        size, straight = np.linalg.norm(way, axis=-1), np.linalg.norm(own[:, -1] - own[:, 0], axis=-1)
        least, soft = ROUNDED * straight, 0.05 * straight
        reached = np.minimum(least + soft * np.logaddexp(0.0, (size - least) / soft), straight)
        bent = limbs.reach(own, lengths, own[:, 0] + way * (reached / np.maximum(size, 1e-9))[:, None])
        # Of two ways to round a back the nearest one may change within a frame.
        points = own + smoothed((bent - own).T, SWIVEL_SECONDS * self.rate).T
        for k in range(1, len(chain)):
            step = points[:, k] - points[:, k - 1]
            points[:, k] = points[:, k - 1] + step * (lengths[:, k - 1] / np.maximum(np.linalg.norm(step, axis=-1, keepdims=True), 1e-9))
        limbs.place_limb(x, self.skeleton, chain, points)

    def _tilt(self, dancer: int, chain: tuple[int, ...], move: Array) -> frozenset[int]:
        """The pelvis with both hips turns so that the hip at the end of *chain* goes the way of *move* (T, 3), and the feet stay. Returns what was moved."""
        x = self.positions[dancer]
        places = [x[:, foot.chain[-1]].copy() for foot in self.feet]
        middle, hip = x[:, chain[0]].copy(), chain[-1]
        before, after = x[:, hip] - middle, x[:, hip] + move - middle
        before, after = (way / np.maximum(np.linalg.norm(way, axis=-1, keepdims=True), 1e-9) for way in (before, after))
        turn = q.between(np.ascontiguousarray(before.T), np.ascontiguousarray(after.T))
        under = limbs.below(self.skeleton, chain[0])[1:]
        turned = {one for one in under if self._leads_to_a_leg(one)}
        for one in turned:
            placed = middle + q.rotate(turn, np.ascontiguousarray((x[:, one] - middle).T)).T
            others = [limbs.below(self.skeleton, other) for other in turned if other != one and other in limbs.below(self.skeleton, one)]
            x[:, sorted(set(limbs.below(self.skeleton, one)).difference(*others))] += (placed - x[:, one])[:, None]
        self._stand(x, places)
        return frozenset(below for one in turned for below in limbs.below(self.skeleton, one))

    def _leads_to_a_leg(self, joint: int) -> bool:
        """Whether *joint* is a hip, or lies between the pelvis and one."""
        return any(hip in limbs.below(self.skeleton, joint) for hip in self.hips)

    def _stand(self, x: Array, places: Sequence[Array]) -> None:
        """Legs of (T, J, 3) reach from where the hips are to the *places* (T, 3) of the ankles, and feet keep the way they point."""
        for foot, place in zip(self.feet, places, strict=True):
            ahead = x[:, foot.pin] - x[:, foot.chain[-1]]
            limbs.place_limb(x, self.skeleton, foot.chain, two_bones(x[:, foot.chain], place, ahead))

    def _note(
        self, request: Request, i: int, j: int, carried: frozenset[int], gate: Array, told: Array, kept: Array, moving: Array, family: str
    ) -> None:
        sources = frozenset(limbs.moved_with(self.skeleton, self.chain(request.from_dancer, i)))
        kind = KINDS.index(request.kind)
        self.events.append(Event(request.from_dancer, ((i, j),), sources, carried, request.lag, kind, family, gate, told, kept, moving))


def placed_for(clip: Clip, requests: Sequence[Request]) -> Clip:
    """*clip* with dancer 1 turned and moved as a whole, for all its length alike, so that what is to be held is near; as it is where nothing is."""
    holds = [checked(one, clip.skeleton) for one in requests if one.kind == "hold"]
    if not holds:
        return clip
    x = clip.positions.astype(np.float64)
    root = clip.skeleton.order[0]
    time = np.arange(clip.frames) / clip.fps
    best, least = x[:, 1], np.inf
    for angle in np.linspace(0, 2 * np.pi, 24, endpoint=False):
        c, s = np.cos(angle), np.sin(angle)
        turned = (x[:, 1] - x[:, 1, root].mean(axis=0)) @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T
        turned[..., 2] = x[:, 1, :, 2]
        ways = []
        for hold in holds:
            on = (time >= hold.start) & (time < hold.end)
            joints = {d: clip.skeleton.joints.index(n) for d, n in ((hold.from_dancer, hold.from_joint), (hold.to_dancer, hold.to_joint))}
            ways.append((x[:, 0, joints[0]] - turned[:, joints[1]])[on][:, :2])
        way = np.concatenate(ways)
        moved = turned.copy()
        moved[..., :2] += way.mean(axis=0)
        near = np.linalg.norm(moved[:, root, :2] - x[:, 0, root, :2], axis=-1)
        cost = way.std(axis=0).sum() + 4 * np.maximum(NEAREST - near, 0).mean()
        if cost < least:
            best, least = moved, cost
    positions = np.stack([x[:, 0], best], axis=1).astype(np.float32)
    return dataclasses.replace(clip, positions=positions)


def _set_down(work: _Work, dancer: int, asked: Sequence[Request]) -> Array:
    """The dancer with feet on the floor; a foot that was asked to do something else is left to it."""
    x = work.positions[dancer]
    free = np.zeros((len(x), len(work.feet)), bool)
    for request in asked:
        joint = work.skeleton.joints.index(request.to_joint)
        for number, foot in enumerate(work.feet):
            if request.to_dancer == dancer and joint in limbs.below(work.skeleton, foot.chain[1]):
                free[:, number] |= work.gate(request) > 0.0
    return grounded(x, work.skeleton, work.rate, free=free, returns=0.0)[0]


def _truths(event: Event, skeleton: Skeleton) -> list[Truth]:
    names, kind = skeleton.joints, KINDS[event.kind]
    rows = []
    for i, j in event.pairs:
        rows.append(Truth(event.source, names[i], 1 - event.source, names[j], event.lag, kind, *event.span))
        if event.both_ways:
            rows.append(Truth(1 - event.source, names[j], event.source, names[i], 0.0, kind, *event.span))
    return rows


def _size(signal: Array, gate: Array) -> float:
    """Metres, root mean square while *gate* is open."""
    return float(np.sqrt((np.square(signal).sum(axis=-1) * gate).sum() / max(gate.sum(), 1e-9)))


def _power(signal: Array, rate: float) -> Array:
    return np.asarray((velocity(signal, rate) ** 2).sum(axis=-1), np.float64)


def _said(request: Request) -> str:
    return f"{request.kind} of {request.from_joint} and {request.to_joint}"
