"""Check: whether models load and the chosen Python can train, said in the preferences."""

from collections.abc import Callable
from pathlib import Path

import bpy

from ...duet_core.errors import InputError
from ...duet_core.inference.models import bundled, folder_of, models_in
from .. import jobs
from ..interpreters import check_python
from ..methods import look_again
from ..preferences import checked, model_folder, preferences
from ..wording import in_words, refusal, said
from .working import Working, idle

Found = list[tuple[bool, Callable[[], str]]]
"""What works or does not, and what says so on the main thread: Blender knows the user's language."""


class DUET_OT_check(Working, bpy.types.Operator):
    """Load every model and ask the chosen Python whether it can train; says what works"""

    bl_idname = "duet.check"
    bl_label = "Check"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return idle(cls)

    def _begin(self, context: bpy.types.Context) -> jobs.Job[Found]:
        own = preferences()
        python = bpy.path.abspath(own.python) if own is not None and own.python else ""
        folder, chosen = model_folder(), bool(own is not None and own.model_folder)
        look_again()

        def work(progress: jobs.Progress, cancelled: jobs.Asked) -> Found:
            found = [_model(name, folder_of(name)) for name in bundled()]
            progress(0.2)
            found += [_model(path.name, path) for path in (models_in(folder) if folder else [])]
            if chosen and folder is not None and not folder.is_dir():
                found.append((False, lambda: said("The model folder is missing: {folder}", folder=folder)))
            progress(0.4)
            found.append(_python(python, cancelled))
            return found

        return jobs.Job("Checking", work)

    def _finish(self, context: bpy.types.Context, result: Found) -> None:
        checked[:] = [(works, words()) for works, words in result]
        for window in context.window_manager.windows:
            for area in window.screen.areas:
                if area.type == "PREFERENCES":
                    area.tag_redraw()
        for works, words in checked:
            self.report({"INFO" if works else "WARNING"}, words)


def _model(name: str, folder: Path) -> tuple[bool, Callable[[], str]]:
    from ...duet_core.inference import runtime

    try:
        model = runtime.load(folder)
    except InputError as error:
        wrong = error
        return False, lambda: said("Model {name}: {reason}", name=name, reason=refusal(wrong))
    seconds = f"{model.settings.frames / model.settings.rate:g}"
    words = "Model {name}: loads, {encoder}, looks at {seconds} s at a time"
    return True, lambda: said(words, name=name, encoder=model.settings.encoder, seconds=seconds)


def _python(path: str, cancelled: jobs.Asked) -> tuple[bool, Callable[[], str]]:
    if not path:
        return True, lambda: said("Training: no Python is chosen; all else works without")
    try:
        python = check_python(path, cancelled)
    except InputError as error:
        wrong = error
        return False, lambda: said("Training: {reason}", reason=refusal(wrong))
    return True, lambda: said("Training: {python}", python=in_words(python))


CLASSES = (DUET_OT_check,)
