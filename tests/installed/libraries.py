"""A saved duet in another file: linked it plays, overridden its controls work, appended every operator works, and nothing touches a duet beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import numpy as np
from digest import differences, digest, places_of
from inside import Place, empty, part, refusal

NAME = "tried"
FRAMES = (40, 90)

WRITING = {
    "infer": {"method": "crosscorr"},
    "draw_connections": {},
    "update": {},
    "select_connection": {},
    "only_selected_bones": {},
    "all_bones": {},
    "add_markers": {},
    "remove_markers": {},
    "draw_graph": {},
    "remove_graphs": {},
    "thread_look": {"look": "INK"},
    "caption": {"caption": "Subtitles"},
    "line_art": {},
    "show_dancers": {"how": "BONES"},
    "set_stage": {"look": "LIMBO"},
    "set_camera": {"shot": "ORBIT"},
    "show_footage": {"filepath": "none.png"},
    "remove_footage": {},
    "bake": {},
}
"""Operators that change a duet, with arguments."""


def library(place: Place) -> Path:
    """A saved file with one duet and its threads."""
    file = place.work / "library.blend"
    if not file.exists():
        empty()
        bpy.ops.duet.import_poses(filepath=str(place.take(NAME)))
        bpy.ops.duet.infer(method="crosscorr")
        bpy.ops.wm.save_as_mainfile(filepath=str(file), compress=False)
    return file


def bring(place: Place, *, link: bool) -> bpy.types.Collection:
    """The duet's collection, linked or appended into the present file and shown in its scene."""
    with bpy.data.libraries.load(str(library(place)), link=link) as (there, here):
        here.collections = [name for name in there.collections if name == NAME]
    (collection,) = here.collections
    bpy.context.scene.collection.children.link(collection)
    # Threads sway a little by the clock, so seconds must be those of home.
    bpy.context.scene.frame_end, bpy.context.scene.render.fps = 135, 30
    return collection


def threads_in(collection: bpy.types.Collection) -> bpy.types.Object:
    return next(thing for thing in collection.all_objects if "Duet Threads" in thing.modifiers)


def drawn(collection: bpy.types.Collection) -> list[np.ndarray]:
    """The vertices of the threads at the two frames, seen by the duet's own camera: they lie nearer to it than the joints."""
    bpy.context.scene.camera = next(thing for thing in collection.all_objects if thing.type == "CAMERA")
    shapes = []
    for frame in FRAMES:
        bpy.context.scene.frame_set(frame)
        mesh = threads_in(collection).evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
        places = np.empty(len(mesh.vertices) * 3, np.float32)
        mesh.vertices.foreach_get("co", places)
        shapes.append(places)
    return shapes


def as_at_home(place: Place) -> list[np.ndarray]:
    """The same in the duet's own file."""
    kept = place.work / "drawn.npz"
    if not kept.exists():
        file = library(place)
        bpy.ops.wm.open_mainfile(filepath=str(file))
        np.savez(kept, *drawn(bpy.data.collections[NAME]))
    with np.load(kept) as read:
        return [read[name] for name in read.files]


def same_shapes(a: list[np.ndarray], b: list[np.ndarray]) -> None:
    assert [len(shape) for shape in a] == [len(shape) for shape in b]
    assert all(len(shape) for shape in a), "nothing is drawn"
    assert max(float(np.abs(one - other).max()) for one, other in zip(a, b, strict=True)) < 1e-4


def linked_it_plays(place: Place) -> None:
    home = as_at_home(place)
    empty()
    same_shapes(drawn(bring(place, link=True)), home)


def linked_it_says_why_it_cannot_be_changed(place: Place) -> None:
    empty()
    collection = bring(place, link=True)
    assert part("addon.scene.memory").duets(bpy.context.scene) == [NAME]
    for name, arguments in WRITING.items():
        said = refusal(name, **arguments)
        assert "linked" in said, (name, said)
    same_shapes(drawn(collection), as_at_home_now(place))


def as_at_home_now(place: Place) -> list[np.ndarray]:
    with np.load(place.work / "drawn.npz") as read:
        return [read[name] for name in read.files]


