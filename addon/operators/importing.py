"""File > Import > Duet: pose files into the scene, as dancers on a stage."""

# mypy: disable-error-code="valid-type"
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

    filter_glob: StringProperty(default="*.npy;*.npz;*.bvh;*.bvh.gz;*.json;*.c3d;*.trc;*.csv", options={"HIDDEN"})
    files: CollectionProperty(type=bpy.types.OperatorFileListElement, options={"HIDDEN", "SKIP_SAVE"})
    directory: StringProperty(subtype="DIR_PATH", options={"HIDDEN", "SKIP_SAVE"})
    override_fps: BoolProperty(name="Override Frame Rate", description="The file's own frame rate is wrong", default=False)
    fps: FloatProperty(name="Frame Rate", description="True frames a second of the poses", default=30.0, min=0.1, max=10_000.0, precision=2)

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        row = layout.row(heading="Frame Rate")
        row.prop(self, "override_fps", text="")
        sub = row.row()
        sub.enabled = self.override_fps
        sub.prop(self, "fps", text="")
        column = layout.column()
        column.label(text="Choose one file with both dancers,")
        column.label(text="or two files with one each.")

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: self._import(context))

    def _paths(self) -> list[Path]:
        chosen = [Path(self.directory) / file.name for file in self.files if file.name]
        return chosen or [Path(self.filepath)]

    def _import(self, context: bpy.types.Context) -> None:
        paths = self._paths()
        clip = read(paths, fps=self.fps if self.override_fps else None).require_duet()
        title = " and ".join(dict.fromkeys(path.name.split(".")[0] for path in paths)).replace("_", " ")
        made = build_duet(clip, name=title[:LONGEST_NAME], title=title, scene=context.scene)
        for warning in clip.meta["warnings"]:
            self.report({"WARNING"}, warning)
        self.report({"INFO"}, f"{made.collection}: {clip.frames} frames at {clip.fps:g} frames a second, {clip.duration:.1f} s")


def draw_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    menu.layout.operator(DUET_OT_import_poses.bl_idname, text="Duet (poses of two dancers)")


CLASSES = (DUET_OT_import_poses,)
