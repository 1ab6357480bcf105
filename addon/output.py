"""What a person has chosen for rendering: settings of a scene, and where things go."""

# mypy: disable-error-code="valid-type"
import re
from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..duet_core.errors import InputError
from .names import CONTEXT
from .rendering import ENGINES
from .scene.profiles import KEPT, PROFILES

PROFILE_ITEMS = [(name, profile.title, profile.says) for name, profile in PROFILES.items()]
ENGINE_ITEMS = [
    ("auto", "Automatic", "EEVEE where there is a graphics card, else Workbench"),
    (KEPT, "As the Scene", "The scene's own engine, samples and other settings"),
    *((name, {"eevee": "EEVEE"}.get(name, name.capitalize()), f"Render with {name.capitalize()}, set up for threads") for name in ENGINES),
]
OVERLAY_ITEMS = [
    ("PRORES", "ProRes 4444", "A QuickTime film that editing programs take, transparent"),
    ("WEBM", "WebM", "A small film that browsers show, transparent"),
    ("PNG", "Pictures", "A folder of PNG pictures, transparent, for compositing"),
]


class DUET_PG_output(bpy.types.PropertyGroup):
    """How the duet is rendered to a video."""

    profile: EnumProperty(name="Profile", description="What the video is for", items=PROFILE_ITEMS, default="FULL")
    engine: EnumProperty(name="Engine", description="What draws the pictures", items=ENGINE_ITEMS, translation_context=CONTEXT)
    overlay_kind: EnumProperty(name="File", description="How the transparent overlay is written", items=OVERLAY_ITEMS)
    words: BoolProperty(
        name="Words",
        description="Show title, time, legend and the strongest connection in words; names of dancers always show",
        default=True,
    )
    cut: BoolProperty(
        name="Cut by Bodies",
        description="Leave threads away where a dancer's body stands before them; needs EEVEE or Cycles",
        default=True,
    )
    folder: StringProperty(
        name="Folder", description="Where videos and exported files go; empty for the folder of the .blend file", subtype="DIR_PATH"
    )


def target_folder(scene: bpy.types.Scene) -> Path:
    """The folder that was chosen, or that of the file. Raises InputError where there is neither."""
    chosen = scene.duet.output.folder
    if chosen.startswith("//") and not bpy.data.filepath:
        raise InputError("the folder is beside the .blend file, which is not saved yet", place=chosen, remedy="save it, or choose a folder")
    if chosen:
        return Path(bpy.path.abspath(chosen))
    if not bpy.data.filepath:
        raise InputError("no folder is chosen", remedy="choose one in the Output panel, or save the file")
    return Path(bpy.data.filepath).parent


def file_stem(duet: str) -> str:
    """*duet* as a file's name that every system takes."""
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]+', "_", duet).strip(" .") or "duet"


CLASSES = (DUET_PG_output,)
