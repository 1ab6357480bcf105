"""The skeletons known by name. A format with a fixed set of joints names its skeleton here; BVH and C3D bring their own."""

from __future__ import annotations

from .families import keypoints, markers, smpl
from .skeleton import Skeleton

KNOWN: dict[str, Skeleton] = {s.name: s for family in (smpl, keypoints, markers) for s in family.SKELETONS}


def by_name(name: str) -> Skeleton:
    """The known skeleton called *name*. Raises KeyError."""
    return KNOWN[name]


def with_joint_count(joints: int) -> tuple[Skeleton, ...]:
    """Every known skeleton with that many joints."""
    return tuple(s for s in KNOWN.values() if len(s) == joints)


def by_joint_count(joints: int) -> Skeleton | None:
    """The only known skeleton with that many joints, or None where there is none or more than one."""
    found = with_joint_count(joints)
    return found[0] if len(found) == 1 else None


def by_joint_names(names: tuple[str, ...]) -> Skeleton | None:
    """The known skeleton with exactly these joints, in whatever order; None where there is none."""
    return next((s for s in KNOWN.values() if len(s) == len(names) and set(s.joints) == set(names)), None)
