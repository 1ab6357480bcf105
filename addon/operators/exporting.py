"""Export: dancers and threads to other programs by Blender's own exporters, and connections as tables and graphs."""

# mypy: disable-error-code="valid-type"
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy_extras.io_utils import ExportHelper

from ...duet_core.connections import DISPLAY_THRESHOLD
from ...duet_core.errors import InputError
from ...duet_core.files import written
from ..names import CONTEXT
from ..output import file_stem, target_folder
from ..scene.baking import bake_threads, baked_of, remove_bake
from ..scene.memory import armatures_of, duet_of, has_connections, recall_clip, recall_connections, threads_of
from ..scene.redraw import shown_so_far
from ..silence import silenced
from ..wording import said
from .polls import OnDuet, kept_elsewhere, the_duet
from .reporting import guarded

FORMATS = {
    "GLTF": ("glTF", ".glb", "Dancers and threads for the web and for game engines"),
    "FBX": ("FBX", ".fbx", "Dancers and threads for other animation programs and game engines"),
    "USD": ("USD", ".usdc", "Dancers and threads for film pipelines"),
    "ALEMBIC": ("Alembic", ".abc", "Dancers and threads as moving geometry"),
    "BVH": ("BVH", ".bvh", "The dancers' motion, a file for each"),
    "NPZ": ("Connections (NPZ)", ".npz", "Every candidate of every window, exactly"),
    "CSV": ("Connections (CSV)", ".csv", "The connections that show, a row for each in each window"),
    "GRAPHML": ("Graph (GraphML)", ".graphml", "Joints and their connections over the whole take, for graph programs"),
    "EPISODES": ("Episodes (CSV)", ".csv", "From when to when each connection holds, a row for each time"),
}
"""Each format's title, ending and description."""

SCENES = ("GLTF", "FBX", "USD", "ALEMBIC")

GEOMETRY = ("USD", "ALEMBIC")
"""Those that hold the bodies' shape at every frame."""

FULL = 4096
"""Bytes: a disk with less room left is full."""


class DUET_OT_export(OnDuet, bpy.types.Operator, ExportHelper):
    """Export the duet to a file for other programs"""

    reads_only = True
    bl_idname = "duet.export"
    bl_label = "Export Duet"
    bl_options: ClassVar[set[str]] = {"PRESET"}

    format: EnumProperty(name="Format", description="What for", items=[(name, title, says) for name, (title, _, says) in FORMATS.items()])
    threads: BoolProperty(
        name="Threads",
        description="Export threads too, baked to plain objects for the file where they are not yet",
        default=True,
        translation_context=CONTEXT,
    )
    filter_glob: StringProperty(default="*.glb;*.fbx;*.usdc;*.abc;*.bvh;*.npz;*.csv;*.graphml", options={"HIDDEN"})

    @property
    def filename_ext(self) -> str:
        return FORMATS[self.format][1]

    def draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        layout.prop(self, "format")
        if self.format in SCENES:
            layout.prop(self, "threads")

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """The file browser, with the folder and the name that one expects."""
        duet = duet_of(context.object, context.scene)
        try:
            folder = target_folder(context.scene)
        except InputError:
            folder = Path.home()
        self.filepath = str(folder / f"{file_stem(duet or 'duet')}{self.filename_ext}")
        return super().invoke(context, event)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return guarded(self, lambda: self._export(context))

    def _export(self, context: bpy.types.Context) -> None:
        duet = the_duet(context)
        path = Path(bpy.path.ensure_ext(bpy.path.abspath(self.filepath), self.filename_ext))
        if self.format in SCENES:
            made = self._scene(context, duet, path)
        elif self.format == "BVH":
            made = _bvh(context, duet, path)
        else:
            made = _tables(duet, path, self.format)
        self.report({"INFO"}, said("written: {files}", files=", ".join(map(str, made))))

    def _scene(self, context: bpy.types.Context, duet: str, path: Path) -> list[Path]:
        names = [*armatures_of(duet)]
        names += [thing.name for thing in context.scene.objects if _dressed(thing, set(names))]
        temporary = self.threads and threads_of(duet) is not None and baked_of(duet) is None
        if temporary and kept_elsewhere(duet):
            temporary = False
            self.report({"WARNING"}, said("Threads are left out. {why}", why=kept_elsewhere(duet)))
        try:
            if temporary:
                bake_threads(duet, context.scene)
            baked = baked_of(duet) if self.threads else None
            if baked is not None:
                names += [thing.name for thing in baked.objects]
            with _object_mode(context), _aside(context.scene, names, duet), written(path) as file, silenced(errors=True):
                if self.format in GEOMETRY:
                    _ask_for_room(file.parent, names, context.scene)
                _refused(self.format, file, lambda: _EXPORTERS[self.format](str(file)))
        finally:
            if temporary:
                remove_bake(duet)
        return [path]


