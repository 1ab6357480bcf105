"""Real takes of the benchmarks, and what becomes of them when partners are exchanged between takes or shifted in time.

The folder of real takes ($DUET_REAL_DATA) is never part of the project; without it procedural dancers stand in.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ..cleaning import clean
from ..clip import Clip
from ..errors import InputError
from ..formats import read
from ..procedural.dancer import dance

VARIABLE = "DUET_REAL_DATA"
SALSA_FPS = 60.0
"""The headers say 120, the movement says 60."""
T_POSE_SECONDS = 0.5
"""The salsa takes begin with a T-pose of about 0.1 s; that and the way out of it is cut off."""
SHIFTS = (5.0, -5.0, 8.0, -8.0)
"""Seconds by which dancer 1 is late in shifted takes; negative is early. All beyond any phrase's answer."""
PROCEDURAL, PROCEDURAL_SECONDS, PROCEDURAL_APART = 3, 30.0, 1.5
"""Pairs of procedural dancers, how long they dance, and metres between their places."""
PROCEDURAL_SEED = 10_000
"""Training takes its procedural dancers from 0 on."""
SHORTEST_SECONDS = 8.0
"""A shifted or exchanged take shorter than this is not used: the baselines' null needs some length."""


def folder(given: Path | None) -> Path | None:
    """The folder of real takes: *given*, or the one that the environment names; None where there is none.

    Raises:
        InputError: it was named, but does not exist.
    """
    chosen = given or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
    if chosen is not None and not chosen.is_dir():
        raise InputError("there is no such folder of real takes", file=chosen, remedy=f"give --data DIR or set {VARIABLE}")
    return chosen


def salsa(data: Path, names: Sequence[str] | None = None) -> dict[str, Clip]:
    """The salsa takes in *data*, dancer 0 the one who leads by trade (subject 60), by the take's number; only *names* where given.

    Raises:
        InputError: there are none, or one of *names* is not there.
    """
    files = {f.name.split("_")[1]: f for f in sorted((data / "cmu_salsa").glob("60_*_scaled.bvh.gz"))}
    if not files:
        raise InputError("there are no salsa takes", file=data / "cmu_salsa", remedy="give a folder with cmu_salsa/6[01]_NN_scaled.bvh.gz")
    for name in names or ():
        if name not in files:
            raise InputError(
                f"there is no take {name!r}", file=data / "cmu_salsa", place="--takes", remedy=f"choose from {', '.join(files)}"
            )
    return {
        name: _begun(read([file, file.with_name(file.name.replace("60_", "61_", 1))], fps=SALSA_FPS))
        for name, file in files.items()
        if names is None or name in names
    }


def _begun(clip: Clip) -> Clip:
    return clip.sliced(round(T_POSE_SECONDS * clip.fps), clip.frames)


def sample_dance(data: Path) -> Clip | None:
    """The contemporary duet estimated from video, cleaned; None where it is not there."""
    file = data / "ai_choreo" / "sample_dance.npy"
    return clean(read(file))[0] if file.is_file() else None


def procedural(count: int = PROCEDURAL) -> dict[str, Clip]:
    """What stands in for real takes: *count* pairs of procedural dancers beside each other who know nothing of each other, of seeds kept for this."""
    result = {}
    for n in range(count):
        solos = [dance(PROCEDURAL_SEED + 2 * n + d, PROCEDURAL_SECONDS) for d in range(2)]
        positions = np.concatenate([solo.positions for solo in solos], axis=1)
        positions[:, 1, :, 0] += PROCEDURAL_APART
        meta = {"source": [f"procedural_{n + 1}"], "dancers": [solo.names[0] for solo in solos]}
        result[str(n + 1)] = Clip(positions, solos[0].fps, solos[0].skeleton, meta=meta)
    return result


def exchanged(first: Clip, second: Clip) -> Clip:
    """Dancer 0 of *first* with dancer 1 of *second*, cut to equal length, as if they had danced together."""
    frames = min(first.frames, second.frames)
    return _pair(first, second, slice(0, frames), slice(0, frames), f"dancer 1 from {', '.join(second.meta['source'])}")


def shifted(clip: Clip, seconds: float) -> Clip | None:
    """*clip* with dancer 1 late by *seconds* (early where negative), cut to where both dance; None where too little is left."""
    late = round(seconds * clip.fps)
    frames = clip.frames - abs(late)
    if frames < SHORTEST_SECONDS * clip.fps:
        return None
    mine, theirs = max(late, 0), max(-late, 0)
    return _pair(clip, clip, slice(mine, mine + frames), slice(theirs, theirs + frames), f"dancer 1 {seconds:+g} s")


def _pair(first: Clip, second: Clip, rows: slice, partner_rows: slice, step: str) -> Clip:
    positions = np.stack([first.positions[rows, 0], second.positions[partner_rows, 1]], axis=1)
    confidence = np.stack([first.confidence[rows, 0], second.confidence[partner_rows, 1]], axis=1)
    meta = {key: value for key, value in first.meta.items() if key != "truth"}
    return first.changed(positions=positions, confidence=confidence, meta=meta, step=step)


def strangers(takes: dict[str, Clip], most: int | None = None) -> list[tuple[str, str, Clip]]:
    """(take, what, clip) for dancer 0 of each take with dancer 1 of each other take of the same skeleton, in turns so that *most* of them still
    come from all takes."""
    names = list(takes)
    pairs = []
    for step in range(1, len(names)):
        for at, name in enumerate(names):
            other = names[(at + step) % len(names)]
            same = takes[name].skeleton == takes[other].skeleton and abs(takes[name].fps - takes[other].fps) < 1e-6
            if same and min(takes[name].duration, takes[other].duration) >= SHORTEST_SECONDS:
                pairs.append((name, other))
    return [(a, f"dancer 1 of {b}", exchanged(takes[a], takes[b])) for a, b in pairs[:most]]


def late(takes: dict[str, Clip], shifts: Sequence[float] = SHIFTS) -> list[tuple[str, str, Clip]]:
    """(take, what, clip) for each take with dancer 1 shifted by each of *shifts* that leaves enough of it."""
    found = [(name, f"{seconds:+g} s", shifted(clip, seconds)) for name, clip in takes.items() for seconds in shifts]
    return [(name, what, clip) for name, what, clip in found if clip is not None]
