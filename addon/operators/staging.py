"""Stage, camera and footage: presets for what surrounds the dance and for how it is watched."""

# mypy: disable-error-code="valid-type"
from pathlib import Path
from typing import ClassVar

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty
from bpy_extras.io_utils import ImportHelper

from ..names import CONTEXT
from ..scene.footage import KINDS, remove_footage, show_footage
from ..scene.memory import first_frame
from ..scene.redraw import set_stage, take_shot
from ..scene.stage_looks import STAGE_ITEMS
from ..wording import in_words
from .polls import OnDuet, the_duet
from .reporting import guarded

SHOT_ITEMS = [
    ("FRONT", "Front", "Still, with the whole dance in the picture"),
    ("ORBIT", "Orbit", "A slow circle round the pair"),
    ("FOLLOW", "Follow", "With the pair as they travel, nearer as they come together"),
    ("SHOULDER_A", "Over the Shoulder of A", "From behind the first dancer to the second"),
    ("SHOULDER_B", "Over the Shoulder of B", "From behind the second dancer to the first"),
]


class DUET_OT_set_stage(OnDuet, bpy.types.Operator):
    """Give the duet another stage: floor, light, background, and words that can be read on it"""

    bl_idname = "duet.set_stage"
    bl_label = "Stage"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    look: EnumProperty(name="Stage", description="What surrounds the dancers", items=STAGE_ITEMS, translation_context=CONTEXT)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: set_stage(the_duet(context), context.scene, self.look))


class DUET_OT_set_camera(OnDuet, bpy.types.Operator):
    """Have the duet's own camera watch the dance in another way; cameras that you made stay as they are"""

    bl_idname = "duet.set_camera"
    bl_label = "Camera"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    shot: EnumProperty(name="Camera", description="How the dance is watched", items=SHOT_ITEMS, translation_context=CONTEXT)
    use: BoolProperty(name="Look Through", description="Make it the scene's camera", default=True)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: self._take(context))

    def _take(self, context: bpy.types.Context) -> None:
        name = take_shot(the_duet(context), context.scene, self.shot)
        if self.use:
            context.scene.camera = bpy.data.objects[name]


class DUET_OT_show_footage(OnDuet, bpy.types.Operator, ImportHelper):
    """Show the original film or pictures behind the camera's picture or beside the dancers, in step with them"""

    bl_idname = "duet.show_footage"
    bl_label = "Show Footage"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    filter_glob: StringProperty(default="*.mp4;*.mov;*.mkv;*.avi;*.webm;*.m4v;*.mpg;*.png;*.jpg;*.jpeg;*.tif;*.tiff", options={"HIDDEN"})
    kind: EnumProperty(
        name="Where", description="Where the footage shows", items=[(name, title, says) for name, (title, says) in KINDS.items()]
    )
    start: IntProperty(
        name="Start",
        description="Frame of the footage at which the duet begins, counted from 1",
        default=1,
        min=1,
        translation_context=CONTEXT,
    )
    opacity: FloatProperty(
        name="Opacity",
        description="How much of the footage shows through behind the camera's picture",
        default=0.6,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: self._show(context))

    def _show(self, context: bpy.types.Context) -> None:
        duet = the_duet(context)
        for warning in show_footage(
            duet, context.scene, Path(bpy.path.abspath(self.filepath)), self.kind, first_frame(duet), self.start, self.opacity
        ):
            self.report({"WARNING"}, in_words(warning))


class DUET_OT_remove_footage(OnDuet, bpy.types.Operator):
    """Take the footage away again"""

    bl_idname = "duet.remove_footage"
    bl_label = "Remove Footage"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: remove_footage(the_duet(context)))


CLASSES = (DUET_OT_set_stage, DUET_OT_set_camera, DUET_OT_show_footage, DUET_OT_remove_footage)
