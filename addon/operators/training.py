"""Train: a model on this scene's duets, in a Python of the user's choice, as a process of its own that is followed and can be stopped."""

# mypy: disable-error-code="valid-type"
import shutil
from collections.abc import Generator
from pathlib import Path

import bpy
from bpy.props import BoolProperty, StringProperty

from ...duet_core.errors import InputError
from ...duet_core.files import make_folder
from ...duet_core.formats import duet_npz
from ...duet_core.inference.models import is_model
from .. import jobs, training
from ..interpreters import check_python
from ..methods import choose
from ..output import file_stem
from ..panels.common import redraw
from ..preferences import model_folder, preferences, user_folder
from ..scene.memory import Recall, duets
from ..training_settings import OWN
from ..wording import in_words, said
from .reporting import guarded
from .working import Working, idle

FOLLOW_SECONDS = 0.5


class DUET_OT_train(Working, bpy.types.Operator):
    """Train a model on the duets of this scene, beside Blender, which stays usable; needs a Python with torch, chosen in the preferences"""

    bl_idname = "duet.train"
    bl_label = "Train"

    resume: BoolProperty(name="Continue", description="Go on with the run that was stopped", default=False, options={"SKIP_SAVE"})
    python: StringProperty(
        name="Python", description="A Python with torch; empty for that of the preferences", options={"SKIP_SAVE", "HIDDEN"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        run = training.current()
        if run is not None and run.alive:
            cls.poll_message_set(said("A model is being trained: wait, or stop it first"))
            return False
        if not idle(cls):
            return False
        if not duets(context.scene):
            cls.poll_message_set(said("Import a duet first"))
            return False
        return True

    def _begin(self, context: bpy.types.Context) -> jobs.Job[str]:
        """Settings first, which cost nothing; then the motion is read back, written as takes, and the Python asked."""
        own = preferences()
        chosen = self.python or (own.python if own is not None else "")
        python = bpy.path.abspath(chosen) if chosen else ""
        if self.resume:
            old = training.current()
            if old is None:
                raise InputError("there is no run to go on with", remedy="press Train")
            self._run, self._config, self._changes = training.Run(old.folder), Path(), []
            return jobs.Job(training.PREPARING[1], lambda progress, cancelled: check_python(python, cancelled))
        settings = context.scene.duet.training
        self._config = _config(settings)
        run = training.Run(training.free_folder(make_folder(_runs(settings)), file_stem(settings.name)))
        takes = run.folder / training.TAKES
        self._run = run
        self._changes = [training.with_takes(self._config, takes), "run.tensorboard=false"]
        self._changes += [f"run.epochs={settings.epochs}"] if settings.epochs else []
        recalls = [(name, Recall(name)) for name in duets(context.scene)]

        def read() -> Generator[float, None, None]:
            for done, (_, recall) in enumerate(recalls):
                for share in recall.steps():
                    yield (done + share) / len(recalls)

        def work(progress: jobs.Progress, cancelled: jobs.Asked) -> str:
            found = check_python(python, cancelled)
            make_folder(takes)
            for name, recall in recalls:
                duet_npz.write(recall.clip, takes / f"{file_stem(name)}.duet.npz")
            return found

        return jobs.Job(training.PREPARING[0], work, before=read())

    def _finish(self, context: bpy.types.Context, result: str) -> None:
        own = preferences()
        chosen = self.python or (own.python if own is not None else "")
        self._run.start(bpy.path.abspath(chosen), self._config, self._changes, resume=self.resume)
        training.follow(self._run)
        if not bpy.app.background:
            bpy.app.timers.register(_follow, first_interval=FOLLOW_SECONDS, persistent=True)
        self.report({"INFO"}, said("training in {folder} with {python}", folder=self._run.folder, python=in_words(result)))


class DUET_OT_stop_training(bpy.types.Operator):
    """Save what was learned so far and stop; it can go on from there. Pressed a second time it stops at once"""

    bl_idname = "duet.stop_training"
    bl_label = "Stop"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        run = training.current()
        if run is None or not run.alive:
            cls.poll_message_set(said("Nothing is being trained"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        run = training.current()
        if run is not None:
            run.stop()
        return {"FINISHED"}


class DUET_OT_use_trained(bpy.types.Operator):
    """Put the trained model among the methods, and choose it in this scene"""

    bl_idname = "duet.use_trained"
    bl_label = "Use as Method"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        run = training.current()
        if run is None or run.model is None:
            cls.poll_message_set(said("No model has been trained to its end yet"))
            return False
        return True

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: self._use(context))

    def _use(self, context: bpy.types.Context) -> None:
        run = training.current()
        made = run.model if run else None
        if run is None or made is None:
            raise InputError("no model has been trained to its end yet", remedy="press Train")
        shelf = model_folder()
        if shelf is None:
            kept = made
        elif is_model(shelf):
            raise InputError("the model folder is a model itself", file=shelf, remedy="choose the folder around it in the preferences")
        else:
            kept = training.free_folder(make_folder(shelf), run.folder.name)
            try:
                shutil.copytree(made, kept)
            except OSError as error:
                shutil.rmtree(kept, ignore_errors=True)
                raise InputError(
                    f"the model cannot be copied ({error.strerror})", file=shelf, remedy="choose another model folder"
                ) from None
        choose(str(kept))
        context.scene.duet.method = str(kept)
        self.report({"INFO"}, said("Find Connections now uses {model}", model=kept.name))


def _config(settings: bpy.types.PropertyGroup) -> Path:
    if settings.preset != OWN:
        return training.PRESETS / f"{settings.preset}.toml"
    if not settings.config:
        raise InputError("no file of settings is chosen", place="File", remedy="choose a TOML file, or other settings")
    return Path(bpy.path.abspath(settings.config))


def _runs(settings: bpy.types.PropertyGroup) -> Path:
    if settings.folder:
        return Path(bpy.path.abspath(settings.folder))
    kept = user_folder()
    if kept is None:
        raise InputError("no folder for training is chosen", place="Folder", remedy="choose one in the Training panel")
    return kept / "runs"


def _follow() -> float | None:
    """What Blender's timer calls while a run goes on."""
    run = training.current()
    ended = run is None or run.pump()
    redraw(bpy.context.window_manager)
    return None if ended else FOLLOW_SECONDS


def leave() -> None:
    """End the run, and with it the timer: for when the add-on goes."""
    if bpy.app.timers.is_registered(_follow):
        bpy.app.timers.unregister(_follow)
    training.leave()


CLASSES = (DUET_OT_train, DUET_OT_stop_training, DUET_OT_use_trained)
