"""What can go wrong does: bad files, no right and no room to write, parts of a duet gone or damaged, odd modes. One sentence says so, nothing half stays.

Nothing is simulated: folders are files, disks are full (a tiny one is mounted where that is allowed, else files may not grow), armatures are deleted.
"""

from __future__ import annotations

import contextlib
import json
import resource
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
from digest import differences, digest
from inside import Place, empty, part, refusal
from libraries import NAME, WRITING, library

READING = {f"export {form}": {"format": form} for form in ("NPZ", "CSV", "EPISODES", "BVH")}


def opened(place: Place) -> None:
    bpy.ops.wm.open_mainfile(filepath=str(library(place)))
    bpy.context.scene.duet.output.folder = str(place.work / "written")
    bpy.context.scene.duet.output.engine = "workbench"


def unchanged(action: Callable[[], object]) -> None:
    """Whatever *action* refuses to do, the data are as before it."""
    before = digest()
    action()
    changed = differences(before, digest())
    assert not changed, "\n".join(changed)


def files_that_are_none(place: Place) -> None:
    empty()
    folder = place.work / "wrong"
    folder.mkdir()
    contents = {
        "empty.npy": b"",
        "text.npy": b"hello",
        "half.npz": place.take(NAME).read_bytes()[:3000],
        "noise.bvh": bytes(range(256)) * 40,
        "noise.c3d": bytes(range(256)) * 40,
        "list.json": b"[1, 2, 3]",
        "table.csv": b"a,b\n1,2\n",
        "huge.npy": b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (9999999, 9999999), }".ljust(128),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    (folder / "folder.npy").mkdir()

    def action() -> None:
        for name in [*contents, "folder.npy", "none.npy"]:
            said = refusal("import_poses", filepath=str(folder / name))
            assert name in said, (name, said)
            assert len(said.splitlines()) == 1, said

    unchanged(action)


def targets(folder: Path) -> Iterator[tuple[str, dict[str, str]]]:
    forms = part("addon.operators.exporting").FORMATS
    for form, (_, ending, _) in forms.items():
        yield form, {"filepath": str(folder / f"out{ending}"), "format": form}


def no_right_to_write(place: Place) -> None:
    """A folder that is a file: nobody may write into it, an administrator neither."""
    opened(place)
    blocked = place.work / "a file"
    blocked.write_bytes(b"")
    settings = bpy.context.scene.duet
    settings.output.folder = str(blocked / "inside")
    settings.training.folder = str(blocked / "inside")

    def action() -> None:
        for form, arguments in targets(blocked / "inside"):
            if form in part("addon.operators.exporting").SCENES and not place.thorough:
                continue
            assert "cannot write" in refusal("export", **arguments), form
        assert "cannot write" in refusal("render_video", still=True)
        assert "cannot write" in refusal("train", python="/nowhere/python")

    unchanged(action)
    assert blocked.read_bytes() == b""


def no_place_for_presets(place: Place) -> None:
    opened(place)
    user = part("addon.preferences").user_folder()
    rigs = user / "rigs"
    assert not rigs.exists()
    user.mkdir(parents=True, exist_ok=True)
    rigs.write_bytes(b"")
    try:
        bpy.context.scene.duet.rigs.a.armature = bpy.data.objects[f"{NAME} A"]
        unchanged(lambda: refusal("save_mapping", dancer="a", name="mine"))
        unchanged(lambda: refusal("remove_mapping", name="mine"))
        unchanged(lambda: refusal("map_bones", dancer="a", naming="mine", preset=True))
    finally:
        rigs.unlink()


@contextlib.contextmanager
def full_disk(place: Place, size: int) -> Iterator[Path]:
    """A folder in which *size* bytes fit."""
    folder = place.work / "full"
    folder.mkdir(exist_ok=True)
    mounted = (
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False).returncode
        == 0
    )
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not mounted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=True)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


def no_room_to_write(place: Place) -> None:
    opened(place)
    if place.thorough:
        bpy.ops.duet.bake(most=30)  # so that scenes are large
    with full_disk(place, 16384) as folder:
        (folder / "filler").write_bytes(bytes(8192))

        def action() -> None:
            for form, arguments in targets(folder):
                if form in ("CSV", "EPISODES", "GRAPHML"):  # so small that they fit
                    continue
                if form not in ("NPZ", "ALEMBIC") and not place.thorough:
                    continue
                said = refusal("export", **arguments)
                assert len(said.splitlines()) == 1, (form, said)
                assert [file.name for file in folder.iterdir()] == ["filler"], form

        unchanged(action)
        bpy.context.scene.duet.output.folder = str(folder)
        unchanged(lambda: refusal("render_video", still=True))
        assert [file.name for file in folder.iterdir()] == ["filler"]


