"""Open Manual: the README that comes with the add-on."""

import bpy

from ...duet_core.errors import InputError
from ..manual import README
from .reporting import guarded


class DUET_OT_open_manual(bpy.types.Operator):
    """Open the manual that comes with this add-on"""

    bl_idname = "duet.open_manual"
    bl_label = "Open Manual"

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, self._open)

    def _open(self) -> None:
        if not README.is_file():
            raise InputError("the manual is missing", file=README, remedy="install the add-on again")
        if not bpy.app.background:
            bpy.ops.wm.url_open(url=README.as_uri())


CLASSES = (DUET_OT_open_manual,)
