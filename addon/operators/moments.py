"""Moments: select what binds two joints, choose whose connections are drawn, mark the strongest on the timeline, draw a connection as a graph."""

# mypy: disable-error-code="valid-type"
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar

import bpy
from bpy.app.translations import pgettext_tip
from bpy.props import BoolProperty, EnumProperty, IntProperty

from ...duet_core.connections import Connections
from ...duet_core.errors import InputError
from ...duet_core.showing import peak_frame
from .. import jobs
from ..scene import moments
from ..scene.memory import Recall, has_connections, kept_connections, threads_of, unpacked_connections
from ..scene.moment import clip_frame, stored_of
from ..scene.redraw import has_words, shown_so_far, writing_words
from ..scene.threads import get_input
from ..wording import counted, said
from .polls import OnThreads, the_threads
from .working import Steps, Working, idle

JUMPS = (
    ("MOMENT", "This Moment's Peak", "Go to where the connection is surest while it lasts now"),
    ("TAKE", "The Take's Peak", "Go to where the connection is surest in the whole take"),
    ("STAY", "Stay", "Select only"),
)


class _OnThreads(OnThreads):
    """What can be undone, and done again otherwise."""

    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}


def _number(thing: bpy.types.Object, number: int) -> int:
    """*number* of a stored connection, checked: the one of an operator called by a script may be anything."""
    edges = stored_of(thing).threads.edges
    if not 0 <= number < edges:
        raise InputError(f"there is no connection {number}", remedy=f"give one of the {edges} stored ones, counted from 0")
    return number


class DUET_OT_select_connection(_OnThreads, bpy.types.Operator):
    """Select the two bones that this connection binds, and go to its strongest moment"""

    bl_idname = "duet.select_connection"
    bl_label = "Select Connection"

    number: IntProperty(name="Connection", description="Its number among the stored connections", default=0, min=0, options={"HIDDEN"})
    jump: EnumProperty(name="Go To", description="The frame to go to", items=JUMPS)

    @classmethod
    def description(cls, context: bpy.types.Context, properties: bpy.types.OperatorProperties) -> str:
        """The whole name of the connection first, for which a narrow list has no room."""
        says = str(pgettext_tip(str(cls.__doc__)))
        with suppress(InputError):
            thing = the_threads(context)[1]
            number = _number(thing, properties.number)
            return f"{stored_of(thing).told(number)}\n{says}"
        return says

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str, thing: bpy.types.Object) -> None:
            number = _number(thing, self.number)
            scene = context.scene
            moments.select_connection(duet, thing, number)
            if self.jump != "STAY":
                threshold = float(get_input(thing, "Threshold")) if self.jump == "MOMENT" else 2.0
                at = peak_frame(stored_of(thing).threads, number, clip_frame(thing, scene.frame_current), threshold)
                scene.frame_set(round(at + float(get_input(thing, "Start Frame"))))

        return self._on(context, action)


class _Hiding(Working, OnThreads):
    """What changes what is hidden: the words are written anew then, for which the motion is read back."""

    bl_options: ClassVar[set[str]] = {"UNDO"}
    report: Callable[[set[str], str], None]

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return idle(cls) and super().poll(context)

    def _change(self, thing: bpy.types.Object) -> None:
        raise NotImplementedError

    def _begin(self, context: bpy.types.Context) -> jobs.Job[Connections | None]:
        duet = self._duet = the_threads(context)[0]
        self._scene, self._recall = context.scene.name, None
        if has_words(duet) and has_connections(duet):
            with suppress(InputError):  # of dancers that cannot be read the words stay as they are
                self._recall = Recall(duet)
        kept = kept_connections(duet) if self._recall else ""
        return jobs.Job(
            "Hiding connections",
            lambda progress, cancelled: unpacked_connections(duet, kept) if kept else None,
            before=self._recall.steps() if self._recall else None,
        )

    def _finish(self, context: bpy.types.Context, result: Connections | None) -> Steps:
        thing = threads_of(self._duet)
        if thing is None:
            raise InputError("the connections were removed meanwhile", remedy="press Draw Connections")
        self._change(thing)
        yield
        if result is not None and self._recall is not None:
            threshold = shown_so_far(self._duet)["threshold"]
            yield from writing_words(self._duet, self._recall.clip, result, self._scene, threshold=threshold)