def no_room_for_what_is_temporary(place: Place) -> None:
    opened(place)
    kept = tempfile.tempdir
    with full_disk(place, 16384) as folder:
        (folder / "filler").write_bytes(bytes(12288))
        tempfile.tempdir = str(folder)
        try:

            def action() -> None:
                assert "room" in refusal("infer", method="crosscorr", draw_them=True)
                refusal("render_video", still=True)

            unchanged(action)
            assert [file.name for file in folder.iterdir()] == ["filler"]
        finally:
            tempfile.tempdir = kept


def rendering_that_is_cancelled_leaves_nothing(place: Place) -> None:
    opened(place)
    video, folder = part("addon.video"), place.work / "cancelled"
    folder.mkdir()
    copy = place.work / "copy.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(copy), copy=True, compress=False)
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 6

    order = video.Order(copy, bpy.context.scene.name, "PREVIEW", "workbench", True, True, False, range(1, 100), "MP4", folder / "film.mp4")
    try:
        video.make_video(order, lambda share, detail="": None, cancelled)
    except part("duet_core.errors").Cancelled:
        assert not list(folder.iterdir())
    else:
        raise AssertionError("it was not cancelled")


def _delete(kind: str) -> Callable[[], None]:
    def damage() -> None:
        for thing in [thing for thing in bpy.data.collections[NAME].all_objects if thing.type == kind]:
            bpy.data.objects.remove(thing)

    return damage


def _remove(name: str) -> Callable[[], None]:
    return lambda: bpy.data.objects.remove(bpy.data.objects[name])


def _without_bone() -> None:
    bpy.context.view_layer.objects.active = bpy.data.objects[f"{NAME} A"]
    bpy.ops.object.mode_set(mode="EDIT")
    bones = bpy.context.object.data.edit_bones
    bones.remove(bones["left_wrist"])
    bpy.ops.object.mode_set(mode="OBJECT")


def _property(key: str, value: object) -> Callable[[], None]:
    def damage() -> None:
        bpy.data.collections[NAME][key] = value

    return damage


def _about(**changes: object) -> Callable[[], None]:
    def damage() -> None:
        about = json.loads(bpy.data.collections[NAME]["duet_clip"])
        bpy.data.collections[NAME]["duet_clip"] = json.dumps({**about, **changes})

    return damage


def _thread_property() -> None:
    bpy.data.objects[f"{NAME} connections"]["duet_connections"] = "{"


def _without_table() -> None:
    part("addon.scene.threads").set_input(bpy.data.objects[f"{NAME} connections"], "Table", None)


def _empty_table() -> None:
    table = part("addon.scene.threads").get_input(bpy.data.objects[f"{NAME} connections"], "Table")
    table.data.clear_geometry()


def _without_group() -> None:
    bpy.data.objects[f"{NAME} connections"].modifiers[0].node_group = None


def _mode(mode: str, name: str) -> Callable[[], None]:
    def damage() -> None:
        thing = bpy.data.objects[name]
        thing.hide_viewport = thing.hide_select = False
        thing.hide_set(False)
        bpy.context.view_layer.objects.active = thing
        bpy.ops.object.mode_set(mode=mode)

    return damage


def _excluded() -> None:
    bpy.context.view_layer.layer_collection.children[NAME].exclude = True


def _renamed() -> None:
    for thing in list(bpy.data.collections[NAME].all_objects):
        thing.name = f"x{thing.name}"


def _no_camera() -> None:
    bpy.data.objects.remove(bpy.data.objects[f"{NAME} Camera"])


def _reversed_frames() -> None:
    bpy.context.scene.frame_start, bpy.context.scene.frame_end = 80, 20
    bpy.context.scene.frame_end = 20


