"""Quaternions and vectors for many frames at once, components first: (4, …) as w, x, y, z and (3, …).

Components come first because every operation then runs over long contiguous rows; 3×3 matrices for each joint and frame cost several times more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def dot(a: Array, b: Array) -> Array:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Array, b: Array) -> Array:
    return np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def length(a: Array) -> Array:
    return np.sqrt(dot(a, a))


def across(v: Array, u: Array) -> Array:
    """The part of *v* perpendicular to the unit vector *u*."""
    return v - u * dot(u, v)


def multiply(a: Array, b: Array) -> Array:
    """The rotation *b*, then *a*."""
    aw, ax, ay, az = a
    bw, bx, by, bz = b
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ]
    )


def conjugate(q: Array) -> Array:
    return np.stack([q[0], -q[1], -q[2], -q[3]])


def rotate(q: Array, v: Array) -> Array:
    """*v* turned by *q*."""
    t = 2.0 * cross(q[1:], v)
    return v + q[0] * t + cross(q[1:], t)


def rotate_back(q: Array, v: Array) -> Array:
    """*v* turned by the inverse of *q*."""
    t = 2.0 * cross(v, q[1:])
    return v + q[0] * t + cross(t, q[1:])


def between(a: Array, b: Array) -> Array:
    """The shortest rotation that takes the unit vectors *a* to *b*; half a turn about any perpendicular axis where they are opposite."""
    w = 1.0 + dot(a, b)
    axis = cross(a, b)
    opposite = w < 1e-9
    if opposite.any():
        helper = np.zeros(axis.shape)
        helper[0] = np.abs(a[0]) < 0.8
        helper[1] = 1.0 - helper[0]
        axis = np.where(opposite, cross(np.broadcast_to(a, axis.shape), helper), axis)
        w = np.where(opposite, 0.0, w)
    q = np.stack([w, axis[0], axis[1], axis[2]])
    return q / np.sqrt((q * q).sum(axis=0))


def about(axis: Array, angle: Array) -> Array:
    """The rotation by *angle* radians about the unit vectors *axis*."""
    s = np.sin(angle / 2.0)
    return np.stack([np.cos(angle / 2.0), axis[0] * s, axis[1] * s, axis[2] * s])


def twist(q: Array, axis: Array) -> Array:
    """How far *q* turns about the unit vector *axis*, in (−π, π]."""
    angle = 2.0 * np.arctan2(dot(q[1:], axis), q[0])
    return np.where(angle > np.pi, angle - 2 * np.pi, np.where(angle <= -np.pi, angle + 2 * np.pi, angle))


def continuous(q: Array) -> Array:
    """*q* (4, …, T) with signs chosen so that neighbouring frames lie close: the first w ≥ 0, no flips after it."""
    same = (q[..., 1:] * q[..., :-1]).sum(axis=0)
    signs = np.empty(q.shape[1:])
    signs[..., 0] = np.where(q[0, ..., 0] < 0, -1.0, 1.0)
    signs[..., 1:] = np.where(same < 0, -1.0, 1.0)
    return q * np.cumprod(signs, axis=-1)


def from_matrix(matrix: Array) -> Array:
    """(…, 3, 3) rotation matrices as quaternions (4, …)."""
    m = np.moveaxis(np.asarray(matrix, dtype=np.float64), (-2, -1), (0, 1))
    four = np.stack(
        [1 + m[0, 0] + m[1, 1] + m[2, 2], 1 + m[0, 0] - m[1, 1] - m[2, 2], 1 - m[0, 0] + m[1, 1] - m[2, 2], 1 - m[0, 0] - m[1, 1] + m[2, 2]]
    )
    best = four.argmax(axis=0)
    a, b, c = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]
    d, e, f = m[0, 1] + m[1, 0], m[0, 2] + m[2, 0], m[1, 2] + m[2, 1]
    candidates = np.stack(
        [np.stack([four[0], a, b, c]), np.stack([a, four[1], d, e]), np.stack([b, d, four[2], f]), np.stack([c, e, f, four[3]])]
    )
    q = np.take_along_axis(candidates, best[None, None], axis=0)[0]
    return q / np.sqrt((q * q).sum(axis=0))


def to_matrix(q: Array) -> Array:
    """Quaternions (4, …) as rotation matrices (…, 3, 3)."""
    w, x, y, z = q
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def carried(u: Array) -> Array:
    """(4, …, T) the rotations that carry the unit vectors *u* (3, …, T) from the first frame to each, never turning about them on the way."""
    steps = np.zeros((4, *u.shape[1:]))
    steps[0] = 1.0
    steps[..., 1:] = between(u[..., :-1], u[..., 1:])
    span = 1
    while span < u.shape[-1]:  # running products in log2(T) rounds
        steps[..., span:] = multiply(steps[..., span:], steps[..., :-span])
        span *= 2
    return steps / np.sqrt((steps * steps).sum(axis=0))
