"""File > Import > Duet Poses: pose files into the scene, as dancers on a stage."""

# mypy: disable-error-code="valid-type"
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import bpy
from bpy.props import BoolProperty, CollectionProperty, EnumProperty, FloatProperty, IntProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ...duet_core.clip import Clip
from ...duet_core.errors import InputError
from ...duet_core.formats import UNNAMED, read
from ...duet_core.formats.folder import whole_takes
from ...duet_core.formats.placing import NO_PLACEMENT
from ...duet_core.pairing import pairs, title
from ...duet_core.skeletons import KNOWN
from ...duet_core.take import HoldsBoth
from ..names import short
from ..preferences import first_stage
from ..scene.dancers import SHOWN, show_dancers
from ..scene.duet import build_duet, building_guests
from ..scene.memory import GUEST, duet_from, duets, forget_emptied, remember_quality, remember_source
from ..scene.palette import DANCER_COLOURS
from ..scene.redraw import set_stage
from ..scene.stage_looks import FIRST_STAGE
from ..scene.timing import scene_rate
from ..scene.updating import update_duet
from ..steps import finished
from ..wording import in_words, refusal, said
from .reporting import guarded

if TYPE_CHECKING:
    from ...duet_core.quality import Quality

LONGEST_NAME = 40
"""Bytes of a duet's name, so that its objects' names stay within Blender's 63."""

AUTOMATIC = "AUTOMATIC"
SKELETONS = [
    (AUTOMATIC, "Automatic", "What the file says, or the only known skeleton with that many joints"),
    *((name, name, f"{len(skeleton)} joints, beginning with {', '.join(skeleton.joints[:3])}") for name, skeleton in KNOWN.items()),
    (UNNAMED, "Unnamed", "The joints have no names; bones are found by how the joints move"),
]


