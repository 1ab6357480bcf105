"""Render Video: the annotated duet as a film, in Blender processes of their own, while Blender stays usable."""

# mypy: disable-error-code="valid-type"
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
from bpy.props import BoolProperty

from ...duet_core.errors import InputError
from .. import jobs
from ..output import file_stem, target_folder
from ..scene.footage import footage_beside
from ..scene.memory import duet_of
from ..scene.profiles import PROFILES
from ..silence import silenced
from ..video import ENDINGS, STILL, Order, make_video
from ..wording import said
from .polls import has_duet
from .working import Working, idle


class DUET_OT_render_video(Working, bpy.types.Operator):
    """Render what the scene shows to a film, as chosen in this panel; Blender stays usable meanwhile, and what you change comes too late for it"""

    bl_idname = "duet.render_video"
    bl_label = "Render Video"

    still: BoolProperty(name="Still", description="Only the present frame, as a picture", default=False, options={"SKIP_SAVE"})

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if not idle(cls):
            return False
        if not has_duet(cls, context, reads_only=True):
            return False
        if context.scene.camera is None:
            cls.poll_message_set(said("The scene has no camera"))
            return False
        return True

    def _begin(self, context: bpy.types.Context) -> jobs.Job[Path]:
        """Save a copy of the file, which only the main thread may; all else happens to the copy."""
        scene, settings = context.scene, context.scene.duet.output
        duet = duet_of(context.object, scene)
        profile = PROFILES[settings.profile]
        kind = STILL if self.still else settings.overlay_kind if profile.transparent else "MP4"
        folder = target_folder(scene)
        engine = profile.engine or settings.engine
        words = settings.words and not profile.transparent
        frames = range(scene.frame_current, scene.frame_current + 1) if self.still else range(scene.frame_start, scene.frame_end + 1)
        if not frames:
            raise InputError("the scene ends before it starts", place="Frame Range", remedy="set its end behind its start")
        target = folder / f"{file_stem(duet or scene.name)}-{settings.profile.lower()}{ENDINGS[kind]}"
        if self.still:
            target = target.with_stem(f"{target.stem}-{scene.frame_current:06d}")
        beside = footage_beside(duet, frames.start) if profile.beside and duet is not None else None
        copies = Path(tempfile.mkdtemp(prefix="duet-"))
        blend = copies / "copy.blend"
        try:
            with silenced(), _no_preview():
                bpy.ops.wm.save_as_mainfile(filepath=str(blend), copy=True, compress=False, check_existing=False)
        except RuntimeError as error:
            shutil.rmtree(copies, ignore_errors=True)
            raise InputError(f"a copy of the file cannot be saved ({error})", file=blend, remedy="free some room") from None
        order = Order(blend, scene.name, settings.profile, engine, words, settings.cut, profile.transparent, frames, kind, target, beside)

        def work(progress: jobs.Progress, cancelled: jobs.Asked) -> Path:
            try:
                return make_video(order, progress, cancelled)
            except RuntimeError as error:
                print(error)  # the console may hold all that Blender said
                lines = str(error).strip().splitlines()
                raise InputError(
                    f"the Blender process that renders failed: {lines[-1]}", remedy="try another engine; the console tells more"
                ) from None
            finally:
                shutil.rmtree(copies, ignore_errors=True)

        return jobs.Job("Rendering", work)

    def _finish(self, context: bpy.types.Context, result: Path) -> None:
        self.report({"INFO"}, said("written: {files}", files=result))


@contextmanager
def _no_preview() -> Iterator[None]:
    """Files saved within the block get no preview picture, for which Blender draws the scene: that is most of the time that saving takes."""
    preferences = bpy.context.preferences
    kind, changed = preferences.filepaths.file_preview_type, preferences.is_dirty
    preferences.filepaths.file_preview_type = "NONE"
    try:
        yield
    finally:
        preferences.filepaths.file_preview_type, preferences.is_dirty = kind, changed


CLASSES = (DUET_OT_render_video,)
