"""File > Import > Duet: pose files into the scene, as dancers on a stage."""

# mypy: disable-error-code="valid-type"
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import ClassVar

import bpy
from bpy.props import BoolProperty, CollectionProperty, FloatProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ...duet_core.formats import read
from ..scene.duet import build_duet
from .reporting import guarded

LONGEST_NAME = 40
"""Letters of a duet's name, so that its objects' names stay within Blender's 63."""


class DUET_OT_import_poses(bpy.types.Operator, ImportHelper):
    """Import two dancers: one file that holds both, or two files with one each"""

    bl_idname = "duet.import_poses"
    bl_label = "Import Duet"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    filter_glob: StringProperty(default="*.npy;*.npz;*.bvh;*.gz;*.trc;*.c3d;*.json;*.csv;*.tsv;*.parquet", options={"HIDDEN"})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"})
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    override_fps: BoolProperty(name="Override Frame Rate", description="The file's own frame rate is wrong", default=False)
    fps: FloatProperty(name="Frame Rate", description="True frames a second of the poses", default=30.0, min=0.1, max=10_000.0, precision=2)

    new_scene: BoolProperty(
        name="New Scene",
        description="Give the duet a scene of its own, so that the present one keeps its camera, lights, frame rate and length",
        default=True,
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        row = layout.row(heading="Frame Rate")
        row.prop(self, "override_fps", text="")
        rate = row.row()
        rate.enabled = self.override_fps
        rate.prop(self, "fps", text="")
        layout.prop(self, "new_scene")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """The file browser, or only the options where files were dropped into the viewport."""
        return self.invoke_popup(context)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: self._import(context))

    def _paths(self) -> list[Path]:
        chosen = [Path(self.directory) / file.name for file in self.files if file.name]
        return chosen or [Path(self.filepath)]

    def _import(self, context: bpy.types.Context) -> None:
        paths = self._paths()
        clip = read(paths, fps=self.fps if self.override_fps else None).require_duet()
        title = " and ".join(dict.fromkeys(path.name.split(".")[0] for path in paths)).replace("_", " ")
        name = title[:LONGEST_NAME]
        # An empty scene is as good as a new one.
        with _own_scene(context, name) if self.new_scene and context.scene.objects and context.window else nullcontext():
            made = build_duet(clip, name=name, title=title, scene=context.scene)
        for warning in clip.meta["warnings"]:
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, f"{made.collection}: {clip.frames} frames at {clip.fps:g} frames a second, {clip.duration:.1f} s")


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


class DUET_FH_poses(bpy.types.FileHandler):
    """Pose files dropped into the 3D viewport"""

    bl_idname = "DUET_FH_poses"
    bl_label = "Duet"
    bl_import_operator = DUET_OT_import_poses.bl_idname
    bl_file_extensions = ".npy;.npz;.bvh;.trc;.c3d"

    @classmethod
    def poll_drop(cls, context: bpy.types.Context) -> bool:
        return context.area is not None and context.area.type == "VIEW_3D"


def draw_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    menu.layout.operator(DUET_OT_import_poses.bl_idname, text="Duet (poses of two dancers)")


CLASSES = (DUET_OT_import_poses, DUET_FH_poses)
