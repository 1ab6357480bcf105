"""``benchmark.py draw --out DIR``: what drawing connections costs at each frame, against the same scene without them.

Writes ``draw.json`` and ``draw.md``. All times are of one run: rounds in which every case takes its turn, so that a busy machine slows all alike.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import bpy
import numpy as np

from ...duet_core.clip import Clip
from ...duet_core.commands.figures import publish
from ...duet_core.connections import Connections
from ...duet_core.files import make_folder
from ...duet_core.launch import Parser
from ...duet_core.procedural.duet import sample
from ..scene.dancers import build_dancers
from ..scene.duet import build_duet
from ..scene.threads import build_threads, get_input, remove_threads, set_input
from ..scene.timing import FIRST_FRAME, set_scene_timing

DRAWN = (12, 40, 400, 1682)
LIMITS = {400: 2.5, 1682: 6.0}
"""The most that a frame change may take with so many connections drawn, as a multiple of the scene's without them."""

FILTERED = "400 filtered"
"""The case in which all filters are at work: 400 drawn of the 1,682 that are above the threshold."""

MOST_FILTERED = 2.0
"""Milliseconds that a frame change may take longer then than without connections."""

FILTERS = {
    "Top K": 400,
    "B to A": False,
    "No Kind": False,
    "Faint": False,
    "From Head": False,
    "To Left Hand": False,
    "Only Chosen": True,
    "Colour By": "Tension",
    "Arrow": 0.5,
}


def main(argv: Sequence[str]) -> int:
    parser = Parser(prog="benchmark draw", description="Measure what drawing connections costs at each frame.")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for draw.json and draw.md")
    parser.add_argument("--rounds", type=int, default=9, metavar="N", help="rounds, each case once in each (default 9)")
    parser.add_argument("--frames", type=int, default=40, metavar="N", help="frame changes of a case in a round (default 40)")
    args = parser.parse_args(argv)
    make_folder(args.out)
    publish("draw", args.out, measure(args.rounds, args.frames), as_markdown)
    return 0


def measure(rounds: int = 9, frames: int = 40) -> dict[str, Any]:
    """Median milliseconds of a frame change for each scene and number of connections, their ratios, and what the table weighs."""
    clip = sample()
    scenes: dict[str, Callable[[], tuple[str, tuple[str, ...]]]] = {
        "dancers": lambda: _dancers(clip),
        "armatures only": lambda: _dancers(clip, bodies=False),
        "whole duet": lambda: _duet(clip),
    }
    result: dict[str, Any] = {
        "blender": bpy.app.version_string,
        "clip_frames": clip.frames,
        "rounds": rounds,
        "frames": frames,
        "scenes": {name: _measure_scene(clip, build, rounds, frames) for name, build in scenes.items()},
        "table": _weigh(clip),
    }
    result["limits"] = {str(drawn): most for drawn, most in LIMITS.items()}
    result["holds"] = {
        name: all(scene["ratio"][drawn] <= most for drawn, most in result["limits"].items())
        and scene["milliseconds_over"][FILTERED] <= MOST_FILTERED
        for name, scene in result["scenes"].items()
    }
    return result


def planted(clip: Clip, drawn: int, stride: int = 5, window: int = 60, seed: int = 0) -> Connections:
    """Connections of which exactly *drawn*, chosen by *seed*, exceed every threshold below 0.55 at every moment, and all others never are above 0."""
    joints = len(clip.skeleton)
    edges = 2 * joints * joints
    start = np.arange(0, max(clip.frames - window, 0) + 1, stride)
    random = np.random.default_rng(seed)
    confidence = np.zeros((len(start), edges), np.float32)
    chosen = random.permutation(edges)[:drawn]
    confidence[:, chosen] = random.uniform(0.55, 1.0, (len(start), len(chosen)))
    return Connections(
        joints=tuple(clip.skeleton.joints),
        window_start=start.astype(np.int64),
        window_end=np.minimum(start + window, clip.frames).astype(np.int64),
        confidence=confidence,
        type_probability=np.stack([1 - confidence, confidence], axis=-1),
        types=("none", "core"),
        lag=np.full((len(start), edges), 0.3, np.float32),
        kind=random.integers(1, 6, (len(start), edges)).astype(np.int8),
        fps=clip.fps,
        meta={"method": "planted"},
    )


def _dancers(clip: Clip, bodies: bool = True) -> tuple[str, tuple[str, ...]]:
    """A scene with nothing but the dancers; the name of its collection, and of the joints' object."""
    scene = bpy.context.scene
    set_scene_timing(scene, clip)
    collection = bpy.data.collections.new("Duet")
    scene.collection.children.link(collection)
    names = build_dancers(clip, "Duet", collection)
    if not bodies:
        for body in names.bodies:
            bpy.data.objects.remove(bpy.data.objects[body])
    return names.joints, (collection.name,)


def _duet(clip: Clip) -> tuple[str, tuple[str, ...]]:
    names = build_duet(clip)
    return names.joints, (names.collection,)


