"""``render.py POSES [POSES2] --out DIR``, the main job: poses to connections, a Blender scene, a video and a still."""

from __future__ import annotations

import argparse
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

from ...duet_core.clip import Clip
from ...duet_core.commands.folder import add_folder_arguments, is_folder, run_folder
from ...duet_core.commands.options import (
    add_inference_arguments,
    add_output_arguments,
    add_pose_arguments,
    find_connections,
    load_clip,
    parser,
)
from ...duet_core.connections import DISPLAY_THRESHOLD, Connections
from ...duet_core.errors import Cancelled, InputError
from ...duet_core.files import digest, make_folder, working_folder
from ...duet_core.inference.models import fingerprint
from ...duet_core.moments import fullest_frame
from ...duet_core.progress import Progress
from ...duet_core.truth import compare_with_truth
from ...duet_core.version import version
from .. import rendering
from ..pictures import FOLDER, Pictures, name_of
from ..scene.duet import TOP_K, build_duet, check_fit
from ..scene.timing import scene_fps, scene_frame
from ..silence import silenced

CONNECTIONS, BLEND, STILL = "connections.npz", "duet.blend", "still.png"
OUTPUTS = (CONNECTIONS, "connections.csv", BLEND, STILL, "duet.mp4")


def main(argv: Sequence[str]) -> int:
    args = _arguments().parse_args(argv)
    if is_folder(args):
        return run_folder("render", argv, args, cores_for_one=2)
    part = vars(args).pop("frames", None) if args.pictures else None  # which pictures to draw, not which part of the take to look at
    clip = load_clip(args)
    wanted = _wanted(part, clip)
    connections = Connections.load(args.connections) if hasattr(args, "connections") else None
    if connections is not None:
        _check_fit(args, clip, connections)
    new = not args.out.exists()
    out = make_folder(args.out).resolve()  # the rendering processes work in folders of their own
    try:
        engine = rendering.pick_engine(args.engine)
        resolution = getattr(args, "resolution", None) or rendering.default_resolution(engine)
        film = _Film(args, clip, connections, out, engine, resolution)
        made = film.keep_pictures(wanted) if args.pictures else film.make()
    finally:
        if new and not any(out.iterdir()):
            out.rmdir()
    if not args.quiet:
        _report(args, clip, film.connections, made)
    return 0


def _wanted(part: tuple[int | None, int | None] | None, clip: Clip) -> range:
    """The clip's frames whose pictures are to be drawn. Raises InputError where *part* is empty or outside the clip."""
    start, end = (part[0] or 0, clip.frames if part[1] is None else part[1]) if part else (0, clip.frames)
    if not 0 <= start < end <= clip.frames:
        raise InputError(f"frames {start}:{end} are not in the clip", place="--frames", remedy=f"choose frames within 0:{clip.frames}")
    return range(start, end)


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
    arguments.add_argument(
        "--pictures",
        action="store_true",
        help="keep every frame as DIR/frames/000001.png … and draw only those that are not there yet: whatever ended an earlier run, and with "
        "--frames A:B only these frames of the whole take, so that several processes or machines share one film without a seam; "
        "when all are there, they are joined into the video",
    )
    add_folder_arguments(arguments)
    arguments.add_argument("--again", action="store_true", help="with --pictures, or of a folder: do all anew, whatever is done already")
    return arguments


def _check_fit(args: argparse.Namespace, clip: Clip, connections: Connections) -> None:
    try:
        check_fit(clip, connections)
    except InputError as error:
        raise InputError(error.problem, file=args.connections, remedy=error.remedy) from None


