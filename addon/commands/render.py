"""``render.py POSES [POSES2] --out DIR``, the main job: poses to connections, a Blender scene, a video and a still."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import bpy

from ...duet_core.clip import Clip
from ...duet_core.commands.options import (
    add_inference_arguments,
    add_output_arguments,
    add_pose_arguments,
    find_connections,
    load_clip,
    parser,
)
from ...duet_core.connections import DISPLAY_THRESHOLD, Connections
from ...duet_core.errors import InputError
from ...duet_core.files import make_folder
from ...duet_core.moments import fullest_frame
from ...duet_core.progress import Progress
from ...duet_core.truth import compare_with_truth
from .. import rendering
from ..scene.duet import TOP_K, build_duet, check_fit
from ..scene.timing import scene_frame
from ..silence import silenced

OUTPUTS = ("connections.npz", "connections.csv", "duet.blend", "still.png", "duet.mp4")


def main(argv: Sequence[str]) -> int:
    args = _arguments().parse_args(argv)
    clip = load_clip(args)
    connections = _connections(args, clip)
    new = not args.out.exists()
    out = make_folder(args.out).resolve()  # the rendering processes work in folders of their own
    engine = rendering.pick_engine(args.engine)
    resolution = getattr(args, "resolution", None) or rendering.default_resolution(engine)
    rendering.free_space(out, 1 if args.no_video else clip.frames, resolution)
    work = Path(tempfile.mkdtemp(prefix=".duet-", dir=out))
    try:
        made = _make(args, clip, connections, work, engine, resolution)
        for name in made:
            os.replace(work / name, out / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        if new and not any(out.iterdir()):
            out.rmdir()
    if not args.quiet:
        _report(args, clip, connections, made)
    return 0


def _arguments() -> argparse.ArgumentParser:
    arguments = parser("render", "Find what binds two dancers and show it: a Blender file, a video and a still.")
    add_pose_arguments(arguments)
    add_inference_arguments(arguments)
    add_output_arguments(arguments)
    arguments.add_argument("--connections", type=Path, metavar="FILE.npz", default=argparse.SUPPRESS, help="draw these, infer nothing")
    arguments.add_argument("--engine", choices=("auto", *rendering.ENGINES), default="auto", help="auto: what this machine can do")
    arguments.add_argument(
        "--resolution",
        type=_resolution,
        metavar="WxH",
        default=argparse.SUPPRESS,
        help="even sizes, wide or upright (default: 1280x720, or 960x540 where fewer than four cores draw without a GPU)",
    )
    arguments.add_argument("--top-k", type=_top_k, metavar="N", default=TOP_K, help="show at most the N strongest connections of a moment")
    arguments.add_argument(
        "--threshold", type=_threshold, metavar="C", default=DISPLAY_THRESHOLD, help="show connections above this confidence"
    )
    arguments.add_argument("--no-video", action="store_true", help="only the Blender file and a still")
    return arguments


def _connections(args: argparse.Namespace, clip: Clip) -> Connections:
    if not hasattr(args, "connections"):
        return find_connections(args, clip)
    connections = Connections.load(args.connections)
    try:
        check_fit(clip, connections)
    except InputError as error:
        raise InputError(error.problem, file=args.connections, remedy=error.remedy) from None
    return connections


def _make(
    args: argparse.Namespace, clip: Clip, connections: Connections, work: Path, engine: str, resolution: tuple[int, int]
) -> list[str]:
    """Make every output in *work* and return their names."""
    connections.save(work / "connections.npz")
    connections.save_csv(work / "connections.csv", args.threshold)
    with silenced():
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    rendering.set_rendering(scene, engine, resolution)
    still = fullest_frame(connections, clip.frames, args.threshold, args.top_k)
    build_duet(clip, connections, title=str(clip.meta.get("title") or _title(args)), threshold=args.threshold, top_k=args.top_k)
    scene.frame_set(scene_frame(still))
    blend = work / "duet.blend"
    bpy.context.preferences.filepaths.save_version = 0
    with silenced():
        bpy.ops.wm.save_as_mainfile(filepath=str(blend), compress=True, check_existing=False)
    frames = [scene_frame(still)] if args.no_video else range(scene.frame_start, scene.frame_end + 1)
    pictures = work / "frames"
    with Progress("rendering", quiet=args.quiet) as progress:
        rendering.render_frames(blend, frames, pictures, progress, engine=engine)
    shutil.copyfile(pictures / f"{scene_frame(still):06d}.png", work / "still.png")
    if not args.no_video:
        rendering.encode(pictures, work / "duet.mp4", resolution, (scene.render.fps, scene.render.fps_base))
    return [name for name in OUTPUTS if (work / name).exists()]


def _title(args: argparse.Namespace) -> str:
    """The take's file name without its endings."""
    names = [path.name.split(".")[0] for path in args.poses]
    return " and ".join(dict.fromkeys(names)).replace("_", " ")


def _report(args: argparse.Namespace, clip: Clip, connections: Connections, made: Sequence[str]) -> None:
    for warning in dict.fromkeys([*clip.meta["warnings"], *connections.meta.get("warnings", [])]):
        print(f"note: {warning}")
    shown = connections.shown(args.threshold)
    print(
        f"{clip.frames} frames ({clip.duration:.1f} s), {connections.windows} windows: {int(shown.any(axis=0).sum())} connections exceed "
        f"{args.threshold:g}, {shown.sum(axis=1).mean() if len(shown) else 0:.1f} in a window on average"
    )
    truth = clip.meta.get("truth")
    if truth:
        print(compare_with_truth(connections, truth, args.threshold))
    print("written: " + ", ".join(str(args.out / name) for name in reversed(made)))


def _resolution(text: str) -> tuple[int, int]:
    try:
        return rendering.parse_resolution(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _threshold(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a confidence from 0 up to 1")
    return value


def _top_k(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
