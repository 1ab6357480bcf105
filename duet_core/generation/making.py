"""What is to be made, said once for the command and for Blender (`Order`), and made (`make`): phrases alone, or bound by connections that are asked for."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..errors import InputError
from ..planted.limbs import bone_lengths
from ..posing import filled
from . import channels, meeting
from .contact import grounded
from .generator import Generator
from .guided import Bound, bind
from .partner import TRIED, one_dancer, partner
from .requests import Request

WAYS = ("sample", "reconstruct", "vary", "continue", "interpolate", "partner")
SAMPLED_SECONDS, ADDED_SECONDS = 10.0, 5.0
"""How long a phrase from nothing is, and how much a continuation adds, unless an order says otherwise."""
LED_OVER_SECONDS = 0.5
"""In which the take and what is made of a part of it give way to each other."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Order:
    """What is to be made of a take.

    Attributes:
        way: of `WAYS`.
        dancer: 0 or 1: with ``partner`` the dancer who stays (the first by default), with ``vary`` and ``interpolate`` the one who dances otherwise (both by
            default).
        base: what a partner's own motion is (`partner.BASES`).
        amount, temperature, seed, share: as `Generator` wants them.
        seconds: the length of ``sample``, and what ``continue`` adds.
        dancers: of ``sample``.
        within: seconds of the take, start and end: outside all stays as it was danced. With ``vary``, and with ``partner`` unless its base is new.
    """

    way: str
    dancer: int | None = None
    base: str = "new"
    amount: float = 0.5
    temperature: float = 1.0
    seed: int = 0
    share: float | None = None
    seconds: float | None = None
    dancers: int | None = None
    within: tuple[float, float] | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Order:
        """The order that `dataclasses.asdict` wrote, after JSON."""
        within = values.get("within")
        return cls(**{**values, "within": tuple(within) if within else None})

    @property
    def new_dancers(self) -> tuple[int, ...]:
        """The dancers whose motion is made; the others' is bent at most, by what is asked of them."""
        if self.dancer is None and self.way != "partner":
            return (0, 1)
        return ((1 - (self.dancer or 0)) if self.way == "partner" else int(self.dancer or 0),)


