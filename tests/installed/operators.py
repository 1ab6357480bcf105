"""Every operator of the installed extension: it does what it says, equals the API, is undone and redone exactly, and leaves another duet alone.

Two duets stand in one scene. A promise here calls one operator or several that belong together; they follow each other like a person's day.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from digest import Digest, differences, digest, places_of
from inside import Place, empty, part, refusal

OURS, OTHER = "tried", "neighbour"
METHOD = "crosscorr"
"""A baseline: of so short a take the bundled model says nothing, while this finds much."""

_exercised: set[str] = set()
_thorough: list[bool] = []
"""Holds something where everything is tried."""


def call(name: str, /, **arguments: Any) -> None:
    """Call an operator as a person does. What it changed is undone and done again; the other duet never changes."""
    _exercised.add(name)
    our_armature().select_set(True)
    bpy.context.view_layer.objects.active = our_armature()
    operator = getattr(bpy.ops.duet, name)
    bpy.ops.ed.undo_push(message="before")
    before = digest(thorough=bool(_thorough))
    assert operator("EXEC_DEFAULT", True, **arguments) == {"FINISHED"}, name
    after = digest(thorough=bool(_thorough))
    same(before, after, f"duet.{name} on one duet changed the other", among=places_of(OTHER))
    if "UNDO" not in operator.bl_options:
        same(before, after, f"duet.{name} changed what cannot be undone")
        return
    assert bpy.ops.ed.undo() == {"FINISHED"}
    same(before, digest(thorough=bool(_thorough)), f"undo of duet.{name} is not exact")
    assert bpy.ops.ed.redo() == {"FINISHED"}
    if _thorough:
        same(after, digest(), f"redo of duet.{name} is not exact")


def same(before: Digest, after: Digest, what: str, among: Callable[[str], bool] = lambda place: True) -> None:
    changed = differences(before, after, among=among)
    assert not changed, f"{what}:\n" + "\n".join(changed)


def our_armature() -> bpy.types.Object:
    return bpy.data.objects.get(f"{OURS} A") or bpy.data.objects[f"{OTHER} A"]


def ours() -> bpy.types.Collection:
    return bpy.data.collections[OURS]


def threads() -> bpy.types.Object:
    return bpy.data.objects[f"{OURS} connections"]


def names_of_ours() -> set[str]:
    return {thing.name for thing in ours().all_objects}


def value_of(name: str) -> Any:
    return part("addon.scene.threads").get_input(threads(), name)


def close(a: np.ndarray, b: np.ndarray, tolerance: float, what: str) -> None:
    worst = float(np.nanmax(np.abs(np.asarray(a, float) - np.asarray(b, float)), initial=0.0))
    assert np.array_equal(np.isnan(a), np.isnan(b)) and worst <= tolerance, f"{what}: {worst:g} apart"


def as_the_api_finds(method: str) -> None:
    """What the duet remembers is what a call of the library gives for the same motion."""
    memory = part("addon.scene.memory")
    clip = memory.recall_clip(OURS)
    direct = part("duet_core.inference").infer(clip, method)
    found = memory.recall_connections(OURS)
    assert (found.joints, found.windows) == (direct.joints, direct.windows)
    # The file keeps 1/1024ths: rounded in the same way they are the very same numbers.
    for name in ("confidence", "lag"):
        close(np.rint(getattr(direct, name) * 1024) / 1024, getattr(found, name), 1e-6, f"{name} differs from the API's")
    assert np.array_equal(found.kind, direct.kind)


def import_poses(place: Place) -> None:
    empty()
    _thorough[:] = [True] if place.thorough else []
    other, take = place.take(OTHER, 300, 435), place.take(OURS)
    bpy.ops.duet.import_poses(filepath=str(other))
    bpy.ops.duet.infer(method="crosscorr")
    bpy.context.scene.duet.output.folder = str(place.work / "out")
    call("import_poses", filepath=str(take), new_scene=False)
    memory = part("addon.scene.memory")
    assert memory.duets(bpy.context.scene) == [OTHER, OURS]
    clip, danced = part("duet_core.formats").read(take), memory.recall_clip(OURS)
    assert (danced.fps, danced.skeleton) == (clip.fps, clip.skeleton)
    close(clip.positions, danced.positions, 1e-4, "what the armatures dance is not what the file says")
    if place.thorough:
        call("import_poses", filepath=str(take), new_scene=False)  # once more: an update
    assert memory.duets(bpy.context.scene) == [OTHER, OURS]


def infer(place: Place) -> None:
    call("infer", method="duet", draw_them=False)
    as_the_api_finds("duet")
    assert not any("connections" in name for name in names_of_ours())
    if place.thorough:
        _edit()
        call("update")
        as_the_api_finds("duet")
    call("infer", method=METHOD, draw_them=True)
    as_the_api_finds(METHOD)
    assert threads().name in names_of_ours()


def _edit() -> None:
    """An arm is moved for a while, as an animator would."""
    curves = [curve for bag in part("addon.scene.threads").curves_of(our_armature()) for curve in bag]
    for chosen in [curve for curve in curves if '"left_shoulder"' in curve.data_path and "rotation" in curve.data_path]:
        for number, key in enumerate(chosen.keyframe_points[20:90]):
            key.co.y += 0.5 * np.sin(0.4 * number + chosen.array_index)
        chosen.update()


def draw_connections(place: Place) -> None:
    call("draw_connections", threshold=0.25, top_k=12, width=0.03)
    assert (round(value_of("Threshold"), 4), value_of("Top K"), round(value_of("Width"), 4)) == (0.25, 12, 0.03)
    drawn = part("addon.scene.threads").read_threads(threads())[1]
    found = part("addon.scene.memory").recall_connections(OURS)
    stored = part("duet_core.threads").stored_threads(found, floor=min(part("addon.scene.threads").FLOOR, 0.25))
    assert np.array_equal(drawn.edge, stored.edge)
    close(drawn.confidence, stored.confidence, 1e-6, "what is drawn is not what was found")
    bpy.context.scene.frame_set(90)
    shape = threads().evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    assert len(shape.vertices) > 0, "nothing is drawn"


def update(place: Place) -> None:
    before = part("addon.scene.memory").recall_connections(OURS)
    _edit()
    call("update")
    as_the_api_finds(METHOD)
    assert not np.array_equal(before.confidence, part("addon.scene.memory").recall_connections(OURS).confidence)


def cancel(place: Place) -> None:
    jobs = part("addon.jobs")

    def work(progress: Callable[..., None], cancelled: Callable[[], bool]) -> None:
        while not cancelled():
            time.sleep(0.01)

    job = jobs.Job("Waiting", work)
    job.start()
    for name in ("infer", "update", "render_video", "check", "use_armatures", "train", "generate", "another"):
        assert not getattr(bpy.ops.duet, name).poll(), f"duet.{name} would start while another job runs"
    call("cancel")
    end = time.monotonic() + 5.0
    while not job.pump():
        assert time.monotonic() < end
        time.sleep(0.01)
    assert jobs.current() is None
    assert not bpy.ops.duet.cancel.poll()
    assert bpy.ops.duet.infer.poll()


def select_connection(place: Place) -> None:
    bpy.context.scene.frame_set(1)
    call("select_connection", number=0, jump="TAKE")
    stored = part("addon.scene.threads").read_threads(threads())[1]
    chosen = set(part("addon.scene.moments").selected_joints(OURS))
    assert chosen == {(int(stored.from_dancer[0]), int(stored.from_joint[0])), (int(stored.to_dancer[0]), int(stored.to_joint[0]))}
    assert bpy.context.scene.frame_current > 1


def only_selected_bones(place: Place) -> None:
    call("only_selected_bones")
    assert value_of(part("addon.scene.thread_inputs").ONLY_CHOSEN)
    _, chosen = part("addon.scene.threads").read_gates(threads())
    assert chosen[0] and not chosen.all()


def all_bones(place: Place) -> None:
    call("all_bones")
    assert part("addon.scene.threads").read_gates(threads())[1].all()


def hide_connection(place: Place) -> None:
    gates = part("addon.scene.threads").read_gates
    before = gates(threads())[0]
    call("hide_connection", number=0)
    assert (gates(threads())[0] != before).any(axis=1).sum() == 1
    call("show_hidden")
    assert (gates(threads())[0] == before).all()


def add_markers(place: Place) -> None:
    bpy.context.scene.timeline_markers.new("mine", frame=7)
    call("add_markers", most=5)
    assert 1 < len(bpy.context.scene.timeline_markers) <= 6


def remove_markers(place: Place) -> None:
    call("remove_markers")
    assert [marker.name for marker in bpy.context.scene.timeline_markers] == ["mine"]


def draw_graph(place: Place) -> None:
    call("draw_graph", number=0)
    (curve,) = [curve for bag in part("addon.scene.threads").curves_of(threads()) for curve in bag]
    stored = part("addon.scene.threads").read_threads(threads())[1]
    keyed = np.array([key.co.y for key in curve.keyframe_points])
    close(keyed, stored.confidence[:, 0], 1e-6, "the graph is not the connection's confidence")


def remove_graphs(place: Place) -> None:
    call("remove_graphs")
    assert not [curve for bag in part("addon.scene.threads").curves_of(threads()) for curve in bag]


def thread_look(place: Place) -> None:
    looks = list(part("addon.scene.thread_looks").THREAD_LOOKS)
    width = value_of("Width")
    for look in [*looks[1:], looks[0]] if place.thorough else looks[1:2]:
        call("thread_look", look=look)
    assert value_of("Width") == width, "a look is not to change the width"


def own_look(place: Place) -> None:
    presets = part("addon.presets")
    bow = value_of("Bow")
    call("save_look", name="tested")
    assert presets.names("looks") == ["tested"]
    call("thread_look", look="INK")
    assert value_of("Bow") != bow
    call("use_look", name="tested")
    assert value_of("Bow") == bow
    call("remove_look", name="tested")
    assert presets.names("looks") == []


def caption(place: Place) -> None:
    captions = part("addon.scene.captions")
    kinds = (captions.SUBTITLES, captions.LEADING, captions.KINDS_LEGEND)[: None if place.thorough else 1]
    for kind in kinds:
        call("caption", caption=kind)
    assert set(part("addon.scene.captioning").captions_of(OURS)) == set(kinds)
    for kind in kinds:
        call("caption", caption=kind)
    assert part("addon.scene.captioning").captions_of(OURS) == []


def line_art(place: Place) -> None:
    call("line_art", width=0.02)
    assert part("addon.scene.line_art").lines_of(OURS) is not None
    call("line_art")
    assert part("addon.scene.line_art").lines_of(OURS) is None


def show_dancers(place: Place) -> None:
    for how, bodies, bones in (("BONES", False, True), ("BOTH", True, True), ("BODIES", True, False))[0 if place.thorough else 1 :]:
        call("show_dancers", how=how)
        assert bpy.data.objects[f"{OURS} A body"].hide_viewport != bodies
        assert our_armature().hide_viewport != bones


def set_stage(place: Place) -> None:
    for look in [*list(part("addon.scene.stage_looks").LOOKS)[1 if place.thorough else -1 :], "STUDIO"]:
        call("set_stage", look=look)
        assert part("addon.scene.stage_looks").look_of(OURS) == part("addon.scene.stage_looks").LOOKS[look]


def set_camera(place: Place) -> None:
    for shot in ("SHOULDER_A", "SHOULDER_B", "ORBIT", "FRONT", "FOLLOW")[0 if place.thorough else 4 :]:
        call("set_camera", shot=shot)
        assert bpy.context.scene.camera.name == f"{OURS} Camera"


def footage_of(place: Place) -> Path:
    file = place.work / "footage" / "picture0001.png"
    if not file.exists():
        for number in range(1, 4):
            image = bpy.data.images.new("made", 32, 18)
            image.file_format = "PNG"
            image.filepath_raw = str(file.with_name(f"picture{number:04d}.png"))
            image.save()
            bpy.data.images.remove(image)
    return file


def show_footage(place: Place) -> None:
    file = footage_of(place)
    call("show_footage", filepath=str(file), kind="BACKGROUND", start=2, opacity=0.4)
    assert len(bpy.data.objects[f"{OURS} Camera"].data.background_images) == 1
    if place.thorough:
        call("show_footage", filepath=str(file), kind="PLANE")
        assert f"{OURS} Footage" in names_of_ours()


def remove_footage(place: Place) -> None:
    call("remove_footage")
    assert f"{OURS} Footage" not in names_of_ours()
    assert not bpy.data.objects[f"{OURS} Camera"].data.background_images
    assert not [image.name for image in bpy.data.images if "duet_footage" in image]


def bake(place: Place) -> None:
    call("bake", most=5, step=3)
    baked = part("addon.scene.baking").baked_of(OURS)
    assert baked is not None and 0 < len(baked.objects) <= 5


def remove_bake(place: Place) -> None:
    call("remove_bake")
    assert part("addon.scene.baking").baked_of(OURS) is None


def export(place: Place) -> None:
    """What is written equals the API's; formats of other programs are there and read back by their importers' tests elsewhere."""
    folder = place.work / "exported"
    folder.mkdir()
    found = part("addon.scene.memory").recall_connections(OURS)
    call("export", filepath=str(folder / "found.npz"), format="NPZ")
    read = part("duet_core.connections").Connections.load(folder / "found.npz")
    close(read.confidence, found.confidence, 0.0, "the exported confidences")
    call("export", filepath=str(folder / "found.csv"), format="CSV")
    found.save_csv(folder / "api.csv", value_of("Threshold"))
    assert (folder / "found.csv").read_bytes() == (folder / "api.csv").read_bytes()
    if place.thorough:
        call("export", filepath=str(folder / "found.graphml"), format="GRAPHML")
        call("export", filepath=str(folder / "episodes.csv"), format="EPISODES")
        for form, name in (("GLTF", "dance.glb"), ("FBX", "dance.fbx"), ("USD", "dance.usdc"), ("ALEMBIC", "dance.abc")):
            if not getattr(bpy.app.build_options, form.lower(), True):  # built without that library, as by some distributions
                assert "this Blender has no" in refusal("export", "EXEC_DEFAULT", filepath=str(folder / name), format=form)
                continue
            call("export", filepath=str(folder / name), format=form)
            assert (folder / name).stat().st_size > 1000
        call("export", filepath=str(folder / "dance.bvh"), format="BVH")
        assert {f"dance-{letter}.bvh" for letter in "AB"} <= {file.name for file in folder.iterdir()}
    assert not [file.name for file in folder.iterdir() if file.name.startswith(".")], "a half-written file stayed"


def render_video(place: Place) -> None:
    settings = bpy.context.scene.duet.output
    settings.engine, settings.profile = "workbench", "PREVIEW"
    bpy.context.scene.frame_set(60)
    call("render_video", still=True)
    folder = place.work / "out"
    (still,) = folder.iterdir()
    assert still.name == f"{OURS}-preview-000060.png"
    assert still.read_bytes()[:4] == b"\x89PNG"
    if place.thorough:
        bpy.context.scene.frame_start, bpy.context.scene.frame_end = 60, 62
        call("render_video")
        assert (folder / f"{OURS}-preview.mp4").stat().st_size > 1000
        assert len(list(folder.iterdir())) == 2
        bpy.context.scene.frame_start, bpy.context.scene.frame_end = 1, 135


def check(place: Place) -> None:
    call("check")
    said = part("addon.preferences").checked
    assert said and said[0] == (True, said[0][1]) and "duet" in said[0][1], said


def open_manual(place: Place) -> None:
    call("open_manual")
    assert part("addon.manual").README.is_file()


def use_armatures(place: Place) -> None:
    """Our own armatures serve as those of somebody else."""
    for letter in "ab":
        _rig(letter).armature = bpy.data.objects[f"{OURS} {letter.upper()}"]
        call("map_bones", dancer=letter, naming="")
    mapping = part("addon.rig_mapping").mapping_of(_rig("a"))
    assert len(mapping) > 12
    call("save_mapping", dancer="a", name="tested")
    assert part("addon.presets").names("rigs") == ["tested"]
    call("map_bones", dancer="b", naming="tested", preset=True)
    assert part("addon.rig_mapping").mapping_of(_rig("b")).places == mapping.places
    call("remove_mapping", name="tested")
    assert part("addon.presets").names("rigs") == []
    memory = part("addon.scene.memory")
    call("use_armatures")
    (made,) = [name for name in memory.duets(bpy.context.scene) if name not in (OURS, OTHER)]
    read, clip = memory.recall_clip(made), memory.recall_clip(OURS)
    heads = [number for number, joint in enumerate(read.skeleton.joints) if mapping.places[joint].end == "head"]
    assert len(heads) > 12
    at = [clip.skeleton.joints.index(mapping.places[read.skeleton.joints[number]].bone) for number in heads]
    close(read.positions[:, :, heads], clip.positions[:, :, at], 1e-4, "what was read is not what they dance")
    assert bpy.ops.ed.undo() == {"FINISHED"}
    assert memory.duets(bpy.context.scene) == [OTHER, OURS]


def _rig(letter: str) -> Any:
    """Asked for anew each time: undo makes all data anew."""
    return getattr(bpy.context.scene.duet.rigs, letter)


def ask(place: Place) -> None:
    """Connections asked for by bones, by hand and from what was found."""
    asking, moments = part("addon.scene.asking"), part("addon.scene.moments")
    skeleton = part("addon.scene.memory").about_clip(OURS)["skeleton"]
    moments.select_joints(
        part("addon.scene.memory").sources_of(OURS), [(0, skeleton.index("left_wrist")), (1, skeleton.index("right_wrist"))]
    )
    call("ask")
    call("ask_more")
    call("ask_found", scope="TAKE", most=2)
    (request, *_) = asking.requests_of(OURS)
    assert (request.from_dancer, request.from_joint, request.to_joint) == (1, "right_wrist", "left_wrist"), "the active bone answers"
    assert len(asking.list_of(OURS).requests) == 4
    call("select_asked")
    call("unask")
    for _ in range(2):
        bpy.ops.duet.unask()
    call("ask_proposed", most=1, seed=3)
    bpy.ops.duet.unask()
    assert asking.requests_of(OURS) == [request]


def generate(place: Place) -> None:
    """A partner beside the duet, equal to the API's; another, kept, and discarded."""
    asking, memory, tries = (part(f"addon.scene.{name}") for name in ("asking", "memory", "tries"))
    scene = bpy.context.scene
    scene.duet.method, phrases = METHOD, scene.duet.phrases
    phrases.way, phrases.base, phrases.place, phrases.seed = "PARTNER_A", "vary", "IN_PLACE", 3
    clip, requests = memory.recall_clip(OURS), asking.requests_of(OURS)
    call("generate")
    (made,) = tries.tries(bpy.context.scene)
    order = part("duet_core.generation.making").Order("partner", 0, "vary", seed=3)
    direct = part("duet_core.evaluation.tries").attempt(order, clip, requests, method=METHOD)
    close(direct.clip.positions, memory.recall_clip(made).positions, 1e-3, "what is made differs from the API's")
    close(clip.positions, memory.recall_clip(OURS).positions, 1e-6, "the duet itself was changed")
    call("select_try", name=made)
    if place.thorough:
        call("another", name=made)
        (made,) = tries.tries(bpy.context.scene)
        assert tries.about(made)["order"]["seed"] == 4
    call("keep_try", name=made)
    assert memory.duets(bpy.context.scene) == [OTHER, OURS, made]
    assert "is no try" in refusal("discard_try", name=made)
    for _ in range(2):  # keeping, and what keep_try's call did before it
        bpy.ops.ed.undo()
    _exercised.add("another")
    made = tries.tries(bpy.context.scene)[0]
    call("discard_try", name=made)
    assert memory.duets(bpy.context.scene) == [OTHER, OURS]