class DUET_OT_hide_connection(_Hiding, bpy.types.Operator):
    """Hide this connection, which you do not want to see: threads, words and markers leave it out. What was found stays, and is exported"""

    bl_idname = "duet.hide_connection"
    bl_label = "Hide Connection"

    number: IntProperty(name="Connection", description="Its number among the stored connections", default=0, min=0, options={"HIDDEN"})
    both: BoolProperty(name="Both Ways", description="Hide also what goes the other way between the two joints", default=False)

    def _change(self, thing: bpy.types.Object) -> None:
        moments.hide(thing, _number(thing, self.number), both=self.both)


class DUET_OT_show_hidden(_Hiding, bpy.types.Operator):
    """Show the hidden connections again"""

    bl_idname = "duet.show_hidden"
    bl_label = "Show Hidden"

    def _change(self, thing: bpy.types.Object) -> None:
        again = moments.show_hidden(thing)
        self.report({"INFO"}, counted(again, "1 connection may be shown again", "{count} connections may be shown again"))


class DUET_OT_only_selected_bones(_OnThreads, bpy.types.Operator):
    """Draw only the connections that start or end in the bones selected now. The choice is kept in the file and does not follow later selections"""

    bl_idname = "duet.only_selected_bones"
    bl_label = "Only Selected Bones"

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str, thing: bpy.types.Object) -> None:
            count = moments.choose_selected(duet, thing)
            one, many = "1 connection starts or ends in the selected bones", "{count} connections start or end in the selected bones"
            self.report({"INFO"}, counted(count, one, many))

        return self._on(context, action)


class DUET_OT_all_bones(_OnThreads, bpy.types.Operator):
    """Draw the connections of all bones again"""

    bl_idname = "duet.all_bones"
    bl_label = "All Bones"

    def execute(self, context: bpy.types.Context) -> set[str]:
        return self._on(context, lambda _, thing: moments.choose_all(thing))


class DUET_OT_add_markers(_OnThreads, bpy.types.Operator):
    """Mark the strongest moments on the timeline, each where it is surest. Markers set before by this are replaced; others stay"""

    bl_idname = "duet.add_markers"
    bl_label = "Mark Strongest Moments"

    most: IntProperty(name="Most", description="Set at most so many markers", default=12, min=1, soft_max=60)

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str, thing: bpy.types.Object) -> None:
            made = moments.add_markers(duet, thing, context.scene, self.most)
            marked = counted(len(made), "1 moment is marked", "{count} moments are marked")
            self.report({"INFO"}, marked if made else said("Nothing exceeds the threshold, so nothing is marked"))

        return self._on(context, action)


class DUET_OT_remove_markers(_OnThreads, bpy.types.Operator):
    """Remove the markers that Mark Strongest Moments set, and no others"""

    bl_idname = "duet.remove_markers"
    bl_label = "Remove Markers"

    def execute(self, context: bpy.types.Context) -> set[str]:
        return self._on(context, lambda duet, _: moments.remove_markers(duet, context.scene))


class DUET_OT_draw_graph(_OnThreads, bpy.types.Operator):
    """Write this connection's confidence over time as an F-curve of the connections object, and select that: the Graph Editor shows it"""

    bl_idname = "duet.draw_graph"
    bl_label = "Draw Graph"

    number: IntProperty(name="Connection", description="Its number among the stored connections", default=0, min=0, options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(duet: str, thing: bpy.types.Object) -> None:
            name = moments.draw_graph(thing, _number(thing, self.number))
            if context.mode == "OBJECT" and thing.name in context.view_layer.objects:
                thing.select_set(True)
                context.view_layer.objects.active = thing
            self.report({"INFO"}, said("The Graph Editor shows '{curve}' while '{object}' is selected", curve=name, object=thing.name))

        return self._on(context, action)


class DUET_OT_remove_graphs(_OnThreads, bpy.types.Operator):
    """Remove the F-curves that Draw Graph wrote, and no others"""

    bl_idname = "duet.remove_graphs"
    bl_label = "Remove Graphs"

    def execute(self, context: bpy.types.Context) -> set[str]:
        return self._on(context, lambda _, thing: moments.remove_graphs(thing))


CLASSES = (
    DUET_OT_select_connection,
    DUET_OT_hide_connection,
    DUET_OT_show_hidden,
    DUET_OT_only_selected_bones,
    DUET_OT_all_bones,
    DUET_OT_add_markers,
    DUET_OT_remove_markers,
    DUET_OT_draw_graph,
    DUET_OT_remove_graphs,
)