def make(
    generator: Generator,
    order: Order,
    clip: Clip | None = None,
    requests: Sequence[Request] = (),
    *,
    other: Clip | None = None,
    like: Clip | None = None,
    fps: float | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Bound:
    """What *order* asks for, with all *requests* held.

    Args:
        clip: the take to work on; none for ``sample``. What is unknown in it is bridged.
        other: the second phrase of ``interpolate``: as many dancers, or where one dances otherwise a solo, or a duet of which the same one counts, or none,
            which stands for the partner.
        like: whose bodies and skeleton ``sample`` has.
        fps: frames a second of ``sample``.
        progress: called with the share done, as far as that is known.

    Raises:
        InputError: what cannot be had.
        Cancelled: *cancelled* said so.
    """
    clip = _whole(clip) if clip else None
    asked = _Asked(cancelled, progress, _steps(generator, order, clip, bool(requests)))
    about: dict[str, Any] = {"seed": order.seed, "temperature": order.temperature}
    if order.way == "sample":
        many = order.dancers or (2 if requests else None)
        seconds = order.seconds or SAMPLED_SECONDS
        made = generator.sample(seconds, fps=fps, dancers=many, like=_whole(like) if like else None, cancelled=asked, **about)
        return _bound(made, requests)
    assert clip
    if order.within is not None and (order.way not in ("vary", "partner") or (order.way == "partner" and order.base == "new")):
        raise InputError("this is made as a whole", place="within", remedy="vary the take, or choose another base")
    if order.way == "partner":
        return _partner(generator, order, clip, requests, asked)
    if order.way == "reconstruct":
        made = generator.reconstruct(clip)
    elif order.way == "vary":
        made = generator.vary(clip, amount=order.amount, **about)
        if order.dancer is not None:
            made = _one_new(clip.require_duet(), made, order.dancer)
        if order.within is not None:
            made = kept_outside(clip, made, *order.within)
    elif order.way == "continue":
        made = generator.go_on(clip, order.seconds or ADDED_SECONDS, cancelled=asked, **about)
    else:
        made = _between(generator, order, clip, _whole(other) if other else None)
    return _bound(made, requests)


def _between(generator: Generator, order: Order, clip: Clip, other: Clip | None) -> Clip:
    if order.dancer is None:
        assert other
        return generator.between(clip, other, order.share)
    dancer = order.dancer
    clip.require_duet()
    second = other or one_dancer(clip, 1 - dancer)
    if second.dancers == 2:
        second = one_dancer(second, dancer)
    solo = generator.between(one_dancer(clip, dancer), second, order.share)
    positions = np.array(clip.positions[: solo.frames])
    positions[:, dancer] = solo.positions[: len(positions), 0]
    made = Clip(positions, clip.fps, clip.skeleton, meta={**solo.meta, "dancers": list(clip.names)})
    return _one_new(clip.sliced(0, made.frames), made, dancer)


def kept_outside(clip: Clip, made: Clip, start: float, end: float) -> Clip:
    """*clip* with what *made* (as long, of the same dancers) dances between the seconds *start* and *end*, begun and ended where the dancers of *clip* are.

    Bones keep their lengths. Where the way of *made* leads elsewhere, the difference is made up for little by little.
    """
    first, last = (int(np.clip(round(t * clip.fps), 0, clip.frames - 1)) for t in (start, end))
    if last - first < 2:
        raise InputError(
            f"{start:g} to {end:g} s of a take of {clip.duration:.1f} s",
            place="within",
            remedy="give seconds of which the first is the smaller",
        )
    fade = min(max(1, round(LED_OVER_SECONDS * clip.fps)), (last - first) // 2)
    positions = np.array(clip.positions, np.float64)
    for dancer in range(clip.dancers):
        if np.array_equal(clip.positions[:, dancer], made.positions[:, dancer]):
            continue
        old, new = (channels.written(x.positions[:, dancer].astype(np.float64), x.skeleton, x.fps) for x in (clip, made))
        part, base = _led(old, new, first, last), old[first : last + 1].copy()
        # A heading that has gone round once more is the same one: where the take takes over again it must have the same count.
        base[len(base) // 2 :, -1] += 2 * np.pi * np.round((part[-1, -1] - base[-1, -1]) / (2 * np.pi))
        at = np.arange(first, last + 1)
        # A beginning and an end of the take need no leading over: nothing lies before and after them.
        up = np.ones(len(at)) if first == 0 else np.clip((at - first) / fade, 0, 1)
        down = np.ones(len(at)) if last == clip.frames - 1 else np.clip((last - at) / fade, 0, 1)
        share = np.minimum(up, down)
        share = (share**3 * (10 - 15 * share + 6 * share**2))[:, None]
        mixed = np.array(old)
        mixed[first : last + 1] = (1 - share) * base + share * part
        danced = channels.danced(mixed, clip.skeleton, np.array(bone_lengths(positions[:, dancer], clip.skeleton)))
        standing, _ = grounded(danced, clip.skeleton, clip.fps, returns=0.0)
        inside = np.zeros(clip.frames)
        inside[first : last + 1] = share[:, 0]
        soft = np.clip(inside * 4, 0, 1)[:, None, None]
        positions[:, dancer] = (1 - soft) * positions[:, dancer] + soft * standing
    steps = [*made.meta.get("steps", []), f"from {start:g} to {end:g} s"]
    return dataclasses.replace(clip, positions=positions.astype(np.float32), meta={**made.meta, "steps": steps})


def _led(old: Array, new: Array, first: int, last: int) -> Array:
    """Frames *first* to *last* of *new* (T, C), which begin at the place and heading of *old* (T, C) and end there too."""
    part = np.array(new[first : last + 1])
    turn = old[first, -1] - part[0, -1]
    c, s = math.cos(turn), math.sin(turn)
    part[:, -4:-2] = (part[:, -4:-2] - part[0, -4:-2]) @ np.array([[c, -s], [s, c]]).T + old[first, -4:-2]
    part[:, -1] += turn
    along = np.linspace(0, 1, len(part))
    along = along * along * (3 - 2 * along)
    rest = old[last, -1] - part[-1, -1]
    part[:, -1] += along * (rest - 2 * np.pi * np.round(rest / (2 * np.pi)))
    part[:, -4:-2] += along[:, None] * (old[last, -4:-2] - part[-1, -4:-2])
    return part


def _partner(generator: Generator, order: Order, clip: Clip, requests: Sequence[Request], asked: _Asked) -> Bound:
    """A partner for either dancer: for the second one the duet is exchanged, and exchanged again."""
    about: dict[str, Any] = {"base": order.base, "amount": order.amount, "temperature": order.temperature, "seed": order.seed}
    exchanged = order.dancer == 1
    if exchanged:
        clip = _exchanged(clip.require_duet())
        requests = [dataclasses.replace(r, from_dancer=r.to_dancer, to_dancer=r.from_dancer) for r in requests]
    bound = partner(generator, clip, () if order.within else requests, cancelled=asked, **about)
    if order.within is not None:
        bound = bind(kept_outside(clip, bound.clip, *order.within), requests)
    if not exchanged:
        return bound
    duet = bound.duet
    if duet is not None:
        events = tuple(dataclasses.replace(event, source=1 - event.source) for event in duet.events)
        duet = dataclasses.replace(duet, positions=duet.positions[:, ::-1], events=events)
    return dataclasses.replace(bound, clip=_exchanged(bound.clip), duet=duet)


def _exchanged(clip: Clip) -> Clip:
    """*clip* with its dancers in the other order."""
    truth = [{**row, "from_dancer": 1 - row["from_dancer"], "to_dancer": 1 - row["to_dancer"]} for row in clip.meta.get("truth", [])]
    meta = {**clip.meta, "dancers": list(clip.names[::-1]), **({"truth": truth} if "truth" in clip.meta else {})}
    return dataclasses.replace(clip, positions=clip.positions[:, ::-1], confidence=clip.confidence[:, ::-1], meta=meta)


def _one_new(clip: Clip, made: Clip, dancer: int) -> Clip:
    """*made*, but the dancer who is not *dancer* as in *clip*; *dancer* gives way."""
    positions = np.array(made.positions)
    positions[:, 1 - dancer] = clip.positions[:, 1 - dancer]
    positions = meeting.apart(positions, made.skeleton, made.fps, moving=(dancer,)).astype(np.float32)
    return dataclasses.replace(made, positions=positions)


def _bound(made: Clip, requests: Sequence[Request]) -> Bound:
    if requests and made.dancers != 2:
        raise InputError("connections need two dancers", place="--connections", remedy="give a duet, or --do partner, or --dancers 2")
    return bind(made, requests) if made.dancers == 2 else Bound(made, None, (), 0.0)


def _whole(clip: Clip) -> Clip:
    """*clip* without gaps."""
    if np.isfinite(clip.positions).all():
        return clip
    positions, _ = filled(clip.positions, clip.skeleton)
    return clip.changed(positions=positions.astype(np.float32), confidence=np.maximum(clip.confidence, np.float32(1e-3)))


class _Asked:
    """Whether to stop, which the long ways ask at each window that they add: so one knows how far they are."""

    def __init__(self, cancelled: Callable[[], bool] | None, progress: Callable[[float], None] | None, steps: int) -> None:
        self._cancelled, self._progress, self._steps, self._done = cancelled, progress, max(steps, 1), 0

    def __call__(self) -> bool:
        if self._progress:
            self._progress(min(self._done / self._steps, 1.0))
        self._done += 1
        return bool(self._cancelled and self._cancelled())


def _steps(generator: Generator, order: Order, clip: Clip | None, bound: bool) -> int:
    """About how many windows are added one by one."""
    step = (generator.frames - generator.overlap) / generator.rate
    if order.way == "sample":
        return math.ceil((order.seconds or SAMPLED_SECONDS) / step) * (order.dancers or 1)
    if order.way == "continue":
        return math.ceil((order.seconds or ADDED_SECONDS) / step) * (clip.dancers if clip else 1)
    if order.way == "partner" and order.base == "new" and clip:
        return math.ceil(clip.duration / step) * (TRIED if bound else 1)
    return 1
