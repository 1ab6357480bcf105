"""A try: a duet that is made as ordered, and looked at at once by inference, so that one sees which asked connections it has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ..clip import Clip
from ..connections import Connections
from ..errors import InputError
from ..files import digest
from ..generation.generator import DEFAULT, Generator, folder_of
from ..generation.making import Order, make
from ..generation.requests import Request, checked
from ..inference import models
from ..inference.update import Kept
from ..model.config import WEIGHTS
from ..moments import joint_words
from ..planted import limbs
from ..saying import listed
from .asked import Answer, answers

MAKING_SHARE = 0.6
"""Of the progress."""

LEAST_OVERLAP = 0.5
"""Seconds for which two requests must want the same limb to be in each other's way."""

NEW = " (new)"
"""Behind the name of a dancer who was made, or dances otherwise."""


@dataclass(frozen=True)
class Try:
    """What was made.

    Attributes:
        clip: two dancers; new ones are called so.
        found: its connections; None where none could be looked for, as in a phrase that is too short.
        asked: what was asked for, with joints as the skeleton calls them, and answers: what was found of each (none without *found*).
        notes: sentences for the user: what could not be had as asked.
    """

    clip: Clip
    found: Connections | None
    asked: tuple[Request, ...]
    answers: tuple[Answer, ...]
    notes: tuple[str, ...]


def attempt(
    order: Order,
    clip: Clip | None = None,
    requests: Sequence[Request] = (),
    *,
    other: Clip | None = None,
    model: str = DEFAULT,
    method: str = models.DEFAULT,
    fps: float | None = None,
    kept: Kept | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Try:
    """A duet by the generator *model* as *order* says, with *requests*, and what *method* finds in it.

    Args:
        clip: the duet to work on; of a phrase from nothing the bodies, skeleton and rate. Without one *fps* is the rate.
        other: the second phrase of ``interpolate``, as `make` wants it.

    Raises:
        InputError, Cancelled: as `make` and `models.infer`.
    """
    told = progress or (lambda share: None)
    generator = loaded(model)
    fresh = order.way == "sample"
    bound = make(
        generator,
        replace(order, dancers=2) if fresh else order,
        None if fresh else clip,
        requests,
        other=other,
        like=clip if fresh else None,
        fps=fps,
        progress=lambda share: told(MAKING_SHARE * share),
        cancelled=cancelled,
    )
    told(MAKING_SHARE)
    made = _named(bound.clip, order)
    asked = tuple(checked(one, made.skeleton) for one in requests)
    bent = sorted({one.to_dancer for one in asked}.difference(order.new_dancers))
    changed = [f"{made.names[dancer]} is asked to answer, and so does not dance quite as before" for dancer in bent]
    notes = (*bound.notes, *changed, *crowded(made, asked))
    try:
        found = models.infer(
            made, method, kept=kept, progress=lambda share: told(MAKING_SHARE + (1 - MAKING_SHARE) * share), cancelled=cancelled
        )
    except InputError as error:
        return Try(made, None, asked, (), (*notes, f"connections were not looked for: {error.problem}"))
    return Try(made, found, asked, tuple(answers(asked, found)), notes)


def crowded(clip: Clip, requests: Sequence[Request]) -> list[str]:
    """Sentences on *requests* that want the same limb of *clip*'s dancers at the same time: it cannot answer two."""
    bent = [_bent(clip, one) for one in requests]
    said = []
    for n, one in enumerate(requests):
        for m in range(n):
            other = requests[m]
            both = min(one.end, other.end) - max(one.start, other.start)
            if one.to_dancer == other.to_dancer and bent[n] & bent[m] and both > LEAST_OVERLAP:
                joints = listed(list(dict.fromkeys(joint_words(name) for name in (other.to_joint, one.to_joint))))
                who = clip.names[one.to_dancer]
                said.append(f"{joints} of {who}: asked for twice at the same time, and one limb cannot answer both")
    return list(dict.fromkeys(said))


def _bent(clip: Clip, request: Request) -> set[int]:
    """The joints that move for *request*: those of the limb that brings the answering joint to its place."""
    lengths = limbs.bone_lengths(clip.positions[:, request.to_dancer], clip.skeleton)
    chain = limbs.limb(clip.skeleton, clip.skeleton.joints.index(request.to_joint), lengths)
    return set(chain[1:] or chain)


def loaded(model: str) -> Generator:
    """The generator *model*, read once as long as its weights stay the same. Raises InputError where there is none."""
    return _loaded(model, digest(folder_of(model) / WEIGHTS))


@lru_cache(maxsize=2)
def _loaded(model: str, _: str) -> Generator:
    return Generator.load(model)


def _named(clip: Clip, order: Order) -> Clip:
    """*clip* whose new dancers are called new."""
    names = [name.removesuffix(NEW) + (NEW if dancer in order.new_dancers else "") for dancer, name in enumerate(clip.names)]
    return clip.changed(meta={**clip.meta, "dancers": names})
