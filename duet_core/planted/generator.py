"""Plants influence between two dancers that have nothing to do with each other, and keeps the record of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..connections import KINDS
from ..procedural.influences import Truth, lagged, record
from ..skeletons import Skeleton
from ..solos import Solo
from . import limbs
from .couplings import LEADS, answer, moving_mean, quick, velocity, yaw

RAMP_SECONDS = 0.4
STEADY = 0.06
"""Metres: a distance that is further from its mean over a second is not held."""
STILL = 0.05
"""Metres a second: a source slower than this on average says nothing that could be seen."""


@dataclass(frozen=True)
class Recipe:
    """What may be planted.

    Attributes:
        leads: families of leads (`couplings.LEADS`) to draw from.
        kinds: how likely each kind is, in the order of ``KINDS[1:]``.
        rate: mean number of plants for each ten seconds.
        share: least and largest share *a* of the target's own quick motion that the answer replaces (amplitude; 1 is all of it).
        lag: least and largest lag of leads, seconds.
        seconds: least and largest duration of a plant.
        grip: the same of holds: a hand is often held for a beat or two.
        decoys: mean number, for each ten seconds, of plants whose source is a third, unseen dancer: they look planted and connect nobody.
        distance: metres between the two roots at the start, least and largest.
        groups: how likely a lead, unison or mirror takes a whole limb instead of a single joint.
        more_holds: how likely a further limb holds on too, again after the second.
    """

    leads: tuple[str, ...] = LEADS
    kinds: tuple[float, ...] = (0.44, 0.14, 0.14, 0.14, 0.14)
    rate: float = 3.0
    share: tuple[float, float] = (0.4, 1.0)
    lag: tuple[float, float] = (0.1, 0.6)
    seconds: tuple[float, float] = (3.0, 14.0)
    grip: tuple[float, float] = (1.5, 10.0)
    decoys: float = 1.0
    distance: tuple[float, float] = (0.5, 2.5)
    groups: float = 0.3
    more_holds: float = 0.5


@dataclass(frozen=True)
class Event:
    """One plant.

    Attributes:
        source: the dancer whose motion it is; the other one answers.
        pairs: directly connected joints (source's, target's).
        sources, targets: joints that carry, or are carried by, those of the pairs: pairs of them are indirect.
        lag: seconds; 0 for kinds other than lead.
        kind: index into ``KINDS``. family: name in ``labels.FAMILIES``.
        gate: (T,) 0..1, how far it is at work.
        told, kept: (T,) power of the target's motion that is the source's, and that is its own, (m/s)².
        moving: (T,) speed of the source, m/s.
    """

    source: int
    pairs: tuple[tuple[int, int], ...]
    sources: frozenset[int]
    targets: frozenset[int]
    lag: float
    kind: int
    family: str
    gate: NDArray[np.float64]
    told: NDArray[np.float64]
    kept: NDArray[np.float64]
    moving: NDArray[np.float64]

    @property
    def both_ways(self) -> bool:
        return KINDS[self.kind] != "lead"

    @property
    def span(self) -> tuple[int, int]:
        """First and last frame (excluded) in which it is at least half at work."""
        on = np.flatnonzero(self.gate >= 0.5)
        return (int(on[0]), int(on[-1]) + 1) if len(on) else (0, 1)


@dataclass(frozen=True)
class PlantedDuet:
    """Positions (T, 2, J, 3) float32 in metres at *rate* samples a second, and all that was planted in them."""

    positions: NDArray[np.float32]
    rate: float
    skeleton: Skeleton
    events: tuple[Event, ...]
    name: str = ""

    def clip(self) -> Clip:
        """The duet as a clip whose ``meta["truth"]`` has a row for each direct pair (both ways for kinds without direction)."""
        names = self.skeleton.joints
        truths = []
        for event in self.events:
            kind = KINDS[event.kind]
            for i, j in event.pairs:
                truths.append(Truth(event.source, names[i], 1 - event.source, names[j], event.lag, kind, *event.span))
                if event.both_ways:
                    truths.append(Truth(1 - event.source, names[j], event.source, names[i], 0.0, kind, *event.span))
        return Clip(self.positions, self.rate, self.skeleton, meta={"source": [self.name], "truth": record(truths)})


@dataclass
class _Stage:
    """What the planting of one duet works on."""

    positions: list[NDArray[np.float64]]
    decoy: NDArray[np.float64]
    rate: float
    skeleton: Skeleton
    lengths: tuple[float, ...]
    rng: np.random.Generator
    recipe: Recipe
    taken: list[set[int]] = field(default_factory=lambda: [set(), set()])
    """Joints of each dancer that are a source or a target already: a later plant must not change them."""

    def chain(self, joint: int) -> tuple[int, ...]:
        return limbs.limb(self.skeleton, joint, self.lengths)

    def moved(self, joint: int) -> frozenset[int]:
        return frozenset(limbs.moved_with(self.skeleton, self.chain(joint)))


def plant(first: Solo, second: Solo, rng: np.random.Generator, recipe: Recipe | None = None, decoy: Solo | None = None) -> PlantedDuet:
    """Influence planted between two solos of the same skeleton and rate, cut to the shorter one.

    Args:
        decoy: a third dancer, the unseen source of decoys; the first one, reversed in time, where none is given.
    """
    recipe = recipe or Recipe()
    count = min(len(first), len(second))
    a, b = first.positions[:count].astype(np.float64), second.positions[:count].astype(np.float64)
    unseen = first.positions[::-1] if decoy is None else decoy.positions
    third: NDArray[np.float64] = np.resize(unseen, (count, *unseen.shape[1:])).astype(np.float64)
    root = first.skeleton.order[0]
    b = placed(a, b, root, rng.uniform(*recipe.distance), rng)
    stage = _Stage([a, b], third, first.rate, first.skeleton, limbs.bone_lengths(b, first.skeleton), rng, recipe)
    tens = count / first.rate / 10
    events: list[Event] = []
    todo = ["decoy"] * rng.poisson(recipe.decoys * tens) + ["plant"] * rng.poisson(recipe.rate * tens)
    for what in rng.permutation(todo) if todo else []:
        kind = int(rng.choice(5, p=np.array(recipe.kinds) / sum(recipe.kinds))) + 1
        planted = _PLANTS[KINDS[kind]](stage, kind, what == "decoy")
        if what != "decoy":
            events += planted
    positions = np.stack(stage.positions, axis=1).astype(np.float32)
    return PlantedDuet(positions, first.rate, first.skeleton, tuple(events), f"{first.name} x {second.name}")


def placed(a: NDArray, b: NDArray, root: int, distance: float, rng: np.random.Generator) -> NDArray:
    """*b* (T, J, 3) turned at random and put so that the mean root is *distance* from that of *a*; heights stay."""
    b = b @ yaw(rng.uniform(0, 2 * np.pi)).T
    angle = rng.uniform(0, 2 * np.pi)
    wanted = a[:, root, :2].mean(axis=0) + distance * np.array([np.cos(angle), np.sin(angle)])
    moved = np.zeros(3)
    moved[:2] = wanted - b[:, root, :2].mean(axis=0)
    return b + moved


def _gate(stage: _Stage, frames: int, most: tuple[float, float] | None = None) -> NDArray[np.float64]:
    seconds = stage.rng.uniform(*(most or stage.recipe.seconds))
    if stage.rng.random() < 0.15:
        return np.ones(frames)
    # A quarter may stand out at either end; what is longer than the duet begins before it.
    start = stage.rng.uniform(-0.25 * seconds, max(frames / stage.rate - 0.75 * seconds, -0.25 * seconds))
    time = np.arange(frames) / stage.rate
    edge = np.clip(np.minimum(time - start, start + seconds - time) / RAMP_SECONDS + 0.5, 0.0, 1.0)
    return edge * edge * (3 - 2 * edge)


def _power(signal: NDArray, rate: float) -> NDArray[np.float64]:
    return np.asarray((velocity(signal, rate) ** 2).sum(axis=-1), np.float64)


def _draw(stage: _Stage, source: int, wanted: Callable[[int], bool] = lambda joint: True) -> tuple[int, int] | None:
    """A source and a target joint that no other plant has touched; None where chance finds none."""
    count = len(stage.skeleton)
    for _ in range(30):
        i, j = (int(x) for x in stage.rng.integers(count, size=2))
        chain = stage.chain(j)
        if sum(stage.lengths[k] for k in chain[1:]) < 0.15 and len(chain) > 1:
            continue
        used_source, used_target = set(stage.chain(i)) | stage.moved(i), stage.moved(j)
        if len(used_target) > 0.7 * count and stage.rng.random() < 0.7:
            continue
        if stage.taken[1 - source] & used_target or not (wanted(i) and wanted(j)):
            continue
        stage.taken[1 - source] |= used_target
        stage.taken[source] |= used_source
        return i, j
    return None


def _relative(stage: _Stage, positions: NDArray, joint: int) -> NDArray:
    """(T, 3) the quick motion of *joint* against the joint that its limb hangs on; of a root, in the room."""
    chain = stage.chain(joint)
    signal = positions[:, joint] if len(chain) == 1 else positions[:, joint] - positions[:, chain[0]]
    return quick(signal, stage.rate)


def _drive(
    stage: _Stage, kind: int, source: int, i: int, j: int, family: str, made: Callable[[NDArray], tuple[NDArray, float]], hidden: bool
) -> list[Event]:
    """Let joint *j* answer joint *i* as *made* (source's quick motion → answer and lag) says."""
    rng, rate = stage.rng, stage.rate
    positions = stage.decoy if hidden else stage.positions[source]
    in_room = rng.random() < 0.4
    signal = quick(positions[:, i], rate) if in_room else _relative(stage, positions, i)
    target = stage.positions[1 - source]
    own = _relative(stage, target, j)
    made_answer, lag = made(signal)
    chain = stage.chain(j)
    size = np.sqrt(np.mean(made_answer**2) * 3) + 1e-9
    span = sum(stage.lengths[k] for k in chain[1:]) or 0.5
    own_size = np.sqrt(np.mean(own**2) * 3)
    if size < 0.01:
        return []
    # As large as the limb's own motion, more or less, and within its reach.
    if KINDS[kind] == "lead":
        made_answer = made_answer * np.clip(rng.uniform(0.6, 1.5) * max(own_size, 0.08 * span) / size, 0.0, 0.45 * span / size)
    else:
        made_answer = made_answer * min(1.0, 0.6 * span / size)
    share = rng.uniform(*stage.recipe.share)
    gate = _gate(stage, len(target))
    limbs.bend(target, stage.skeleton, chain, (gate * share)[:, None] * (made_answer - own))
    told, kept = share**2 * _power(made_answer, rate), (1 - share) ** 2 * _power(own, rate)
    moving = np.linalg.norm(velocity(signal, rate), axis=-1)
    return [Event(source, ((i, j),), stage.moved(i), stage.moved(j), lag, kind, family, gate, told, kept, moving)]


def _lead(stage: _Stage, kind: int, hidden: bool) -> list[Event]:
    source = int(stage.rng.integers(2))
    lag = stage.rng.uniform(*stage.recipe.lag)
    if stage.rng.random() < stage.recipe.groups:
        return _limb(stage, kind, source, yaw(stage.rng.uniform(0, 2 * np.pi)), lag, hidden, "canon")
    drawn = _draw(stage, source)
    if drawn is None:
        return []
    family = str(stage.rng.choice(stage.recipe.leads))
    return _drive(stage, kind, source, *drawn, family, lambda s: answer(family, s, lag, stage.rate, stage.rng), hidden)


def _axis(stage: _Stage, i: int, j: int, source: int) -> NDArray:
    """The horizontal unit vector from joint *i* to joint *j*, at their mean places."""
    line = (stage.positions[1 - source][:, j] - stage.positions[source][:, i]).mean(axis=0)
    line[2] = 0.0
    return line / max(float(np.linalg.norm(line)), 1e-6)


def _at_once(stage: _Stage, kind: int, hidden: bool) -> list[Event]:
    """Unison, mirror or opposition."""
    source = int(stage.rng.integers(2))
    name = KINDS[kind]
    root = stage.skeleton.order[0]
    axis = _axis(stage, root, root, source)
    if name == "unison":
        matrix = np.eye(3)
    elif name == "mirror":
        matrix = np.eye(3) - 2 * np.outer(axis, axis)
    else:
        matrix = -np.eye(3)
    if name != "opposition" and stage.rng.random() < stage.recipe.groups + 0.2:
        return _limb(stage, kind, source, matrix, 0.0, hidden, name)
    drawn = _draw(stage, source)
    if drawn is None:
        return []
    if name == "opposition" and stage.rng.random() < 0.5:
        line = (stage.positions[1 - source][:, drawn[1]] - stage.positions[source][:, drawn[0]]).mean(axis=0)
        line /= max(float(np.linalg.norm(line)), 1e-6)
        matrix = -np.outer(line, line)
    return _drive(stage, kind, source, *drawn, name, lambda s: (s @ matrix.T, 0.0), hidden)


def _limb(stage: _Stage, kind: int, source: int, matrix: NDArray, lag: float, hidden: bool, family: str) -> list[Event]:
    """A whole limb copies the other's: the directions of its bones become those of the source's, through *matrix*, *lag* seconds later."""
    rng, rate, skeleton = stage.rng, stage.rate, stage.skeleton
    drawn = _draw(stage, source, lambda joint: len(stage.chain(joint)) > 2)
    if drawn is None:
        return []
    i, j = drawn
    theirs, ours = stage.chain(i), stage.chain(j)
    bones = min(len(theirs), len(ours)) - 1
    theirs, ours = theirs[-bones - 1 :], ours[-bones - 1 :]
    positions, target = (stage.decoy if hidden else stage.positions[source]), stage.positions[1 - source]
    share, gate = rng.uniform(*stage.recipe.share), _gate(stage, len(target))
    goal = lagged(_directions(positions, theirs), lag * rate) @ matrix.T
    own = _directions(target, ours)
    mixed = own + (gate * share)[:, None, None] * (goal - own)
    mixed /= np.maximum(np.linalg.norm(mixed, axis=-1, keepdims=True), 1e-6)
    lengths = np.linalg.norm(np.diff(target[:, ours], axis=1), axis=-1, keepdims=True)
    points = np.concatenate([np.zeros((len(target), 1, 3)), np.cumsum(mixed * lengths, axis=1)], axis=1) + target[:, ours[:1]]
    told, kept = (w**2 * _power((d * lengths).sum(axis=1), rate) for w, d in ((share, goal), (1 - share, own)))
    limbs.place_limb(target, skeleton, ours, points)
    moving = np.linalg.norm(velocity(positions[:, theirs[-1]] - positions[:, theirs[0]], rate), axis=-1)
    pairs = tuple(zip(theirs[1:], ours[1:], strict=True))
    sources, targets = (frozenset(limbs.moved_with(skeleton, chain)) for chain in (theirs, ours))
    return [Event(source, pairs, sources, targets, lag, kind, family, gate, told, kept, moving)]


def _directions(positions: NDArray, chain: tuple[int, ...]) -> NDArray:
    bones = np.diff(positions[:, chain], axis=1)
    return bones / np.maximum(np.linalg.norm(bones, axis=-1, keepdims=True), 1e-9)


def _hold(stage: _Stage, kind: int, hidden: bool) -> list[Event]:
    """Joint j keeps its distance to joint i: the body travels along, the limb does the rest. Often a second limb holds on as well."""
    rng, rate = stage.rng, stage.rate
    source = int(rng.integers(2))
    other = 1 - source
    # Without a partner there is nothing to hold; and the whole body is taken along, so no other plant may have used the root.
    if hidden or stage.skeleton.order[0] in stage.taken[other]:
        return []
    drawn = _draw(stage, source, lambda joint: len(stage.chain(joint)) > 1)
    if drawn is None:
        return []
    i, j = drawn
    held, target = stage.positions[source], stage.positions[other]
    gate = _gate(stage, len(target), stage.recipe.grip)
    goal = _grip(stage, held[:, i])
    travel = moving_mean(goal - target[:, j], round(rng.uniform(1.0, 2.0) * rate))
    travel[:, 2] = 0.0
    target += (moving_mean(gate[:, None], round(1.0 * rate)) * travel)[:, None]
    limbs.bend(target, stage.skeleton, stage.chain(j), gate[:, None] * (goal - target[:, j]))
    rest = gate[:, None] * (goal - target[:, j])
    target += moving_mean(rest, 3)[:, None] * 0.9
    pairs = [(i, j)]
    while len(pairs) < 3 and rng.random() < stage.recipe.more_holds:
        also = _within_reach(stage, source, pairs, gate)
        if also is None:
            break
        goal = _grip(stage, held[:, also[0]])
        limbs.bend(target, stage.skeleton, stage.chain(also[1]), gate[:, None] * (goal - target[:, also[1]]))
        pairs.append(also)
    for joint, _ in pairs:
        stage.taken[source] |= set(stage.chain(joint)) | stage.moved(joint)
    stage.taken[other] |= set(range(len(stage.skeleton)))
    return [_held(stage, kind, source, i, j, gate) for i, j in pairs]


def _grip(stage: _Stage, held: NDArray) -> NDArray:
    """(T, 3) where a joint is that holds on to *held* (T, 3): near it as a rule, and not quite steady."""
    rng = stage.rng
    apart = rng.uniform(0.0, 0.2) if rng.random() < 0.65 else rng.uniform(0.2, 0.6)
    line = rng.standard_normal(3)
    wander = moving_mean(rng.standard_normal((len(held), 3)), round(0.5 * stage.rate))
    return held + apart * line / np.linalg.norm(line) + rng.uniform(0.0, 0.035) * wander / (wander.std() + 1e-9)


def _within_reach(stage: _Stage, source: int, pairs: list[tuple[int, int]], gate: NDArray) -> tuple[int, int] | None:
    """A further pair whose joints hang on other limbs and mostly lie within each other's reach while *gate* is open; None where chance finds none."""
    held, target = stage.positions[source], stage.positions[1 - source]
    used = [frozenset().union(*(stage.moved(pair[side]) for pair in pairs)) for side in (0, 1)]
    best, best_share = None, 0.6
    for _ in range(12):
        i, j = (int(x) for x in stage.rng.integers(len(stage.skeleton), size=2))
        chain = stage.chain(j)
        if i in used[0] or len(chain) < 2 or stage.moved(j) & used[1] or stage.moved(i) & stage.taken[source] - used[0]:
            continue
        reach = 0.95 * sum(stage.lengths[k] for k in chain[1:])
        near = np.linalg.norm(held[:, i] - target[:, chain[0]], axis=-1) < reach
        share = float((near * gate).sum() / max(gate.sum(), 1e-9))
        if share > best_share:
            best, best_share = (i, j), share
    return best


def _held(stage: _Stage, kind: int, source: int, i: int, j: int, gate: NDArray) -> Event:
    """The event of a hold. It is at work while the distance really is steady: out of reach, or pulled away, nothing is held."""
    held, target = stage.positions[source][:, i], stage.positions[1 - source][:, j]
    rate = stage.rate
    apart = np.linalg.norm(target - held, axis=-1)
    loose = np.abs(apart - moving_mean(apart[:, None], round(rate))[:, 0])
    steady = (loose < STEADY).astype(np.float64)
    moving = np.linalg.norm(velocity(held, rate), axis=-1).astype(np.float64)
    told, kept = _power(quick(held, rate), rate), _power(apart[:, None], rate)
    # That the rest of the body travels along is no connection: only what hangs on the two limbs is left out of the score.
    return Event(source, ((i, j),), stage.moved(i), stage.moved(j), 0.0, kind, "hold", gate * steady, told, kept, moving)


_PLANTS: dict[str, Callable[[_Stage, int, bool], list[Event]]] = {
    "lead": _lead, "hold": _hold, "unison": _at_once, "mirror": _at_once, "opposition": _at_once,
}  # fmt: skip
