"""What cleaning did, as data: one part for each step, printable and JSON-able."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """A measure before and after a step."""

    before: float
    after: float
    unit: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"before": self.before, "after": self.after, "unit": self.unit}


@dataclass(frozen=True)
class Part:
    """What one step found and did.

    Attributes:
        step: the step's name, its module's.
        changed: whether any position was changed.
        summary: one sentence for the user; it is also the entry in ``clip.meta["steps"]`` where something changed.
        counts: how many of what.
        frames: runs of frames (first, end excluded) by what was found there.
        figures: measures before and after.
        notes: what a user should know besides: assumptions, what could not be judged.
    """

    step: str
    changed: bool
    summary: str
    counts: dict[str, int] = field(default_factory=dict)
    frames: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    figures: dict[str, Figure] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "changed": self.changed,
            "summary": self.summary,
            "counts": dict(self.counts),
            "frames": {name: [list(run) for run in found] for name, found in self.frames.items()},
            "figures": {name: figure.as_dict() for name, figure in self.figures.items()},
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class CleaningReport:
    """The parts of every step that ran, in order."""

    parts: tuple[Part, ...]

    def __getitem__(self, step: str) -> Part:
        for part in self.parts:
            if part.step == step:
                return part
        raise KeyError(step)

    def __contains__(self, step: str) -> bool:
        return any(part.step == step for part in self.parts)

    @property
    def sentences(self) -> list[str]:
        return [part.summary for part in self.parts]

    def as_dict(self) -> dict[str, Any]:
        return {"steps": [part.as_dict() for part in self.parts]}