def linked_it_can_be_exported(place: Place) -> None:
    """What only reads works on linked data too."""
    empty()
    bring(place, link=True)
    for form, ending in (("NPZ", "npz"), ("CSV", "csv"), ("BVH", "bvh"), ("GLTF", "glb"))[: None if place.thorough else 2]:
        target = place.work / f"linked.{ending}"
        assert bpy.ops.duet.export(filepath=str(target), format=form) == {"FINISHED"}
        assert target.exists() or list(place.work.glob(f"linked-*.{ending}"))


def overridden_its_controls_work_and_the_rest_says_why_not(place: Place) -> None:
    home = as_at_home(place)
    empty()
    collection = bring(place, link=True)
    override = collection.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer)
    assert override is not None and override.library is None
    bpy.context.scene.collection.children.unlink(collection)
    same_shapes(drawn(override), home)
    thing = threads_in(override)
    part("addon.scene.threads").set_input(thing, "Threshold", 0.95)
    fewer = drawn(override)
    assert all(len(few) < len(all_) for few, all_ in zip(fewer, home, strict=True))
    bpy.context.view_layer.objects.active = thing
    for name, arguments in WRITING.items():
        said = refusal(name, **arguments)
        assert "override" in said, (name, said)


def appended_everything_works(place: Place) -> None:
    home = as_at_home(place)
    empty()
    collection = bring(place, link=False)
    same_shapes(drawn(collection), home)
    assert len(list(_everything(place))) > 15
    assert part("addon.scene.memory").prefix_of(NAME) == NAME


def appended_beside_itself_it_is_another_duet(place: Place) -> None:
    """Two duets of one name: Blender gives the second's data other names, and every operator works on the one that is meant."""
    home = as_at_home(place)
    bpy.ops.wm.open_mainfile(filepath=str(library(place)))
    copy = place.work / "beside.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(copy))  # Blender appends from no file that is open
    second = bring(place, link=False).name
    assert second != NAME
    same_shapes(drawn(bpy.data.collections[second]), home)
    bpy.ops.ed.undo_push(message="before")
    before, first = digest(), of_first()
    armature = next(thing for thing in bpy.data.collections[second].all_objects if thing.type == "ARMATURE")
    bpy.context.view_layer.objects.active = armature
    done = ""
    for name in _everything(place):
        done += f" {name}"
        if place.thorough:
            changed = differences(before, digest(), among=first)
            assert not changed, f"duet.{name} on the second changed the first:\n" + "\n".join(changed)
    changed = differences(before, digest(), among=first)
    assert not changed, f"one of{done} on the second changed the first:\n" + "\n".join(changed)
    memory = part("addon.scene.memory")
    assert memory.prefix_of(second) != memory.prefix_of(NAME)
    assert memory.armatures_of(NAME) == [f"{NAME} A", f"{NAME} B"]
    assert not set(memory.armatures_of(second)) & set(memory.armatures_of(NAME))


def of_first() -> Callable[[str], bool]:
    """Places of the duet that was there first; what bears its name and a number is the other's."""
    own = {thing.name for thing in bpy.data.collections[NAME].all_objects}
    own |= {thing.data.name for thing in bpy.data.collections[NAME].all_objects if thing.data is not None}
    belongs = places_of(NAME)
    return lambda place: belongs(place) and (place.partition("/")[2].partition(":")[0] in own or place.startswith(f"collections/{NAME}:"))


def _everything(place: Place) -> Iterator[str]:
    """Call what changes a duet, one after the other."""
    for name, arguments in {**WRITING, "remove_bake": {}}.items():
        if name == "show_footage":
            continue
        if name == "only_selected_bones":
            bpy.ops.duet.select_connection(number=0)
        assert getattr(bpy.ops.duet, name)(**arguments) == {"FINISHED"}, name
        yield name


PROMISES = [
    linked_it_plays,
    linked_it_says_why_it_cannot_be_changed,
    linked_it_can_be_exported,
    overridden_its_controls_work_and_the_rest_says_why_not,
    appended_everything_works,
    appended_beside_itself_it_is_another_duet,
]