def train(place: Place) -> None:
    """Trained on both duets in a Python with torch; where there is none, the reason is said."""
    training, settings = part("addon.training"), bpy.context.scene.duet.training  # the latter only until the first undo
    (place.work / "tiny.toml").write_text((place.root / "tests" / "tiny.toml").read_text())
    settings.preset, settings.config, settings.folder = "OWN", str(place.work / "tiny.toml"), str(place.work / "runs")
    _exercised.update({"train", "stop_training", "use_trained"})
    assert "no Python is chosen" in refusal("train")
    if not (place.python and place.thorough):
        return
    call("train", python=place.python)
    run = training.current()
    assert not bpy.ops.duet.train.poll()
    _until_ended(run)
    assert run.state == training.FINISHED, run.error
    call("use_trained")
    method = bpy.context.scene.duet.method
    assert method == str(run.model)
    call("infer", method=method, draw_them=False)
    as_the_api_finds(method)
    bpy.context.scene.duet.training.epochs = 500
    call("train", python=place.python)
    run = training.current()
    call("stop_training")
    _until_ended(run)
    assert run.state == training.STOPPED, run.error


def _until_ended(run: Any) -> None:
    end = time.monotonic() + 200
    while not run.pump():
        assert time.monotonic() < end, (run.folder / "log.txt").read_text()
        time.sleep(0.05)


def nothing_was_forgotten(place: Place) -> None:
    """A new operator must be exercised here."""
    assert set(dir(bpy.ops.duet)) == _exercised, set(dir(bpy.ops.duet)) ^ _exercised


PROMISES = [
    import_poses, infer, draw_connections, update, cancel, select_connection, only_selected_bones, all_bones, hide_connection, add_markers, remove_markers,
    draw_graph, remove_graphs, thread_look, own_look, caption, line_art, show_dancers, set_stage, set_camera, show_footage, remove_footage, bake, remove_bake,
    export, render_video, check, open_manual, use_armatures, ask, generate, train, nothing_was_forgotten,
]  # fmt: skip
