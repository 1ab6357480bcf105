"""The add-on's preferences: where more models are, how a new duet looks at first, and the Python that trains."""

# mypy: disable-error-code="valid-type"
from pathlib import Path
from typing import Any

import bpy
from bpy.props import EnumProperty, FloatProperty, IntProperty, StringProperty

from ..duet_core.connections import DISPLAY_THRESHOLD
from .names import CONTEXT, ROOT_PACKAGE
from .scene.duet import TOP_K, WIDTH
from .scene.stage_looks import FIRST_STAGE, STAGE_ITEMS
from .scene.thread_looks import FIRST_LOOK, LOOK_ITEMS

checked: list[tuple[bool, str]] = []
"""What Check found last: (works, words), for the preferences to show."""


class DUET_AP_preferences(bpy.types.AddonPreferences):
    bl_idname = ROOT_PACKAGE

    model_folder: StringProperty(
        name="Model Folder",
        description="Folder with trained models, each in a folder of its own; they appear among the methods. What is trained here goes into it",
        subtype="DIR_PATH",
    )
    python: StringProperty(
        name="Python for Training",
        description="A Python with torch, used for training alone, as a process of its own; all else needs none",
        subtype="FILE_PATH",
    )
    threshold: FloatProperty(
        name="Threshold",
        description="Confidence above which new threads show connections",
        default=DISPLAY_THRESHOLD,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        translation_context=CONTEXT,
    )
    top_k: IntProperty(
        name="Top K", description="New threads show at most so many, the strongest, at a time", default=TOP_K, min=1, soft_max=200
    )
    width: FloatProperty(
        name="Width", description="Of the surest of new threads", default=WIDTH, min=0.0, soft_max=0.1, unit="LENGTH", precision=3
    )

    look: EnumProperty(name="Look", description="Of new threads", items=LOOK_ITEMS, default=FIRST_LOOK, translation_context=CONTEXT)
    stage: EnumProperty(
        name="Stage",
        description="Of a duet that is imported into a scene of its own",
        items=STAGE_ITEMS,
        default=FIRST_STAGE,
        translation_context=CONTEXT,
    )

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "model_folder")
        layout.prop(self, "python")
        column = layout.column(heading="New Threads")
        for name in ("threshold", "top_k", "width", "look"):
            column.prop(self, name)
        layout.prop(self, "stage")
        row = layout.row()
        row.operator("duet.check", icon="CHECKMARK")
        row.operator("duet.open_manual", icon="HELP")
        box = layout.column(align=True)
        for works, words in checked:
            box.label(text=words, icon="CHECKMARK" if works else "ERROR", translate=False)


def preferences() -> Any:
    """The add-on's preferences, or None where it is not enabled as an add-on (scripts, some tests)."""
    addon = bpy.context.preferences.addons.get(ROOT_PACKAGE)
    return addon.preferences if addon is not None else None


def model_folder() -> Path | None:
    """The folder of the user's own models: the chosen one, or one in Blender's folder for what extensions keep; None where neither is."""
    own = preferences()
    if own is not None and own.model_folder:
        return Path(bpy.path.abspath(own.model_folder))
    kept = user_folder()
    return kept / "models" if kept else None


def user_folder() -> Path | None:
    """Where Blender lets an installed extension keep files; None where this is none (scripts, tests)."""
    try:
        return Path(bpy.utils.extension_path_user(ROOT_PACKAGE))
    except ValueError:
        return None


def first_look() -> dict[str, Any]:
    """``threshold``, ``top_k`` and ``width`` of threads that are drawn for the first time."""
    own = preferences()
    if own is None:
        return {"threshold": DISPLAY_THRESHOLD, "top_k": TOP_K, "width": WIDTH}
    return {"threshold": own.threshold, "top_k": own.top_k, "width": own.width}


def first_thread_look() -> str:
    """The preset (of `THREAD_LOOKS`) of threads that are drawn for the first time."""
    own = preferences()
    return FIRST_LOOK if own is None else str(own.look)


def first_stage() -> str:
    """The stage (of `LOOKS`) of a new duet."""
    own = preferences()
    return FIRST_STAGE if own is None else str(own.stage)


CLASSES = (DUET_AP_preferences,)