class _Film:
    """What is made of one take: everything at once, or picture by picture."""

    def __init__(
        self, args: argparse.Namespace, clip: Clip, connections: Connections | None, out: Path, engine: str, resolution: tuple[int, int]
    ) -> None:
        self.args, self.clip, self.out, self.engine, self.resolution = args, clip, out, engine, resolution
        self._connections = connections
        self.title = str(clip.meta.get("title") or _title(args))

    @property
    def connections(self) -> Connections:
        """Those given, or found as the arguments say."""
        if self._connections is None:
            self._connections = find_connections(self.args, self.clip)
        return self._connections

    @property
    def still(self) -> int:
        """The scene frame of the still."""
        return scene_frame(fullest_frame(self.connections, self.clip.frames, self.args.threshold, self.args.top_k))

    def make(self) -> list[str]:
        """Everything whole or nothing; returns the names of what was made."""
        rendering.free_space(self.out, 1 if self.args.no_video else self.clip.frames, self.resolution)
        with working_folder(self.out) as work:
            self._build(work)
            frames = [self.still] if self.args.no_video else self._frames(range(self.clip.frames))
            pictures = work / "frames"
            self._render(work / BLEND, frames, pictures)
            shutil.copyfile(pictures / name_of(self.still), work / STILL)
            if not self.args.no_video:
                self._encode(pictures, work)
            return self._publish(work)

    def keep_pictures(self, wanted: range) -> list[str]:
        """The pictures of the *wanted* frames of the clip that are not there yet; with all there also the still and the video."""
        args, clip = self.args, self.clip
        kept = Pictures(self.out, self.resolution)
        job = self._job()
        if args.again:
            kept.forget()
        kept.check(job)
        kept.tidy()
        every = self._frames(range(clip.frames))
        ready = kept.drawn_from(self.out / BLEND) and (self.out / CONNECTIONS).is_file()
        if ready and self._connections is None:
            self._connections = Connections.load(self.out / CONNECTIONS)
        frames = [self.still] if args.no_video else self._frames(wanted)
        missing = kept.missing(frames)
        rendering.free_space(self.out, len(missing), self.resolution)
        with working_folder(self.out) as work:
            made = []
            blend = self.out / BLEND
            if not ready:
                self._build(work)
                if kept.job() is None:
                    made = self._publish(work)
                    kept.claim(job, blend)
                else:  # whoever began left no scene here, or another Blender's: ours is the same to look at
                    blend = work / BLEND
            if missing:
                try:
                    self._render(blend, missing, kept.folder)
                except (KeyboardInterrupt, Cancelled):
                    left = len(kept.missing(frames))
                    raise Cancelled(
                        f"{len(frames) - left} of {len(frames)} pictures are in {kept.folder}; the same command goes on"
                    ) from None
            if not kept.missing([self.still]):
                shutil.copyfile(kept.folder / name_of(self.still), work / STILL)
            if not args.no_video and len(wanted) == clip.frames:
                self._encode(kept.joined(work, every), work)
            made += self._publish(work)
        return [*dict.fromkeys(made), FOLDER]

    def _job(self) -> dict[str, Any]:
        """What decides how the pictures look, as far as it can be compared from machine to machine."""
        args = self.args
        given = hasattr(args, "connections")
        return {
            "poses": digest(*args.poses),
            "read": {key: str(getattr(args, key)) for key in ("fps", "skeleton", "apart") if hasattr(args, key)},
            "connections": digest(args.connections) if given else None,
            "model": None if given else fingerprint(args.model),
            "inference": None if given else {key: getattr(args, key, None) for key in ("window", "stride", "seed")},
            "title": self.title,
            "engine": self.engine,
            "resolution": list(self.resolution),
            "top-k": args.top_k,
            "threshold": args.threshold,
            "Blender": ".".join(map(str, bpy.app.version[:2])),
            "Duet Connections": version(),
        }

    def _build(self, work: Path) -> None:
        """Connections and the Blender file, in *work*."""
        args, connections = self.args, self.connections
        connections.save(work / CONNECTIONS)
        connections.save_csv(work / "connections.csv", args.threshold)
        with silenced():
            bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        scene = bpy.context.scene
        rendering.set_rendering(scene, self.engine, self.resolution)
        build_duet(self.clip, connections, title=self.title, threshold=args.threshold, top_k=args.top_k)
        scene.frame_set(self.still)
        bpy.context.preferences.filepaths.save_version = 0
        with silenced():
            bpy.ops.wm.save_as_mainfile(filepath=str(work / BLEND), compress=True, check_existing=False)

    def _frames(self, part: range) -> list[int]:
        """The scene frames of a *part* of the clip."""
        return [scene_frame(frame) for frame in part]

    def _render(self, blend: Path, frames: list[int], folder: Path) -> None:
        with Progress("rendering", quiet=self.args.quiet) as progress:
            rendering.render_frames(blend, frames, folder, progress, engine=self.engine)

    def _encode(self, pictures: Path, work: Path) -> None:
        rendering.encode(pictures, work / "duet.mp4", self.resolution, scene_fps(self.clip))

    def _publish(self, work: Path) -> list[str]:
        """Give what was made in *work* its place; returns the names."""
        made = [name for name in OUTPUTS if (work / name).exists()]
        for name in made:
            os.replace(work / name, self.out / name)
        return made


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
