"""``benchmark.py import A.bvh B.bvh --out DIR``: what bringing two dancers into the scene costs, beside Blender's own BVH importer.

Writes ``import.json`` and ``import.md``. Rounds in which both take their turn from an empty file, so that a busy machine slows both alike; ours
reads, finds rotations, writes armatures with keys, bodies and the joints' mesh; Blender's reads and writes armatures with keys.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ...duet_core.commands.figures import publish
from ...duet_core.errors import InputError
from ...duet_core.files import make_folder
from ...duet_core.formats import read
from ...duet_core.launch import Parser
from ..scene.dancers import build_dancers
from ..scene.timing import FIRST_FRAME, set_scene_timing

LIMIT = 1 / 3
"""The most that our import may take, as a share of the time of Blender's."""

FRAMES = 120
"""Frame changes timed for each scene."""


def main(argv: Sequence[str]) -> int:
    parser = Parser(prog="benchmark import", description="Measure the import of a pair of BVH files beside Blender's own.")
    parser.add_argument("files", type=Path, nargs=2, metavar="BVH", help="a dancer's .bvh or .bvh.gz")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for import.json and import.md")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds, each importer once in each (default 5)")
    args = parser.parse_args(argv)
    make_folder(args.out)
    publish("import", args.out, measure(args.files, args.rounds), as_markdown)
    return 0


def measure(files: Sequence[Path], rounds: int = 5) -> dict[str, Any]:
    """Seconds of both importers in each round, the median of the rounds' ratios, and milliseconds of a frame change of our scenes."""
    if rounds < 1:
        raise InputError(f"{rounds} rounds", remedy="give --rounds of at least 1")
    clip = read(files)  # complains of unusable files before anything is timed
    ours: list[float] = []
    parts: list[dict[str, float]] = []
    blenders: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        plain = [_unzipped(file, Path(folder), index) for index, file in enumerate(files)]
        for _ in range(rounds):
            parts.append(_ours(plain))
            ours.append(sum(parts[-1].values()))
            blenders.append(_blenders(plain))
        zipped = _ours(list(files))
    changes = {"bodies": _frame_change(bodies=True), "no bodies": _frame_change(bodies=False)}
    ratio = statistics.median(mine / theirs for mine, theirs in zip(ours, blenders, strict=True))
    return {
        "blender": bpy.app.version_string,
        "files": [file.name for file in files],
        "frames": clip.frames,
        "joints": len(clip.skeleton),
        "rounds": rounds,
        "ours_seconds": statistics.median(ours),
        "ours_parts": {name: statistics.median(part[name] for part in parts) for name in parts[0]},
        "ours_as_given_seconds": sum(zipped.values()),
        "blender_seconds": statistics.median(blenders),
        "ratio": ratio,
        "limit": LIMIT,
        "passed": ratio <= LIMIT,
        "frame_change_ms": changes,
    }


def as_markdown(result: dict[str, Any]) -> str:
    parts = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in result["ours_parts"].items())
    changes = result["frame_change_ms"]
    lines = [
        f"Import of {result['files'][0]} and {result['files'][1]}: {result['frames']} frames, 2 × {result['joints']} joints, "
        f"Blender {result['blender']}, medians of {result['rounds']} rounds",
        "",
        "| importer | seconds |",
        "|---|---|",
        f"| Duet Connections ({parts}) | {result['ours_seconds']:.2f} |",
        f"| Blender's BVH importer | {result['blender_seconds']:.2f} |",
        "",
        f"Ratio {result['ratio']:.2f}, at most {result['limit']:.2f} allowed: {'passed' if result['passed'] else 'FAILED'}. "
        f"A frame change takes {changes['bodies']:.2f} ms with bodies, {changes['no bodies']:.2f} ms without.",
        "",
    ]
    return "\n".join(lines)


def _unzipped(file: Path, folder: Path, index: int) -> Path:
    target = folder / f"{index}.bvh"
    data = file.read_bytes()
    target.write_bytes(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
    return target


def _ours(files: Sequence[Path]) -> dict[str, float]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    start = time.perf_counter()
    clip = read(files)
    between = time.perf_counter()
    scene = bpy.context.scene
    collection = bpy.data.collections.new("Duet")
    scene.collection.children.link(collection)
    set_scene_timing(scene, clip)
    build_dancers(clip, "Duet", collection)
    return {"reading": between - start, "building": time.perf_counter() - between}


def _blenders(files: Sequence[Path]) -> float:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    with contextlib.redirect_stdout(io.StringIO()):
        start = time.perf_counter()
        for file in files:
            bpy.ops.import_anim.bvh(filepath=str(file))
        return time.perf_counter() - start


def _frame_change(*, bodies: bool) -> float:
    """Median milliseconds of a frame change of the scene that `_ours` left."""
    scene = bpy.context.scene
    for thing in bpy.data.objects:
        if thing.type == "MESH" and thing.name.endswith("body"):
            thing.hide_viewport = not bodies
    times = []
    for frame in range(FIRST_FRAME, min(FIRST_FRAME + FRAMES, scene.frame_end + 1)):
        start = time.perf_counter()
        scene.frame_set(frame)
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)
