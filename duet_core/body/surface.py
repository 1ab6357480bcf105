"""The surface of a distance field as a mesh of quads: surface nets (Gibson 1998), then drawn onto the surface and evened out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .lens import Lens

Array = NDArray[np.float64]
Field = Callable[[Array], Array]

_BLOCK = 4


def surface(
    field: Field, low: Array, high: Array, cell: float, lens: Lens | None = None, rounds: int = 3
) -> tuple[Array, NDArray[np.int64]]:
    """Vertices (V, 3) and quads (F, 4), outward, of the zero level of *field* within the box *low*..*high*.

    Cells measure *cell* metres, less where a *lens* magnifies.
    """
    low, high = (low, high) if lens is None else lens.box(low, high)
    shape = (np.ceil((high - low) / cell / _BLOCK).astype(int) + 1) * _BLOCK + 1
    values = _sampled(field if lens is None else lambda seen: field(lens.real(seen)), low, cell, shape)
    vertices, quads = _nets(values)
    vertices = low + vertices * cell
    if lens is not None:
        vertices = lens.real(vertices)
    edges = edges_of(quads)
    for step in range(rounds):
        if step < rounds - 1:
            vertices = vertices + 0.5 * (neighbours_mean(vertices, edges) - vertices)
        vertices = _onto(field, vertices, cell)
    return vertices, quads


def edges_of(quads: NDArray[np.int64]) -> NDArray[np.int64]:
    """(E, 2) each edge of *quads* once."""
    pairs = np.concatenate([quads[:, [i, (i + 1) % 4]] for i in range(4)])
    pairs.sort(axis=1)
    keys = np.unique(pairs[:, 0] * (quads.max() + 1) + pairs[:, 1])
    return np.stack(np.divmod(keys, quads.max() + 1), axis=1)


def neighbours_mean(values: Array, edges: NDArray[np.int64]) -> Array:
    """For each vertex the mean of *values* (V, C) over its neighbours."""
    ends = np.concatenate([edges[:, 0], edges[:, 1]])
    others = np.concatenate([edges[:, 1], edges[:, 0]])
    count = np.bincount(ends, minlength=len(values))
    total = np.stack([np.bincount(ends, weights=column[others], minlength=len(values)) for column in values.T], axis=1)
    return np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], values)


def _sampled(field: Field, low: Array, cell: float, shape: NDArray) -> Array:
    """*field* at the grid's points: exact in the blocks that the surface may cross, a large value of the right sign elsewhere."""
    blocks = (shape - 1) // _BLOCK
    middle = (np.stack(np.meshgrid(*(np.arange(n) for n in blocks), indexing="ij"), axis=-1).reshape(-1, 3) + 0.5) * _BLOCK * cell + low
    coarse = field(middle)
    reach = _BLOCK * cell * 0.5 * np.sqrt(3.0) * 1.25
    values = np.repeat(np.repeat(np.repeat(coarse.reshape(blocks), _BLOCK, 0), _BLOCK, 1), _BLOCK, 2)
    values = np.pad(values, ((0, 1), (0, 1), (0, 1)), mode="edge")
    near = np.argwhere((np.abs(coarse) < reach).reshape(blocks))
    wanted = np.zeros(shape, dtype=bool)
    steps = np.stack(np.meshgrid(*(np.arange(_BLOCK + 1),) * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    where = (near[:, None] * _BLOCK + steps).reshape(-1, 3)
    wanted[tuple(where.T)] = True
    index = np.argwhere(wanted)
    values[wanted] = field(index * cell + low)
    return values


def _nets(values: Array) -> tuple[Array, NDArray[np.int64]]:
    """Surface nets of a grid: a vertex in each cell that the surface crosses, a quad round each grid edge that it crosses."""
    inside = values < 0
    corners = [(slice(i, values.shape[0] - 1 + i), slice(j, values.shape[1] - 1 + j), slice(k, values.shape[2] - 1 + k))
               for i in (0, 1) for j in (0, 1) for k in (0, 1)]  # fmt: skip
    filled = np.sum([inside[c] for c in corners], axis=0)
    active = (filled > 0) & (filled < 8)
    cells = np.argwhere(active)
    number = np.full(active.shape, -1, dtype=np.int64)
    number[active] = np.arange(len(cells))
    total, count = np.zeros((len(cells), 3)), np.zeros(len(cells))
    offsets = np.array([(i, j, k) for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    at = np.stack([values[tuple((cells + offset).T)] for offset in offsets])
    for a in range(8):
        for axis in range(3):
            b = a + (4, 2, 1)[axis]
            if offsets[a][axis]:
                continue
            crosses = (at[a] < 0) != (at[b] < 0)
            share = at[a][crosses] / (at[a][crosses] - at[b][crosses])
            place = np.tile(offsets[a].astype(np.float64), (int(crosses.sum()), 1))
            place[:, axis] += share
            total[crosses] += place
            count[crosses] += 1
    vertices: Array = cells.astype(np.float64) + total / count[:, None]
    quads = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        one = [slice(1, -1)] * 3
        one[axis] = slice(0, -1)
        two = list(one)
        two[axis] = slice(1, None)
        start, end = inside[tuple(one)], inside[tuple(two)]
        at_edge = np.argwhere(start != end)
        outward = start[tuple(at_edge.T)]
        at_edge[:, u] += 1
        at_edge[:, v] += 1
        ring = []
        for du, dv in ((-1, -1), (0, -1), (0, 0), (-1, 0)):
            cell = at_edge.copy()
            cell[:, u] += du
            cell[:, v] += dv
            ring.append(number[tuple(cell.T)])
        quad = np.stack(ring, axis=1)
        quad[~outward] = quad[~outward][:, ::-1]
        quads.append(quad)
    return vertices, np.concatenate(quads)


def _onto(field: Field, vertices: Array, cell: float) -> Array:
    """*vertices* moved along the field's slope to its zero level."""
    h = cell * 0.1
    corners = np.array([(1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)], dtype=np.float64)
    samples = field((vertices[None] + h * corners[:, None]).reshape(-1, 3)).reshape(4, -1)
    slope = np.einsum("kn,ki->ni", samples, corners) / (4 * h)
    steep = np.maximum((slope * slope).sum(axis=1), 0.1)
    step = np.clip(samples.mean(axis=0) / steep, -cell, cell)
    return vertices - slope * step[:, None]