def _measure_scene(clip: Clip, build: Callable[[], tuple[str, tuple[str, ...]]], rounds: int, frames: int) -> dict[str, Any]:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    joints, (collection,) = build()
    cases: dict[str, str | None] = {"none": None}
    building: dict[str, float] = {}
    for drawn in DRAWN:
        connections = planted(clip, drawn)
        began = time.perf_counter()
        cases[str(drawn)] = build_threads(connections, joints, f"Bench {drawn}", bpy.data.collections[collection], top_k=drawn)
        building[str(drawn)] = round(time.perf_counter() - began, 3)
    filtered = build_threads(planted(clip, DRAWN[-1]), joints, "Bench filtered", bpy.data.collections[collection], positions=clip.positions)
    for key, value in FILTERS.items():
        set_input(bpy.data.objects[filtered], key, value)
    cases[FILTERED] = filtered
    times: dict[str, list[float]] = {case: [] for case in cases}
    for _ in range(rounds):
        for case in cases:
            for other, name in cases.items():
                if name is not None:
                    bpy.data.objects[name].hide_viewport = other != case
            times[case] += _frame_changes(clip, frames)
    medians = {case: statistics.median(values) for case, values in times.items()}
    quiet = {case: float(np.quantile(values, 0.1)) for case, values in times.items()}
    return {
        "milliseconds": {case: round(1e3 * value, 3) for case, value in medians.items()},
        # The quickest tenth: what other programs on the machine disturb least.
        "milliseconds_over": {case: round(1e3 * (value - quiet["none"]), 3) for case, value in quiet.items()},
        "ratio": {case: round(value / medians["none"], 2) for case, value in medians.items()},
        "seconds_to_build": building,
    }


def _frame_changes(clip: Clip, frames: int) -> list[float]:
    """Seconds of each of *frames* frame changes, as in playback, after a few to warm up."""
    scene = bpy.context.scene
    times: list[float] = []
    for step in range(frames + 4):
        began = time.perf_counter()
        scene.frame_set(FIRST_FRAME + (7 * len(times) + step) % clip.frames)
        if step >= 4:
            times.append(time.perf_counter() - began)
    return times


def _weigh(clip: Clip) -> dict[str, float]:
    """Bytes that the connections, and their table alone, add to a .blend: 400 connections over 60 s, saved without compression."""
    minute = clip.changed(positions=np.resize(clip.positions, (round(60 * clip.fps), *clip.positions.shape[1:])), confidence=None)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    joints, (collection,) = _dancers(clip)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weigh.blend"

        def saved() -> int:
            bpy.ops.wm.save_as_mainfile(filepath=str(path), compress=False, copy=True)
            return path.stat().st_size

        without = saved()
        name = build_threads(planted(minute, 400), joints, "Bench", bpy.data.collections[collection])
        whole = saved()
        table = get_input(bpy.data.objects[name], "Table")
        table.data.clear_geometry()
        set_input(bpy.data.objects[name], "Windows", 0)
        alone = whole - saved()
        remove_threads(name)
    return {"bytes_400_connections_60_s": alone, "bytes_all_that_is_added": whole - without}


def as_markdown(result: dict[str, Any]) -> str:
    """The measurements as a table a person can read."""
    lines = [
        f"# Frame change with connections drawn (Blender {result['blender']})",
        "",
        f"Median milliseconds of {result['rounds']} × {result['frames']} frame changes, and the multiple of the same scene without connections.",
        "",
        "| scene | none | " + " | ".join(f"{drawn} drawn" for drawn in DRAWN) + " | 400 drawn of 1682, filtered: over none |",
        "|---|" + "---|" * (2 + len(DRAWN)),
    ]
    for name, scene in result["scenes"].items():
        cells = [f"{scene['milliseconds'][str(d)]:.2f} (×{scene['ratio'][str(d)]:.2f})" for d in DRAWN]
        cells.append(f"{scene['milliseconds'][FILTERED]:.2f} (+{scene['milliseconds_over'][FILTERED]:.2f})")
        lines.append(f"| {name} | {scene['milliseconds']['none']:.2f} | " + " | ".join(cells) + " |")
    limits = " and ".join(f"{drawn} drawn ≤ ×{most:g}" for drawn, most in LIMITS.items())
    limits += f", filtered ≤ {MOST_FILTERED:g} ms over none (the quickest tenth of both)"
    verdicts = ", ".join(f"{name}: {'yes' if holds else 'no'}" for name, holds in result["holds"].items())
    table = result["table"]
    lines += [
        "",
        f"{limits}: {verdicts}. *dancers* are armatures and bodies alone, *whole duet* is what `render.py` makes of the same clip.",
        "",
        f"400 connections over 60 s: the table weighs {table['bytes_400_connections_60_s'] / 1e6:.2f} MB, all that is added to the file "
        f"{table['bytes_all_that_is_added'] / 1e6:.2f} MB (nodes, materials and settings once).",
        "",
    ]
    return "\n".join(lines)