def _ask_for_room(folder: Path, names: list[str], scene: bpy.types.Scene) -> None:
    """Raise InputError where *folder* may not have room for the shapes of the objects called *names* at every frame: Blender's Alembic exporter does
    not survive a disk that is full."""
    meshes = [thing.data for thing in map(bpy.data.objects.get, names) if thing is not None and thing.type == "MESH"]
    # A place of 12 bytes for each vertex, a normal of 12 for each corner.
    need = 1_000_000 + sum(12 * (len(mesh.vertices) + len(mesh.loops)) for mesh in meshes) * (scene.frame_end - scene.frame_start + 1)
    if shutil.disk_usage(folder).free < need:
        raise InputError(f"this needs up to {need / 1e6:.0f} MB here", file=folder, remedy="free some room, or choose another folder")


def _dressed(thing: bpy.types.Object, armatures: set[str]) -> bool:
    """Whether *thing* is a mesh that shows one of the *armatures*."""
    follows = [modifier.object.name for modifier in thing.modifiers if modifier.type == "ARMATURE" and modifier.object is not None]
    return thing.type == "MESH" and not thing.hide_render and not armatures.isdisjoint(follows)


def _bvh(context: bpy.types.Context, duet: str, path: Path) -> list[Path]:
    scene = context.scene
    made = []
    for name, letter in zip(armatures_of(duet), "AB", strict=False):
        target = path.with_name(f"{path.stem}-{letter}.bvh")
        with _object_mode(context), _aside(scene, [name], duet), written(target) as file, silenced(errors=True):
            _refused("BVH", file, partial(_motion, str(file), scene.frame_start, scene.frame_end))
        made.append(target)
    return made


def _motion(file: str, start: int, end: int) -> object:
    return bpy.ops.export_anim.bvh(filepath=file, frame_start=start, frame_end=end, root_transform_only=True)


def _tables(duet: str, path: Path, form: str) -> list[Path]:
    if not has_connections(duet):
        raise InputError("no connections have been found yet", place=duet, remedy="press Find Connections first")
    connections = recall_connections(duet)
    threshold = float(shown_so_far(duet).get("threshold", DISPLAY_THRESHOLD))
    with written(path) as file:
        if form == "NPZ":
            connections.save(file)
        elif form == "CSV":
            connections.save_csv(file, threshold)
        else:
            from ...duet_core.exports import export

            kind, name = ("graphml", "connections.graphml") if form == "GRAPHML" else ("csv", "episodes.csv")
            file.write_bytes(export(connections, [kind], recall_clip(duet), threshold=threshold)[name])
    return [path]


def _gltf(file: str) -> object:
    return bpy.ops.export_scene.gltf(
        filepath=file, export_format="GLB", use_selection=True, use_active_scene=True, export_animation_mode="SCENE",
        export_anim_scene_split_object=False,
        export_optimize_animation_size=True,
    )  # fmt: skip


def _fbx(file: str) -> object:
    return bpy.ops.export_scene.fbx(
        filepath=file, use_selection=True, add_leaf_bones=False, bake_anim=True, bake_anim_use_nla_strips=False,
        bake_anim_use_all_actions=False, bake_anim_simplify_factor=0.0,
    )  # fmt: skip


def _usd(file: str) -> object:
    return bpy.ops.wm.usd_export(
        filepath=file, selected_objects_only=True, export_animation=True, evaluation_mode="VIEWPORT",
        convert_world_material=False, export_textures_mode="KEEP",
    )  # fmt: skip


