"""Training a model on one's own duets: settings, how far it is, and what to do with the result."""

import bpy
from bpy.app.translations import pgettext_iface

from ...duet_core.progress import clock
from .. import jobs, training
from ..training_settings import OWN
from ..wording import counted, in_words, said
from .common import PartPanel, job_progress, settings_layout

SHOWN = 6
"""Epochs whose figures are listed, the newest."""

FIGURES = (("loss", "train/loss", "{:.3f}"), ("found", "validation/auprc", "{:.2f}"))
"""What is listed of an epoch: word, key in the run's metrics, form."""


class DUET_PT_training(PartPanel, bpy.types.Panel):
    bl_idname = "DUET_PT_training"
    bl_label = "Training"

    def draw(self, context: bpy.types.Context) -> None:
        layout = settings_layout(self)
        settings, run = context.scene.duet.training, training.current()
        column = layout.column()
        column.enabled = run is None or not run.alive
        column.prop(settings, "name")
        column.prop(settings, "preset")
        if settings.preset == OWN:
            column.prop(settings, "config")
        column.prop(settings, "epochs")
        column.prop(settings, "folder")
        if run is None or not run.alive:
            job = jobs.current()
            if job is not None and job.title in training.PREPARING:
                job_progress(layout, job)
            else:
                layout.operator("duet.train", icon="PLAY")
        if run is not None:
            _progress(layout, run)


def _progress(layout: bpy.types.UILayout, run: training.Run) -> None:
    if run.alive:
        row = layout.row(align=True)
        text = pgettext_iface("Reading takes")
        if run.epochs:
            text = pgettext_iface("Epoch {epoch} of {epochs}").format(epoch=run.epoch, epochs=run.epochs)
        if run.state == training.STOPPING:
            text = pgettext_iface("Saving…")
        elif run.left is not None:
            text += pgettext_iface(", {time} left").format(time=clock(run.left))
        row.progress(factor=run.share, text=text)
        row.operator("duet.stop_training", text="", icon="CANCEL")
    else:
        ended = {training.FINISHED: said("finished"), training.STOPPED: said("stopped"), training.FAILED: said("failed")}[run.state]
        text = counted(
            run.epoch, "{name}: {ended} after 1 epoch", "{name}: {ended} after {count} epochs", name=run.folder.name, ended=ended
        )
        layout.label(text=text, icon="ERROR" if run.state == training.FAILED else "INFO", translate=False)
    if run.error:
        layout.label(text=in_words(run.error), icon="BLANK1", translate=False)
    if run.rows:
        words = {"loss": said("loss"), "found": said("found")}
        box = layout.box().column(align=True)
        for row in run.rows[-SHOWN:]:
            figures = [f"{words[word]} {form.format(row[key])}" for word, key, form in FIGURES if isinstance(row.get(key), float)]
            box.label(text=f"{row['epoch']}   {'   '.join(figures)}", translate=False)
    if not run.alive:
        row = layout.row(align=True)
        if run.state == training.STOPPED:
            row.operator("duet.train", text="Continue", icon="PLAY").resume = True
        if run.model is not None:
            row.operator("duet.use_trained", icon="CHECKMARK")
        row.operator("wm.path_open", text="", icon="FILE_FOLDER").filepath = str(run.folder)


CLASSES = (DUET_PT_training,)
