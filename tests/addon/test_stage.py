"""Stage, camera and words round a duet: what a person sees, without Python at playback."""

import math

import bpy
import numpy as np
import pytest
from duet_connections.addon.scene import annotations, name_tags, stage
from duet_connections.addon.scene.camera import build_camera
from duet_connections.addon.scene.duet import build_duet
from duet_connections.addon.scene.redraw import set_stage
from duet_connections.addon.scene.text import add_written, finish, flat_material
from duet_connections.addon.scene.timing import scene_frame
from duet_connections.addon.steps import finished
from duet_connections.duet_core.connections import KINDS, Connections
from duet_connections.duet_core.errors import InputError
from duet_connections.duet_core.formats import read
from duet_connections.duet_core.framing import frame_dance

FRAMES = 60


@pytest.fixture(scope="module")
def clip(root):
    return read(root / "samples" / "sample.duet.npz", frames=(0, FRAMES))


@pytest.fixture(scope="module")
def connections(clip):
    """Window 0: a lead; window 1: a hold; window 2: nothing above the threshold."""
    joints = clip.skeleton.joints
    half, count = len(joints) ** 2, len(joints)
    confidence = np.zeros((3, 2 * half), np.float32)
    kind = np.zeros((3, 2 * half), np.int8)
    lead = joints.index("left_wrist") * count + joints.index("right_elbow")
    hold = half + joints.index("right_wrist") * count + joints.index("left_wrist")
    confidence[0, lead], kind[0, lead] = 0.91, KINDS.index("lead")
    confidence[1, hold], kind[1, hold] = 0.75, KINDS.index("hold")
    start = np.array([0, 20, 40])
    return Connections(
        joints=joints, window_start=start, window_end=start + 20, confidence=confidence, fps=clip.fps, types=("none", "core"),
        type_probability=np.full((3, 2 * half, 2), 0.5, np.float32), lag=np.full((3, 2 * half), 0.2, np.float32), kind=kind,
        meta={"method": "granger"},
    )  # fmt: skip


@pytest.fixture
def scene():
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 1280, 720
    return scene


@pytest.fixture
def duet(scene, clip, connections):
    return build_duet(clip, connections)


def letters(name: str) -> np.ndarray:
    """The points of the letters that the object *name* shows now."""
    graph = bpy.context.evaluated_depsgraph_get()
    mesh = bpy.data.objects[name].evaluated_get(graph).to_mesh()
    return np.array([v.co for v in mesh.vertices]).reshape(-1, 3)


def spelled(text: str, size: float, align: str) -> np.ndarray:
    """The points of *text* as the annotations would write it."""
    ob, write, _ = add_written("spelled", bpy.context.scene.collection, colour=(1, 1, 1))
    finish(write, write.letters(text, size, align, flat_material((1, 1, 1))))
    return letters(ob.name)


def shows(name: str, text: str, share: float) -> bool:
    unit = 2 * min(frame_tangents())
    wanted = spelled(text, share * unit, "RIGHT")
    found = letters(name)
    return found.shape == wanted.shape and np.allclose(found, wanted, atol=1e-5)


def frame_tangents():
    render = bpy.context.scene.render
    half = 18.0 / bpy.context.scene.camera.data.lens
    return half, half * render.resolution_y / render.resolution_x


@pytest.mark.parametrize(("frame", "time"), [(0, "00:00.0"), (3, "00:00.1"), (29, "00:00.9"), (30, "00:01.0"), (59, "00:01.9")])
def test_the_time_code_tells_the_time_of_the_frame(scene, duet, frame, time):
    scene.frame_set(scene_frame(frame))
    assert shows("Duet Time Code", time, annotations._CLOCK)
    assert shows("Duet Frame Count", f"frame {frame} of {FRAMES}", annotations._SMALL)


def test_the_time_code_counts_minutes(scene, clip):
    framing = frame_dance(clip)
    collection = bpy.data.collections.new("Duet")
    scene.collection.children.link(collection)
    camera = build_camera(framing, "Duet", collection)
    scene.camera = bpy.data.objects[camera]
    finished(annotations.annotating(clip, None, framing, "Duet", collection.name, camera=camera, threshold=0.5, title="x"))
    scene.frame_end = 10**5
    scene.frame_set(scene_frame(30 * 754 + 12))  # 12 minutes 34.4 s
    assert shows("Duet Time Code", "12:34.4", annotations._CLOCK)


