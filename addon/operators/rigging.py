"""Use existing armatures as dancers, choose their bones, and how our own dancers look."""

# mypy: disable-error-code="valid-type"
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, ClassVar

import bpy
import numpy as np
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ...duet_core.clip import Clip
from ...duet_core.errors import InputError
from ...duet_core.rigs import Mapping, as_skeleton, common
from .. import jobs, presets
from ..rig_mapping import DUET_PG_rig, fill, fitted, load_preset, mapping_of, save_preset
from ..scene.adopting import adopt
from ..scene.dancers import SHOWN, show_dancers
from ..scene.memory import duet_of, remember_quality
from ..scene.reading import Source, sampled
from ..scene.timing import scene_rate
from ..wording import counted, in_words, said
from .polls import OnDuet
from .reporting import guarded
from .working import Working, idle

if TYPE_CHECKING:
    from ...duet_core.quality import Quality

STILL = 1e-4
"""Metres: an armature that moves less has no animation."""


class DUET_OT_use_armatures(Working, bpy.types.Operator):
    """Read the motion of the two chosen armatures over the scene's frames, and make them a duet; the armatures themselves stay as they are"""

    bl_idname = "duet.use_armatures"
    bl_label = "Use Armatures"
    bl_options: ClassVar[set[str]] = {"UNDO"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        rigs = context.scene.duet.rigs
        if rigs.a.armature is None or rigs.b.armature is None:
            cls.poll_message_set(said("Choose two armatures first"))
            return False
        return idle(cls)

    def _begin(self, context: bpy.types.Context) -> "jobs.Job[tuple[Clip, Quality]]":
        scene = context.scene
        chosen = (scene.duet.rigs.a, scene.duet.rigs.b)
        for rig in chosen:
            if rig.armature is None or rig.armature.name not in scene.objects:
                raise InputError(
                    "this armature is not in the scene", place=rig.armature.name if rig.armature else None, remedy="choose another"
                )
        if chosen[0].armature == chosen[1].armature:
            raise InputError("one armature cannot dance with itself", place=chosen[0].armature.name, remedy="choose two")
        mappings = tuple(mapping_of(rig) for rig in chosen)
        landmarks = common(*mappings)
        sources = [_source(rig, mapping, landmarks) for rig, mapping in zip(chosen, mappings, strict=True)]
        self._scene, self._sources, self._start = scene.name, sources, scene.frame_start
        fps, names = scene_rate(scene), [source.armature for source in sources]
        frames = range(scene.frame_start, scene.frame_end + 1)
        read: list[np.ndarray] = []

        def before() -> Generator[float, None, None]:
            read.append((yield from sampled(sources, frames)))

        def work(progress: jobs.Progress, cancelled: jobs.Asked) -> "tuple[Clip, Quality]":
            from ...duet_core.quality import measure

            positions = read[0]
            meta = {"source": names, "dancers": names, "warnings": _warnings(positions, names)}
            clip = Clip(positions, fps, as_skeleton(landmarks, positions), meta=meta)
            return clip, measure(clip)

        return jobs.Job("Reading the armatures", work, before=before())

    def _finish(self, context: bpy.types.Context, result: "tuple[Clip, Quality]") -> None:
        clip, quality = result
        scene = bpy.data.scenes.get(self._scene)
        if scene is None or any(source.armature not in bpy.data.objects for source in self._sources):
            raise InputError("the armatures were removed meanwhile", remedy="choose others")
        duet = adopt(clip, self._sources, scene, self._start)
        remember_quality(duet, quality)
        for warning in clip.meta["warnings"]:
            self.report({"WARNING"}, in_words(warning))
        words = "{duet}: {places} places of the body, {frames} frames at {fps} frames a second"
        self.report({"INFO"}, said(words, duet=duet, places=len(clip.skeleton), frames=clip.frames, fps=f"{clip.fps:g}"))


def _source(rig: DUET_PG_rig, mapping: Mapping, landmarks: tuple[str, ...]) -> Source:
    places = [mapping.places[landmark] for landmark in landmarks]
    return Source(rig.armature.name, tuple(place.bone for place in places), tuple(place.end == "tail" for place in places))


def _warnings(positions: np.ndarray, names: list[str]) -> list[str]:
    moves = np.ptp(positions, axis=0).max(axis=(1, 2))
    return [f"{name} does not move within the scene's frames" for name, far in zip(names, moves, strict=True) if far < STILL]


DANCERS = [("a", "A", "The first dancer"), ("b", "B", "The second dancer")]


class _OfRig:
    """Mixin: an operator on the bones' list of one dancer."""

    dancer: EnumProperty(name="Dancer", description="Whose bones", items=DANCERS)

    def _on_rig(self, context: bpy.types.Context, action: Callable[[DUET_PG_rig], None]) -> set[str]:
        def act() -> None:
            rig = getattr(context.scene.duet.rigs, self.dancer)
            if rig.armature is None:
                raise InputError("no armature is chosen", remedy="choose one first")
            action(rig)

        return guarded(self, act)


class DUET_OT_map_bones(_OfRig, bpy.types.Operator):
    """Find which bone stands for which place of the body, by a known naming, a preset, or whatever fits best"""

    bl_idname = "duet.map_bones"
    bl_label = "Map Bones"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    naming: StringProperty(name="Naming", description="A known naming or a preset of yours; empty for whatever fits best")
    preset: BoolProperty(name="Preset", description="The naming is a preset of yours", default=False)

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(rig: DUET_PG_rig) -> None:
            mapping = load_preset(self.naming) if self.preset else fitted(self.naming, [bone.name for bone in rig.armature.data.bones])
            fill(rig, mapping)
            found = len(mapping_of(rig))
            one, many = "{armature}: 1 place of the body by {naming}", "{armature}: {count} places of the body by {naming}"
            words = counted(found, one, many, armature=rig.armature.name, naming=mapping.name or self.naming)
            self.report({"INFO"} if found else {"WARNING"}, words)

        return self._on_rig(context, action)


class DUET_OT_save_mapping(_OfRig, bpy.types.Operator):
    """Keep this list of bones as a preset of yours, for other armatures with the same names"""

    bl_idname = "duet.save_mapping"
    bl_label = "Save Preset"
    bl_options: ClassVar[set[str]] = {"UNDO"}  # of the name in the scene; the preset itself is a file

    name: StringProperty(name="Name", description="What the preset is called", default="My Rig")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action(rig: DUET_PG_rig) -> None:
            self.report({"INFO"}, said("Saved as {file}", file=save_preset(self.name, mapping_of(rig))))
            rig.naming = self.name

        return self._on_rig(context, action)


class DUET_OT_remove_mapping(bpy.types.Operator):
    """Delete a preset of yours"""

    bl_idname = "duet.remove_mapping"
    bl_label = "Delete Preset"

    name: StringProperty(name="Name", description="What the preset is called")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action() -> None:
            presets.remove(presets.RIGS, self.name)

        return guarded(self, action)


class DUET_OT_show_dancers(OnDuet, bpy.types.Operator):
    """Show the dancers as bodies, as bones to pose and to retarget from, or as both"""

    bl_idname = "duet.show_dancers"
    bl_label = "Show Dancers"
    bl_options: ClassVar[set[str]] = {"REGISTER", "UNDO"}

    how: EnumProperty(
        name="How",
        description="What one sees of the dancers",
        items=SHOWN,
    )
    shapes: BoolProperty(name="Shapes", description="Draw bones as parts of a body; otherwise as thin sticks", default=True)

    def execute(self, context: bpy.types.Context) -> set[str]:
        def action() -> None:
            duet = duet_of(context.object, context.scene)
            if duet is not None:
                show_dancers(duet, self.how, shapes=self.shapes)

        return guarded(self, action)


CLASSES = (DUET_OT_use_armatures, DUET_OT_map_bones, DUET_OT_save_mapping, DUET_OT_remove_mapping, DUET_OT_show_dancers)
