"""All cleaning steps in the order in which each can trust the ones before it.

1. **axes**, **units**: the later steps reckon with metres and with z up.
2. **identity**: a swapped dancer would look like a jump of every joint.
3. **jumps**: so that no path is drawn or smoothed through an outlier.
4. **gaps**: what the steps before hid, and what was missing, as far as it is short.
5. **smoothing**: on filled tracks, so that few ends are left; before resampling, so that nothing folds back.
6. **resample**: only where asked for.
7. **bones**: last of the steps that move single joints, because each of those changes lengths.
8. **floor**: a rigid motion of the room, found from feet that are clean.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..clip import Clip
from ..errors import InputError
from . import axes, bones, floor, gaps, identity, jumps, resample, smoothing, units
from .gaps import LONGEST
from .identity import TOGETHER
from .report import CleaningReport, Part

Step = Callable[[Clip], tuple[Clip, Part]]


@dataclass(frozen=True)
class Settings:
    """Which steps run, and how. The defaults are meant for any take.

    Attributes:
        axes, units, identity, jumps, gaps, smoothing, bones, floor: whether the step runs.
        longest_gap: seconds that are filled at most.
        cutoff: Hz of the low-pass; None chooses by the take's own noise (`smoothing.choose_cutoff`).
        fps: another frame rate, or None for the clip's own.
        together: metres between like-named joints below which two skeletons are on one person.

    Raises:
        InputError: a number is out of range.
    """

    axes: bool = True
    units: bool = True
    identity: bool = True
    jumps: bool = True
    gaps: bool = True
    smoothing: bool = True
    bones: bool = True
    floor: bool = True
    longest_gap: float = LONGEST
    cutoff: float | None = None
    fps: float | None = None
    together: float = TOGETHER

    def __post_init__(self) -> None:
        for name, lowest, highest in (("longest_gap", 0.0, 60.0), ("cutoff", 0.1, 1000.0), ("fps", 0.1, 10_000.0), ("together", 0.0, 10.0)):
            value = getattr(self, name)
            if value is not None and not (math.isfinite(value) and lowest <= value <= highest):
                raise InputError(f"{name} is {value}", place="cleaning settings", remedy=f"give a number from {lowest:g} to {highest:g}")

    @classmethod
    def only(cls, *steps: str, **numbers: float | None) -> Settings:
        """Settings under which these steps run and no other."""
        every = ("axes", "units", "identity", "jumps", "gaps", "smoothing", "bones", "floor")
        return replace(cls(**{name: name in steps for name in every}), **numbers)  # type: ignore[arg-type]


def clean(
    clip: Clip, settings: Settings | None = None, *, progress: Callable[[float, str], None] | None = None
) -> tuple[Clip, CleaningReport]:
    """*clip* cleaned, and what was found and done. What changed is also recorded in ``clip.meta["steps"]``.

    Args:
        progress: called with the share done (0..1) and the name of the step that starts.
    """
    chosen = settings or Settings()
    steps = _steps(chosen, clip.fps)
    parts = []
    for at, (name, step) in enumerate(steps):
        if progress:
            progress(at / len(steps), name)
        clip, part = step(clip)
        parts.append(part)
    return clip, CleaningReport(tuple(parts))


def _steps(settings: Settings, fps: float) -> list[tuple[str, Step]]:
    cutoff = settings.cutoff
    lower = settings.fps is not None and settings.fps < fps

    def low_pass(clip: Clip) -> tuple[Clip, Part]:
        chosen = cutoff if cutoff is not None else smoothing.choose_cutoff(clip) if lower else None
        if lower and settings.fps is not None and chosen is not None:
            chosen = min(chosen, 0.4 * settings.fps)
        return smoothing.smooth(clip, cutoff=chosen)

    every: list[tuple[str, bool, Step]] = [
        ("axes", settings.axes, axes.right),
        ("units", settings.units, units.to_metres),
        ("identity", settings.identity, lambda clip: identity.repair(clip, together=settings.together)),
        ("jumps", settings.jumps, jumps.remove),
        ("gaps", settings.gaps, lambda clip: gaps.fill(clip, longest=settings.longest_gap)),
        ("smoothing", settings.smoothing, low_pass),
        ("resample", settings.fps is not None, lambda clip: resample.to_rate(clip, settings.fps or clip.fps)),
        ("bones", settings.bones, bones.steady),
        ("floor", settings.floor, floor.level),
    ]
    return [(name, step) for name, runs, step in every if runs]