@pytest.mark.parametrize(
    ("frame", "who", "how"),
    [
        (9, "left wrist of A  →  right elbow of B", "0.20 s later   ·   0.91"),
        (30, "right wrist of B  –  left wrist of A", "at one distance   ·   0.73"),  # they are farther apart than anybody holds
        (55, "", "nothing above 0.50"),
    ],
)
def test_the_strongest_connection_is_said_in_words(scene, duet, frame, who, how):
    scene.frame_set(scene_frame(frame))
    if not who:
        assert len(letters("Duet Strongest")) == 0
        assert shows("Duet Strongest How", how, annotations._SMALL)
        return
    found = letters("Duet Strongest")
    wanted = spelled(who, annotations._BODY * 2 * min(frame_tangents()), "RIGHT")
    assert found.shape == wanted.shape
    scale = np.ptp(found[:, 0]) / np.ptp(wanted[:, 0])
    assert scale <= 1.0001
    assert np.allclose(found, wanted * scale, atol=1e-4)
    assert shows("Duet Strongest How", how, annotations._SMALL)


@pytest.mark.parametrize("resolution", [(1280, 720), (540, 960), (600, 600), (2000, 700)])
def test_all_words_stand_inside_the_picture_and_none_on_another(scene, clip, connections, resolution):
    scene.render.resolution_x, scene.render.resolution_y = resolution
    build_duet(clip, connections, title="A rather long title of a take that somebody once recorded")
    scene.frame_set(scene_frame(9))
    bpy.context.view_layer.update()
    camera, graph = scene.camera, bpy.context.evaluated_depsgraph_get()
    half_width, half_height = (18 / camera.data.lens * min(1.0, s) for s in (resolution[0] / resolution[1], resolution[1] / resolution[0]))
    boxes = {}
    for ob in camera.children:
        mesh = ob.evaluated_get(graph).to_mesh()
        points = np.array([v.co for v in mesh.vertices])[:, :2] + np.array(ob.location[:2])
        boxes[ob.name] = points.min(axis=0), points.max(axis=0)
    assert len(boxes) >= 10
    for name, (low, high) in boxes.items():
        assert (low >= -0.98 * np.array([half_width, half_height])).all(), name
        assert (high <= 0.98 * np.array([half_width, half_height])).all(), name
    names = sorted(boxes)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            (a, b), (c, d) = boxes[one], boxes[other]
            assert (b < c).any() or (d < a).any(), f"{one} stands on {other}"


def test_names_follow_their_dancers_and_never_stand_on_each_other(scene, root):
    clip = read(root / "samples" / "sample.duet.npz")
    framing = frame_dance(clip)
    places = name_tags.name_places(clip, framing)
    head = clip.positions[:, :, clip.skeleton.index("head")]
    away = np.linalg.norm(places - head, axis=-1)
    assert away.max() < 1.6 and np.median(away) < 0.6
    step = np.linalg.norm(np.diff(places, axis=0), axis=-1)
    assert step.max() < np.linalg.norm(np.diff(head, axis=0), axis=-1).max(), "names move more calmly than heads"
    apart = places[:, 1] - places[:, 0]
    across, up = np.abs(apart @ framing.axes[0]), np.abs(apart @ framing.axes[1])
    assert ((across > name_tags.NAME_SIZE) | (up > 0.9 * name_tags.NAME_SIZE)).all()
    seen = framing.project(places)
    assert (seen > 0).all() and (seen < 1).all()


def test_names_are_dark_on_a_light_stage_and_as_before_on_the_dark_one_again(scene, duet):
    def inks() -> list[str]:
        return [bpy.data.objects[f"Duet Name {name}"].material_slots[0].material.name for name in "AB"]

    before = inks()
    set_stage(duet.collection, scene, "LIMBO")
    for name in "AB":
        red, green, blue, _ = (
            bpy.data.objects[f"Duet Name {name}"].material_slots[0].material.node_tree.nodes["Emission"].inputs[0].default_value
        )
        assert 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.2
    set_stage(duet.collection, scene, "STUDIO")
    assert inks() == before


def test_names_are_keyed_where_the_dancers_are(scene, duet, clip):
    framing = frame_dance(clip)
    places = name_tags.name_places(clip, framing)
    for frame in (0, 31, FRAMES - 1):
        scene.frame_set(scene_frame(frame))
        assert np.allclose(bpy.data.objects["Duet Name B"].matrix_world.translation, places[frame, 1], atol=1e-4)