DAMAGES: dict[str, Callable[[], None]] = {
    "armatures deleted": _delete("ARMATURE"),
    "one armature deleted": _remove(f"{NAME} B"),
    "meshes deleted": _delete("MESH"),
    "words deleted": _delete("FONT"),
    "joints deleted": _remove(f"{NAME} joints"),
    "camera deleted": _no_camera,
    "a bone deleted": _without_bone,
    "clip damaged": _property("duet_clip", "{"),
    "clip of another kind": _property("duet_clip", 5),
    "clip without length": _about(frames="many"),
    "clip of another length": _about(frames=7),
    "clip without dancers": _about(meta={}),
    "confidence damaged": _property("duet_confidence", "x"),
    "connections damaged": _property("duet_found", "x"),
    "connections of another kind": _property("duet_found", [1, 2]),
    "how damaged": _property("duet_how", "{}"),
    "quality damaged": _property("duet_quality", "[]"),
    "markers damaged": _property("duet_markers", "5"),
    "threads' property damaged": _thread_property,
    "table unset": _without_table,
    "table emptied": _empty_table,
    "node group unset": _without_group,
    "edit mode of an armature": _mode("EDIT", f"{NAME} A"),
    "pose mode": _mode("POSE", f"{NAME} A"),
    "edit mode of a body": _mode("EDIT", f"{NAME} A body"),
    "excluded from the view layer": _excluded,
    "everything renamed": _renamed,
    "frames reversed": _reversed_frames,
}


def damaged_duets(place: Place) -> None:
    """Each operator on a duet of which something is gone or damaged ends, or refuses in a sentence; nothing is a failure of ours."""
    wrong = []
    operators = {**WRITING, **READING, "remove_bake": {}, "import_poses": {"filepath": str(place.take(NAME)), "new_scene": False}}
    some = operators if place.thorough else {name: operators[name] for name in ("update", "draw_connections", "set_camera", "add_markers")}
    for what, damage in DAMAGES.items() if place.thorough else list(DAMAGES.items())[::5]:
        fresh = False
        for name, arguments in some.items():
            if not fresh:
                opened(place)
                damage()
            if name.startswith("export"):
                arguments = {**arguments, "filepath": str(place.work / "written" / "out.any")}
            fresh = name.startswith("export")  # what reads, and what refuses, changes nothing
            try:
                getattr(bpy.ops.duet, name.split()[0])(**arguments)
            except RuntimeError as error:
                fresh = True
                said = str(error).strip()
                if "A failure of Duet Connections" in said or "Traceback" in said:
                    wrong.append(f"{what}, {name}: {said[:300]}")
            _draw_panels(what, wrong)
    assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong)


def _draw_panels(what: str, wrong: list[str]) -> None:
    """What panels ask before they draw raises nothing."""
    for name in dir(bpy.types):
        kind = getattr(bpy.types, name)
        if name.startswith("DUET_PT_") and hasattr(kind, "poll"):
            try:
                kind.poll(bpy.context)
            except Exception as error:
                wrong.append(f"{what}, {name}.poll: {error!r}")


def german_where_blender_is(place: Place) -> None:
    """Refusals and properties are German there, and no word of Blender's own comes before ours. The bpy module has no languages."""
    if not bpy.app.build_options.international:
        return
    empty()
    view = bpy.context.preferences.view
    view.language = "de_DE"
    view.use_translate_interface = view.use_translate_tooltips = view.use_translate_reports = True
    try:
        assert "es gibt keine solche Datei; den Pfad prüfen" in refusal("import_poses", filepath=str(place.work / "none.npy"))
        assert "Zuerst ein Duett importieren" in refusal("infer")
        german = part("addon.translations.german").GERMAN
        for kind in part("addon.registration").CLASSES:
            if not issubclass(kind, bpy.types.PropertyGroup):
                continue
            for prop in kind.bl_rna.properties:
                names = [prop.name, *([item.name for item in prop.enum_items] if prop.type == "ENUM" else [])]
                for name in [name for name in names if name in german and not prop.is_hidden]:
                    said = bpy.app.translations.pgettext_iface(name, prop.translation_context)
                    assert said == german[name], (kind, prop.identifier, name, said)
    finally:
        view.language = "en_US"


PROMISES = [
    german_where_blender_is,
    files_that_are_none,
    no_right_to_write,
    no_place_for_presets,
    no_room_to_write,
    no_room_for_what_is_temporary,
    rendering_that_is_cancelled_leaves_nothing,
    damaged_duets,
]
