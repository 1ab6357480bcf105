"""What every panel of the sidebar shares: where it stands, a slider for an input of the threads, and having it drawn again."""

import bpy

from ..names import TAB
from ..scene.threads import input_path


class SidebarPanel:
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = TAB


def slider(thing: bpy.types.Object, name: str) -> tuple[bpy.types.bpy_struct, str]:
    """The owner and the property, as a layout wants them, of the threads' input *name*."""
    path = input_path(thing, name)
    cut = path.rindex("[") if path.endswith("]") else path.rindex(".")
    return thing.path_resolve(path[:cut]), path[cut:].lstrip(".")


def redraw(manager: bpy.types.WindowManager) -> None:
    """Have every sidebar drawn again, as a job goes on."""
    for window in manager.windows:
        for area in window.screen.areas:
            if area.type == "VIEW_3D":
                area.tag_redraw()