def test_everything_is_in_one_collection_and_plays_without_python(scene, duet):
    inside = set(bpy.data.collections[duet.collection].all_objects)
    assert inside == set(scene.collection.all_objects)
    for ob in bpy.data.objects:
        assert not (ob.animation_data and len(ob.animation_data.drivers)), ob.name
    assert not any(f.__module__.startswith("duet_connections") for f in bpy.app.handlers.frame_change_post)
    assert scene.camera.name == duet.camera


def test_a_second_duet_gets_its_own_names(scene, duet, clip):
    again = build_duet(clip)
    assert again.collection != duet.collection
    assert again.threads is None
    assert not set(bpy.data.collections[again.collection].objects) & set(bpy.data.collections[duet.collection].objects)


def test_words_cast_no_shadow_and_take_no_part_in_light(scene, duet):
    for ob in [*scene.camera.children, *(bpy.data.objects[f"Duet Name {n}"] for n in "AB")]:
        assert not ob.visible_shadow and not ob.visible_diffuse and not ob.visible_glossy
        assert not ob.display.show_shadows


def test_the_floor_lies_under_the_whole_dance_and_fades_into_the_background(scene, clip):
    middle, radius = stage.dance_floor(clip)
    framing = frame_dance(clip)
    stage.build_stage(clip, framing, "Duet", scene.collection)
    floor = bpy.data.objects["Duet Floor"].data
    points = np.array([v.co for v in floor.vertices])
    reach = np.linalg.norm(points[:, :2] - middle, axis=1)
    assert np.allclose(points[:, 2], 0)
    assert reach.max() > 2 * radius
    colours = np.empty(4 * len(floor.loops), np.float32)
    floor.color_attributes["Color"].data.foreach_get("color", colours)
    brightness = colours.reshape(-1, 4)[:, :3].sum(axis=1)
    corners = np.array([loop.vertex_index for loop in floor.loops])
    assert brightness[reach[corners] > 0.99 * reach.max()].max() < 0.1 * brightness.max() + 3 * sum(stage.LOOKS["STUDIO"].background)


def test_floors_of_several_duets_lie_apart_and_the_first_on_the_ground(scene, clip):
    first, second, third = (build_duet(clip, name=name).collection for name in ("First", "Second", "Third"))

    def heights() -> list[float]:
        return [bpy.data.objects[f"{duet} Floor"].location.z for duet in (first, second, third)]

    assert heights() == pytest.approx([0.0, -0.002, -0.004])
    stage.change_stage(clip, frame_dance(clip), second, bpy.data.collections[second], scene, "LIMBO")
    assert heights() == pytest.approx([0.0, -0.002, -0.004])


def test_lights_look_at_the_dance(scene, clip):
    middle, _ = stage.dance_floor(clip)
    stage.build_stage(clip, frame_dance(clip), "Duet", scene.collection)
    bpy.context.view_layer.update()
    lights = [ob for ob in bpy.data.objects if ob.type == "LIGHT"]
    assert len(lights) == 4
    for light in lights:
        ahead = -np.array(light.matrix_world.col[2])[:3]
        wanted = np.array([*middle, 1.0]) - np.array(light.matrix_world.translation)
        assert ahead @ wanted / np.linalg.norm(wanted) > math.cos(math.radians(2)), light.name


def test_soft_shadows_are_cast_anew_in_each_sample_so_that_none_is_stippled(scene, duet):
    lights = [ob.data for ob in bpy.data.objects if ob.type == "LIGHT"]
    assert lights and all(light.use_shadow_jitter for light in lights)
    assert scene.eevee.use_shadow_jitter_viewport


def test_connections_of_other_joints_or_a_longer_dance_are_refused(scene, clip, connections):
    with pytest.raises(InputError, match="frame 60"):
        build_duet(clip.sliced(0, 30), connections)


def test_the_shadow_lies_on_the_floor_and_moves_with_the_dancers(scene, duet):
    scene.frame_set(1)
    first = letters("Duet Shadows")
    scene.frame_set(FRAMES)
    last = letters("Duet Shadows")
    assert len(first) > 1000
    assert np.allclose(first[:, 2], first[0, 2]) and 0 < first[0, 2] < 0.01
    assert not np.allclose(first, last)
