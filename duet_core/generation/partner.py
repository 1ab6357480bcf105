"""A partner for a dancer: a base motion that knows nothing of the other, set at a place, then bound by what is asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from ..clip import Clip
from ..errors import InputError
from .channels import heading_of
from .generator import Generator
from .guided import Bound, bind, placed_for
from .requests import Request

BASES = ("new", "vary", "keep")
"""What a partner's own motion is: made up, the partner's varied, or the partner's as it is."""
APART = 1.4
"""Metres between a dancer and a partner who is made up: in front of where the dancer begins, turned to face."""
FURTHEST, CLEAR = 3.6, 0.75
"""Metres to which the partner steps back, or aside, so that the two never come nearer than this, root to root."""
TRIED = 3
"""Base motions among which that is taken which has to be bent least."""


def partner(
    generator: Generator,
    clip: Clip,
    requests: Sequence[Request] = (),
    *,
    base: str = "new",
    amount: float = 0.5,
    temperature: float = 1.0,
    seed: int = 0,
    tried: int = TRIED,
    cancelled: Callable[[], bool] | None = None,
) -> Bound:
    """The first dancer of *clip*, as danced, and a partner bound to it by *requests* (to the partner, or back).

    Args:
        clip: one dancer, or two: the second gives the partner's body, and with *base* vary or keep the motion that is begun with.
        amount: how far ``vary`` goes, 0..1.
        tried: base motions to choose from (for ``new`` and ``vary``, where anything is asked).
    """
    if base not in BASES:
        raise InputError(f"{base!r}", place="base", remedy=f"choose one of {', '.join(BASES)}")
    if base != "new":
        clip.require_duet()
    first = _one(clip, 0)
    results = []
    for number in range(max(1, tried) if requests and base != "keep" else 1):
        own = np.random.SeedSequence((seed, number)).generate_state(1)[0]
        if base == "keep":
            duet = clip
        elif base == "vary":
            made = generator.vary(_one(clip, 1), amount=amount, temperature=temperature, seed=int(own))
            duet = _together(first, made)
        else:
            like = _one(clip, clip.dancers - 1)
            made = generator.sample(clip.duration, temperature=temperature, seed=int(own), like=like, dancers=1, cancelled=cancelled)
            duet = placed_for(_together(first, _facing(first, made)), requests)
        results.append(bind(duet, requests))
    return min(results, key=lambda bound: (len(bound.notes), bound.moved))


def _one(clip: Clip, dancer: int) -> Clip:
    meta = {**{key: value for key, value in clip.meta.items() if key != "truth"}, "dancers": [clip.names[dancer]]}
    return dataclasses.replace(
        clip, positions=clip.positions[:, dancer : dancer + 1], confidence=clip.confidence[:, dancer : dancer + 1], meta=meta
    )


def _together(first: Clip, second: Clip) -> Clip:
    frames = min(first.frames, second.frames)
    positions = np.concatenate([first.positions[:frames], second.positions[:frames]], axis=1)
    names = [first.names[0], second.names[0] if second.names[0] != first.names[0] else f"{second.names[0]} (new)"]
    steps = [*first.meta.get("steps", []), *(f"partner {step}" for step in second.meta.get("steps", [])[-1:])]
    return Clip(positions, first.fps, first.skeleton, meta={**first.meta, "dancers": names, "steps": steps})


def _facing(first: Clip, made: Clip) -> Clip:
    """*made* turned and moved as a whole so that it begins near *first*, face to face, and their ways do not cross: in front of it where that can be had."""
    root = first.skeleton.order[0]
    frames = min(first.frames, made.frames)
    a, b = first.positions[:frames, 0].astype(np.float64), made.positions[:, 0].astype(np.float64)
    heading = float(heading_of(a, first.skeleton, first.fps)[0])
    own = float(heading_of(b, made.skeleton, made.fps)[0])
    start = b - b[0, root] * np.array([1.0, 1.0, 0.0])
    best, least = start, np.inf
    for aside in np.radians([0, 30, -30, 60, -60, 100, -100]):
        c, s = np.cos(heading + aside + np.pi - own), np.sin(heading + aside + np.pi - own)
        turned = start @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]).T
        for apart in np.arange(APART, FURTHEST, 0.3):
            moved = turned.copy()
            moved[..., :2] += a[0, root, :2] + apart * np.array([np.cos(heading + aside), np.sin(heading + aside)])
            between = np.linalg.norm(moved[:frames, root, :2] - a[:, root, :2], axis=-1)
            cost = between.mean() + 0.3 * abs(aside) + 20 * np.maximum(CLEAR - between, 0).max()
            if cost < least:
                best, least = moved, cost
    return dataclasses.replace(made, positions=best[:, None].astype(np.float32))