class DUET_OT_import_poses(bpy.types.Operator, ImportHelper):
    """Import dancing pairs: a file with both dancers, two files with one each, or many such files at once"""

    bl_idname = "duet.import_poses"
    bl_label = "Import Duet"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO", "PRESET"}

    filter_glob: StringProperty(default="*.npy;*.npz;*.bvh;*.gz;*.trc;*.c3d;*.json;*.csv;*.tsv;*.parquet", options={"HIDDEN"})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE", "SKIP_PRESET"})
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE", "SKIP_PRESET"})
    override_fps: BoolProperty(name="Override Frame Rate", description="The file's own frame rate is wrong", default=False)
    fps: FloatProperty(name="Frame Rate", description="True frames a second of the poses", default=30.0, min=0.1, max=10_000.0, precision=2)
    skip: FloatProperty(
        name="Skip",
        description="Leave the beginning out, such as a pose that the dancers stand in before they dance",
        default=0.0,
        min=0.0,
        soft_max=60.0,
        unit="TIME_ABSOLUTE",
    )
    clean: BoolProperty(
        name="Clean",
        description="Repair what a recording does wrong: exchanged dancers, jumps, short gaps, jitter, bones that change their length, the floor",
        default=False,
    )
    set_distance: BoolProperty(
        name="Set Distance",
        description="Stand dancers apart whose places are not in the data; others stay where they are",
        default=False,
    )
    distance: FloatProperty(
        name="Distance",
        description="Between the dancers, side by side",
        default=1.0,
        min=0.01,
        soft_max=5.0,
        max=100.0,
        unit="LENGTH",
    )
    skeleton: EnumProperty(name="Skeleton", description="The joints of an array that does not name them", items=SKELETONS)
    new_scene: BoolProperty(
        name="New Scene",
        description="Give each duet a scene of its own, so that the present one keeps its camera, lights, frame rate and length",
        default=True,
    )
    keep_scene: BoolProperty(
        name="Keep Scene",
        description=(
            "The present scene keeps its frame rate, length, camera, floor and light; the motion is fitted to its rate, so that it plays at its true speed"
        ),
        default=False,
    )
    start: IntProperty(
        name="Start Frame", description="Frame of the scene at which the dance begins", default=1, min=-100_000, max=1_000_000
    )
    dancers: EnumProperty(name="Dancers", description="What one sees of them; Show Dancers changes it afterwards", items=SHOWN)
    bone_shapes: BoolProperty(name="Bone Shapes", description="Draw bones as parts of a body; otherwise as thin sticks", default=True)
    update_existing: BoolProperty(
        name="Update Existing",
        description=(
            "Where these very files were imported before, replace the motion of that duet and keep its looks, settings and all else; "
            "otherwise stand a new duet beside it"
        ),
        default=True,
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        chosen = pairs(self._paths())
        if len(chosen) > 1:
            column = layout.column(align=True)
            column.label(text=said("{count} duets:", count=len(chosen)), icon="COMMUNITY", translate=False)
            for group in chosen[:8]:
                column.label(text=" + ".join(file.name for file in group), translate=False)
        self._with_switch("Frame Rate", "override_fps", "fps")
        layout.prop(self, "skip")
        self._with_switch("Set Distance", "set_distance", "distance")
        layout.prop(self, "skeleton")
        layout.prop(self, "clean")
        layout.separator()
        layout.prop(self, "dancers")
        row = layout.row()
        row.enabled = self.dancers != "BODIES"
        row.prop(self, "bone_shapes")
        layout.prop(self, "new_scene")
        row = layout.row()
        row.enabled = not self.new_scene
        row.prop(self, "keep_scene")
        layout.prop(self, "start")
        layout.prop(self, "update_existing")

    def _with_switch(self, heading: str, switch: str, value: str) -> None:
        row = self.layout.row(heading=heading)
        row.prop(self, switch, text="")
        of_it = row.row()
        of_it.enabled = getattr(self, switch)
        of_it.prop(self, value, text="")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """The file browser, or only the options where files were dropped into the viewport."""
        return self.invoke_popup(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: self._import(context))

    def _paths(self) -> list[Path]:
        chosen = [Path(self.directory) / file.name for file in self.files if file.name]
        return whole_takes(chosen or [Path(self.filepath)])

    def _import(self, context: bpy.types.Context) -> None:
        """Read all, then build: where nothing can be read nothing changes, and where one of several cannot, the others are there."""
        manager = context.window_manager
        manager.progress_begin(0, 100)
        try:
            taken = self._read_all(manager)
            for done, take in enumerate(taken):
                self._place(context, take, new_scene=self.new_scene)
                manager.progress_update(50 + 50 * (done + 1) / len(taken))
        finally:
            manager.progress_end()

    def _read_all(self, manager: bpy.types.WindowManager) -> "list[_Read]":
        groups = pairs(self._paths())
        taken: list[_Read] = []
        wrong: list[InputError] = []
        while groups:
            group = groups.pop(0)
            manager.progress_update(50 * len(taken) / (len(taken) + len(groups) + 1))
            try:
                taken.append(self._read(group))
            except HoldsBoth:  # two duets, not the two dancers of one
                groups[:0] = [(file,) for file in group]
            except InputError as error:
                wrong.append(error)
        if not taken:
            raise wrong[0]
        for reason in wrong:
            self.report({"WARNING"}, said("Left out: {reason}", reason=refusal(reason)))
        return taken

    def _read(self, files: tuple[Path, ...]) -> "_Read":
        clip = read(
            files,
            fps=self.fps if self.override_fps else None,
            skeleton=None if self.skeleton == AUTOMATIC else self.skeleton,
            keep_gaps=self.clean,
        ).require_duet()
        if self.set_distance and NO_PLACEMENT in clip.meta["warnings"]:
            clip = read(
                files,
                fps=self.fps if self.override_fps else None,
                skeleton=None if self.skeleton == AUTOMATIC else self.skeleton,
                keep_gaps=self.clean,
                apart=self.distance,
            )
        skipped = round(self.skip * clip.fps)
        if skipped >= clip.frames:
            raise InputError(
                f"the take ends after {clip.duration:.1f} s", file=", ".join(clip.meta["source"]), remedy=f"skip less than {self.skip:g} s"
            )
        if skipped:
            clip = clip.sliced(skipped, clip.frames).changed(step=f"the first {self.skip:g} s left out")
        if self.clean:
            from ...duet_core.cleaning import clean

            clip, _ = clean(clip)
        from ...duet_core.quality import measure

        return _Read(files, clip, measure(clip))

    def _place(self, context: bpy.types.Context, take: "_Read", *, new_scene: bool) -> None:
        clip = take.clip
        if self.update_existing:
            forget_emptied(take.files)
        before = duet_from(take.files, context.scene) if self.update_existing else None
        if before is not None:
            duet, scene = before
            if bpy.data.collections[duet].get(GUEST):
                clip = _at_rate(clip, scene_rate(bpy.data.scenes[scene]))
            for change in update_duet(duet, clip, bpy.data.scenes[scene]):
                self.report({"WARNING"}, in_words(change))
            what = said("updated") if scene == context.scene.name else said("updated in the scene {scene}", scene=scene)
        elif self.keep_scene and not new_scene:
            scene, clip = context.scene.name, _at_rate(clip, scene_rate(context.scene))
            name = short(title(take.files), LONGEST_NAME)
            duet = finished(building_guests(clip, name=name, scene=scene, colours=DANCER_COLOURS, start=self.start, shadows=False))
            bpy.data.collections[duet][GUEST] = True
            if self.dancers != "BODIES":
                show_dancers(duet, self.dancers, shapes=self.bone_shapes)
            remember_source(duet, take.files)
            what = said("imported")
            if self.start + clip.frames - 1 > context.scene.frame_end:
                ends, danced = context.scene.frame_end, self.start + clip.frames - 1
                self.report({"WARNING"}, said("The scene ends at frame {ends}, the dance at {danced}", ends=ends, danced=danced))
        else:
            name = short(title(take.files), LONGEST_NAME)
            # An empty scene is as good as a new one.
            with _own_scene(context, name) if new_scene and context.scene.objects and context.window else nullcontext():
                scene = context.scene.name
                alone = not duets(context.scene)
                duet = build_duet(clip, name=name, title=title(take.files), scene=scene, start=self.start).collection
                if alone and first_stage() != FIRST_STAGE:
                    set_stage(duet, context.scene, first_stage())
                if self.dancers != "BODIES":
                    show_dancers(duet, self.dancers, shapes=self.bone_shapes)
            remember_source(duet, take.files)
            what = said("imported")
        remember_quality(duet, take.quality)
        for warning in clip.meta["warnings"]:
            self.report({"WARNING"}, in_words(warning))
        rate = scene_rate(bpy.data.scenes[scene])
        if abs(rate - clip.fps) > 1e-3 * clip.fps:
            words = "The scene plays {rate} frames a second, {duet} was taken with {fps}: here it plays at {times} times its speed"
            times = f"{rate / clip.fps:.2g}"
            self.report({"WARNING"}, said(words, rate=f"{rate:g}", duet=duet, fps=f"{clip.fps:g}", times=times))
        grade, found = take.quality.grade, take.quality.findings
        frames = said(
            "{duet} {what}: {frames} frames at {fps} frames a second, {seconds} s",
            duet=duet,
            what=what,
            frames=clip.frames,
            fps=f"{clip.fps:g}",
            seconds=f"{clip.duration:.1f}",
        )
        quality = {"clean": said("its motion is clean"), "fair": said("its motion is fair"), "poor": said("its motion is poor")}[grade]
        self.report({"WARNING" if grade == "poor" else "INFO"}, f"{frames}; {quality}" + (f": {in_words(found[0])}" if found else ""))


def _at_rate(clip: Clip, rate: float) -> Clip:
    """*clip* at *rate* frames a second, over the same time."""
    if abs(rate - clip.fps) < 1e-6 * clip.fps:
        return clip
    from ...duet_core.cleaning import Settings, clean

    return clean(clip, Settings.only("smoothing", fps=rate) if rate < clip.fps else Settings.only(fps=rate))[0]


@dataclass(frozen=True)
class _Read:
    """What was read of one duet."""

    files: tuple[Path, ...]
    clip: Clip
    quality: "Quality"


@contextmanager
def _own_scene(context: bpy.types.Context, name: str) -> Iterator[None]:
    """A new scene in the window, which stays there where the block ends well and vanishes where it does not."""
    window, before = context.window, context.scene.name
    made = bpy.data.scenes.new(name).name
    window.scene = bpy.data.scenes[made]
    try:
        yield
    except BaseException:
        window.scene = bpy.data.scenes[before]
        bpy.data.scenes.remove(bpy.data.scenes[made])
        raise
    _leave_browser(window)


def _leave_browser(window: bpy.types.Window) -> None:
    """Where the file browser fills the window, Blender does not take it away from a window whose scene was changed meanwhile."""
    for area in window.screen.areas:
        if area.type == "FILE_BROWSER" and window.screen.show_fullscreen:
            with bpy.context.temp_override(window=window, area=area):
                bpy.ops.screen.back_to_previous()
            break


class DUET_FH_poses(bpy.types.FileHandler):
    """Pose files dropped into the 3D viewport. Where another importer takes the same ending, as of BVH, Blender asks which; ours asks for its options
    before anything is read. Endings that mean many things (JSON, CSV) stay with the menu."""

    bl_idname = "DUET_FH_poses"
    bl_label = "Duet Poses"
    bl_import_operator = DUET_OT_import_poses.bl_idname
    bl_file_extensions = ".npy;.npz;.bvh;.trc;.c3d"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        return context.area is not None and context.area.type == "VIEW_3D"


def draw_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    menu.layout.operator_context = "INVOKE_DEFAULT"  # the menu by itself, as among the quick favourites, would ask for no file
    menu.layout.operator(DUET_OT_import_poses.bl_idname, text="Duet Poses")


CLASSES = (DUET_OT_import_poses, DUET_FH_poses)
