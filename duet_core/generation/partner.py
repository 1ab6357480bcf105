"""A partner for a dancer: a base motion that knows nothing of the other, set at a place, then bound by what is asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from ..clip import Clip
from ..errors import InputError
from . import meeting
from .generator import Generator
from .guided import Bound, bind, placed_for
from .requests import Request

BASES = ("new", "vary", "keep")
"""What a partner's own motion is: made up, the partner's varied, or the partner's as it is."""
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
    first = one_dancer(clip, 0)
    results = []
    for number in range(max(1, tried) if requests and base != "keep" else 1):
        own = np.random.SeedSequence((seed, number)).generate_state(1)[0]
        if base == "keep":
            duet = clip
        elif base == "vary":
            made = generator.vary(one_dancer(clip, 1), amount=amount, temperature=temperature, seed=int(own))
            duet = _giving_way(_together(first, made))
        else:
            like = one_dancer(clip, clip.dancers - 1)
            made = generator.sample(clip.duration, temperature=temperature, seed=int(own), like=like, dancers=1, cancelled=cancelled)
            duet = _facing(_together(first, made))
            placed = placed_for(duet, requests)
            duet = duet if placed is duet else _giving_way(placed)
        results.append(bind(duet, requests))
    return min(results, key=lambda bound: (len(bound.notes), bound.moved))


def one_dancer(clip: Clip, dancer: int) -> Clip:
    """The solo of *dancer* (0 or 1) of *clip*."""
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


def _facing(duet: Clip) -> Clip:
    """*duet* whose second dancer begins in front of the first, and attends to it."""
    first, second = duet.positions[:, 0], duet.positions[:, 1]
    placed = meeting.faced(first, second, duet.skeleton, duet.fps)
    both = meeting.attending(np.stack([first, placed], axis=1), duet.skeleton, duet.fps, moving=(1,))
    return dataclasses.replace(duet, positions=both.astype(np.float32))


def _giving_way(duet: Clip) -> Clip:
    """*duet* whose second dancer does not go through the first."""
    both = meeting.apart(duet.positions, duet.skeleton, duet.fps, moving=(1,))
    return dataclasses.replace(duet, positions=both.astype(np.float32))