def _alembic(file: str) -> object:
    return bpy.ops.wm.alembic_export(
        filepath=file, selected=True, as_background_job=False, evaluation_mode="VIEWPORT", start=bpy.context.scene.frame_start,
        end=bpy.context.scene.frame_end,
    )  # fmt: skip


_EXPORTERS: dict[str, Callable[[str], object]] = {"GLTF": _gltf, "FBX": _fbx, "USD": _usd, "ALEMBIC": _alembic}


def _refused(form: str, file: Path, action: Callable[[], object]) -> None:
    """Call an exporter; what it says where it fails becomes one line."""
    title = FORMATS[form][0]
    try:
        ended = action()
    except AttributeError:
        raise InputError(f"this Blender has no {title} exporter", remedy=f"switch on its {title} add-on in the preferences") from None
    except RuntimeError as error:
        lines = str(error).strip().splitlines() or ["it says nothing"]
        raise InputError(f"Blender's {title} exporter failed: {lines[-1]}", remedy="choose another folder or format") from None
    if ended != {"FINISHED"}:
        raise InputError(f"Blender's {title} exporter wrote nothing", remedy="choose another folder or format")
    if shutil.disk_usage(file.parent).free < FULL:  # which not all of them notice
        raise InputError("the disk is full", file=file.parent, remedy="free some room, or choose another folder")


@contextmanager
def _object_mode(context: bpy.types.Context) -> Iterator[None]:
    """Object Mode, which exporters want, and afterwards again the mode that was."""
    active = context.view_layer.objects.active
    name, mode = (active.name, active.mode) if active is not None else ("", "OBJECT")
    if mode != "OBJECT":
        bpy.ops.object.mode_set(mode="OBJECT")
    try:
        yield
    finally:
        if mode != "OBJECT" and name in context.view_layer.objects:
            bpy.ops.object.mode_set(mode=mode)


@contextmanager
def _aside(scene: bpy.types.Scene, names: list[str], title: str) -> Iterator[None]:
    """The objects called *names* in a scene of their own, called *title*, selected, the first one active; it has the time of *scene* and is gone afterwards.

    Exporters go through the frames: all else that stands in the user's scene would be evaluated at each. And nothing that the user has selected, hidden or
    excluded matters.
    """
    wanted = [bpy.data.objects[name] for name in names]
    before = {thing.name: (thing.hide_viewport, thing.hide_select) for thing in wanted}
    aside = bpy.data.scenes.new(title)
    own, made, window = scene.name, aside.name, bpy.context.window
    try:
        aside.camera = scene.camera  # whoever looks through it goes on to: glTF's exporter shows its scene in the window
        for name in ("fps", "fps_base"):
            setattr(aside.render, name, getattr(scene.render, name))
        for name in ("system", "scale_length", "length_unit"):
            setattr(aside.unit_settings, name, getattr(scene.unit_settings, name))
        aside.frame_start, aside.frame_end = scene.frame_start, scene.frame_end
        layer = aside.view_layers[0]
        for thing in wanted:
            thing.hide_viewport = thing.hide_select = False
            aside.collection.objects.link(thing)
        for thing in wanted:
            thing.select_set(True, view_layer=layer)
        layer.objects.active = wanted[0]
        with bpy.context.temp_override(scene=aside, view_layer=layer, active_object=wanted[0], object=wanted[0], selected_objects=wanted):
            yield
    finally:
        if window is not None and window.scene.name == made:
            window.scene = bpy.data.scenes[own]
        bpy.data.scenes.remove(bpy.data.scenes[made])
        for name, (hidden, from_selection) in before.items():
            thing = bpy.data.objects[name]
            thing.hide_viewport, thing.hide_select = hidden, from_selection
        here = bpy.data.scenes[own]
        here.frame_set(here.frame_current, subframe=here.frame_subframe)  # an exporter leaves bones as they are on its last frame


def draw_menu(menu: bpy.types.Menu, context: bpy.types.Context) -> None:
    menu.layout.operator_context = "INVOKE_DEFAULT"
    menu.layout.operator_menu_enum(DUET_OT_export.bl_idname, "format", text="Duet")


CLASSES = (DUET_OT_export,)
