"""What one does with a generator: reconstruct a phrase, make one up, vary one, lead one over into another, go on with one. Clips in, clips out.

Everything works on latent numbers of windows, which are joined (`chain`), danced by a body of constant bone lengths (`channels`) and set down on the
floor (`contact`). The same seed gives the same phrase.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..clip import Clip
from ..errors import Cancelled, InputError
from ..model.config import CONFIG, kind_of
from ..procedural.curves import smoothed
from . import chain, channels, meeting, runtime
from .arms import beside_the_trunk
from .bodies import Body, body_of, given_to, onto
from .contact import RETURN_SECONDS, grounded
from .returning import led_back
from .runtime import Model

Array = NDArray[np.float64]

BUNDLED = Path(__file__).resolve().parents[2] / "models"
DEFAULT = "phrases"
"""The bundled generator."""
TRIED = 12
"""Windows among which the one is chosen that goes on with a phrase. Of many the best is too often a calm one."""
FITTING = 6
"""Rounds in which that one is drawn towards the end of the phrase."""
STEADY_SECONDS = 0.02
"""Standard deviation of the blur that takes away the tremor of a decoder that dances some frames at once; dance moves below 8 Hz."""
NEAR_SECONDS = 0.5
"""How soon the body of a phrase that is reconstructed is back where it was, feet set down or not."""
MOST_SECONDS = 600.0


@dataclass(frozen=True)
class _Read:
    """A clip as a generator sees it: channels (T, D, C) at its rate, placed in the room; each dancer's body and its own bone lengths as the model's joints."""

    channels: Array
    bodies: tuple[Body, ...]
    lengths: tuple[Array, ...]
    clip: Clip


@dataclass(frozen=True)
class _Known:
    """A motion in latent numbers: where its windows begin (W,), where in the room they are, and the numbers (W, Z) that stand for them."""

    begins: NDArray[np.int64]
    placing: channels.Placing
    latent: NDArray[np.float32]


class Generator:
    """A trained generator at work."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.network, self.density = model.network, model.density
        s = model.settings
        self.frames, self.rate, self.dancers = s.frames, s.rate, s.dancers
        self.overlap = s.frames // 3

    @classmethod
    def load(cls, name: str | PathLike[str] = DEFAULT) -> Generator:
        """The generator in a folder, or the bundled one called *name*. Raises InputError where there is none."""
        return cls(runtime.load(folder_of(str(name))))

    # -- operations -------------------------------------------------------------------------------------------------------------------

    def reconstruct(self, clip: Clip) -> Clip:
        """*clip* as the generator knows it: what is lost is what it cannot say."""
        return self._each(clip, lambda x, known, _: self._reconstructed(x, known), "reconstructed", NEAR_SECONDS, exact=True)

    def sample(
        self,
        seconds: float,
        *,
        temperature: float = 1.0,
        seed: int = 0,
        fps: float | None = None,
        dancers: int | None = None,
        like: Clip | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Clip:
        """A phrase of *seconds* that nobody danced.

        Args:
            temperature: how far from the usual, 1 as far as real phrases; 0 is the middle of one manner of moving.
            dancers: 2 from a generator of solos begin face to face, turn towards each other and give way, but do not answer each other's motion: `bind`
                makes them. As many as the generator's by default.
            like: whose bodies, skeleton and frame rate the phrase has; by default those that the generator knows best.
        """
        _check(seconds, temperature)
        many = dancers or (like.dancers if like else self.dancers)
        bodies, lengths = self._bodies(like, many)
        frames = max(self.frames, round(seconds * self.rate) + 1)
        parts = []
        for number in range(1 if self.dancers == 2 else many):
            rng = np.random.default_rng((seed, 11, number))
            first = self.network.decode(self.density.drawn(rng, 1, temperature))[0].astype(np.float64)
            parts.append(self._gone_on(_from_start(first), frames, rng, temperature, cancelled))
        motion = np.concatenate([x[: min(map(len, parts))] for x in parts], axis=1)
        wanted = fps or (like.fps if like else self.rate)
        made = self._clip(motion, bodies, lengths, wanted, f"made up (seed {seed})", like, max(1, round(seconds * wanted)), np.inf)
        return made if many == 1 else self._met(made)

    def vary(self, clip: Clip, *, amount: float = 0.5, seed: int = 0, temperature: float = 1.0) -> Clip:
        """*clip* danced otherwise: of what makes up each window the share *amount* (0..1) is drawn anew, along with what is usual around it."""
        if not 0 <= amount <= 1:
            raise InputError(f"an amount of {amount}", place="amount", remedy="give 0 (the same) to 1 (only the manner stays)")
        made = self._each(
            clip,
            lambda x, known, n: self._varied(x, known, amount, temperature, np.random.default_rng((seed, 12, n))),
            f"varied (seed {seed})",
        )
        return _apart(made)

    def go_on(
        self, clip: Clip, seconds: float, *, seed: int = 0, temperature: float = 1.0, cancelled: Callable[[], bool] | None = None
    ) -> Clip:
        """*clip* and, after its end, *seconds* more. What was danced stays as it is."""
        _check(seconds, temperature)
        read = self._read(clip)
        frames = len(read.channels) + round(seconds * self.rate) + 1
        groups = self._groups(read.channels)
        gone = [
            self._gone_on(x, frames, np.random.default_rng((seed, 13, n)), temperature, cancelled)[:frames] for n, x in enumerate(groups)
        ]
        motion = np.concatenate(gone, axis=1)
        made = self._clip(
            motion,
            read.bodies,
            read.lengths,
            clip.fps,
            f"went on for {seconds:g} s (seed {seed})",
            clip,
            clip.frames + round(seconds * clip.fps),
            np.inf,
        )
        after = np.clip((np.arange(made.frames) - clip.frames) / clip.fps, 0, 1)
        return _begun_by(clip, _apart(_met_at(clip, made), after), round(0.25 * clip.fps))

    def between(self, first: Clip, second: Clip, share: float | None = None) -> Clip:
        """A phrase between two: a mixture by *share* (0 the first, 1 the second) or, where none is given, one that begins as the first and ends as the
        second. As long as the shorter one, danced by the first one's bodies from where they stand."""
        if first.dancers != second.dancers:
            raise InputError(f"{first.dancers} and {second.dancers} dancers", remedy="give two solos or two duets")
        if share is not None and not 0 <= share <= 1:
            raise InputError(f"a share of {share}", place="share", remedy="give 0 (the first) to 1 (the second)")
        one, other = self._read(first), self._read(second)
        frames = min(len(one.channels), len(other.channels))
        known = self._known([*self._groups(one.channels[:frames]), *self._groups(other.channels[:frames])])
        parts = []
        for a, b in zip(known[: len(known) // 2], known[len(known) // 2 :], strict=True):
            many = len(a.begins)
            along = np.linspace(0, 1, many) if many > 1 else np.array([0.5])
            shares = (along if share is None else np.full(many, share))[:, None].astype(np.float32)
            parts.append(self._danced_on((1 - shares) * a.latent + shares * b.latent, a.begins, a.placing)[:frames])
        motion = np.concatenate(parts, axis=1)
        made = self._clip(
            motion, one.bodies, one.lengths, first.fps, "between two phrases", first, max(1, round(frames / self.rate * first.fps))
        )
        return _apart(made)

    # -- latent numbers ---------------------------------------------------------------------------------------------------------------

    def _known(self, groups: Sequence[Array], *, exact: bool = False) -> list[_Known]:
        """What the motions (T, D, C) in *groups* are in latent numbers; in all windows of all of them at once, which is quicker.

        *exact* ones are looked for by gradients: where a Blender's NumPy has no fast BLAS, as in Linux distributions, that takes minutes for a minute of dance,
        which only who wants the motion back would wait for.
        """
        cut = [self._windows(motion) for motion in groups]
        seen = np.concatenate([seen for _, seen, _ in cut])
        latent = self.model.nearest(seen) if exact else self.model.closer(seen)
        ends = np.cumsum([len(begins) for begins, *_ in cut])[:-1]
        return [_Known(begins, placing, own) for (begins, _, placing), own in zip(cut, np.split(latent, ends), strict=True)]

    def _met(self, made: Clip) -> Clip:
        """Two who were made up, brought together; those of a generator of duets, whose motion is one, are only kept from going through each other."""
        both = np.array(made.positions, np.float64)
        if self.dancers == 1:
            both[:, 1] = meeting.faced(both[:, 0], both[:, 1], made.skeleton, made.fps)
            both = meeting.attending(both, made.skeleton, made.fps)
            return dataclasses.replace(made, positions=both.astype(np.float32))
        return _apart(made)

    def _reconstructed(self, motion: Array, known: _Known) -> Array:
        danced = channels.placed(self.network.decode(known.latent), known.placing)
        return chain.blended(danced, known.begins)[: len(motion)]

    def _varied(self, motion: Array, known: _Known, amount: float, temperature: float, rng: np.random.Generator) -> Array:
        latent = known.latent
        part = np.square(latent[:, None] - self.density.middle).sum(axis=-1).argmin(axis=1)
        middle = self.density.middle[part]
        # One draw for the whole phrase, that changes slowly: neighbours vary alike.
        noise = rng.standard_normal(latent.shape).astype(np.float32)
        for n in range(1, len(noise)):
            noise[n] = 0.9 * noise[n - 1] + np.sqrt(1 - 0.81) * noise[n]
        kept = np.sqrt(1 - amount * amount)
        varied = middle + kept * (latent - middle) + amount * temperature * noise @ self.density.spread.T
        return led_back(self._danced_on(varied, known.begins, known.placing)[: len(motion)], motion, self.rate)

    def _danced_on(self, latent: NDArray, begins: NDArray[np.int64], placing: channels.Placing) -> Array:
        """Windows of *latent* numbers, each going on from where the one before it came to; the first one stands where *placing* says."""
        danced = self.network.decode(latent.astype(np.float32)).astype(np.float64)
        motion = channels.placed(danced[:1], channels.Placing(placing.origin[:1], placing.heading[:1]))[0]
        for window, begin in zip(danced[1:], begins[1:], strict=True):
            over = len(motion) - int(begin)
            motion = chain.joined(motion, chain.continued(motion, window, over), over)
        return motion

    def _gone_on(
        self, motion: Array, frames: int, rng: np.random.Generator, temperature: float, cancelled: Callable[[], bool] | None = None
    ) -> Array:
        """*motion* (T, D, C) with windows added until there are *frames*: each the best of some to go on from the end, then drawn towards it."""
        if len(motion) < 2:
            motion = np.repeat(motion, 2, axis=0)
        weight = self.network.weight.astype(np.float64)
        while len(motion) < frames:
            if cancelled and cancelled():
                raise Cancelled
            over = min(self.overlap, len(motion))
            latent = self.density.drawn(rng, TRIED, temperature)
            fits = chain.misfit(motion, self.network.decode(latent).astype(np.float64), over, weight)
            best = int(fits.argmin())
            window = self.network.decode(latent[best : best + 1])[0].astype(np.float64)
            for _ in range(FITTING):
                asked = chain.continued(motion, window, over)
                asked[:over] = motion[-over:]
                asked = chain.led_over(asked[:over], chain.continued(motion, window, over), over, over)
                seen, placing = channels.seen_from_middle(asked[None])
                window = channels.placed(self.network.decode(self.model.closer(seen)), placing)[0]
            motion = chain.led_over(motion, chain.continued(motion, window, over), over, over // 2)
        return motion

    # -- clips ------------------------------------------------------------------------------------------------------------------------

    def _each(
        self, clip: Clip, made: Callable[[Array, _Known, int], Array], what: str, returns: float = RETURN_SECONDS, *, exact: bool = False
    ) -> Clip:
        read = self._read(clip)
        groups = self._groups(read.channels)
        motion = np.concatenate(
            [made(x, known, n) for n, (x, known) in enumerate(zip(groups, self._known(groups, exact=exact), strict=True))], axis=1
        )
        return self._clip(motion, read.bodies, read.lengths, clip.fps, what, clip, clip.frames, returns)

    def _read(self, clip: Clip) -> _Read:
        if self.dancers == 2:
            clip.require_duet()
        bodies = tuple(body_of(clip.positions[:, d], clip.skeleton, clip.fps) for d in range(clip.dancers))
        places = [onto(clip.positions[:, d], clip.skeleton, clip.fps, self.model.body) for d in range(clip.dancers)]
        written = [channels.written(x, self.model.skeleton, clip.fps) for x in places]
        lengths = tuple(channels.lengths_of(x, self.model.skeleton) for x in places)
        step = clip.fps / self.rate
        frames = max(2, int((clip.frames - 1) / step + 1e-6) + 1)
        motion = np.stack([channels.resampled(x, frames, 0.0, step) for x in written], axis=1)
        return _Read(motion, bodies, lengths, clip)

    def _windows(self, motion: Array) -> tuple[NDArray[np.int64], Array, channels.Placing]:
        """Where the windows of *motion* (T, D, C) begin, the windows seen from their middles, and where those are. What is too short stands still at its end."""
        if len(motion) < self.frames:
            motion = np.concatenate([motion, np.repeat(motion[-1:], self.frames - len(motion), axis=0)])
        begins = chain.starts(len(motion), self.frames, self.overlap)
        seen, placing = channels.windows_of(motion, self.frames, begins)
        return begins, seen, placing

    def _groups(self, motion: Array) -> list[Array]:
        """What is generated together: both dancers, or each alone."""
        return [motion] if self.dancers == 2 else [motion[:, d : d + 1] for d in range(motion.shape[1])]

    def _bodies(self, like: Clip | None, many: int) -> tuple[tuple[Body, ...], tuple[Array, ...]]:
        if like is None:
            return (self.model.body,) * many, (self.model.body.lengths,) * many
        read = self._read(like)
        return tuple(read.bodies[d % like.dancers] for d in range(many)), tuple(read.lengths[d % like.dancers] for d in range(many))

    def _clip(
        self,
        motion: Array,
        bodies: Sequence[Body],
        lengths: Sequence[Array],
        fps: float,
        step: str,
        like: Clip | None,
        frames: int,
        returns: float = RETURN_SECONDS,
    ) -> Clip:
        """The clip of *motion* (T, D, C), *frames* of it at *fps*, danced by *bodies*, feet on the floor (*returns* as in `grounded`)."""
        rate = self.rate / fps
        motion = smoothed(motion, STEADY_SECONDS * self.rate)
        dancers = []
        for d, body in enumerate(bodies):
            steady = channels.led_over_flips(motion[:, d], self.rate)
            x = channels.danced(channels.resampled(steady, frames, 0.0, rate), self.model.skeleton, lengths[d])
            x, _ = grounded(x, self.model.skeleton, fps, returns=returns)
            if body.skeleton.joints != self.model.skeleton.joints:
                x, _ = grounded(given_to(x, self.model.skeleton, fps, body), body.skeleton, fps, returns=returns)
            dancers.append(beside_the_trunk(x, body.skeleton, fps))
        meta = (
            {"source": ["generated"], "steps": [step]} if like is None else {**_plain(like), "steps": [*like.meta.get("steps", []), step]}
        )
        return Clip(np.stack(dancers, axis=1).astype(np.float32), fps, bodies[0].skeleton, meta=meta)


def bundled() -> list[str]:
    """The names of the bundled generators."""
    return sorted(file.parent.name for file in BUNDLED.glob(f"*/{CONFIG}") if is_generator(file.parent))


def is_generator(folder: Path) -> bool:
    """Whether there is a generator in *folder*; not whether it is sound."""
    try:
        return kind_of(folder) == runtime.KIND
    except (OSError, ValueError):  # no path at all, such as one that is too long
        return False


def folder_of(name: str) -> Path:
    """The folder of the generator *name*: a folder's path, or a bundled one's name. Raises InputError, which lists what there is."""
    for folder in (Path(name), BUNDLED / name):
        if is_generator(folder):
            return folder
    raise InputError(
        f"no generator is called {name!r}",
        place="--model",
        remedy=f"give {', '.join(bundled()) or 'a folder'}, or train one (presets/phrases.toml)",
    )


def _check(seconds: float, temperature: float) -> None:
    if not 0 < seconds <= MOST_SECONDS:
        raise InputError(f"{seconds:g} s", place="seconds", remedy=f"give more than 0 and at most {MOST_SECONDS:g} s")
    if not 0 <= temperature <= 5:
        raise InputError(f"a temperature of {temperature:g}", place="temperature", remedy="give 0 to 5; 1 is as usual")


def _from_start(motion: Array) -> Array:
    """*motion* (T, D, C) turned and moved so that its first dancer begins at the middle of the floor, facing −y."""
    result = np.array(motion)
    angle = -np.pi / 2 - motion[0, 0, -1]
    c, s = np.cos(angle), np.sin(angle)
    result[..., -4:-2] = (motion[..., -4:-2] - motion[0, 0, -4:-2]) @ np.array([[c, -s], [s, c]]).T
    result[..., -1] += angle
    return result


def _apart(made: Clip, share: Array | None = None) -> Clip:
    """*made* with two dancers who do not go through each other, where *share* (T,) has them give way; a solo as it is."""
    if made.dancers != 2:
        return made
    both = meeting.apart(made.positions, made.skeleton, made.fps, share=share)
    return dataclasses.replace(made, positions=both.astype(np.float32))


def _met_at(clip: Clip, made: Clip) -> Clip:
    """*made* moved over the floor so that each dancer is where the one of *clip* is in the last frame of it."""
    root, last = clip.skeleton.order[0], min(clip.frames, made.frames) - 1
    gap = clip.positions[last, :, root, :2] - made.positions[last, :, root, :2]
    positions = np.array(made.positions)
    positions[..., :2] += np.where(np.isfinite(gap), gap, 0.0)[None, :, None]
    return dataclasses.replace(made, positions=positions)


def _begun_by(clip: Clip, made: Clip, fade: int) -> Clip:
    """*made* with the frames of *clip* in place of its own up to *fade* frames before they end, led over in the last *fade* of them."""
    keep = min(clip.frames, made.frames)
    fade = max(1, min(fade, keep))
    share = np.ones(made.frames)
    share[: keep - fade] = 0.0
    share[keep - fade : keep] = (np.arange(fade) + 1) / (fade + 1)
    share = (share * share * (3 - 2 * share))[:, None, None, None]
    own = np.array(made.positions, np.float64)
    old = np.array(own)
    old[:keep] = np.where(np.isfinite(clip.positions[:keep]), clip.positions[:keep], own[:keep])
    mixed = (1 - share) * old + share * own
    for d in range(made.dancers):  # between two motions bones are shorter
        some = mixed[keep - fade : keep, d]
        mixed[keep - fade : keep, d] = channels.danced(
            channels.written(some, made.skeleton, made.fps), made.skeleton, channels.lengths_of(own[:, d], made.skeleton)
        )
    return dataclasses.replace(made, positions=mixed.astype(np.float32))


def _plain(clip: Clip) -> dict[str, object]:
    """The clip's meta without what is true of its own motion alone."""
    return {key: value for key, value in clip.meta.items() if key != "truth"}
